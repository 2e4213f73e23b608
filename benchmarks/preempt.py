"""A warning overtakes: a backlog of routine deliveries waits, workers are busy, and somebody approves a warning.

Measured in the approving process, from the call of the act that lets it go (words, CAP, item and broadcast included)
until the first message of the warning is handed to its gateway, and until half of them and the last are there: a relay
in another process has taken them, a slow one has been given them. Three situations: workers busy with such a relay;
the same while a broadcast to everybody is being fanned out; and a relay that takes 50 ms a message. Each is run several
times; `first_s` is the worst of all runs, the others are medians. The process is as ready for its first warning as that
of the service, whose start makes it so.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

import aiohttp
import sqlalchemy as sa
from typing_extensions import override

from benchmarks.answer import answer, say
from benchmarks.deliver import WIRES, channel_of, server_of
from benchmarks.town import Town, database_url, town
from channels.channel import Bulk, Channel
from channels.failure import SendError
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.smtp.channel import SmtpChannel
from pusher import clock
from pusher.deliver.postman import Postman
from pusher.loop import run
from pusher.plan.fan_out import FanOut
from pusher.warnings.readiness import get_ready
from pusher.warnings.settings import WarningSettings
from subscribers.tables import group, membership
from subscribers.topic import Severity
from tests.support.engine import Engine
from tests.support.office import Town as OfficeTown
from tests.support.office import Way, settings

_LIST = "值守人员"
_ROUTINE = Message("routine", Lane.ROUTINE, "default", {"subject": "通知", "text": "关于招生工作的通知。" * 40})


class _Present(Engine):
    """The engine of the office's support, at the present time."""

    @override
    def now(self) -> datetime:
        return clock.now()


@dataclass
class _Timed(Channel):
    """A channel that notes when each message of the warning lane is given to the gateway."""

    given: list[float] = field(default_factory=list)
    concurrency: int = 16

    def note(self, message: Message, messages: int = 1) -> None:
        """So many messages were given to the gateway at this moment."""
        if message.lane is Lane.WARNING:
            self.given += [time.perf_counter()] * messages


@dataclass
class _Slow(_Timed):
    """A relay of this process that takes a while for each message."""

    #: Seconds.
    takes: float = 0.05

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        self.note(message)
        await asyncio.sleep(self.takes)
        return Receipt(Outcome.SENT)

    @override
    async def close(self) -> None:
        """Nothing is open."""


class _Relay(_Timed, Bulk):
    """A channel to a relay in another process, which takes many mails at a time.

    The first of them counts when it is handed over, the others when the relay has taken all.
    """

    def __init__(self, inner: SmtpChannel) -> None:
        super().__init__(concurrency=inner.concurrency)
        self.bulk_limit = inner.bulk_limit
        self._inner = inner

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        self.note(message)
        return await self._inner.send(message, to, key=key)

    @override
    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        self.note(message)
        answers = await self._inner.send_many(message, to, keys=keys)
        self.note(message, len(to) - 1)
        return answers

    @override
    async def close(self) -> None:
        await self._inner.close()


