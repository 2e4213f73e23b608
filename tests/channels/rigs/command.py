"""A small program that "dials": it keeps what it was told in a folder, and fails as a file there says."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from channels import command
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.channels.rigs.webhook import SPOKEN, spoken
from tests.support.outside import outside

#: Its arguments are a folder and a port: that of somebody who never answers.
DIALLER = (
    "import json, os, pathlib, signal, socket, sys, time\n"
    "folder, fate = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1], 'fate')\n"
    "told = sys.stdin.buffer.read()\n"
    "fate = fate.read_text() if fate.exists() else ''\n"
    "print(told.decode(), file=sys.stderr)\n"
    "fate == 'silent' and socket.create_connection(('127.0.0.1', int(sys.argv[2]))).recv(1)\n"
    "fate == 'killed' and os.kill(os.getpid(), signal.SIGKILL)\n"
    "fate and sys.exit(int(fate))\n"
    "(folder / f'{time.time_ns()}-{os.getpid()}.call').write_bytes(told)\n"
)

_FATES: Mapping[Trouble, str] = {
    Trouble.LATER: "75",
    Trouble.GONE: "67",
    Trouble.REFUSED: "1",
    Trouble.ODD: "killed",
    Trouble.SILENT: "silent",
}


@dataclass(frozen=True)
class _Calls:
    folder: Path

    def __iter__(self) -> Iterator[Taken]:
        for file in sorted(self.folder.glob("*.call")):
            data = json.loads(file.read_text(encoding="utf-8"))["data"]
            words = {name: data[name] for name in ("title", "words")}
            yield Taken(data["to"], words, mark=data["id"], shape=sorted(data))


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        holding = asyncio.Event()

        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            holding.set()
            await reader.read()
            writer.close()

        silence = await stack.enter_async_context(await asyncio.start_server(hold, "127.0.0.1", 0))
        port = silence.sockets[0].getsockname()[1]
        settings = command.CommandSettings.model_validate(
            {
                "command": [sys.executable, "-c", DIALLER, str(folder), str(port)],
                "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                "timeout": patience,
            }
        )

        async def make(trouble: Trouble | None) -> None:
            holding.clear()
            (folder / "fate").write_text(_FATES[trouble] if trouble else "")

        yield Rig(
            kind=command.KIND,
            settings=settings,
            channel=command.KIND.build("voice", settings, outside(http)),
            message=SPOKEN,
            address=lambda number: f"+86138{number:08d}",
            expected=spoken,
            make=make,
            troubles=frozenset(_FATES),
            taken=_Calls(folder),
            holding=holding,
            secrets=("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",),
        )


RIGS: Mapping[str, Maker] = {"command": _rig}
