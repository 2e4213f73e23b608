"""The wrappers around the e-mail channel keep the same contract as what is in them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count

from channels.channel import Channel
from channels.failover import Failover
from channels.limits import Limits
from channels.paced import Paced
from tests.channels.contract import Maker, Rig
from tests.channels.rigs import smtp
from tests.support.outside import NOW


def _wrapped(wrap: Callable[[Channel], Channel], *, hears: bool) -> Maker:
    """`hears`: whether the wrapper itself is told what becomes of mails; a failover leaves that to its members."""

    @asynccontextmanager
    async def maker(patience: float) -> AsyncIterator[Rig]:
        async with smtp.RIGS["smtp"](patience) as rig:
            rig.channel = wrap(rig.channel)
            rig.kind = replace(rig.kind, receipts=hears, inbound=hears)
            yield rig

    return maker


def _paced(channel: Channel) -> Channel:
    return Paced(channel, Limits(per_second=1000, burst=2, daily_quota=1000), now=lambda: NOW)


def _failover(channel: Channel) -> Channel:
    # On this clock every rest is over at once: what is tested here is the same channel again and again.
    return Failover({"relay": channel}, clock=count(0, 1000).__next__)


RIGS: Mapping[str, Maker] = {
    "paced": _wrapped(_paced, hears=True),
    "failover": _wrapped(_failover, hears=False),
}
