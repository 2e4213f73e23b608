"""The tags (标签) of an official account follow who subscribed to which domain: only what differs is changed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import Outside
from channels.wechat.account import Account, Tag
from channels.wechat.settings import WeChatSettings
from pusher.custody.followers import followers_of
from pusher.database import Database
from subscribers.keys import KeyRing

_log = structlog.get_logger()

#: Seconds between two rounds: the platform grants a thousand changes a day.
_ROUND = 86_400.0


async def compare(
    account: Account, database: Database, ring: KeyRing, domains: Mapping[str, str], *, is_meant: bool
) -> Sequence[Tag]:
    """How the tags stood, by the names of `domains` (code → name); with `is_meant` they are put right.

    Raises KeyRingError, and what the platform's failures are.
    """
    known, found = await account.tags(), []
    for code, name in domains.items():
        async with database.read() as connection:
            wanted = await followers_of(connection, ring, code)
        found.append(await account.fit(name, wanted, known.get(name), is_meant=is_meant))
    return found


@dataclass(frozen=True, slots=True)
class TagKeeper:
    """The loop that keeps the tags of all accounts whose settings ask for it (`keep_tags`)."""

    accounts: Mapping[str, WeChatSettings]
    database: Database
    ring: KeyRing
    #: Code → name.
    domains: Mapping[str, str]
    outside: Callable[[], AbstractAsyncContextManager[Outside]]
    #: Writes a line into the audit log: (connection, channel, what was changed).
    note: Callable[[AsyncConnection, str, str], Awaitable[None]]

    async def run(self, stopping: asyncio.Event) -> None:
        """A round a day until `stopping` is set; none where no account asks for it."""
        while self.accounts and not stopping.is_set():
            try:
                await self.once()
            except Exception as surprise:
                _log.exception("keeping tags failed", error=type(surprise).__name__)
            try:
                async with asyncio.timeout(_ROUND):
                    await stopping.wait()
            except TimeoutError:
                continue

    async def once(self) -> None:
        """Put the tags of all accounts right; one that fails holds up no other."""
        async with self.outside() as outside:
            for name, settings in self.accounts.items():
                try:
                    await self._keep(name, Account(settings, outside))
                except Exception as surprise:
                    # Only the kind: its words may name a follower.
                    _log.warning("tags not kept", channel=name, error=type(surprise).__name__)

    async def _keep(self, name: str, account: Account) -> None:
        tags = await compare(account, self.database, self.ring, self.domains, is_meant=True)
        given, taken = sum(each.missing for each in tags), sum(each.surplus for each in tags)
        if given or taken:
            async with self.database.write() as connection:
                await self.note(connection, name, f"given {given}, taken {taken}")
            _log.info("tags kept", channel=name, given=given, taken=taken)
