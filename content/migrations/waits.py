"""The rows of `waits`, kept by the database itself: whoever adds to a version's review cannot forget the list.

A version comes in when it is made, and leaves when it is cleared for as long as its window is open or when a newer one
is made. It comes back when its clearance is taken back, when the next round is opened, and when it is judged anew and
asks for more than its clearance holds.
"""

from sqlalchemy.engine import Connection

_NEWEST = (
    "NOT EXISTS (SELECT 1 FROM version n WHERE n.message_id = v.message_id AND n.language = v.language"
    " AND n.number > v.number)"
)
_ROLES = ("language", "legal", "religious", "safeguarding")


def _more(found: str, held: str) -> str:
    """`evaluation.asks`, in SQL: what was found asks for a role or a tier that the clearance does not hold."""
    roles = (f"({found}.needs_{role} AND {held}.{role}_by IS NULL)" for role in _ROLES)
    return " OR ".join((f"{found}.tier > {held}.tier", *roles))


def _last(held: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM clearance l WHERE l.digest = {held}.digest AND l.round > {held}.round)"  # noqa: S608 # constants


def _out(digest: str) -> str:
    return f"DELETE FROM waits WHERE version_id IN (SELECT id FROM version WHERE digest = {digest})"  # noqa: S608 # constants


def _into(digest: str, until: str = "NULL", condition: str = "") -> str:
    return (
        "INSERT INTO waits (version_id, cleared_until, not_before, not_after)"  # noqa: S608 # constants
        f" SELECT v.id, {until}, v.not_before, v.not_after FROM version v WHERE v.digest = {digest} AND {_NEWEST}"
        f"{condition}"
    )


def _again(digest: str) -> tuple[str, str]:
    return _out(digest), _into(digest)


# What somebody judged anew while the clearance was being written: both hold the row first, so one waits.
_ASKED_MEANWHILE = (
    "EXISTS (SELECT 1 FROM evaluation e WHERE e.digest = NEW.digest AND e.id > NEW.evaluation_id"  # noqa: S608 # constants
    f" AND ({_more('e', 'NEW')}))"
)
_REVOKED = "(SELECT digest FROM clearance WHERE id = NEW.clearance_id)"

# table: (condition, statements), after each row that is put in
RULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "version": (
        "",
        (
            "DELETE FROM waits WHERE version_id IN (SELECT id FROM version WHERE message_id = NEW.message_id"
            " AND language = NEW.language AND number < NEW.number)",
            _into("NEW.digest"),
        ),
    ),
    "clearance": (
        "",
        (
            _out("NEW.digest"),
            _into("NEW.digest", "NEW.valid_until", f" AND NEW.valid_until < v.not_after AND NOT {_ASKED_MEANWHILE}"),
            _into("NEW.digest", condition=f" AND {_ASKED_MEANWHILE}"),
        ),
    ),
    "revocation": ("", _again(_REVOKED)),
    "verdict": (
        "EXISTS (SELECT 1 FROM clearance c WHERE c.digest = NEW.digest AND c.round < NEW.round)",
        _again("NEW.digest"),
    ),
    "evaluation": (
        f"EXISTS (SELECT 1 FROM clearance c WHERE c.digest = NEW.digest AND {_last('c')} AND ({_more('NEW', 'c')}))",  # noqa: S608 # constants
        _again("NEW.digest"),
    ),
}
_HOLD = "PERFORM 1 FROM waits w JOIN version v ON v.id = w.version_id WHERE v.digest = NEW.digest FOR UPDATE OF w"

# All that is there already. Where it is not certain that nobody needs to look, somebody does.
FILL = (
    "INSERT INTO waits (version_id, cleared_until, not_before, not_after)"  # noqa: S608 # constants
    " SELECT v.id, c.valid_until, v.not_before, v.not_after FROM version v LEFT JOIN clearance c"
    f" ON c.digest = v.digest AND {_last('c')}"
    " AND NOT EXISTS (SELECT 1 FROM revocation r WHERE r.clearance_id = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM verdict d WHERE d.digest = c.digest AND d.round > c.round)"
    f" AND NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.digest = c.digest AND ({_more('e', 'c')}))"
    f" WHERE {_NEWEST} AND (c.id IS NULL OR c.valid_until < v.not_after)"
)


