"""Scripts: whole files or none, no secret for the program that makes sound, nothing aired to try it."""

import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest
from pydantic import ValidationError

from channels.failure import TechnicalFailure, TemporaryFailure
from channels.message import Address
from channels.receipt import Outcome
from channels.script import Script, ScriptSettings
from tests.channels.rigs.script import MAKER, SCRIPT
from tests.support.outside import outside

NOBODY = Address(0, "")


async def _script(folder: Path, command: Sequence[str] = (), seconds: float = 60.0) -> Script:
    given = {"folder": folder, "command": list(command), "timeout": seconds}
    async with aiohttp.ClientSession() as http:
        return Script(ScriptSettings.model_validate(given), outside(http))


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_the_text_stands_in_the_folder_under_the_delivery_s_name_and_again_in_its_place(tmp_path: Path) -> None:
    script = await _script(tmp_path)
    for _ in range(2):
        assert (await script.send(SCRIPT, NOBODY, key="17-0")).outcome is Outcome.SENT
    assert _names(tmp_path) == ["17-0.txt"]
    assert (tmp_path / "17-0.txt").read_text(encoding="utf-8").startswith("停水通知")


async def test_the_program_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHER_CHANNELS__MAIL__PASSWORD", "hidden")
    told = "import os, sys; open(sys.argv[2], 'w').write(repr(dict(os.environ)))"
    script = await _script(tmp_path, [sys.executable, "-c", told, "{text}", "{audio}"])
    await script.send(SCRIPT, NOBODY, key="17-0")
    assert "hidden" not in (tmp_path / "17-0.wav").read_text(encoding="utf-8")


async def test_a_program_that_fails_leaves_the_text_and_says_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    script = await _script(tmp_path, [sys.executable, "-c", MAKER, "{text}", "{audio}"])
    with pytest.raises(TechnicalFailure, match="exit 3"):
        await script.send(SCRIPT, NOBODY, key="17-0")
    assert _names(tmp_path) == ["17-0.txt", "broken"]


async def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    hang = "import time; time.sleep(600)"
    script = await _script(tmp_path, [sys.executable, "-c", hang, "{text}", "{audio}"], seconds=0.5)
    with pytest.raises(TemporaryFailure, match="not ended in time"):
        await script.send(SCRIPT, NOBODY, key="17-0")


@pytest.mark.parametrize(
    "command", [["/nowhere/tts", "{text}", "{audio}"], [sys.executable, "-c", "", "{text}", "{audio}"]]
)
async def test_a_program_that_is_missing_or_writes_nothing_is_ours_to_mend(
    tmp_path: Path, command: Sequence[str]
) -> None:
    script = await _script(tmp_path, [*command, "{text}", "{audio}"])
    with pytest.raises(TechnicalFailure, match="makes sound"):
        await script.send(SCRIPT, NOBODY, key="17-0")


async def test_trying_it_airs_nothing(tmp_path: Path) -> None:
    script = await _script(tmp_path, [sys.executable, "-c", MAKER, "{text}", "{audio}"])
    assert "nothing is aired" in (await script.rehearse()).detail
    assert _names(tmp_path) == []
    with pytest.raises(TechnicalFailure, match="folder"):
        await (await _script(tmp_path / "nowhere")).rehearse()


async def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TechnicalFailure, match="no name"):
        await (await _script(tmp_path)).send(SCRIPT, NOBODY, key="../../etc/cron")


def test_a_command_must_name_both_files(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="both files"):
        ScriptSettings.model_validate({"folder": tmp_path, "command": ["espeak", "{text}"]})
