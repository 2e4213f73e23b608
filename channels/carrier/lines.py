"""The connections that one account has: opened when wanted, opened again after growing pauses, one window together."""

import asyncio
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any

import structlog

from channels.carrier.frames import Pdu
from channels.carrier.link import Late, Link
from channels.carrier.said import Answer
from channels.carrier.settings import LineSettings
from channels.failure import SendError, TemporaryFailure
from channels.message import Lane
from channels.seats import Seats

_log = structlog.get_logger()

#: Seconds before a connection is tried again: the first pause, and the longest of those that double.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 60.0

#: Seconds of such a pause that a send sits out.
_PATIENCE = 1.0

#: Seconds that a connection must have lasted for its end to be an accident and not a refusal.
_LASTING = 10.0

#: One place in so many is kept for warnings.
_KEPT = 8

#: Opens a connection that is logged in; it is given what to call when there is more room in its window.
Open = Callable[[Callable[[], None]], Coroutine[Any, Any, Link]]


class Place:
    """One connection that there may be: open, being opened, or paused after failures."""

    def __init__(self, open_link: Callable[[], "asyncio.Task[Link]"], window: int) -> None:
        self._open_link = open_link
        self._window = window
        self._link: Link | None = None
        self._opening: asyncio.Task[Link] | None = None
        self._pause = 0.0
        self._opened_at = -inf
        self._not_before = -inf
        #: Sends that wait for the connection to be opened.
        self.promised = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._link is not None and self._link.is_open

    @property
    def room(self) -> int:
        """How many more sends it takes."""
        link = self._link
        return (link.room if link is not None and link.is_open else self._window) - self.promised

    async def link(self, deadline: float) -> Link:
        """The open connection. Raises SendError where there is none and none can be had by `deadline`."""
        if self._link is not None and self._link.is_open:
            return self._link
        wait = self._not_before - asyncio.get_running_loop().time()
        if wait > _PATIENCE:
            raise TemporaryFailure("the gateway cannot be reached", code="connect", retry_after=wait)
        try:
            async with asyncio.timeout_at(None if deadline == inf else deadline):
                await asyncio.sleep(wait)
                return await self._opened()
        except TimeoutError:
            raise TemporaryFailure("the gateway cannot be reached in time", code="connect") from None

    async def keep_open(self) -> None:
        """Open it again whenever it is gone, for ever."""
        while True:
            try:
                link = await self.link(inf)
            except SendError as failure:
                _log.warning("gateway not reached", code=failure.code, reason=failure.detail)
                await asyncio.sleep(self._not_before - asyncio.get_running_loop().time())
            else:
                await link.lost.wait()

    async def close(self) -> None:
        """Take leave, and forget what failed."""
        if self._opening is not None:
            self._opening.cancel()
        link, self._link = self._link, None
        self._pause, self._not_before = 0.0, -inf
        if link is not None:
            await link.close()

    async def _opened(self) -> Link:
        """One attempt for all who wait for it."""
        if self.is_open and self._link is not None:
            return self._link
        if self._opening is None:
            self._opening = self._open_link()
            self._opening.add_done_callback(self._note)
        opening = self._opening
        await asyncio.wait([opening])
        if opening.cancelled():
            raise TemporaryFailure("the connection was closed before it was open", code="connect")
        failure = opening.exception()
        if isinstance(failure, SendError):
            # Of its own for each sender: a raised exception must not be shared between tasks.
            raise type(failure)(failure.detail, code=failure.code)
        return opening.result()

    def _note(self, opening: "asyncio.Task[Link]") -> None:
        """Remember the connection; the next one comes after a pause, unless this one lasts."""
        now = asyncio.get_running_loop().time()
        self._opening = None
        if opening.cancelled():
            return
        lasted = self._opened_at > -inf and now - self._opened_at > _LASTING
        self._pause = _FIRST_PAUSE if lasted else min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._not_before = now + self._pause
        if opening.exception() is None:
            self._link, self._opened_at = opening.result(), now


class Lines:
    """Sends over whichever connection has room."""

    def __init__(self, settings: LineSettings, open_link: Open, *, listen: Open | None = None) -> None:
        """`listen` opens connections that only hear, one beside each of the others; None = those hear themselves."""
        seats = settings.window * settings.connections
        self._seats = Seats(seats - seats // _KEPT, kept_for_warnings=seats // _KEPT)
        self._places = [Place(self._opener(open_link), settings.window) for _ in range(settings.connections)]
        listeners = settings.connections if listen is not None else 0
        self._listening = [Place(self._opener(listen or open_link), settings.window) for _ in range(listeners)]

    async def submit(self, lane: Lane, pdu: Pdu, *, late: Late, deadline: float) -> Answer:
        """The gateway's answer. Raises as `Place.link` and `Link.submit` do."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._seats.take(lane)
        except TimeoutError:
            raise TemporaryFailure("the gateway is slow: no place in the window came free", code="window") from None
        link = await self._link(deadline)
        return await link.submit(pdu, late=late, deadline=deadline)

    async def keep_open(self) -> None:
        """Keep every connection open, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for place in self._places + self._listening:
                tasks.create_task(place.keep_open())

    async def close(self) -> None:
        """Take leave of the gateway."""
        await asyncio.gather(*(place.close() for place in self._places + self._listening))

    async def _link(self, deadline: float) -> Link:
        """A connection with room; whoever has a seat finds one. The seat is left where that fails."""
        place = max(self._places, key=lambda each: (each.room > 0, each.is_open, each.room))
        place.promised += 1
        try:
            return await place.link(deadline)
        except BaseException:
            self._seats.leave()
            raise
        finally:
            place.promised -= 1

    def _opener(self, open_link: Open) -> Callable[[], "asyncio.Task[Link]"]:
        return lambda: asyncio.get_running_loop().create_task(open_link(self._seats.leave))
