"""`zones` in a shell."""

from datetime import datetime, timedelta

from content import rescheduling
from content.lifecycle import Post
from content.zone import exact, zone_version
from tests import factory
from tests.cli.conftest import Shell

LONDON = "Europe/London"


def test_what_newer_zone_data_would_move_is_shown_and_moves_when_asked(shell: Shell) -> None:
    house = factory.furnish(shell.store)
    noon = (datetime.now() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    with shell.store.write() as session:
        number = factory.cleared_post(session, house).id or 0
        post = rescheduling.reschedule(session, house.people["alice"], number, f"{noon:%Y-%m-%d %H:%M}", LONDON)
        post.due_at, post.tzdata = exact(noon, "Europe/Paris"), "1999a"
        session.add(post)
    assert "1999a" in shell.run("zones", "--as", "alice").out
    assert _stored(shell, number).tzdata == "1999a"
    assert "moved" in shell.run("zones", "--move", "--as", "alice").out
    assert (_stored(shell, number).due_at, _stored(shell, number).tzdata) == (exact(noon, LONDON), zone_version())
    assert "1999a" not in shell.run("zones", "--as", "alice").out


def _stored(shell: Shell, number: int) -> Post:
    with shell.store.read() as session:
        return session.get_one(Post, number)
