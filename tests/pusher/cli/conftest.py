"""A fresh installation for each test."""

import shutil
from pathlib import Path

import pytest

from tests.pusher.cli.town import Town


@pytest.fixture
def bare(tmp_path: Path) -> Town:
    """An installation as `pusher init` leaves it: its first command makes the database."""
    made = Town(tmp_path / "town", {"PUSHER_ACTOR": "wang"})
    made.run("init")
    # At any hour: what a test sends must not wait for the morning.
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(text.replace('hours = "08:00-20:00"', "#"), encoding="utf-8")
    return made


@pytest.fixture
def town(bare: Town, sqlite_template: Path) -> Town:
    """An installation on SQLite."""
    shutil.copyfile(sqlite_template, bare.folder / "data" / "pusher.db")
    return bare


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, town: Town) -> Town:
    """An installation on SQLite, and one on PostgreSQL."""
    if request.param == "sqlite":
        return town
    url = str(request.getfixturevalue("postgres_url"))
    return Town(town.folder, {**town.environment, "PUSHER_DATABASE__URL": url})
