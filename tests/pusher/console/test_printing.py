"""PDFs that nobody could read are not made, and both who asks for one and who runs the service are told why."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from pusher.console.printing import EXTRA, FONT, LIBRARY, lack

#: Settings of fontconfig: a folder of fonts, and one for what it remembers of them.
_FONTS = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>{}<cachedir>{}</cachedir></fontconfig>'
)

#: A console with one notice on its board, of whose poster a PDF is asked for.
_ASK = """
import asyncio, sys
import aiohttp
from aiohttp import web
from pusher.console.console import add_console
from pusher.database import Database
from pusher.migrations.upgrade import upgrade
from tests.pusher.console.posts import SITE, Running, notice

async def no(_):
    return False

async def nothing(_):
    return []

async def yes():
    return True

async def main():
    database = Database.open(f"sqlite+aiosqlite:///{sys.argv[1]}")
    await upgrade(database)
    app = web.Application()
    add_console(app, SITE, database, unsubscribe=no, duties=nothing, is_ready=yes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    console = Running(f"http://127.0.0.1:{runner.addresses[0][1]}", database)
    await console.put(notice("n"))
    async with aiohttp.ClientSession() as http, http.get(f"{console.url}/board/1/poster.pdf") as answer:
        print(answer.status, await answer.text())
    await runner.cleanup()
    await database.close()

asyncio.run(main())
"""


async def _python(code: str, *words: str, fonts: Path) -> tuple[int | None, str]:
    """Exit code and output of a process that finds no other fonts than those of a file of fontconfig."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *words),
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await program.communicate()
    return program.returncode, output.decode()


@pytest.fixture
def no_fonts(tmp_path: Path) -> Path:
    """A machine without any font, on which the library would bring the process down."""
    pytest.importorskip("weasyprint")
    if lack() is LIBRARY:
        pytest.skip("no Pango on this machine")
    file = tmp_path / "fonts.conf"
    file.write_text(_FONTS.format(f"<dir>{tmp_path / 'none'}</dir>", tmp_path / "cache"), encoding="utf-8")
    return file


async def test_whoever_wants_a_pdf_where_no_font_is_chinese_is_told_so(no_fonts: Path, tmp_path: Path) -> None:
    code, said = await _python(_ASK, str(tmp_path / "board.db"), fonts=no_fonts)
    assert code == 0, said
    assert said.startswith("501 ")
    assert FONT.shown in said
    assert "打开网页版" in said


async def test_the_check_of_a_machine_without_a_chinese_font_says_what_to_install(no_fonts: Path) -> None:
    look = "from pusher.cli.soundness import _prints; found = _prints(); print(found.ok, found.text)"
    code, said = await _python(look, fonts=no_fonts)
    assert code == 0
    assert said.startswith("False ")
    assert "fonts-wqy-microhei" in said


def test_only_the_missing_extra_is_no_fault() -> None:
    assert [each.is_fault for each in (EXTRA, LIBRARY, FONT)] == [False, True, True]
