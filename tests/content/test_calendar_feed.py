"""A calendar feed says when something goes out, and nothing of what."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from icalendar import Calendar, Component

from content.calendar_feed import FeedEntry, feed
from content.errors import Refusal

NOON = datetime(2027, 3, 28, 12, tzinfo=UTC)
ENTRY = FeedEntry("8f3a", NOON, "scheduled", account="x-main", language="de")


def events(*entries: FeedEntry) -> list[Component]:
    return list(Calendar.from_ical(feed(entries)).walk("VEVENT"))


def test_a_title_names_the_account_the_language_and_the_state_only() -> None:
    (event,) = events(ENTRY)
    assert event["summary"] == "Post · x-main · de · scheduled"
    assert set(event) == {"UID", "DTSTART", "DTSTAMP", "SUMMARY", "CLASS", "TRANSP", "STATUS"}
    assert event["class"] == "PRIVATE"


def test_what_could_carry_a_sentence_or_a_person_is_refused() -> None:
    for bad in (
        FeedEntry("8f3a", NOON, "scheduled", account="Alice's story"),
        FeedEntry("8f3a", NOON, "scheduled", language="de\r\nDESCRIPTION:x"),
        FeedEntry("8f3a", NOON, "waiting for alice to answer"),
        FeedEntry("8f3a\nSUMMARY:x", NOON, "scheduled"),
    ):
        with pytest.raises(Refusal) as caught:
            feed([bad])
        assert caught.value.code == "feed.word"
        assert "alice" not in str(caught.value).lower()


def test_times_are_instants_whatever_zone_they_came_in() -> None:
    (event,) = events(FeedEntry("8f3a", NOON.astimezone(timezone(timedelta(hours=5))), "scheduled"))
    assert event.decoded("dtstart") == NOON
    assert b"DTSTART:20270328T120000Z" in feed([ENTRY])


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("scheduled", "CONFIRMED"),
        ("published", "CONFIRMED"),
        ("cancelled", "CANCELLED"),
        ("recalled", "CANCELLED"),
    ],
)
def test_a_post_that_will_not_stand_shows_as_cancelled(state: str, status: str) -> None:
    (event,) = events(FeedEntry("8f3a", NOON, state))
    assert event["status"] == status


def test_the_same_entries_give_the_same_bytes_in_any_order() -> None:
    later = FeedEntry("77aa", NOON + timedelta(hours=1), "recall_impossible", "site", "ar")
    assert feed([ENTRY, later]) == feed([later, ENTRY])
    assert [event["uid"] for event in events(later, ENTRY)] == [
        "8f3a@counterpoint.invalid",
        "77aa@counterpoint.invalid",
    ]


def test_lines_end_and_fold_as_the_standard_says() -> None:
    long = FeedEntry("8f3a", NOON, "scheduled", account="a" * 80, language="de")
    lines = feed([long]).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)


def test_an_empty_plan_is_an_empty_calendar() -> None:
    assert feed([]).startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0")