def main() -> None:
    """`python -m benchmarks.preempt --backlog 1000000 --json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backlog", type=int, default=1_000_000)
    parser.add_argument("--warned", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with database_url(options.database) as url, server_of(WIRES["smtp"], None) as (address, _):
        run(lambda: _measure(url, address, options))


async def _measure(url: str, address: tuple[str, int], options: argparse.Namespace) -> None:
    say(f"filling {options.database} with {options.backlog} people …")
    async with town(url, options.backlog, addresses="email") as here, aiohttp.ClientSession() as http:
        await _list(here, options.warned)
        mail = channel_of("smtp", WIRES["smtp"].settings(*address), here, http)
        assert isinstance(mail, SmtpChannel)
        relay = _Relay(mail)
        situations: dict[str, list[dict[str, float]]] = {}
        for name, channel, fanning in (
            ("busy", relay, False),
            ("fanning_out", relay, True),
            ("slow_relay", _Slow(), False),
        ):
            say(f"{name}: {options.runs} runs …")
            situations[name] = await _situation(here, channel, options, fanning=fanning)
        await relay.close()
    runs = [each for several in situations.values() for each in several]
    answer(
        {
            "benchmark": "preempt",
            "database": options.database,
            "backlog": options.backlog,
            "warned": options.warned,
            "runs": len(runs),
            "first_s": round(max(each["first_s"] for each in runs), 4),
            "p50_s": round(median(each["p50_s"] for each in runs), 4),
            "all_s": round(median(each["all_s"] for name in ("busy", "fanning_out") for each in situations[name]), 4),
            "situations": {
                name: {
                    "first_worst_s": round(max(each["first_s"] for each in several), 4),
                    "first_median_s": round(median(each["first_s"] for each in several), 4),
                    "p50_s": round(median(each["p50_s"] for each in several), 4),
                    "all_s": round(median(each["all_s"] for each in several), 4),
                }
                for name, several in situations.items()
            },
        },
        as_json=options.json,
    )


async def _situation(
    here: Town, channel: _Timed, options: argparse.Namespace, *, fanning: bool
) -> list[dict[str, float]]:
    wake, stopping = asyncio.Event(), asyncio.Event()
    fan_out = FanOut(here.database, here.bell, clock.now)
    await here.propose(_ROUTINE, {"mail": "email"})
    await fan_out.once()
    office = OfficeTown(_Present(here.database, ring=here.ring, bell=here.bell), settings=_settings())
    office.outlets = {"mail": Way("mail", "email")}
    get_ready(office.office)
    postman = Postman(here.desk, {"mail": channel})
    measured = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(postman.run(stopping))
        tasks.create_task(fan_out.run(wake, stopping))
        await asyncio.sleep(1)
        for _ in range(options.runs):
            if fanning:
                await here.propose(_ROUTINE, {"mail": "email"})
                wake.set()
                await asyncio.sleep(0.05)
            measured.append(await _run(office, channel, wake, options.warned))
        stopping.set()
    async with here.database.write() as connection:
        # What is left of the backlog would only be work for the next situation.
        await connection.exec_driver_sql("UPDATE batch SET state = 'done' WHERE state = 'waiting'")
        await connection.exec_driver_sql("UPDATE broadcast SET fanned_out = 1 WHERE fanned_out = 0")
    return measured


async def _run(office: OfficeTown, channel: _Timed, wake: asyncio.Event, warned: int) -> dict[str, float]:
    draft = await office.office.draft(office.content(level=Severity.YELLOW), by="li")
    channel.given.clear()
    office.woken = wake.set
    begin = time.perf_counter()
    await office.office.approve(draft.id, by="wang", level=Severity.YELLOW)
    while len(channel.given) < warned:
        await asyncio.sleep(0.005)
        if time.perf_counter() - begin > 300:
            raise SystemExit(f"only {len(channel.given)} of {warned} went out")
    given = channel.given
    # The identifier of a warning tells seconds apart.
    await asyncio.sleep(0.2)
    return {"first_s": given[0] - begin, "p50_s": given[warned // 2] - begin, "all_s": given[warned - 1] - begin}


def _settings() -> WarningSettings:
    return settings(channels=["mail"], groups=[_LIST], domain="nobody")


async def _list(here: Town, warned: int) -> None:
    """A list of people spread over all subscribers."""
    stride = max(here.people // warned, 1)
    async with here.database.write() as connection:
        number = await connection.scalar(sa.insert(group).values(name=_LIST, basis="emergency").returning(group.c.id))
        rows = [{"group_id": number, "subscriber_id": 1 + each * stride} for each in range(warned)]
        await connection.execute(sa.insert(membership), rows)


if __name__ == "__main__":
    main()
