"""The rows of `uncleared`, kept by the database itself: whoever enters material cannot forget who must look at it.

A passage, block or template comes in when it is entered and takes the place of its older versions; it leaves once the
roles it needs have cleared it, or as soon as somebody refuses it.
"""

from sqlalchemy.engine import Connection

# kind: (table, when rows o and n are versions of one thing, whether safeguarding must see row n)
_KINDS = {
    "passage": (
        "passage",
        "o.narrative_id = n.narrative_id AND o.ref = n.ref",
        "(SELECT t.kind = 'individual' FROM narrative t WHERE t.id = n.narrative_id)",
    ),
    "block": ("block", "o.organisation_id = n.organisation_id AND o.ref = n.ref", "false"),
    "template": ("template_version", "o.organisation_id = n.organisation_id AND o.name = n.name", "false"),
}
_SAME = "kind = NEW.kind AND material_id = NEW.material_id"
_ANSWERED = (
    f"DELETE FROM uncleared WHERE {_SAME} AND (NEW.answer = 'refuse'"  # noqa: S608 # constants
    " OR ((NOT content OR NEW.role = 'content') AND (NOT safeguarding OR NEW.role = 'safeguarding')))",
    "UPDATE uncleared SET content = content AND NEW.role <> 'content',"  # noqa: S608 # constants
    f" safeguarding = safeguarding AND NEW.role <> 'safeguarding' WHERE {_SAME}",
)


def _into(kind: str, condition: str) -> str:
    table, same, safeguarding = _KINDS[kind]
    return (
        "INSERT INTO uncleared (kind, material_id, entered_by, since, content, safeguarding)"  # noqa: S608 # constants
        f" SELECT '{kind}', n.id, n.entered_by, n.created_at, true, {safeguarding} FROM {table} n"
        f" WHERE {condition} AND NOT EXISTS (SELECT 1 FROM {table} o WHERE {same} AND o.number > n.number)"
    )


def _entered(kind: str) -> tuple[str, str]:
    table, same, _ = _KINDS[kind]
    return (
        f"DELETE FROM uncleared WHERE kind = '{kind}' AND material_id IN"  # noqa: S608 # constants
        f" (SELECT o.id FROM {table} o JOIN {table} n ON {same} WHERE n.id = NEW.id AND o.number < n.number)",
        _into(kind, "n.id = NEW.id"),
    )


def _fill(kind: str) -> tuple[str, ...]:
    """All that is there already, less what was answered."""
    of = f"FROM clearing c WHERE c.kind = '{kind}' AND c.material_id = uncleared.material_id"
    return (
        _into(kind, "true"),
        f"UPDATE uncleared SET content = NOT EXISTS (SELECT 1 {of} AND c.role = 'content'),"  # noqa: S608 # constants
        f" safeguarding = safeguarding AND NOT EXISTS (SELECT 1 {of} AND c.role = 'safeguarding')"
        f" WHERE kind = '{kind}'",
        f"DELETE FROM uncleared WHERE kind = '{kind}' AND ((NOT content AND NOT safeguarding)"  # noqa: S608 # constants
        f" OR EXISTS (SELECT 1 {of} AND c.answer = 'refuse'))",
    )


RULES: dict[str, tuple[str, ...]] = {
    **{table: _entered(kind) for kind, (table, *_) in _KINDS.items()},
    "clearing": _ANSWERED,
}


def fill(connection: Connection) -> None:
    """Puts into the table whatever waits now."""
    for kind in _KINDS:
        for words in _fill(kind):
            connection.exec_driver_sql(words)


def keep(connection: Connection) -> None:
    """Fills the table from what is there, and has the database keep it from now on."""
    fill(connection)
    make = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for table, statements in RULES.items():
        for words in make(table, " ".join(f"{one};" for one in statements)):
            connection.exec_driver_sql(words)


def _sqlite(table: str, body: str) -> list[str]:
    return [f"CREATE TRIGGER uncleared_after_{table} AFTER INSERT ON {table} BEGIN {body} END"]


def _postgresql(table: str, body: str) -> list[str]:
    return [
        f"CREATE FUNCTION uncleared_after_{table}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body} RETURN NULL; END $$",
        f"CREATE TRIGGER uncleared_after_{table} AFTER INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION uncleared_after_{table}()",
    ]
