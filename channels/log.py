"""The dry run: what would be sent is kept for a look at it, and nothing leaves the house."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from pydantic import Field
from typing_extensions import override

from channels.channel import Channel, Kind, Outside
from channels.limits import Limits
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.slots import Pattern

_log = structlog.get_logger()


class LogSettings(Limits):
    """Settings of a dry run."""

    #: How many of the latest sends are kept in memory, with their personal values; never in the log.
    keep: int = Field(default=100, ge=0)


@dataclass(frozen=True, slots=True)
class Kept:
    """One send that did not take place."""

    message: Message
    to: Address
    key: str

    @property
    def words(self) -> Mapping[str, str]:
        """The parts as this recipient would have got them, before any channel's escaping."""
        return {name: Pattern.of(text).fill(self.to.slots) for name, text in self.message.parts.items()}


class Log(Channel):
    """Takes everything, sends nothing, and says so in the log by number."""

    def __init__(self, name: str, settings: LogSettings) -> None:
        self.concurrency = settings.concurrency or 32
        self._name = name
        #: The latest sends, the newest one last.
        self.kept: deque[Kept] = deque(maxlen=settings.keep)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        self.kept.append(Kept(message, to, key))
        characters = sum(map(len, message.parts.values()))
        _log.info("not sent, dry run", channel=self._name, message=message.id, address=to.id, characters=characters)
        return Receipt(Outcome.SENT, key=key, detail="dry run")

    @override
    async def close(self) -> None:
        """There is nothing to let go of; what was kept stays."""


def _build(name: str, settings: LogSettings, _outside: Outside) -> Channel:
    return Log(name, settings)


KIND = Kind(
    name="log",
    form="mail",
    address="email",
    settings=LogSettings,
    build=_build,
    summary="dry run: says in the log that something would be sent, and sends nothing",
)
