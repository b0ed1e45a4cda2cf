"""What the database itself refuses, as triggers for SQLite and PostgreSQL from one description.

Raw SQL that skips a move, edits a version, deletes a record row or judges without the role fails here.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from content.lifecycle import MOVES, LegalMove
from content.migrations import sqlite_keys

T = TypeVar("T")

_WHOLLY = (
    "denied", "rulebook", "link_copy", "link_check", "hashtag_check", "platform_check", "acknowledgement", "trial",
    "medium", "medium_file", "medium_look", "medium_retirement", "medium_words", "imported", "head", "decision",
    "notice_told",
)  # fmt: skip
# Tables whose rows never change and never go. The columns named may still be written, once they were NULL.
SEALED_ROWS: dict[str, tuple[str, ...]] = {
    "version": (),
    "leaf": (),
    "leaf_part": (),
    "used": (),
    "involvement": (),
    "evaluation": (),
    "verdict": ("private_note",),
    "clearance": ("posted_at",),
    "revocation": (),
    "go": (),
    "consent_event": ("reason",),
    "exposure": (),
    "passage": (),
    "block": (),
    "template_version": (),
    "quote": (),
    "clearing": ("reason",),
    "helpline_check": (),
    "post_history": (),
    "legal_move": (),
    "attempt": ("ended_at", "outcome", "evidence"),
    "record": ("seq", "chain"),
    "gone_out": (),
    "adoption": ("confirmed_by", "confirmed_at"),
    "slot": ("ended_at",),
    "shift": ("ended_at",),
    "absence": ("ended_at",),
    "season": ("ended_at",),
    "season_time": (),
    **dict.fromkeys(_WHOLLY, ()),
    "sighting": (),
    "tally": (),
}
KEPT_ROWS = (
    "post", "part", "message", "hold", "pause", "recall", "narrative", "person", "account", "instance",
    "organisation", "role_grant", "invitation", "campaign", "source", "wording", "journal_mark", "taking", "link",
    "crisis", "credential", "posting", "posted_part", "watch", "watched_account", "appeal", "stranger",
    "notice", "deputy",
)  # fmt: skip
# Columns of changing tables that never change.
FIXED = {
    "post": (
        "digest", "language", "tier", "leaf_id", "account_id", "message_id", "narrative_id", "campaign_id",
        "organisation_id", "occurrence",
    ),
    "part": ("post_id", "index", "key"),
    "instance": ("kind", "created_at"),
    "hold": ("narrative_id", "kind", "starts_at", "territories", "by", "at"),
    "pause": ("organisation_id", "scope", "value", "languages", "by", "at"),
    "taking": ("digest", "reviewer_id", "at", "until"),
    "opening": ("digest", "reviewer_id", "at"),
    "link": ("organisation_id", "url"),
    "watch": ("post_id", "account_id", "since"),
    "watched_account": ("account_id", "since"),
    "appeal": ("post_id", "kind", "opened_at"),
    "stranger": ("account_id", "remote_id", "url", "posted_at", "seen_at"),
    "crisis": ("day_id", "by", "at"),
    "posting": ("post_id", "kind", "opened_at", "deadline"),
    "posted_part": ("post_id", "index"),
    "notice": ("person_id",),
    "sensitive_day": ("organisation_id", "territory", "starts_at", "ends_at", "name", "kind"),
    "role_grant": ("person_id", "role", "language", "founding", "granted_by", "granted_at"),
    "deputy": ("person_id", "named_by", "named_at", "ends_at"),
}  # fmt: skip
# Columns that are written once.
ONCE = {
    "part": ("confirmed_at", "recalled_at"),
    "attempt": ("ended_at", "outcome"),
    "record": ("seq", "chain"),
    "hold": ("lifted_at",),
    "pause": ("lifted_at",),
    "clearance": ("posted_at",),
    "role_grant": ("confirmed_by", "confirmed_at", "revoked_at"),
    "deputy": ("confirmed_by", "confirmed_at", "valid_from", "ended_by", "ended_at"),
    "adoption": ("confirmed_by", "confirmed_at"),
    "slot": ("ended_at",),
    "shift": ("ended_at",),
    "absence": ("ended_at",),
    "season": ("ended_at",),
    "taking": ("ended_at",),
    "crisis": ("lifted_second", "lifted_at"),
    "posting": ("shown_at", "confirmed_by", "confirmed_at", "unposted_by", "unposted_at"),
    "posted_part": ("confirmed_at", "gone_at"),
    "sensitive_day": ("lifted_at",),
    "appeal": ("closed_at", "closed_by", "note"),
    "stranger": ("raised_at", "answered_at", "answered_by", "answer"),
}
# (name, table, event, columns, condition over OLD and NEW under which it is refused, message)
CONDITIONS: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "post_starts_scheduled", "post", "INSERT", "",
        "NEW.state <> 'scheduled' OR NEW.step <> 0 OR NEW.fence IS NOT NULL",
        "a post starts as scheduled, step 0",
    ),
    (
        "post_moves_legally", "post", "UPDATE", "state, step, action",
        "(NEW.state <> OLD.state OR NEW.step <> OLD.step OR NEW.action <> OLD.action) AND (NEW.step <> OLD.step + 1"
        " OR NOT EXISTS (SELECT 1 FROM legal_move m WHERE m.state = OLD.state AND m.action = NEW.action"
        " AND m.to_state = NEW.state))",
        "that move is not in the table of moves",
    ),
    (
        "post_due_kept_once_begun", "post", "UPDATE", "due_at",
        "NEW.due_at <> OLD.due_at AND OLD.state NOT IN ('scheduled', 'blocked')",
        "only a scheduled or blocked post can be moved in time",
    ),
    (
        "attempt_of_a_begun_post", "attempt", "INSERT", "",
        "NOT EXISTS (SELECT 1 FROM post p WHERE p.id = NEW.post_id AND p.state = 'publishing'"
        " AND p.step = NEW.step AND p.digest = NEW.digest AND p.fence = NEW.fence)",
        "an attempt belongs to a post being published, at this step, with these words",
    ),
    (
        "verdict_by_who_may", "verdict", "INSERT", "",
        "NOT EXISTS (SELECT 1 FROM role_grant g JOIN person p ON p.id = g.person_id"
        " WHERE g.person_id = NEW.reviewer_id AND g.role = NEW.role AND g.revoked_at IS NULL"
        " AND g.valid_from IS NOT NULL AND g.valid_from <= NEW.at AND p.disabled_at IS NULL"
        " AND (g.role <> 'language' OR g.language = NEW.language))",
        "that person does not hold that role",
    ),
    (
        "go_by_safeguarding_who_wrote_nothing", "go", "INSERT", "",
        "NOT EXISTS (SELECT 1 FROM role_grant g JOIN person q ON q.id = g.person_id WHERE g.person_id = NEW.\"by\""
        " AND g.role = 'safeguarding' AND g.revoked_at IS NULL AND g.valid_from IS NOT NULL"
        " AND g.valid_from <= NEW.at AND q.disabled_at IS NULL)"
        " OR EXISTS (SELECT 1 FROM post p JOIN involvement i ON i.message_id = p.message_id"
        " WHERE p.id = NEW.post_id AND i.person_id = NEW.\"by\" AND i.side = 'wrote')",
        "a go is given by safeguarding, by somebody who wrote nothing of the message",
    ),
    (
        "no_founding_role_later", "role_grant", "INSERT", "",
        "NEW.founding AND EXISTS (SELECT 1 FROM message)",
        "founding roles are given before the first message; later ones take two people and a day",
    ),
    (
        "role_keeps_its_day", "role_grant", "UPDATE", "valid_from",
        "NOT OLD.founding AND OLD.valid_from IS NOT NULL AND NEW.valid_from IS DISTINCT FROM OLD.valid_from",
        "a role holds from the day after its second confirmation",
    ),
    (
        "history_is_written_by_moves", "post_history", "INSERT", "",
        "NOT EXISTS (SELECT 1 FROM post p WHERE p.id = NEW.post_id AND p.step = NEW.step AND p.action = NEW.action"
        " AND p.state = NEW.to_state)",
        "only a move writes history",
    ),
    (
        "standing_crisis_never_goes", "sensitive_day", "DELETE", "",
        "OLD.kind = 'crisis' AND OLD.lifted_at IS NULL",
        "a crisis that stands is never deleted",
    ),
    (
        "crisis_lifted_by_two_people", "sensitive_day", "UPDATE", "lifted_at",
        "NEW.kind = 'crisis' AND NEW.lifted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM crisis c"
        " JOIN role_grant g ON g.person_id IN (c.lifted_first, c.lifted_second) WHERE c.day_id = NEW.id"
        " AND c.lifted_at IS NOT NULL AND g.role = 'safeguarding' AND g.revoked_at IS NULL"
        " AND g.valid_from IS NOT NULL AND g.valid_from <= NEW.lifted_at)",
        "a crisis is lifted by two people, one of them of safeguarding",
    ),
    ("crisis_stays_lifted", "crisis", "UPDATE", "lifted_first", "OLD.lifted_at IS NOT NULL",
     "a crisis that was lifted stays as it is"),
    (
        "epoch_forward", "organisation", "UPDATE", "material_epoch", "NEW.material_epoch < OLD.material_epoch",
        "the material epoch only grows",
    ),
    (
        "clock_forward_only", "instance", "UPDATE", "clock_offset",
        "NEW.clock_offset < OLD.clock_offset",
        "the clock of a rehearsal only moves forward",
    ),
    (
        "stops_counter_forward", "instance", "UPDATE", "stops",
        "NEW.stops < OLD.stops",
        "the counter of stops only grows",
    ),
    (
        "journal_mark_forward", "journal_mark", "UPDATE", "seq", "NEW.seq < OLD.seq",
        "what is outside stays outside",
    ),
    (
        "season_one_time_a_day", "season_time", "INSERT", "",
        "EXISTS (SELECT 1 FROM season_time t JOIN season o ON o.id = t.season_id JOIN season n ON n.id = NEW.season_id"
        " WHERE o.id <> n.id AND o.campaign_id = n.campaign_id AND o.ended_at IS NULL AND n.ended_at IS NULL"
        " AND o.begins <= n.ends AND n.begins <= o.ends AND t.language = NEW.language"
        " AND t.account_id = NEW.account_id AND t.day = NEW.day AND t.was = NEW.was)",
        "a slot has one time on one day",
    ),
    (
        "posting_confirmed_by_no_writer", "posting", "UPDATE", "confirmed_by",
        "EXISTS (SELECT 1 FROM post p JOIN involvement i ON i.message_id = p.message_id AND i.side = 'wrote'"
        " WHERE p.id = NEW.post_id AND i.person_id = NEW.confirmed_by)",
        "who wrote the words does not confirm that they are out",
    ),
)  # fmt: skip


_RULES_BY_TWO = (
    "rules_by_two", "organisation", "UPDATE", "rules",
    "NEW.rules <> OLD.rules AND NOT EXISTS (SELECT 1 FROM adoption a WHERE a.organisation_id = NEW.id"
    " AND a.rules = NEW.rules AND a.confirmed_by IS NOT NULL)",
    "rules are adopted by two people",
)  # fmt: skip
_OPEN_BY_TWO = (
    "open_by_two",
    "account",
    "UPDATE",
    "persona",
    "OLD.persona AND NOT NEW.persona AND OLD.open_asked IS NULL",
    "two people say that a profile pretends to be nobody any more",
)
# tables of later revisions, which call `guard` themselves
LATER = frozenset((
    "absence", "acknowledgement", "adoption", "appeal", "credential", "crisis", "denied", "deputy", "gone_out",
    "hashtag_check", "invitation", "journal_mark", "link", "link_check", "link_copy", "medium", "medium_file",
    "medium_look", "medium_retirement", "medium_words", "notice", "notice_told", "opening", "platform_check",
    "posted_part", "posting", "rulebook", "season", "season_time", "sensitive_day", "shift", "sighting", "slot",
    "stranger", "taking", "tally", "trial", "watch", "watched_account",
))  # fmt: skip


def install(connection: Connection) -> None:
    """Creates every guard of the first schema on this database; its tables must exist."""
    for (state, action), to in MOVES.items():
        connection.execute(insert(LegalMove).values(state=state, action=action, to_state=to))
    tables = [table for table in (*SEALED_ROWS, *KEPT_ROWS) if table not in LATER]
    if connection.dialect.name == "sqlite":
        for statement in (*sqlite_keys.statements(connection, tables), sqlite_keys.ONE_LIVING):
            connection.exec_driver_sql(statement)
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def guard(connection: Connection, *tables: str) -> None:
    """Creates the guards of tables that a later revision has just made."""
    dialect = connection.dialect.name
    more = sqlite_keys.statements(connection, tables) if dialect == "sqlite" else []
    for statement in (*more, *of_tables(dialect, lambda table: table in tables)):
        connection.exec_driver_sql(statement)


def rules_by_two(connection: Connection) -> None:
    """Creates the guard of the organisation's rules, once there is the table of adoptions."""
    make = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for statement in make(*_RULES_BY_TWO):
        connection.exec_driver_sql(statement)


