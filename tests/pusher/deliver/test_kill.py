"""Workers are killed in the middle of a broadcast to a real SMTP server, at random moments, again and again.

In the warning lane everybody gets at least one message, in the routine lane at most one, and the ledger says which were
in doubt.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher import clock
from pusher.database import Database
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.plan import broadcast
from tests.support.engine import Engine
from tests.support.mail import MailServer, mail_server
from tests.support.worker_process import worker

#: Seconds after which a dead worker's batches are free on PostgreSQL.
_LEASE = 1.0


@dataclass
class Workers:
    """Worker processes of one broadcast, killed one after the other."""

    task: Mapping[str, str]
    #: Each process with its end.
    running: list[tuple[BaseProcess, asyncio.Task[None]]] = field(default_factory=list)

    def start(self) -> None:
        """One more worker."""
        process = worker(self.task)
        process.start()
        self.running.append((process, asyncio.create_task(_end(process))))

    async def kill_all(self) -> None:
        """SIGKILL, at once."""
        for process, _ in self.running:
            process.kill()
        await asyncio.gather(*(end for _, end in self.running))
        for process, _ in self.running:
            process.join()
            process.close()
        self.running.clear()

    async def died(self) -> None:
        """Return once a worker has ended by itself, with what it said; it never should."""
        await asyncio.wait([end for _, end in self.running], return_when=asyncio.FIRST_COMPLETED)
        raise AssertionError(f"a worker ended by itself: {self.said()}")

    def said(self) -> str:
        """The last that the workers said."""
        return Path(self.task["said"]).read_text(encoding="utf-8")[-2000:]


async def _end(process: BaseProcess) -> None:
    """Return once it has ended."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)


@asynccontextmanager
async def _workers(engine: Engine, url: str, folder: Path, port: int) -> AsyncIterator[Workers]:
    keys = folder / "keys"
    engine.ring.save(keys)
    said = {"database": url, "keys": str(keys), "port": str(port), "lease": str(_LEASE), "said": str(folder / "said")}
    workers = Workers(said)
    try:
        yield workers
    finally:
        await workers.kill_all()


async def _taken(server: MailServer, count: int) -> None:
    while len(server.taken) < count:
        server.heard.clear()
        await server.heard.wait()


async def _taken_by(workers: Workers, server: MailServer, count: int) -> None:
    waits = [asyncio.create_task(_taken(server, count)), asyncio.create_task(workers.died())]
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    await done.pop()


async def _settled(engine: Engine, number: int) -> bool:
    # Whoever was in doubt as often as workers died would get a warning on his next address, if he had one.
    await engine.fall_back()
    async with engine.database.write() as connection:
        await broadcast.finish_settled(connection)
        return (await broadcast.get(connection, number)).state is broadcast.BroadcastState.DONE


async def _until_settled(engine: Engine, number: int, server: MailServer) -> None:
    """Look whenever a mail came in or a moment passed: the end is a state of the database, not an event."""
    while not await _settled(engine, number):
        try:
            async with asyncio.timeout(0.2):
                await _taken(server, len(server.taken) + 1)
        except TimeoutError:
            continue


@pytest.mark.timeout(120)
@pytest.mark.parametrize("lane", [Lane.WARNING, Lane.ROUTINE])
async def test_nobody_is_missed_or_told_twice_when_workers_die(
    database: Database, database_url: str, lane: Lane, tmp_path: Path
) -> None:
    await _kill_and_check(database, database_url, lane, tmp_path, people=900, kills=4)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("lane", list(Lane))
async def test_nobody_is_missed_or_told_twice_however_many_workers_die(
    database: Database, database_url: str, lane: Lane, tmp_path: Path
) -> None:
    await _kill_and_check(database, database_url, lane, tmp_path, people=30_000, kills=80)


async def _kill_and_check(database: Database, url: str, lane: Lane, folder: Path, *, people: int, kills: int) -> None:
    engine = Engine(database, at=clock.now())
    await engine.add_people(people)
    number = await engine.propose(lane=lane, useful=timedelta(hours=1))
    await engine.fan_out()
    chance = random.Random(os.urandom(8))
    async with mail_server() as server, _workers(engine, url, folder, server.port) as workers:
        for _ in range(kills):
            for _ in range(1 if database.is_sqlite else 2):
                workers.start()
            # Few enough that some are left at the end, also where a crash leaves whole slices in doubt.
            target = len(server.taken) + chance.randint(1, 50)
            await _taken_by(workers, server, target)
            await workers.kill_all()
        workers.start()
        await _until_settled(engine, number, server)
        got = Counter(mail.recipients[0] for mail in server.taken)
    await _check(engine, number, lane, got, people)


async def _check(engine: Engine, number: int, lane: Lane, got: Counter[str], people: int) -> None:
    async with engine.database.read() as connection:
        rows = (
            await connection.execute(
                sa.select(delivery.c.address_id, delivery.c.state, delivery.c.doubted)
                .join(message, message.c.id == delivery.c.message_id)
                .where(message.c.broadcast_id == number)
            )
        ).all()
    ledger = {f"r{row.address_id}@example.com": (DeliveryState(row.state), row.doubted) for row in rows}
    assert len(ledger) == people
    for who, (state, doubted) in ledger.items():
        if lane is Lane.WARNING:
            assert state is DeliveryState.SENT, who
            assert got[who] >= 1, who
            assert got[who] == 1 or doubted, f"{who} got it {got[who]} times and the ledger does not say why"
        else:
            assert got[who] <= 1, who
            assert state is (DeliveryState.IN_DOUBT if doubted else DeliveryState.SENT), who
            assert doubted or got[who] == 1, who
