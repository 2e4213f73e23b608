"""The channels whose counterparty is this service itself: the board and the dry run."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp

from channels import board, log
from channels.message import Lane, Message
from channels.receipt import Outcome
from channels.slots import slot, strip_marks
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.support.outside import outside

_MESSAGE = Message(
    id="b17-board",
    lane=Lane.ROUTINE,
    template="education",
    parts={"title": "停水通知", "text": f"{slot('name')}您好，明天停水。"},
)


@asynccontextmanager
async def _board(_patience: float) -> AsyncIterator[Rig]:
    """The board over a list that may refuse, as a locked database does, with the words of the post in its error."""
    taken: list[Taken] = []
    refusing = False

    async def post(message: Message, key: str) -> None:
        if refusing:
            raise OSError(f"database is locked: {message.parts}")
        taken.append(Taken("", message.parts, mark=key, shape=sorted(message.parts)))

    async def make(trouble: Trouble | None) -> None:
        nonlocal refusing
        refusing = trouble is Trouble.LATER

    async with aiohttp.ClientSession() as http:
        settings = board.BoardSettings()
        yield Rig(
            kind=board.KIND,
            settings=settings,
            channel=board.KIND.build("wall", settings, replace(outside(http), post_notice=post)),
            message=_MESSAGE,
            address=lambda _number: "",
            expected=lambda _name: {"title": "停水通知", "text": "您好，明天停水。"},
            make=make,
            troubles=frozenset({Trouble.LATER}),
            taken=taken,
            outcome=Outcome.DELIVERED,
        )


@dataclass(frozen=True)
class _Kept:
    """What a dry run has kept, as the contract reads it."""

    channel: log.Log

    def __iter__(self) -> Iterator[Taken]:
        return (Taken(kept.to.value, kept.words, mark=kept.key) for kept in self.channel.kept)


@asynccontextmanager
async def _log(_patience: float) -> AsyncIterator[Rig]:
    async with aiohttp.ClientSession() as http:
        settings = log.LogSettings(keep=1000)
        channel = log.KIND.build("dry", settings, outside(http))
        assert isinstance(channel, log.Log)

        async def make(_trouble: Trouble | None) -> None:
            """A log makes no trouble."""

        yield Rig(
            kind=log.KIND,
            settings=settings,
            channel=channel,
            message=_MESSAGE,
            address=lambda number: f"zhang.san.{number}@example.cn",
            expected=lambda name: {"title": "停水通知", "text": f"{strip_marks(name)}您好，明天停水。"},
            make=make,
            troubles=frozenset(),
            taken=_Kept(channel),
        )


RIGS: Mapping[str, Maker] = {"board": _board, "log": _log}