def open_by_two(connection: Connection) -> None:
    """Creates the guard of profiles that pretend to be somebody, once there is the column of who said otherwise."""
    make = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for statement in make(*_OPEN_BY_TWO):
        connection.exec_driver_sql(statement)


def statements(dialect: str) -> list[str]:
    """The SQL of all guards of the first schema for `sqlite` or `postgresql`."""
    make = _sqlite if dialect == "sqlite" else _postgresql
    found = [] if dialect == "sqlite" else [_REFUSE]
    found += make("legal_move_never_grows", "legal_move", "INSERT", "", "", "legal_move rows come with the schema")
    found += of_tables(dialect, lambda table: table not in LATER)
    return found + (_SQLITE_HISTORY if dialect == "sqlite" else _POSTGRESQL_HISTORY)


def of_tables(dialect: str, wanted: Callable[[str], bool]) -> list[str]:
    """The guards of the wanted tables."""
    make = _sqlite if dialect == "sqlite" else _postgresql
    found: list[str] = []
    for table, free in _only(SEALED_ROWS, wanted):
        found += make(f"{table}_never_goes", table, "DELETE", "", "", f"{table} rows are never deleted")
        if not free:
            found += make(f"{table}_never_changes", table, "UPDATE", "", "", f"{table} rows never change")
    for table in filter(wanted, KEPT_ROWS):
        found += make(f"{table}_never_goes", table, "DELETE", "", "", f"{table} rows are never deleted")
    for table, fixed in (*_only(FIXED, wanted), *_only(dict(_rest_fixed()), wanted)):
        found += make(f"{table}_fixed", table, "UPDATE", "", _changed(fixed), f"these columns of {table} never change")
    for table, written in _only(ONCE, wanted):
        once = " OR ".join(f'(OLD."{c}" IS NOT NULL AND OLD."{c}" IS DISTINCT FROM NEW."{c}")' for c in written)
        found += make(f"{table}_once", table, "UPDATE", "", once, f"these columns of {table} are written once")
    for name, table, event, columns, condition, message in CONDITIONS:
        if wanted(table):
            found += make(name, table, event, columns, condition, message)
    return found


