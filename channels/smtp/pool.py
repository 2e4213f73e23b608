"""The open connections to one relay: kept between mails, opened when wanted, some of them kept for warnings."""

import asyncio
from collections.abc import Sequence

from channels.failure import SendError, TemporaryFailure
from channels.message import Lane
from channels.seats import Seats
from channels.smtp.line import Line
from channels.smtp.replies import Reply, Step
from channels.smtp.settings import SmtpSettings
from channels.smtp.wire import Ended, Mail

#: Seconds after which an idle connection is not trusted any more: firewalls forget it without telling either side.
_LONGEST_IDLE = 60.0

#: The relay takes leave: of an idle connection, before it has heard of a mail.
_CLOSING = 421


class Pool:
    """Lends a connection for some mails at a time."""

    def __init__(self, settings: SmtpSettings, password: str) -> None:
        self._settings = settings
        self._password = password
        self._seats = Seats(settings.connections, kept_for_warnings=settings.warning_connections)
        #: Idle connections with the loop's time at which they became so; the last one is the warmest.
        self._idle: list[tuple[Line, float]] = []
        #: Counts the closings, so that connections of before are not kept.
        self._era = 0

    async def deliver(self, lane: Lane, mails: Sequence[Mail]) -> list[Reply | SendError]:
        """Hand `mails` over on one connection; what became of each, in order. Raises cancellation only."""
        await self._seats.take(lane)
        try:
            return await self._deliver(mails)
        finally:
            self._seats.leave()

    async def close(self) -> None:
        """Take leave of the relay; mails that are under way end first and then hang up by themselves."""
        self._era += 1
        idle, self._idle = self._idle, []
        await asyncio.gather(*(line.close() for line, _ in idle))

    async def _deliver(self, mails: Sequence[Mail]) -> list[Reply | SendError]:
        """What a broken line left untouched goes over a new one, once: it may have died unnoticed."""
        ended: list[Ended] = [None] * len(mails)
        line = self._usable_idle_line()
        if line is not None:
            ended = [None if _unheard(each) else each for each in await self._over(line, mails)]
        left = [place for place, each in enumerate(ended) if each is None]
        if left:
            over_new = await self._over_a_new_line([mails[place] for place in left])
            for place, each in zip(left, over_new, strict=True):
                ended[place] = each
        return [
            TemporaryFailure("the relay hung up before it had the mail") if each is None else each for each in ended
        ]

    async def _over_a_new_line(self, mails: Sequence[Mail]) -> Sequence[Ended]:
        deadline = asyncio.get_running_loop().time() + self._settings.timeout
        try:
            line = await Line.open(self._settings, self._password, deadline=deadline)
        except SendError as failure:
            return [failure] * len(mails)
        return await self._over(line, mails)

    async def _over(self, line: Line, mails: Sequence[Mail]) -> Sequence[Ended]:
        era = self._era
        try:
            return await line.deliver_many(mails, seconds=self._settings.timeout)
        finally:
            self._keep(line, era)

    def _usable_idle_line(self) -> Line | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            line, since = self._idle.pop()
            if line.is_usable and now - since < _LONGEST_IDLE:
                return line
            line.drop()
        return None

    def _keep(self, line: Line, era: int) -> None:
        if era == self._era and line.is_usable:
            self._idle.append((line, asyncio.get_running_loop().time()))
        else:
            line.drop()


def _unheard(each: Ended) -> bool:
    """Whether an idle line only took leave: the relay has heard nothing of this mail then."""
    return isinstance(each, Reply) and (each.step is Step.RESET or (each.step is Step.MAIL and each.code == _CLOSING))
