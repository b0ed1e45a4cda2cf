"""Raw SQL against the rules: what the database itself refuses, on both.

Each refusal is one change away from a statement that the same test shows to pass, and names what refused it.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel

from content import record
from content.denied import Denied
from content.lifecycle import Attempt, Post
from content.migrations import guards, tables  # noqa: F401 # the import fills the metadata
from content.narrative import Exposure
from content.opening import Opening
from content.record import Record
from content.review import Clearance, Go, Revocation, Verdict
from content.season import Season, SeasonTime
from content.slot import Slot
from content.stop import Hold, Pause
from content.store import Store
from content.taking import Taking
from content.trial import Trial
from tests.guards.rows import (
    DAY,
    KEYS,
    START,
    Words,
    World,
    clear,
    clearance,
    evaluation,
    post,
    posted,
    verdict,
    words,
    world,
)


@dataclass
class Place:
    """An open database with its world, and the two ways to try it."""

    store: Store
    here: World

    def takes(self, table: Any, **values: Any) -> None:
        """The row can be inserted (and is taken back)."""
        with self.store.write() as session, session.begin_nested() as mark:
            session.connection().execute(insert(table), [values])
            mark.rollback()

    def refuses(self, table: Any, because: str, **values: Any) -> None:
        with pytest.raises(DatabaseError) as error, self.store.write() as session:
            session.connection().execute(insert(table), [values])
        self.named(error.value, because)

    def refuses_sql(self, sql: str, because: str, **values: Any) -> None:
        with pytest.raises(DatabaseError) as error, self.store.write() as session:
            found = session.connection().execute(text(sql), values)
            assert found.rowcount, f"it touched no row: {sql}"
        self.named(error.value, because)

    def named(self, error: DatabaseError, because: str) -> None:
        """The guard, key or CHECK that refused."""
        assert because in str(error), error


@pytest.fixture
def place(db: str) -> Iterator[Place]:
    store = Store(db, KEYS)
    with store.write() as session:
        here = world(session)
    yield Place(store, here)
    store.close()


@pytest.fixture
def sqlite_place(_sqlite_databases: Any) -> Iterator[Place]:
    store = Store(_sqlite_databases.migrated(), KEYS)
    with store.write() as session:
        here = world(session)
    yield Place(store, here)
    store.close()


# --- a post ----------------------------------------------------------------------------------------------------


def _cleared(place: Place, tier: int = 2) -> tuple[Words, Clearance]:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="bob charlie dora")
        return on, clear(session, place.here, on, tier)


def test_an_uncleared_post_cannot_be_inserted(place: Place) -> None:
    on, cleared = _cleared(place)
    with place.store.write() as session:
        other = words(session, place.here, "M-2", seats="bob charlie")
    place.takes(Post, **post(place.here, on, cleared))
    place.refuses(Post, "fk_post_clearance", **post(place.here, on, cleared, clearance_id=999))
    place.refuses(Post, "fk_post_clearance", **post(place.here, other, cleared, digest=other.digest))
    place.refuses(Post, "clearance_id", **post(place.here, on, cleared, clearance_id=None))


OUTSIDE: list[tuple[dict[str, Any], str]] = [
    ({"not_before": START - DAY}, "fk_post_clearance"),
    ({"due_at": START - timedelta(microseconds=1)}, "ck_post_in_"),
    ({"due_at": START + 7 * DAY + timedelta(microseconds=1)}, "ck_post_in_window"),
    ({"due_at": START + 8 * DAY, "not_after": START + 9 * DAY}, "fk_post_clearance"),
    ({"valid_until": START + 40 * DAY}, "fk_post_clearance"),
    ({"valid_from": START - DAY}, "fk_post_clearance"),
    ({"tier": 1}, "fk_post_clearance"),
    ({"language": "ar"}, "fk_post_clearance"),
    ({"state": "published"}, "a post starts as scheduled"),
    ({"step": 3}, "a post starts as scheduled"),
    ({"fence": "f", "lease_until": START}, "a post starts as scheduled"),
]


def test_a_post_outside_what_was_cleared_cannot_be_inserted(place: Place) -> None:
    on, cleared = _cleared(place)
    for columns, because in OUTSIDE:
        place.refuses(Post, because, **post(place.here, on, cleared, **columns))


def test_a_post_outside_the_validity_cannot_be_inserted(place: Place) -> None:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="bob charlie")
        seen = evaluation(session, on.digest)
        verdict(session, place.here, on, seen, "bob", "content")
        verdict(session, place.here, on, seen, "charlie", "safeguarding")
        short = Clearance(**clearance(place.here, on, seen, valid_from=START + DAY, valid_until=START + 2 * DAY))
        session.add(short)
        session.flush()
    place.takes(Post, **post(place.here, on, short, due_at=START + DAY))
    for due in (START + DAY - timedelta(microseconds=1), START + 2 * DAY):
        place.refuses(Post, "ck_post_in_validity", **post(place.here, on, short, due_at=due))


def test_a_post_cannot_be_moved_out_of_its_window_or_onto_other_words(place: Place) -> None:
    with place.store.write() as session:
        posted(session, place.here)
        other, _, _ = posted(session, place.here, "M-2")
    place.refuses_sql(
        "UPDATE post SET due_at = :at WHERE id = 1", "ck_post_in_window", at=_text(place, START + 8 * DAY)
    )
    place.refuses_sql(
        "UPDATE post SET due_at = :at, not_after = :at WHERE id = 1",
        "fk_post_clearance",
        at=_text(place, START + 8 * DAY),
    )
    for column, value in (("digest", other.digest), ("leaf_id", other.leaf), ("tier", 1), ("account_id", 2)):
        place.refuses_sql(
            f"UPDATE post SET {column} = :value WHERE id = 1", "these columns of post never change", value=value
        )


def test_a_second_living_post_of_the_same_words_is_refused(place: Place) -> None:
    with place.store.write() as session:
        on, cleared, _ = posted(session, place.here)
    place.takes(Post, **post(place.here, on, cleared, occurrence=1))
    place.refuses(Post, "uq_post_living", **post(place.here, on, cleared))


def test_a_begun_post_cannot_be_moved_in_time(place: Place) -> None:
    with place.store.write() as session:
        posted(session, place.here)
        _go_to(session, 1, "claim", "claimed")
    place.refuses_sql(
        "UPDATE post SET due_at = :at WHERE id = 1",
        "only a scheduled or blocked post can be moved in time",
        at=_text(place, START + 2 * DAY),
    )


def _go_to(session: Session, key: int, action: str, state: str) -> None:
    sql = (
        "UPDATE post SET state = :s, action = :a, step = step + 1, fence = 'f', lease_until = changed_at WHERE id = :i"
    )
    session.connection().execute(text(sql), {"s": state, "a": action, "i": key})


def _text(place: Place, at: datetime) -> Any:
    """An instant as this database stores it."""
    return at.replace(tzinfo=None).isoformat(" ", timespec="microseconds") if place.store.sqlite else at


# --- a skipped move (every pair stands in tests/content/test_lifecycle.py) ---------------------------------------


def test_a_skipped_move_a_wrong_step_and_an_attempt_without_intent_are_refused(place: Place) -> None:
    with place.store.write() as session:
        on, _, _ = posted(session, place.here)
        _go_to(session, 1, "claim", "claimed")
    skipped = "UPDATE post SET state = 'published', action = 'confirm', step = step + 1 WHERE id = 1"
    place.refuses_sql(skipped, "not in the table of moves")
    place.refuses_sql(
        "UPDATE post SET state = 'publishing', action = 'begin', step = step + 2 WHERE id = 1",
        "not in the table of moves",
    )
    place.refuses_sql("UPDATE post SET state = 'blocked' WHERE id = 1", "not in the table of moves")
    attempt = {
        "post_id": 1, "step": 2, "digest": on.digest, "fence": "f", "node": "n", "began_at": START, "evidence": {},
    }  # fmt: skip
    place.refuses(Attempt, "an attempt belongs to a post being published", **attempt)
    with place.store.write() as session:
        _go_to(session, 1, "begin", "publishing")
    for wrong in ({"step": 1}, {"digest": "other"}, {"fence": "g"}):
        place.refuses(Attempt, "an attempt belongs to a post being published", **(attempt | wrong))
    with place.store.write() as session:
        session.connection().execute(insert(Attempt), [attempt])
    place.refuses(Attempt, "uq_attempt_post_id_step", **attempt)


def test_the_table_of_moves_takes_no_new_move(place: Place) -> None:
    place.refuses_sql(
        "INSERT INTO legal_move (state, action, to_state) VALUES ('scheduled', 'confirm', 'published')", "legal_move"
    )
    place.refuses_sql("UPDATE legal_move SET to_state = 'published' WHERE state = 'claimed'", "legal_move rows never")
    place.refuses_sql("DELETE FROM legal_move", "never deleted")


# --- a clearance -------------------------------------------------------------------------------------------------


def _judged(place: Place, tier: int = 2, **found: Any) -> tuple[Words, int]:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="bob charlie dora erin frank grace heidi")
        seen = evaluation(session, on.digest, tier, **found)
        for ref, role in (("bob", "content"), ("charlie", "safeguarding"), ("dora", "content")):
            verdict(session, place.here, on, seen, ref, role)
    return on, seen


def test_a_clearance_without_verdicts_is_refused(place: Place) -> None:
    on, seen = _judged(place)
    with place.store.write() as session:
        bare = words(session, place.here, "M-2", seats="bob charlie")
        unseen = evaluation(session, bare.digest)
    place.takes(Clearance, **clearance(place.here, on, seen))
    place.refuses(Clearance, "fk_clearance_", **clearance(place.here, bare, unseen))
    place.refuses(Clearance, "fk_clearance_", **clearance(place.here, on, seen, round=2))


def test_a_clearance_by_the_author_or_by_whoever_gave_no_verdict_is_refused(place: Place) -> None:
    on, seen = _judged(place)
    people = place.here.people
    for seat, ref in (("content_by", "alice"), ("content_by", "erin"), ("safeguarding_by", "alice")):
        place.refuses(Clearance, f"fk_clearance_{seat}", **clearance(place.here, on, seen, **{seat: people[ref]}))
    place.refuses(
        Clearance, "fk_clearance_safeguarding_by", **clearance(place.here, on, seen, safeguarding_by=people["dora"])
    )


def test_a_sent_back_version_is_not_cleared(place: Place) -> None:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="bob charlie")
        seen = evaluation(session, on.digest)
        verdict(session, place.here, on, seen, "bob", "content", answer="send_back", reason="wrong tone")
        verdict(session, place.here, on, seen, "charlie", "safeguarding")
    place.refuses(Clearance, "fk_clearance_content_by", **clearance(place.here, on, seen))


def test_one_verdict_counted_twice_is_refused(place: Place) -> None:
    on, seen = _judged(place, 3)
    people = place.here.people
    place.takes(Clearance, **clearance(place.here, on, seen, 3))
    twice = {"third_by": people["bob"], "third_role": "content"}
    place.refuses(Clearance, "ck_clearance_three_from_tier_3", **clearance(place.here, on, seen, 3, **twice))


def test_the_same_person_in_two_seats_is_refused(place: Place) -> None:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="judy erin")
        seen = evaluation(session, on.digest, 2)
        for role in ("content", "safeguarding"):
            verdict(session, place.here, on, seen, "judy", role)
    judy = place.here.people["judy"]
    both = {"content_by": judy, "safeguarding_by": judy}
    place.refuses(Clearance, "ck_clearance_", **clearance(place.here, on, seen, **both))


def test_a_board_of_two_is_refused(place: Place) -> None:
    on, seen = _judged(place, 4)
    people = place.here.people
    with place.store.write() as session:
        for ref in ("frank", "grace", "heidi"):
            verdict(session, place.here, on, seen, ref, "board")
    board = {"board1_by": people["frank"], "board2_by": people["grace"], "board3_by": people["heidi"]}
    place.takes(Clearance, **clearance(place.here, on, seen, 4, **board))
    for wrong in (board["board1_by"], board["board2_by"], None):
        changed = clearance(place.here, on, seen, 4, **(board | {"board3_by": wrong}))
        place.refuses(Clearance, "ck_clearance_board_at_tier_4", **changed)


@pytest.mark.parametrize("role", ["language", "legal", "religious"])
def test_a_needed_seat_left_empty_is_refused(place: Place, role: str) -> None:
    needed = {f"needs_{role}": True}
    on, seen = _judged(place, **needed)
    place.refuses(Clearance, f"ck_clearance_{role}_answered", **clearance(place.here, on, seen, **needed))
    place.refuses(Clearance, "fk_clearance_evaluation", **clearance(place.here, on, seen))


def test_a_clearance_over_a_block_or_at_a_lower_tier_is_refused(place: Place) -> None:
    on, seen = _judged(place, 3, blocks=1)
    place.refuses(Clearance, "ck_clearance_nothing_blocks", **clearance(place.here, on, seen, 3, blocks=1))
    place.refuses(Clearance, "fk_clearance_evaluation", **clearance(place.here, on, seen, 3))
    with place.store.write() as session:
        fine = evaluation(session, on.digest, 3, epoch=2)
    place.refuses(Clearance, "fk_clearance_evaluation", **clearance(place.here, on, fine, 2))


def test_tier_two_without_safeguarding_and_tier_three_without_a_third_are_refused(place: Place) -> None:
    on, seen = _judged(place)
    with place.store.write() as session:
        high = evaluation(session, on.digest, 3, epoch=2)
    alone = clearance(place.here, on, seen, safeguarding_by=None)
    place.refuses(Clearance, "ck_clearance_two_from_tier_2", **alone)
    without = clearance(place.here, on, high, 3, third_by=None, third_role=None)
    place.refuses(Clearance, "ck_clearance_three_from_tier_3", **without)
    unnamed = clearance(place.here, on, high, 3, third_role=None)
    place.refuses(Clearance, "ck_clearance_third_role_named", **unnamed)


# --- a verdict, a go -----------------------------------------------------------------------------------------------


def _verdict(place: Place, on: Words, seen: int, ref: str, role: str, **changed: Any) -> dict[str, Any]:
    return {
        "digest": on.digest, "message_id": on.message, "language": "en", "round": 1, "role": role, "judges": "judges",
        "reviewer_id": place.here.people[ref], "answer": "approve", "reason": "", "private_note": "",
        "evaluation_id": seen, "at": START,
    } | changed  # fmt: skip


def test_a_verdict_by_whoever_may_not_is_refused(place: Place) -> None:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="bob charlie erin")
        seen = evaluation(session, on.digest)
        _grant(session, place.here, "alice", "content")
    place.takes(Verdict, **_verdict(place, on, seen, "bob", "content"))
    no_role = "does not hold that role"
    place.refuses(Verdict, no_role, **_verdict(place, on, seen, "bob", "safeguarding"))
    place.refuses(Verdict, no_role, **_verdict(place, on, seen, "erin", "language"))  # hers is Arabic
    place.refuses(Verdict, no_role, **_verdict(place, on, seen, "bob", "content", at=START - 2 * DAY))
    place.refuses(Verdict, "fk_verdict_judges", **_verdict(place, on, seen, "alice", "content"))  # she wrote it
    place.refuses(Verdict, "fk_verdict_judges", **_verdict(place, on, seen, "dora", "content"))  # not on this message
    place.refuses(Verdict, "ck_verdict_judges", **_verdict(place, on, seen, "alice", "content", judges="wrote"))
    place.refuses(
        Verdict, "ck_verdict_reason_to_send_back", **_verdict(place, on, seen, "bob", "content", answer="send_back")
    )


def test_a_verdict_counts_once_a_round(place: Place) -> None:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="bob")
        seen = evaluation(session, on.digest)
        verdict(session, place.here, on, seen, "bob", "content")
    place.refuses(Verdict, "uq_verdict_", **_verdict(place, on, seen, "bob", "content"))


def _grant(session: Session, here: World, ref: str, role: str) -> None:
    sql = (
        "INSERT INTO role_grant"
        " (person_id, role, founding, granted_by, granted_at, confirmed_by, confirmed_at, valid_from)"
        " SELECT :p, :r, false, :b, g.granted_at, :c, g.granted_at, g.valid_from FROM role_grant g WHERE g.id = 1"
    )
    values = {"p": here.people[ref], "r": role, "b": here.people["charlie"], "c": here.people["bob"]}
    session.connection().execute(text(sql), values)


def test_who_wrote_a_message_never_judges_it_and_the_other_way_round(place: Place) -> None:
    with place.store.write() as session:
        on = words(session, place.here, "M-1", seats="bob")
    both = "INSERT INTO involvement (message_id, person_id, side) VALUES (:m, :p, :s)"
    people = place.here.people
    for ref, side in (("alice", "judges"), ("bob", "wrote")):
        place.refuses_sql(both, "pk_involvement", m=on.message, p=people[ref], s=side)
    place.refuses_sql("UPDATE involvement SET side = 'judges' WHERE side = 'wrote'", "involvement rows never change")
    place.refuses_sql("DELETE FROM involvement", "involvement rows are never deleted")


def test_a_go_by_the_author_or_without_the_role_is_refused(place: Place) -> None:
    with place.store.write() as session:
        posted(session, place.here, tier=3)
        _grant(session, place.here, "alice", "safeguarding")
    people = place.here.people
    place.takes(Go, post_id=1, by=people["charlie"], at=START)
    for ref in ("alice", "bob"):
        place.refuses(Go, "a go is given by safeguarding", post_id=1, by=people[ref], at=START)


def test_no_founding_role_is_given_once_a_message_exists(place: Place) -> None:
    grant = (
        "INSERT INTO role_grant (person_id, role, founding, granted_at, valid_from)"
        " SELECT g.person_id, 'content', g.founding, g.granted_at, g.valid_from FROM role_grant g WHERE g.id = 1"
    )
    with place.store.write() as session:
        words(session, place.here, "M-1")
    place.refuses_sql(grant, "founding")
    place.refuses_sql("UPDATE role_grant SET role = 'safeguarding' WHERE id = 1", "these columns of role_grant")


# --- rows that never change and never go -----------------------------------------------------------------------------

EDITS = [
    ("version", "number = 7"),
    ("version", "digest = 'other'"),
    ("leaf", "digest = 'other'"),
    ("leaf_part", "text = 'It was all true.'"),
    ("passage", "text = 'It was all true.'"),
    ("verdict", "answer = 'send_back'"),
    ("verdict", "reason = 'changed'"),
    ("evaluation", "blocks = 0, tier = 1"),
    ("clearance", "tier = 1"),
    ("clearance", "valid_until = '2040-01-01 00:00:00'"),
    ("clearance", "needs_legal = NOT needs_legal"),
    ("clearance", "language = 'ar'"),
    ("revocation", "reason = 'never mind'"),
    ("go", "at = '2040-01-01 00:00:00'"),
    ("exposure", "attribute = 'none'"),
    ("post_history", "action = 'cancel'"),
    ("attempt", "node = 'another'"),
    ("record", "actor = 'person:1'"),
    ("record", "mac = 'forged'"),
    ("record", "detail = '{}x'"),
    ("hold", "starts_at = '2040-01-01 00:00:00'"),
    ("pause", "scope = 'account'"),
    ("pause", "value = 'other'"),
    ("denied", "hash = 'other'"),
    ("denied", "kind = 'lift'"),
    ("taking", "until = '2040-01-01 00:00:00'"),
    ("opening", "at = '2040-01-01 00:00:00'"),
    ("slot", "local = '06:00'"),
    ("slot", "account_id = 2"),
    ("season", "ends = '2040-01-01'"),
    ("season_time", "local = '06:00'"),
    ("trial", "judged = 0"),
]
# Pulses, keys of erased people, terms that a keeper takes back, days that were planned otherwise, counted hits, how
# long somebody read, and what they opened.
GO_AWAY = [
    "circuit", "draft", "heartbeat", "opening", "pace", "password", "person_key", "protected_term", "reading",
    "recovery_code", "second_factor", "sensitive_day", "sign_in", "sign_in_failure", "term_hit", "uncleared", "waits",
    "waits_at",
]  # fmt: skip
KEPT = [
    "version", "leaf", "leaf_part", "passage", "verdict", "evaluation", "clearance", "revocation", "go", "exposure",
    "post_history", "attempt", "record", "hold", "pause", "post", "message", "narrative", "person", "account",
    "instance", "involvement", "legal_move", "denied", "slot", "taking",
    "season", "season_time", "trial",
]  # fmt: skip

SEASON = {"campaign_id": 1, "name": "Ramadan", "begins": date(2027, 2, 8), "ends": date(2027, 3, 9)}
SEASON_TIME = {"language": "en", "account_id": 1, "day": 3, "was": "18:00", "local": "21:30"}
TRIAL = {"rules": "a", "proposed": "b", "days": 90, "judged": 7, "counts": {}, "changes": []}
SLOT = {"campaign_id": 1, "language": "en", "account_id": 1, "day": 3, "local": "18:00", "zone": "UTC"}


@pytest.fixture
def full(place: Place) -> Place:
    _fill(place)
    return place


def _fill(place: Place) -> None:
    """A row in every table that must keep its rows."""
    with place.store.write() as session:
        on, cleared, _ = posted(session, place.here, tier=3)
        _go_to(session, 1, "claim", "claimed")
        _go_to(session, 1, "begin", "publishing")
        people, narrative = place.here.people, place.here.narrative
        trial = {"kind": "trial", "starts_at": START, "territories": []}
        session.add_all(
            [
                Attempt(post_id=1, step=2, digest=on.digest, fence="f", node="n", began_at=START, evidence={}),
                Revocation(clearance_id=cleared.id or 0, by=people["bob"], reason="doubt", at=START),
                Go(post_id=1, by=people["charlie"], at=START),
                Exposure(narrative_id=narrative, attribute="town", post_id=1, at=START),
                Hold(narrative_id=narrative, **trial, by=people["charlie"], at=START),
                Pause(organisation_id=1, scope="all", languages=[], by=people["bob"], at=START),
                Denied(organisation_id=1, hash="aa", kind="deny", by=people["charlie"], at=START),
                Slot(**SLOT, entered_by=people["bob"], created_at=START),
                Season(**SEASON, entered_by=people["bob"], created_at=START),
                SeasonTime(season_id=1, **SEASON_TIME),
                Trial(organisation_id=1, **TRIAL, tried_by=people["bob"], at=START),
                Opening(digest=on.digest, reviewer_id=people["bob"], at=START),
                Taking(digest=on.digest, reviewer_id=people["bob"], at=START, until=START + DAY),
            ]
        )  # fmt: skip
        record.write(session, record.Step("person:2", "verdict.approve", "version", on.digest))


def test_an_edit_is_refused(full: Place) -> None:
    for table, change in EDITS:
        full.refuses_sql(f'UPDATE "{table}" SET {change}', "never change")


def test_a_deletion_is_refused(full: Place) -> None:
    for table in KEPT:
        full.refuses_sql(f'DELETE FROM "{table}"', "never deleted")


def test_a_sealed_table_with_a_free_column_fixes_all_the_others() -> None:
    for table, free in guards.SEALED_ROWS.items():
        if free:
            columns = {column.name for column in SQLModel.metadata.tables[table].columns}
            assert set(guards._COLUMNS[table]) | set(free) == columns, table


def test_every_table_of_people_s_acts_is_kept() -> None:
    """What may go: pulses, keys of erased people, answered drafts, protected terms, what only says where to look."""
    kept = {*guards.SEALED_ROWS, *guards.KEPT_ROWS}
    assert sorted(SQLModel.metadata.tables.keys() - kept) == GO_AWAY


def test_what_is_written_once_stays(full: Place) -> None:
    for first, again in (
        ("UPDATE record SET seq = 1, chain = 'a'", "UPDATE record SET chain = 'b'"),
        ("UPDATE attempt SET outcome = 'sent'", "UPDATE attempt SET outcome = 'unknown'"),
        ("UPDATE hold SET lifted_at = at, lifted_by = 3", "UPDATE hold SET lifted_at = NULL"),
        ("UPDATE pause SET lifted_at = at, lifted_first = 3", "UPDATE pause SET lifted_at = NULL"),
        ("UPDATE slot SET ended_at = created_at", "UPDATE slot SET ended_at = NULL"),
        ("UPDATE season SET ended_at = created_at", "UPDATE season SET ended_at = NULL"),
        ("UPDATE taking SET ended_at = at", "UPDATE taking SET ended_at = NULL"),
    ):
        with full.store.write() as session:
            session.connection().execute(text(first))
        full.refuses_sql(again, "are written once")


def test_a_record_row_changed_under_its_seal_no_longer_fits_its_mac(full: Place) -> None:
    """Whoever may drop triggers can still edit; the row's own MAC then tells, and `audit verify` says which."""
    with full.store.read() as session:
        row = session.get_one(Record, 1)
        said = row.model_dump()
    assert record.mac_of(said, KEYS.record) == row.mac
    assert record.mac_of(said | {"actor": "person:3"}, KEYS.record) != row.mac