def _only(tables: Mapping[str, T], wanted: Callable[[str], bool]) -> list[tuple[str, T]]:
    return [(table, value) for table, value in tables.items() if wanted(table)]


_COLUMNS = {
    "verdict": ("id", "digest", "message_id", "language", "round", "reviewer_id", "role", "judges", "answer", "reason",
                "evaluation_id", "at"),
    "clearance": ("id", "digest", "message_id", "language", "round", "tier", "evaluation_id", "blocks",
                  "needs_language", "needs_legal", "needs_religious", "content_by", "content_role", "safeguarding_by",
                  "safeguarding_role", "third_by", "third_role", "language_by", "language_role", "legal_by",
                  "legal_role", "religious_by", "religious_role", "board1_by", "board2_by", "board3_by", "board_role",
                  "approve", "not_before", "not_after", "valid_from", "valid_until", "cleared_at"),
    "consent_event": ("id", "narrative_id", "kind", "proposed", "basis", "elements", "channels", "reach", "languages",
                      "territories", "purposes", "uses", "valid_from", "valid_until", "reconfirm_by", "embargo_until",
                      "decision", "by", "at"),
    "clearing": ("id", "kind", "material_id", "person_id", "entered_by", "role", "answer", "tags", "at"),
    "attempt": ("id", "post_id", "step", "digest", "fence", "node", "began_at"),
    "record": ("id", "at", "rehearsal", "actor", "action", "subject", "subject_id", "detail", "mac"),
    "adoption": ("id", "organisation_id", "rules", "proposed_by", "proposed_at"),
    "season": ("id", "campaign_id", "name", "begins", "ends", "entered_by", "created_at"),
    "slot": ("id", "campaign_id", "language", "account_id", "day", "local", "zone", "name", "entered_by", "created_at"),
    "shift": ("id", "organisation_id", "person_id", "languages", "starts_at", "ends_at", "zone", "entered_by",
              "created_at"),
    "absence": ("id", "person_id", "deputy_id", "starts_at", "ends_at", "entered_by", "created_at"),
}  # fmt: skip


