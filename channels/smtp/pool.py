"""The open connections to one relay: kept between mails, opened when wanted, some of them kept for warnings."""

import asyncio

from channels.failure import TemporaryFailure
from channels.message import Lane
from channels.seats import Seats
from channels.smtp.line import Line, Mail
from channels.smtp.replies import Reply, Step
from channels.smtp.settings import SmtpSettings

#: Seconds after which an idle connection is not trusted any more: firewalls forget it without telling either side.
_LONGEST_IDLE = 60.0


class Pool:
    """Lends a connection for each mail."""

    def __init__(self, settings: SmtpSettings, password: str) -> None:
        self._settings = settings
        self._password = password
        self._seats = Seats(settings.connections, kept_for_warnings=settings.warning_connections)
        #: Idle connections with the loop's time at which they became so; the last one is the warmest.
        self._idle: list[tuple[Line, float]] = []
        #: Counts the closings, so that connections of before are not kept.
        self._era = 0

    async def deliver(self, lane: Lane, mail: Mail) -> Reply:
        """Hand one mail over; returns and raises as `Line.deliver` and `Line.open` do."""
        await self._seats.take(lane)
        try:
            deadline = asyncio.get_running_loop().time() + self._settings.timeout
            reply = await self._over_an_idle_line(mail, deadline)
            return reply or await self._over_a_new_line(mail, deadline)
        finally:
            self._seats.leave()

    async def close(self) -> None:
        """Take leave of the relay; mails that are under way end first and then hang up by themselves."""
        self._era += 1
        idle, self._idle = self._idle, []
        await asyncio.gather(*(line.close() for line, _ in idle))

    async def _over_an_idle_line(self, mail: Mail, deadline: float) -> Reply | None:
        """None if there is none, or if it had died unnoticed: the relay has heard nothing of this mail then."""
        line = self._usable_idle_line()
        if line is None:
            return None
        era = self._era
        try:
            reply = await line.deliver(mail, deadline=deadline)
        except TemporaryFailure:
            if line.step > Step.MAIL or asyncio.get_running_loop().time() >= deadline:
                raise
            return None
        if reply.step is Step.RESET or (reply.step is Step.MAIL and not line.is_usable):
            line.drop()
            return None
        self._keep(line, era)
        return reply

    async def _over_a_new_line(self, mail: Mail, deadline: float) -> Reply:
        era = self._era
        line = await Line.open(self._settings, self._password, deadline=deadline)
        reply = await line.deliver(mail, deadline=deadline)
        self._keep(line, era)
        return reply

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
