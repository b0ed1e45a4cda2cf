"""`plan`: seasons of a posting plan in a shell."""

from tests.cli.conftest import Shell
from tests.cli.test_review import house  # noqa: F401  # the furnished shell
from tests.factory import House


def test_a_season_is_put_in_shown_and_taken_out(shell: Shell, house: House) -> None:  # noqa: F811
    shell.run("plan", "add", "spring", "--language", "en", "--account", "bluesky-en", "--day", "monday", "--at",
              "18:00", "--as", "alice")  # fmt: skip
    days = ("--name", "Ramadan", "--from", "2028-01-28", "--until", "2028-02-26")
    made = shell.run("plan", "instead", "spring", *days, "--at", "21:30", "--was", "18:00", "--as", "alice")
    assert (made.code, "season 1, Ramadan" in made.out) == (0, True), made.err
    shown = shell.run("plan", "show", "spring", "--as", "lena").out
    assert "Ramadan\t2028-01-28 – 2028-02-26\t18:00 → 21:30\tmon\ten\tbluesky-en" in shown
    again = shell.run("plan", "instead", "spring", *days, "--none", "--as", "alice")
    assert (again.code, "[season.twice]" in again.err) == (1, True)
    assert shell.run("plan", "usual", "1", "--as", "alice").code == 0
    assert "Ramadan" not in shell.run("plan", "show", "spring", "--as", "lena").out
    assert shell.run("plan", "instead", "spring", *days, "--none", "--as", "alice").code == 0


def test_a_season_needs_a_time_or_none(shell: Shell, house: House) -> None:  # noqa: F811
    days = ("--name", "Summer", "--from", "2028-07-01", "--until", "2028-08-01", "--as", "alice")
    assert shell.run("plan", "instead", "spring", *days).code == 2
    assert shell.run("plan", "instead", "spring", *days, "--none", "--at", "18:00").code == 2