def _rest_fixed() -> list[tuple[str, tuple[str, ...]]]:
    """Sealed tables with free columns: everything else in them is fixed."""
    return [(table, _COLUMNS[table]) for table, free in SEALED_ROWS.items() if free]


# JSON columns: PostgreSQL compares them as text only.
_AS_TEXT = {"elements", "channels", "languages", "territories", "purposes", "uses", "tags"}


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"{_old_or_new('OLD', c)} IS DISTINCT FROM {_old_or_new('NEW', c)}" for c in columns)


def _old_or_new(row: str, column: str) -> str:
    return f'CAST({row}."{column}" AS TEXT)' if column in _AS_TEXT else f'{row}."{column}"'


def _sqlite(name: str, table: str, event: str, columns: str, condition: str, message: str) -> list[str]:
    of = f" OF {columns}" if columns else ""
    when = f" WHEN {condition}" if condition else ""
    when = when.replace("IS DISTINCT FROM", "IS NOT")
    return [
        f'CREATE TRIGGER guard_{name} BEFORE {event}{of} ON "{table}"{when}'
        f" BEGIN SELECT RAISE(ABORT, 'counterpoint: {message}'); END"
    ]


_REFUSE = """
CREATE OR REPLACE FUNCTION counterpoint_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = 'counterpoint: ' || TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$
"""


