"""`migrate` brings an empty database to the newest schema, and may be repeated."""

import pytest
import sqlalchemy as sa
import typer
from typer.testing import CliRunner

from cli import migrate
from content.migrations import newest
from content.settings import settings


def test_migrate_makes_the_schema_and_may_be_repeated(blank_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", blank_db)
    settings.cache_clear()
    app = typer.Typer()
    migrate.register(app)
    first, second = CliRunner().invoke(app, []), CliRunner().invoke(app, [])
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert "stood at nothing" in first.output
    assert f"stood at {newest()} and stands at {newest()}" in second.output
    engine = sa.create_engine(blank_db)
    assert "post" in sa.inspect(engine).get_table_names()
    engine.dispose()
    settings().runtime.rmdir()
