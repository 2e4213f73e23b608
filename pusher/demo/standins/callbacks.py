"""The stand-ins' calls back: made later, in the background, and again where they are not answered as wanted."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Call:
    """One call back."""

    url: str
    body: bytes
    content_type: str
    query: Mapping[str, str]


class Callbacks:
    """Makes calls until they are taken; `close` ends those that wait."""

    def __init__(self, *, pauses: Sequence[float], is_taken: Callable[[int, str], bool]) -> None:
        """`pauses`: seconds before each repetition. `is_taken`: whether status and body are what the provider wants."""
        self._pauses = pauses
        self._is_taken = is_taken
        self._tasks: set[asyncio.Task[Any]] = set()
        self._http: aiohttp.ClientSession | None = None

    def run(self, delay: float, act: Callable[[], Awaitable[None]]) -> None:
        """Do something after `delay` seconds."""

        async def wait() -> None:
            await asyncio.sleep(delay)
            await act()

        self._start(wait())

    async def place(self, call: Call) -> bool:
        """Call, and again after each pause; whether it was taken in the end."""
        for pause in (0.0, *self._pauses):
            await asyncio.sleep(pause)
            if await self._once(call):
                return True
        return False

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _once(self, call: Call) -> bool:
        if self._http is None:
            # The provider's patience.
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        headers = {"Content-Type": call.content_type}
        try:
            async with self._http.post(call.url, params=call.query, data=call.body, headers=headers) as response:
                return self._is_taken(response.status, await response.text())
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