# --- the instance ----------------------------------------------------------------------------------------------------


def test_a_rehearsal_clock_only_moves_forward_and_stays_a_rehearsal(place: Place) -> None:
    with place.store.write() as session:
        session.connection().execute(text("UPDATE instance SET clock_offset = 3600, stops = 4"))
    place.refuses_sql("UPDATE instance SET clock_offset = 3599", "only moves forward")
    place.refuses_sql(
        "UPDATE instance SET kind = 'live', clock_offset = 3600", "these columns of instance never change"
    )
    place.refuses_sql("UPDATE instance SET stops = 3", "only grows")
    place.refuses_sql(
        "INSERT INTO instance (id, kind, clock_offset, epoch, armed, stops, created_at)"
        " SELECT 2, kind, 0, epoch, armed, 0, created_at FROM instance",
        "ck_instance_one_row",
    )


def test_a_live_instance_has_no_offset(db: str) -> None:
    store = Store(db, KEYS)
    with store.write() as session:
        here = world(session, "live")
    place = Place(store, here)
    place.refuses_sql("UPDATE instance SET clock_offset = 1", "ck_instance_offset_only_in_rehearsal")
    place.refuses_sql("UPDATE instance SET clock_offset = -1", "only moves forward")
    store.close()


def test_a_pause_is_not_lifted_by_nobody_or_by_one_person_twice(full: Place) -> None:
    full.refuses_sql("UPDATE pause SET lifted_at = at", "ck_pause_lifted_by_somebody")
    full.refuses_sql("UPDATE pause SET lifted_first = 2, lifted_second = 2", "ck_pause_lifted_by_two")


