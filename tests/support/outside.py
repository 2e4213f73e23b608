"""What a channel is given of the outside, for tests: a fixed clock, tokens in memory, notices in a list."""

import hashlib
from datetime import UTC, datetime

import aiohttp

from channels.channel import Outside
from channels.message import Message

#: When it is in tests.
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


class Tokens:
    """A token store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, datetime]] = {}
        self.claimed: dict[str, datetime] = {}

    async def get(self, name: str) -> tuple[str, datetime] | None:
        return self.kept.get(name)

    async def put(self, name: str, token: str, expires: datetime) -> None:
        self.kept[name] = token, expires

    async def claim(self, name: str, *, at: datetime, until: datetime) -> bool:
        is_free = self.claimed.get(name, at) <= at
        if is_free:
            self.claimed[name] = until
        return is_free

    async def release(self, name: str) -> None:
        self.claimed.pop(name, None)


async def _nowhere(message: Message, key: str) -> None:
    raise AssertionError("this test posts no notice")


def outside(http: aiohttp.ClientSession) -> Outside:
    """An outside around the given session."""
    return Outside(
        http=http,
        tokens=Tokens(),
        post_notice=_nowhere,
        now=lambda: NOW,
        public_url="https://tz.example.gov.cn",
        derive=lambda purpose: hashlib.sha256(purpose.encode()).digest(),
    )
