"""Tokens of channels: encrypted, shared by all processes, and kept by whichever of them comes first."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pusher.database import Database
from pusher.deliver.tables import token
from pusher.deliver.token_store import DatabaseTokens
from subscribers.keys import KeyRing
from tests.channels.wechat.test_token import Platform
from tests.support.engine import START


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.generate()


async def test_a_token_is_kept_encrypted_and_replaced(database: Database, ring: KeyRing) -> None:
    tokens = DatabaseTokens(database, ring)
    assert await tokens.get("wechat") is None
    for value in ("first", "second"):
        await tokens.put("wechat", value, START + timedelta(hours=2))
        assert await tokens.get("wechat") == (value, START + timedelta(hours=2))
    async with database.read() as connection:
        assert b"second" not in (await connection.execute(sa.select(token.c.value))).scalar_one()


async def test_processes_that_fetch_at_once_all_keep_theirs(database: Database, ring: KeyRing) -> None:
    stores = [DatabaseTokens(database, ring) for _ in range(8)]
    await asyncio.gather(*(tokens.put("wechat", str(n), START) for n, tokens in enumerate(stores)))
    found = await stores[0].get("wechat")
    assert found is not None
    assert found[0] in {str(n) for n in range(8)}


async def test_of_several_processes_one_fetches_and_one_forces(database_url: str, ring: KeyRing) -> None:
    """Each process has a database connection, a store and a token of its own; the platform counts."""
    platform = Platform()
    async with AsyncExitStack() as stack:
        processes = []
        for _ in range(3):
            opened = Database.open(database_url)
            stack.push_async_callback(opened.close)
            processes.append(platform.token(DatabaseTokens(opened, ring)))
        assert set(await asyncio.gather(*(each.get() for each in processes))) == {"T1"}
        assert platform.asked == [False]
        # The platform refuses the token that it goes on giving out.
        assert set(await asyncio.gather(*(each.renewed("T1") for each in processes))) == {"T2"}
        assert platform.asked == [False, False, True]
        # Early, before its end: one renews it, the others use the old one meanwhile.
        platform.now += timedelta(seconds=6901)
        platform.number = 3
        platform.gate.clear()
        platform.asking.clear()
        renewing = asyncio.create_task(processes[0].get())
        await platform.asking.wait()
        assert [await each.get() for each in processes[1:]] == ["T2", "T2"]
        platform.gate.set()
        assert await renewing == "T3"
        platform.now += timedelta(seconds=6)
        assert [await each.get() for each in processes] == ["T3"] * 3
        assert platform.asked == [False, False, True, False]


async def test_a_claim_is_one_process_s_until_it_ends_or_is_given_back(database: Database, ring: KeyRing) -> None:
    tokens, other = (DatabaseTokens(database, ring) for _ in range(2))
    minute = timedelta(minutes=1)
    claims = [each.claim("x", at=START, until=START + minute) for each in (tokens, other)]
    assert sorted(await asyncio.gather(*claims)) == [False, True]
    assert not await other.claim("x", at=START, until=START + minute)
    assert await other.claim("x", at=START + minute, until=START + 2 * minute)
    await other.release("x")
    assert await tokens.claim("x", at=START, until=START + minute)


async def test_a_token_of_another_key_ring_is_none(database: Database, ring: KeyRing) -> None:
    await DatabaseTokens(database, ring).put("wechat", "first", START)
    tokens = DatabaseTokens(database, KeyRing.generate())
    assert await tokens.get("wechat") is None
    await tokens.put("wechat", "second", START)
    assert await tokens.get("wechat") == ("second", START)
