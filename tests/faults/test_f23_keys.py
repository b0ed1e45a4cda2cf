"""F23, F24: the platform has forgotten our keys; our token is worth nothing any more."""

# ruff: noqa: F811  # fixtures are imported by their names

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.faults.wire_channels import KEYED
from tests.faults.wire_desk import Outside, outside, server  # noqa: F401
from tests.faults.wire_server import LOST, script
from worker import dispatch, reconcile

pytestmark = pytest.mark.fault
WINDOW = 0.8  # seconds for which the platform remembers a key


@pytest.fixture
def forgetful(outside: Outside) -> Outside:
    outside.caps["keyed"] = replace(KEYED, key_window=timedelta(seconds=WINDOW))
    outside.server.window = WINDOW
    outside.server.mood = script(LOST)
    return outside


def test_f23_while_the_platform_remembers_the_key_the_post_is_sent_again_under_it(forgetful: Outside) -> None:
    forgetful.caps["keyed"] = KEYED
    forgetful.server.window = None
    (post,) = forgetful.posts(1, "keyed")
    forgetful.look()
    assert (forgetful.state(post), forgetful.calls(post)) == ("published", 2)
    forgetful.compare()


def test_f23_once_the_platform_may_have_forgotten_the_key_a_person_decides(
    forgetful: Outside,
) -> None:
    (post,) = forgetful.posts(1, "keyed")
    dispatch.look(forgetful.store, forgetful.settings, forgetful.node)
    time.sleep(WINDOW + 0.1)  # whoever found it uncertain was away that long
    for _ in range(3):
        reconcile.look(forgetful.store, forgetful.settings, forgetful.node)
        forgetful.let_pass()
    assert (forgetful.state(post), forgetful.calls(post)) == ("uncertain", 1)
    assert forgetful.row(post).note.startswith("find.undecidable")
    forgetful.compare()