# --- SQLite's shell, which checks no foreign key and knows OR REPLACE ------------------------------------------------


def _shell(path: str, sql: str) -> str:
    """What the file answers to a connection that has made none of our settings; "" = it let the statement pass."""
    line = sqlite3.connect(path)
    try:
        line.execute(sql)
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        line.rollback()
        line.close()
    return ""


def _again(table: str, how: str = "INSERT", **changed: str) -> str:
    """The table's rows once more, with some columns changed (SQL)."""
    columns = {
        column.name: changed.get(column.name, f'"{column.name}"') for column in SQLModel.metadata.tables[table].c
    }
    names = ", ".join(f'"{name}"' for name in columns)
    return f'{how} INTO "{table}" ({names}) SELECT {", ".join(columns.values())} FROM "{table}"'


def test_the_shell_gets_no_further(sqlite_place: Place) -> None:
    _fill(sqlite_place)
    path = sqlite_place.store.url.removeprefix("sqlite:///")
    start = {"id": "NULL", "state": "'scheduled'", "step": "0", "fence": "NULL", "lease_until": "NULL"}
    replace = "INSERT OR REPLACE"
    assert _shell(path, _again("post", **start, occurrence="9")) == ""
    for refused, sql in (
        ("fk_post_clearance", _again("post", **start, occurrence="9", clearance_id="99")),
        ("fk_post_clearance", "UPDATE post SET clearance_id = 99"),
        ("uq_post_living", _again("post", replace, **start)),
        ("fk_clearance_", _again("clearance", id="NULL", round="2")),
        ("uq_clearance_", _again("clearance", replace, id="NULL")),
        ("UNIQUE constraint failed", _again("clearance", replace)),
        ("FOREIGN KEY constraint failed", _again("verdict", id="NULL", round="2", reviewer_id="1", role="'author'")),
        ("UNIQUE constraint failed", _again("leaf_part", replace, text="'It was all true.'")),
        ("UNIQUE constraint failed", _again("version", replace, id="NULL", number="2")),
        ("UNIQUE constraint failed", _again("exposure", replace)),
        ("UNIQUE constraint failed", _again("record", replace, actor="'person:1'")),
        ("legal_move", _again("legal_move", replace, to_state="'published'")),
        ("never deleted", "DELETE FROM record"),
    ):
        assert refused in _shell(path, sql), sql
