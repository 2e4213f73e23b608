"""The public notice board: one post a broadcast, for everybody who passes by."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from channels.channel import Channel, Kind, Outside
from channels.failure import SendError, TemporaryFailure
from channels.limits import Limits
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.slots import Pattern


class BoardSettings(Limits):
    """The board is a part of this service; only who may show it elsewhere is to be said."""

    #: Sites that may show `/board/embed` in a frame of theirs ("https://www.example.gov.cn"); empty = none.
    embed_on: tuple[Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]+(:\d+)?$")], ...] = ()


class Board(Channel):
    """Posts notices. Repeating a key replaces the post, so nothing is ever in doubt."""

    concurrency = 1

    def __init__(self, settings: BoardSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 1
        self._post = outside.post_notice

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        try:
            await self._post(_public(message), key)
        except SendError:
            raise
        # Whatever the storage behind the board raises: here it only means that the post is not up yet.
        except Exception as error:
            failure = TemporaryFailure(f"the board did not take the notice ({type(error).__name__})")
        else:
            return Receipt(Outcome.DELIVERED, key=key)
        raise failure

    @override
    async def close(self) -> None:
        """There is nothing to let go of."""


def _public(message: Message) -> Message:
    """The message with its slots empty: nothing of one person stands on a wall."""
    parts, fields = (
        {name: Pattern.of(text).fill({}) for name, text in texts.items()} for texts in (message.parts, message.fields)
    )
    return replace(message, parts=parts, fields=fields)


def _build(_name: str, settings: BoardSettings, outside: Outside) -> Channel:
    return Board(settings, outside)


KIND = Kind(
    name="board",
    form="board",
    address="public",
    settings=BoardSettings,
    build=_build,
    summary="the public notice board of this service: pages and a feed",
)