def _postgresql(name: str, table: str, event: str, columns: str, condition: str, message: str) -> list[str]:
    of = f" OF {columns}" if columns else ""
    if "SELECT" not in condition:
        when = f" WHEN ({condition})" if condition else ""
        return [
            f'CREATE TRIGGER guard_{name} BEFORE {event}{of} ON "{table}" FOR EACH ROW{when}'
            f" EXECUTE FUNCTION counterpoint_refuse('{message}')"
        ]
    # A WHEN clause takes no subquery on PostgreSQL: such a condition gets a function of its own.
    return [
        f"CREATE OR REPLACE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition} THEN RAISE EXCEPTION USING MESSAGE = 'counterpoint: {message}',"
        f" ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        f'CREATE TRIGGER guard_{name} BEFORE {event}{of} ON "{table}" FOR EACH ROW EXECUTE FUNCTION guard_{name}()',
    ]


_INSERT_HISTORY = "INSERT INTO post_history (post_id, step, action, from_state, to_state, at) VALUES"
_SQLITE_HISTORY = [
    f"CREATE TRIGGER history_of_insert AFTER INSERT ON post BEGIN {_INSERT_HISTORY}"
    " (NEW.id, NEW.step, NEW.action, NULL, NEW.state, NEW.changed_at); END",
    "CREATE TRIGGER history_of_move AFTER UPDATE OF step ON post WHEN NEW.step <> OLD.step BEGIN"
    f" {_INSERT_HISTORY} (NEW.id, NEW.step, NEW.action, OLD.state, NEW.state, NEW.changed_at); END",
]
_POSTGRESQL_HISTORY = [
    "CREATE OR REPLACE FUNCTION post_writes_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF TG_OP = 'INSERT' THEN {_INSERT_HISTORY} (NEW.id, NEW.step, NEW.action, NULL, NEW.state, NEW.changed_at);"
    f" ELSIF NEW.step <> OLD.step THEN {_INSERT_HISTORY}"
    " (NEW.id, NEW.step, NEW.action, OLD.state, NEW.state, NEW.changed_at); END IF; RETURN NULL; END $$",
    "CREATE TRIGGER history_of_post AFTER INSERT OR UPDATE OF step ON post"
    " FOR EACH ROW EXECUTE FUNCTION post_writes_history()",
]
