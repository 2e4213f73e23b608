"""A fresh installation for each test."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.pusher.cli.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """An installation on SQLite."""
    made = Town(tmp_path / "town", {"PUSHER_ACTOR": "wang"})
    # At any hour: what a test sends must not wait for the morning.
    made.run("init")
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(text.replace('hours = "08:00-20:00"', "#"), encoding="utf-8")
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, town: Town) -> Town:
    """An installation on SQLite, and one on PostgreSQL."""
    if request.param == "sqlite":
        return town
    url = str(request.getfixturevalue("postgres_url"))
    _stamp(url)
    return Town(town.folder, {**town.environment, "PUSHER_DATABASE__URL": url})


def _stamp(url: str) -> None:
    """Say that the tables are those of the newest version."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        MigrationContext.configure(connection).stamp(ScriptDirectory("pusher/migrations"), "head")
    engine.dispose()