def keep(connection: Connection) -> None:
    """Fills the table from what is there, and has the database keep it from now on."""
    connection.exec_driver_sql(FILL)
    make = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for table, (condition, statements) in RULES.items():
        for words in make(table, condition, statements):
            connection.exec_driver_sql(words)


_LANGUAGE = "(SELECT v.language FROM version v WHERE v.id = {of}.version_id)"
SAY = f"UPDATE waits SET language = {_LANGUAGE.format(of='waits')}"  # noqa: S608 # constants


def keep_language(connection: Connection) -> None:
    """Says of each row in which language its version is, and has the database say so from now on."""
    connection.exec_driver_sql(SAY)
    told = _LANGUAGE.format(of="NEW")
    if connection.dialect.name == "sqlite":  # a trigger cannot change the row that is put in
        connection.exec_driver_sql(
            f"CREATE TRIGGER waits_say_language AFTER INSERT ON waits BEGIN UPDATE waits SET language = {told}"  # noqa: S608 # constants
            " WHERE version_id = NEW.version_id; END"
        )
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION waits_say_language() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN NEW.language := {told}; RETURN NEW; END $$"
    )
    connection.exec_driver_sql(
        "CREATE TRIGGER waits_say_language BEFORE INSERT ON waits FOR EACH ROW EXECUTE FUNCTION waits_say_language()"
    )


def _at(which: str) -> str:
    return (
        "INSERT INTO waits_at (leaf_id, version_id, account_id, campaign_id, language, not_before, not_after)"  # noqa: S608 # constants
        " SELECT l.id, w.version_id, l.account_id, m.campaign_id, v.language, w.not_before, w.not_after FROM waits w"
        " JOIN version v ON v.id = w.version_id JOIN message m ON m.id = v.message_id"
        f" JOIN leaf l ON l.version_id = w.version_id{which}"
    )


FILL_ACCOUNTS = _at("")
# table: (when, statement), for each row: leaves come after their version, and versions come and go from the list.
_KEPT_AT = {
    "leaf": ("INSERT", _at(" WHERE l.id = NEW.id")),
    "waits": ("INSERT", _at(" WHERE w.version_id = NEW.version_id")),
    "waits_gone": ("DELETE", "DELETE FROM waits_at WHERE version_id = OLD.version_id"),
}


def keep_accounts(connection: Connection) -> None:
    """Fills the list by account from what is there, and has the database keep it from now on."""
    connection.exec_driver_sql(FILL_ACCOUNTS)
    for name, (when, words) in _KEPT_AT.items():
        on, table = f"AFTER {when} ON", name.partition("_")[0]
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"CREATE TRIGGER waits_at_{name} {on} {table} BEGIN {words}; END")
            continue
        connection.exec_driver_sql(
            f"CREATE FUNCTION waits_at_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {words}; RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER waits_at_{name} {on} {table} FOR EACH ROW EXECUTE FUNCTION waits_at_{name}()"
        )


def _sqlite(table: str, condition: str, statements: tuple[str, ...]) -> list[str]:
    when = f" WHEN {condition}" if condition else ""
    body = " ".join(f"{one};" for one in statements)
    return [f"CREATE TRIGGER waits_after_{table} AFTER INSERT ON {table}{when} BEGIN {body} END"]


def _postgresql(table: str, condition: str, statements: tuple[str, ...]) -> list[str]:
    body = " ".join(f"{one};" for one in statements)
    inside = f"{_HOLD if table == 'evaluation' else 'NULL'}; IF {condition} THEN {body} END IF;" if condition else body
    return [
        f"CREATE FUNCTION waits_after_{table}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {inside} RETURN NULL; END $$",
        f"CREATE TRIGGER waits_after_{table} AFTER INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION waits_after_{table}()",
    ]
