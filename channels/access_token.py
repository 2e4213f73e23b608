"""The access token of an account: one for all processes, fetched once however many ask for it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from channels.channel import TokenStore
from channels.failure import SendError, TechnicalFailure

#: Before its end a token is renewed; in these last minutes the platform takes the old and the new one.
EARLY = timedelta(minutes=5)

#: The least time that a fetched token is used, whatever the platform says of its life.
_LEAST = timedelta(minutes=1)

#: And the longest, in seconds.
_LONGEST = 86_400.0

#: Forcing a new token is allowed 20 times a day: this is the time from one to the next, of all processes together.
_FORCE_PAUSE = timedelta(hours=2)

#: How long a process that fetches keeps the others from it, should it die meanwhile.
_LEASE = timedelta(seconds=40)

#: Seconds between two looks whether the process that fetches has done so, and looks after which we fetch as well.
_LOOK_AGAIN, _LOOKS = 0.2, 25

#: A token that another process is renewing is used on for so long at a time, and not in its last moments.
_MEANWHILE, _LAST = timedelta(seconds=5), timedelta(seconds=30)


class BadToken(TechnicalFailure):
    """The platform refused the access token; worth one more try with a new one."""


def life(told: object) -> float:
    """The life of a token in seconds, as a platform states it ("expires_in"); 0 where that is none."""
    return float(min(told, _LONGEST)) if isinstance(told, (int, float)) and told > 0 else 0.0


class Fetch(Protocol):
    """Asks the platform for the token."""

    async def __call__(self, *, force: bool) -> tuple[str, float]:
        """The token and its life in seconds; `force` = a new one, even if the present one is good."""
        ...


class AccessToken:
    """Keeps the token; `get` it for a call, and get it `renewed` when the platform has refused it."""

    def __init__(self, fetch: Fetch, store: TokenStore, *, name: str, now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._store = store
        self._name = name
        self._fetching, self._forcing = f"{name} is fetched", f"{name} was forced"
        self._now = now
        self._lock = asyncio.Lock()
        self._token = ""
        self._until: datetime | None = None
        #: Fetches that have ended, and how the last of them failed.
        self._ended = 0
        self._failure: SendError | None = None

    async def get(self) -> str:
        """The token: kept, or stored by another process, or fetched. Raises what the fetch raises."""
        if self._until is not None and self._now() < self._until:
            return self._token
        return await self._alone(bad="")

    async def renewed(self, bad: str) -> str:
        """A token other than `bad`, which the platform has refused. Raises TechnicalFailure where there is none."""
        return await self._alone(bad=bad)

    async def _alone(self, *, bad: str) -> str:
        """One at a time; those who waited while a fetch failed share its failure and do not fetch again."""
        ended = self._ended
        async with self._lock:
            if self._is_good(self._token, self._until, bad=bad):
                return self._token
            if self._ended != ended and self._failure is not None:
                raise self._failure.with_traceback(None)
            return await self._from_elsewhere(bad)

    async def _from_elsewhere(self, bad: str) -> str:
        self._failure = None
        is_ours = False
        try:
            is_ours, found = await self._found_or_claimed(bad)
            if not found:
                await self._fetch_other_than(bad)
        except SendError as failure:
            self._failure = failure
            raise
        finally:
            self._ended += 1
            if is_ours:
                await self._store.release(self._fetching)
        return self._token

    async def _found_or_claimed(self, bad: str) -> tuple[bool, bool]:
        """Whether it is upon us, and no other process, to fetch; and whether that is needless: a good one is stored."""
        for _ in range(_LOOKS):
            if self._takes(await self._store.get(self._name), early=EARLY, bad=bad):
                return False, True
            at = self._now()
            if await self._store.claim(self._fetching, at=at, until=at + _LEASE):
                # Another may have stored one since we looked.
                return True, self._takes(await self._store.get(self._name), early=EARLY, bad=bad)
            if self._takes(await self._store.get(self._name), early=_LAST, bad=bad):
                self._until = min(self._until or at, at + _MEANWHILE)
                return False, True
            await asyncio.sleep(_LOOK_AGAIN)
        return False, False

    def _takes(self, stored: tuple[str, datetime] | None, *, early: timedelta, bad: str) -> bool:
        """Use what is stored, if it is good until `early` before its end."""
        if stored is None or not self._is_good(stored[0], stored[1] - early, bad=bad):
            return False
        self._token, self._until = stored[0], stored[1] - early
        return True

    async def _fetch_other_than(self, bad: str) -> None:
        await self._fetch_and_store(force=False)
        if self._token == bad:
            at = self._now()
            if await self._store.claim(self._forcing, at=at, until=at + _FORCE_PAUSE):
                await self._fetch_and_store(force=True)
        if self._token == bad:
            raise BadToken("the platform refuses the access token that it has just given out", code="40001")

    async def _fetch_and_store(self, *, force: bool) -> None:
        asked = self._now()
        token, seconds = await self._fetch(force=force)
        if not token:
            raise TechnicalFailure("the platform gave no access token: check base_url")
        life = timedelta(seconds=seconds)
        await self._store.put(self._name, token, asked + life)
        self._token, self._until = token, asked + max(life - EARLY, _LEAST)

    def _is_good(self, token: str, until: datetime | None, *, bad: str) -> bool:
        return token != bad and until is not None and self._now() < until
