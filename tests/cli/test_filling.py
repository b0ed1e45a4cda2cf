"""`queue --slots`: the messages of a file, or one, go to the free slots of their campaign's plan."""

from tests.cli.conftest import Shell
from tests.cli.test_review import house, records  # noqa: F401  # the furnished shell
from tests.factory import House

MESSAGE = """  - ref: REF
    campaign: spring
    narrative: N-2
    languages:
      en: {template: infighting/plain, passages: [p2], stance: s2, accounts: [bluesky-en], zone: Europe/London}
"""


def _planned(shell: Shell, *days: str) -> None:
    for day in days:
        made = shell.run("plan", "add", "spring", "--language", "en", "--account", "bluesky-en", "--day", day,
                         "--at", "18:00", "--as", "alice")  # fmt: skip
        assert made.code == 0, made.err


def _file(shell: Shell, *refs: str) -> str:
    return str(shell.file("in.yaml", "messages:\n" + "".join(MESSAGE.replace("REF", ref) for ref in refs)))


def test_a_file_fills_the_plan_after_a_dry_run_that_showed_it(shell: Shell, house: House) -> None:  # noqa: F811
    _planned(shell, "monday")
    file = _file(shell, "M-1", "M-2")
    before = shell.rows()
    shown = shell.run("queue", "--file", file, "--slots", "--check", "--json", "--as", "alice")
    assert (shown.code, shell.rows()) == (0, before), shown.err
    done = shell.run("queue", "--file", file, "--slots", "--json", "--as", "alice")
    times = [[line["at"] for line in records(one)] for one in (shown, done)]
    assert times[0] == times[1] and len(times[1]) == 2 and all(times[1])
    assert [line["what"] for line in records(done)] == ["queued", "queued"]
    again = shell.run("queue", "--file", file, "--slots", "--as", "alice")
    assert (again.code, "2 stands already" in again.err) == (0, True)


def test_what_has_no_room_is_named_with_its_line_and_the_others_are_queued(
    shell: Shell, house: House  # noqa: F811
) -> None:  # fmt: skip
    _planned(shell, "monday")
    file = shell.file("in.yaml", "messages:\n" + MESSAGE.replace("REF", "M-1")
                      + MESSAGE.replace("REF", "M-2").replace("[bluesky-en]", "[site]"))  # fmt: skip
    done = shell.run("queue", "--file", file, "--slots", "--as", "alice")
    assert (done.code, "M-1" in done.out, "no room" in done.out) == (1, True, True)
    assert "[slots.none]" in done.err and "in.yaml:7" in done.err and "1 queued, 1 no room" in done.err
    assert [line["message"] for line in records(shell.run("show", "--json"))] == ["M-1"]


def test_one_message_takes_the_next_free_slot_from_a_day_on(shell: Shell, house: House) -> None:  # noqa: F811
    _planned(shell, "tuesday")
    done = shell.run("queue", "M-5", "--campaign", "spring", "--narrative", "N-2", "-l", "en", "--template",
                     "infighting/plain", "--passage", "p2", "--stance", "s2", "--account", "bluesky-en", "--slots",
                     "--from", "2027-03-01", "--json", "--as", "alice")  # fmt: skip
    assert records(done)[0]["at"] == "2027-03-02T18:00:00+00:00"
    refused = shell.run("queue", "--file", _file(shell, "M-6"), "--slots", "--from", "soon", "--as", "alice")
    assert (refused.code, "[slots.day]" in refused.err) == (1, True)
