"""One's drafts without a time, onto the free slots of their campaign's plan: shown first, then queued as shown."""

import re
from collections.abc import Callable, Sequence

from sqlmodel import select

from content import draft, slot
from content.draft import Draft
from content.message import Wording
from content.slot import DAYS, Wanted
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
HIDDEN = re.compile(r'type="hidden" name="(draft|at)" value="([^"]+)"')


def _draft(house: factory.House, name: str, ref: str, **more: object) -> None:
    text = {"message": name, "campaign": "spring", "narrative": "N-2", "language": "en", "stance": "s2"}
    text |= {"template": "infighting/plain", **more}
    fields = {"text": text, "lists": {"passage": ["p2"], "account": ["site"], "hashtag": []}}
    with house.store.write() as session:
        draft.save(session, house.people["alice"], ref * 16, fields)


def _plan(house: factory.House, *days: str) -> None:
    with house.store.write() as session:
        for day in days:
            slot.add(session, house.people["alice"], Wanted("spring", "en", "site", day, "18:00"))


def _starts(house: factory.House) -> Sequence[object]:
    with house.store.read() as session:
        return [one["start"] for one in session.exec(select(Wording.plan).order_by(Wording.id))]


def _shown(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"draft": [], "at": []}
    for name, value in HIDDEN.findall(page):
        found[name].append(value.replace("&#43;", "+"))
    return found


def test_drafts_without_a_time_are_shown_where_they_would_go_and_queued_there(
    sign_in: SignIn, house: factory.House
) -> None:
    _plan(house, *DAYS)
    _draft(house, "M-a", "a")
    _draft(house, "M-b", "b")
    _draft(house, "M-timed", "t", start="2027-03-01 10:00")
    alice = sign_in("alice")
    page = alice.get("/compose/fill").text
    assert "M-a" in page and "M-b" in page and "M-timed" not in page and _starts(house) == []
    done = alice.post("/compose/fill", **_shown(page))
    assert (done.status_code, len(_starts(house))) == (303, 2)
    assert "2 messages are queued" in alice.get("/messages").text
    with house.store.read() as session:
        assert [one.ref[0] for one in session.exec(select(Draft))] == ["t"]  # what is queued is no draft any more


def test_one_has_no_room_and_only_the_other_is_queued(sign_in: SignIn, house: factory.House) -> None:
    _plan(house, "monday")
    _draft(house, "M-a", "a")
    _draft(house, "M-b", "b", campaign="none")
    alice = sign_in("alice")
    page = alice.get("/compose/fill").text
    assert "There is no campaign none." in page
    assert alice.post("/compose/fill", **_shown(page)).status_code == 303
    assert len(_starts(house)) == 1


def test_a_plan_that_changed_meanwhile_queues_nothing_and_shows_the_new_times(
    sign_in: SignIn, house: factory.House
) -> None:
    _plan(house, "monday")
    _draft(house, "M-a", "a")
    alice = sign_in("alice")
    shown = _shown(alice.get("/compose/fill").text)
    _plan(house, *(day for day in DAYS if day != "monday"))
    late = alice.post("/compose/fill", **shown | {"at": ["2027-01-01T00:00:00+00:00"]})
    assert (late.status_code, "The plan changed meanwhile" in late.text, _starts(house)) == (422, True, [])
    assert alice.post("/compose/fill", draft=[], at=[]).status_code == 422


def test_only_what_is_ticked_is_shown_from_the_first_day_on(sign_in: SignIn, house: factory.House) -> None:
    _plan(house, "monday")
    _draft(house, "M-a", "a")
    _draft(house, "M-b", "b")
    alice = sign_in("alice")
    page = alice.get(f"/compose/fill?draft={'b' * 16}&first=2027-03-01").text
    assert _shown(page) == {"draft": ["b" * 16], "at": ["2027-03-01T18:00:00+00:00"]}
    assert "is no day" in alice.get("/compose/fill?first=soon").text


def test_drafts_of_others_are_neither_shown_nor_queued(sign_in: SignIn, house: factory.House) -> None:
    _plan(house, "monday")
    _draft(house, "M-a", "a")
    tom = sign_in("tom")
    page = tom.get("/compose/fill").text
    assert ">M-a<" not in page and "No draft of yours is ready" in page
    refused = tom.post("/compose/fill", draft=["a" * 16], at=["2027-03-01T18:00:00+00:00"])
    assert (refused.status_code, _starts(house)) == (422, [])
    assert sign_in("bob").get("/compose/fill").status_code == 403
