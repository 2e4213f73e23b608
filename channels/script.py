"""Scripts to be read aloud (播音稿) for stations and loudspeakers: a text file each, and sound by a command.

The words come from the form `script`, which spells everything as it is spoken. Who airs them is the station's business:
a script is *sent*, never *delivered*.
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from pydantic import Field, model_validator
from typing_extensions import override

from channels.channel import Channel, Kind, Outside, Rehearsing
from channels.failure import SendError, TechnicalFailure, TemporaryFailure
from channels.limits import Limits
from channels.message import Address, Message
from channels.program import run
from channels.receipt import Outcome, Receipt
from channels.slots import Pattern

#: What stands for the two files in the command.
TEXT, AUDIO = "{text}", "{audio}"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REHEARSED = "这是一条测试播音稿，不会播出。"


class ScriptSettings(Limits):
    """Where scripts lie, and what makes sound of them."""

    #: Folder that scripts are written into; the station's program looks there. It must exist.
    folder: Path
    #: A program and its arguments, without a shell; `{text}` and `{audio}` stand for the files. Empty = text alone.
    command: tuple[str, ...] = ()
    #: Ending of the sound file that the command writes.
    audio: str = Field(default="wav", pattern=r"^[a-z0-9]{1,8}$")
    #: Seconds that the command may take.
    timeout: float = Field(default=60.0, gt=0, le=600)

    @model_validator(mode="after")
    def _is_whole(self) -> "ScriptSettings":
        said = " ".join(self.command)
        if self.command and not (TEXT in said and AUDIO in said):
            raise ValueError(f"command must name both files: {TEXT} and {AUDIO}")
        return self


class Script(Channel, Rehearsing):
    """One folder. Writing a script again replaces it, so nothing is ever in doubt."""

    def __init__(self, settings: ScriptSettings, outside: Outside) -> None:
        del outside
        self.concurrency = settings.concurrency or 1
        self._settings = settings

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if not _NAME.fullmatch(key):
            raise TechnicalFailure("this delivery has no name that a file can have")
        words = "\n\n".join(
            Pattern.of(message.parts.get(name, "")).fill({}) for name in ("title", "text") if message.parts.get(name)
        )
        await self._made(self._settings.folder, key, words)
        return Receipt(Outcome.SENT, key=key)

    @override
    async def rehearse(self) -> Receipt:
        with tempfile.TemporaryDirectory(prefix="pusher-script-") as folder:
            await self._made(Path(folder), "rehearsal", _REHEARSED)
            made = "text and sound" if self._settings.command else "text"
        if not os.access(self._settings.folder, os.W_OK):
            raise TechnicalFailure("the folder cannot be written: check `folder`, and who owns it")
        return Receipt(Outcome.SENT, detail=f"{made} were made elsewhere and thrown away; nothing is aired")

    @override
    async def close(self) -> None:
        """There is nothing to let go of."""

    async def _made(self, folder: Path, name: str, words: str) -> None:
        """Write the text, then its sound, each whole or not at all. Raises SendError."""
        failure: SendError
        try:
            text = await asyncio.to_thread(_write, folder / f"{name}.txt", words)
        except OSError as error:
            failure = TechnicalFailure(f"the script cannot be written ({error.strerror}): check `folder`")
        else:
            if self._settings.command:
                await self._sound(text, folder / f"{name}.{self._settings.audio}")
            return
        raise failure

    async def _sound(self, text: Path, audio: Path) -> None:
        draft = audio.with_name(f".{audio.name}")
        words = [each.replace(TEXT, str(text)).replace(AUDIO, str(draft)) for each in self._settings.command]
        try:
            code = await run(words, seconds=self._settings.timeout, what="the command that makes sound")
            if code is None:
                raise TemporaryFailure("the command that makes sound has not ended in time")
            if code:
                raise TechnicalFailure("the command that makes sound failed", code=f"exit {code}")
            if not draft.is_file():
                raise TechnicalFailure("the command that makes sound wrote no file")
            draft.replace(audio)
        finally:
            draft.unlink(missing_ok=True)


def _write(file: Path, words: str) -> Path:
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(words.strip() + "\n")
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
    return file


def _build(_name: str, settings: ScriptSettings, outside: Outside) -> Channel:
    return Script(settings, outside)


KIND = Kind(
    name="script",
    form="script",
    address="public",
    settings=ScriptSettings,
    build=_build,
    summary="scripts to be read aloud (播音稿) for stations and loudspeakers, and sound by a command",
)
