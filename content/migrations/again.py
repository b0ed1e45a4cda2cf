"""Guards whose condition a later revision changed: an older database gets them anew, a new one has them so already."""

import re

from sqlalchemy import Connection

from content.migrations.guards import of_tables

_MADE = re.compile(r'CREATE TRIGGER guard_(\w+) .*?ON "(\w+)"', re.S)


def again(connection: Connection, *names: str) -> None:
    """Drops these guards, where they stand, and creates them as guards.py says."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in of_tables(connection.dialect.name, lambda _: True):
        made = _MADE.match(statement)
        if made and made[1] in names:
            where = "" if sqlite else f' ON "{made[2]}"'
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS guard_{made[1]}{where}")
            connection.exec_driver_sql(statement)
