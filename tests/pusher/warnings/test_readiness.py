"""A service that has started is ready for its first warning: nothing has to be read or compiled for it any more."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from structlog.testing import capture_logs

from pusher.audit.tables import audit_entry
from pusher.database import Database
from pusher.deliver.tables import message
from pusher.plan.rendering import rendering
from pusher.warnings.office import Office
from pusher.warnings.readiness import get_ready
from pusher.warnings.tables import warning
from subscribers.tables import group
from subscribers.topic import Severity
from templates.render import Renderer
from tests.support.engine import Engine
from tests.support.office import Town, Way, settings
from tests.support.town_service import town_service

_LADDER = [{"minutes": 0, "channels": ["mail", "voice"]}]


def _office(town: Town, folder: Path) -> Office:
    """With the town's own words from a folder."""
    return replace(town.office, render=rendering(Renderer(folder, service="浔阳区政务公开", contact="12345")))


def _town(database: Database) -> Town:
    made = settings(duty_groups=["值守人员"], roll_call={"groups": ["责任人"], "ladders": {"red": _LADDER}})
    town = Town(Engine(database), settings=made)
    town.outlets["voice"] = Way("script", "sms")
    return town


def _write(folder: Path, room: str, name: str, text: str) -> None:
    (folder / room).mkdir(parents=True, exist_ok=True)
    (folder / room / name).write_text(text, encoding="utf-8")


async def test_the_first_warning_needs_no_file_that_was_there_at_the_start(database: Database, tmp_path: Path) -> None:
    town = _town(database)
    for room in ("warning", "duty", "roll_call"):
        _write(tmp_path / "words", room, "mail.text.txt.j2", f"本镇 {room}：{{{{ whole }}}}\n")
    office = _office(town, tmp_path / "words")
    get_ready(office)
    shutil.rmtree(tmp_path / "words")
    async with database.write() as connection:
        await connection.execute(sa.insert(group).values(name="值守人员", basis="emergency"))
    draft = await office.draft(town.content(level=Severity.BLUE), by="li")
    await office.override(draft.id, by="wang", level=Severity.BLUE, reason="山洪已到")
    async with database.read() as connection:
        said = list(await connection.scalars(sa.select(message.c.content).where(message.c.channel == "mail")))
    assert ["本镇 warning" in str(each) for each in said].count(True) == 1
    assert ["本镇 duty" in str(each) for each in said].count(True) == 1


async def test_getting_ready_stores_and_sends_nothing(database: Database, tmp_path: Path) -> None:
    town = _town(database)
    _write(tmp_path, "warning", "mail.text.txt.j2", "{{ headline }}")
    with capture_logs() as logs:
        get_ready(_office(town, tmp_path))
    assert not logs
    async with database.read() as connection:
        for table in (warning, message, audit_entry):
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert town.issued == 0


async def test_words_of_a_town_that_cannot_be_used_for_a_warning_are_an_error_when_the_service_starts(
    database: Database, tmp_path: Path
) -> None:
    town = _town(database)
    _write(tmp_path / "words", "roll_call", "script.text.txt.j2", "{{ nobody_knows }}")
    (tmp_path / "town").mkdir()
    async with town_service(database, tmp_path / "town") as running:
        stopping = asyncio.Event()
        stopping.set()
        running.service.office = _office(town, tmp_path / "words")
        with capture_logs() as logs:
            await running.service.run(stopping)
    [told] = [each for each in logs if each["log_level"] == "error"]
    assert (told["event"], told["form"]) == ("a warning goes out in the shipped words", "script")
    assert "script.text.txt.j2" in told["template"]


async def test_a_service_that_issues_no_warnings_has_nothing_to_get_ready(database: Database) -> None:
    town = Town(Engine(database), settings=settings(organisations={}, officers={}))
    with capture_logs() as logs:
        get_ready(town.office)
    assert not logs
