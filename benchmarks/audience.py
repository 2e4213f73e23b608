"""A million subscribers imported, matched and counted: what a department waits for.

Everybody has three subscriptions, one or two addresses and stands on a list with a probability of one in five. Measured
are: people taken in a second (`add_many`), rows of a list imported a second and the longest that an urgent transaction
waited meanwhile; the time to the first and to the exact answer while an audience is composed, over audiences of all
sizes; subscribers selected a second.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from benchmarks.answer import answer, reset_peak, say, work_peak_mb
from benchmarks.town import AREAS, database_url
from pusher import clock
from pusher.database import Database
from pusher.loop import run
from pusher.migrations.upgrade import upgrade
from subscribers.audience import Audience, last_subscriber, select_addresses
from subscribers.consent import Origin
from subscribers.counting import counting
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.expression import parse
from subscribers.group_list import check
from subscribers.groups import Terms, import_group, list_groups
from subscribers.keys import KeyRing
from subscribers.selecting import select
from subscribers.topic import Topic

_DOMAINS = ("education", "rural", "aid", "health", "environment", "disaster", "culture")
_KINDS = ("phone", "email")
_CHUNK = 20_000
_RANGE = 40_000
_LARGEST_LIST = 500_000
_AGES = ("60-69", "70-79", "80以上")

#: What people compose: from everybody to a few.
_COMPOSED = (
    "订阅=education",
    "订阅=education 且 地区=360403",
    "订阅=health 或 订阅=aid",
    "高龄",
    "高龄 且 年龄段=80以上",
    "高龄 且 (订阅=aid 或 地区=360403001) 且 非 年龄段=60-69",
    "订阅=disaster 且 非 高龄",
    "高龄 且 地区=360403002 且 年龄段=80以上 且 订阅=culture",
)


def main() -> None:
    """`python -m benchmarks.audience --subscribers 1000000 --database sqlite --json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--counts", type=int, default=90, help="audiences that are counted")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with database_url(options.database) as url:
        run(lambda: _measure(url, options))


async def _measure(url: str, options: argparse.Namespace) -> None:
    ring = KeyRing.generate()
    async with _opened(url) as database:
        reset_peak()
        say(f"taking {options.subscribers} people in …")
        begin, cpu = time.perf_counter(), time.process_time()
        await _fill(database, ring, options.subscribers)
        filled, filled_cpu = time.perf_counter() - begin, time.process_time() - cpu
        listed = min(options.subscribers // 5, _LARGEST_LIST)
        say(f"importing a list of {listed} of them …")
        cpu = time.process_time()
        seconds, longest = await _import(database, ring, listed, options.subscribers)
        import_cpu = time.process_time() - cpu
        async with database.write() as connection:
            await connection.exec_driver_sql("ANALYZE")
        peak_import = work_peak_mb()
        reset_peak()
        say("counting …")
        audiences = await _audiences(database, ring)
        firsts, exacts = await _count(database, audiences, options.counts)
        say("selecting …")
        selected = await _select(database, audiences[0])
        answer(
            {
                "benchmark": "audience",
                "database": options.database,
                "subscribers": options.subscribers,
                "rows": options.subscribers * 3,
                "taken_in_per_s": round(options.subscribers / filled),
                "taken_in_cpu_us_each": round(filled_cpu / options.subscribers * 1e6),
                "import_rows_per_s": round(listed / seconds),
                "import_cpu_us_each": round(import_cpu / listed * 1e6),
                "import_longest_wait_ms": round(longest * 1e3),
                "import_peak_mb": peak_import,
                "count_p50_ms": round(statistics.median(firsts) * 1e3),
                "count_p95_ms": round(statistics.quantiles(firsts, n=20)[-1] * 1e3),
                "count_exact_p95_ms": round(statistics.quantiles(exacts, n=20)[-1] * 1e3),
                "selection_rows_per_s": round(options.subscribers / selected),
                "peak_mb": work_peak_mb(),
            },
            as_json=options.json,
        )


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database.open(url)
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()


async def _fill(database: Database, ring: KeyRing, people: int) -> None:
    chance = random.Random(20261129)
    for first in range(1, people + 1, _CHUNK):
        numbers = range(first, min(first + _CHUNK, people + 1))
        newcomers = [_newcomer(chance, number) for number in numbers]
        async with database.write() as connection:
            await add_many(connection, ring, newcomers, Origin("benchmark", clock.now()))


def _newcomer(chance: random.Random, number: int) -> Newcomer:
    return Newcomer(
        [("phone", _phone(number)), ("email", f"r{number}@example.com")][: chance.choice((1, 2))],
        subscriptions=[Subscription(domain, chance.choice(AREAS)) for domain in chance.sample(_DOMAINS, 3)],
        preference=chance.choice(("first", "first", "all")),
    )


def _phone(number: int) -> str:
    return f"+861{3_000_000_000 + number}"


async def _import(database: Database, ring: KeyRing, listed: int, people: int) -> tuple[float, float]:
    """Seconds of the import, and the longest that an urgent transaction waited meanwhile."""
    chance = random.Random(7)
    numbers = chance.sample(range(1, people + 1), listed)
    rows: list[Sequence[str]] = [["手机", "姓名", "年龄段", "地区"]]
    rows += [[_phone(number), f"王{number}", chance.choice(_AGES), chance.choice(AREAS)] for number in numbers]
    terms = Terms("高龄津贴", "statutory", "民政局", selectable=(_slot("年龄段"), "area"))
    stopping = asyncio.Event()
    waiting = asyncio.create_task(_urgent(database, stopping))
    begin = time.perf_counter()
    checked = await asyncio.to_thread(check, enumerate(rows, start=1))
    await import_group(database.write, ring, "高龄", checked, terms=terms, by="benchmark", at=clock.now())
    seconds = time.perf_counter() - begin
    stopping.set()
    return seconds, await waiting


def _slot(heading: str) -> str:
    return "_".join(f"u{ord(character):x}" for character in heading)


async def _urgent(database: Database, stopping: asyncio.Event) -> float:
    """The longest wait of an urgent writer that comes twenty times a second."""
    longest = 0.0
    while not stopping.is_set():
        begin = time.perf_counter()
        async with database.write(urgent=True) as connection:
            await connection.exec_driver_sql("SELECT 1")
        longest = max(longest, time.perf_counter() - begin)
        await asyncio.sleep(0.05)
    return longest


async def _audiences(database: Database, ring: KeyRing) -> list[Audience]:
    async with database.read() as connection:
        groups = await list_groups(connection)
    topic = Topic(frozenset({"education"}), frozenset({"360403"}))
    selections = [Audience(selection=select(parse(text), groups, ring)) for text in _COMPOSED]
    return [Audience(topic), *selections]


async def _count(database: Database, audiences: Sequence[Audience], counts: int) -> tuple[list[float], list[float]]:
    """Seconds to the first answer, and to the exact one."""
    firsts, exacts = [], []
    for turn in range(counts):
        at, begin, told = clock.now(), time.perf_counter(), []
        async for _ in counting(database.read, audiences[turn % len(audiences)], _KINDS, at=at):
            told.append(time.perf_counter() - begin)
        firsts.append(told[0])
        exacts.append(told[-1])
    return firsts, exacts


async def _select(database: Database, audience: Audience) -> float:
    at: datetime = clock.now()
    begin = time.perf_counter()
    async with database.read() as connection:
        last = await last_subscriber(connection)
        for after in range(0, last, _RANGE):
            await select_addresses(connection, audience, _KINDS, after=after, upto=after + _RANGE, at=at)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
