"""Tokens of channels: encrypted, shared by all processes, and kept by whichever of them comes first."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pusher.database import Database
from pusher.deliver.tables import token
from pusher.deliver.token_store import DatabaseTokens
from subscribers.keys import KeyRing
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


async def test_a_token_of_another_key_ring_is_none(database: Database, ring: KeyRing) -> None:
    await DatabaseTokens(database, ring).put("wechat", "first", START)
    tokens = DatabaseTokens(database, KeyRing.generate())
    assert await tokens.get("wechat") is None
    await tokens.put("wechat", "second", START)
    assert await tokens.get("wechat") == ("second", START)
