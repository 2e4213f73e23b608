"""A station's folder, and a small program that makes "sound" of a script."""

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from channels import script
from channels.message import Lane, Message
from channels.slots import slot
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.support.outside import outside

SCRIPT = Message(
    id="b17-script",
    lane=Lane.ROUTINE,
    template="default",
    parts={"title": "停水通知", "text": f"{slot('name')}各位居民请注意。明天停水。"},
)

#: Copies the text; ends with 3 where a file named "broken" stands beside it.
MAKER = (
    "import pathlib, shutil, sys; text = pathlib.Path(sys.argv[1]);"
    "text.with_name('broken').exists() and sys.exit(3); shutil.copy(text, sys.argv[2])"
)


#: Keeps what was said each time as well.
_LISTENER = (
    "import time\n"
    "def keep(text): (text.parent / f'{time.time_ns()}_{text.stem}.heard').write_bytes(text.read_bytes())\n"
    + MAKER
    + "; keep(text)"
)


@dataclass(frozen=True)
class _Scripts:
    folder: Path

    def __iter__(self) -> Iterator[Taken]:
        for file in sorted(self.folder.glob("*.heard")):
            yield Taken("", {"words": file.read_text(encoding="utf-8")}, mark=file.stem.partition("_")[2])


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = script.ScriptSettings.model_validate(
            {"folder": folder, "command": [sys.executable, "-c", _LISTENER, "{text}", "{audio}"], "timeout": patience}
        )

        async def make(trouble: Trouble | None) -> None:
            broken = folder / "broken"
            broken.touch() if trouble else broken.unlink(missing_ok=True)

        yield Rig(
            kind=script.KIND,
            settings=settings,
            channel=script.KIND.build("station", settings, outside(http)),
            message=SCRIPT,
            address=lambda _: "",
            expected=lambda _: {"words": "停水通知\n\n各位居民请注意。明天停水。\n"},
            make=make,
            troubles=frozenset({Trouble.REFUSED}),
            taken=_Scripts(folder),
        )


RIGS: Mapping[str, Maker] = {"script": _rig}
