"""Consent and suppression: the ledger, and the standing that follows from it, on both databases."""

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pusher.database import Database
from subscribers import consent, people
from subscribers.consent import Origin, Standing
from subscribers.enrol import Newcomer, add_many
from subscribers.keys import KeyRing
from subscribers.tables import address, suppression
from subscribers.tables import consent as ledger


@pytest.fixture
async def ids(database: Database, ring: KeyRing, origin: Origin) -> list[int]:
    """Three open addresses."""
    newcomers = [Newcomer([("email", f"p{number}@example.com")]) for number in range(3)]
    async with database.write() as connection:
        await add_many(connection, ring, newcomers, origin)
        return sorted((await connection.scalars(sa.select(address.c.id))).all())


async def _standings(database: Database) -> list[int]:
    async with database.read() as connection:
        return list((await connection.scalars(sa.select(address.c.standing).order_by(address.c.id))).all())


async def _acts(database: Database, address_id: int) -> list[tuple[str, str]]:
    async with database.read() as connection:
        key = (await consent.keys_of(connection, [address_id]))[address_id]
        return [(act.act, act.source) for act in await consent.history(connection, [key])]


async def test_suppressing_closes_an_address_and_says_why(database: Database, ids: list[int], at: datetime) -> None:
    async with database.write() as connection:
        dead = [(ids[0], "mailbox unknown"), (ids[2], "complaint"), (10**9, "nobody")]
        await consent.suppress_addresses(connection, dead, source="550 5.1.1", at=at)
        keys = await consent.keys_of(connection, ids)
        assert await consent.reasons(connection, keys.values()) == {
            keys[ids[0]]: "mailbox unknown",
            keys[ids[2]]: "complaint",
        }
    assert await _standings(database) == [Standing.SUPPRESSED, Standing.OPEN, Standing.SUPPRESSED]
    assert await _acts(database, ids[0]) == [("imported", "test"), ("suppressed", "550 5.1.1")]


async def test_suppressing_again_changes_nothing(database: Database, ids: list[int], at: datetime) -> None:
    async with database.write() as connection:
        await consent.suppress_addresses(connection, [(ids[0], "first")], source="a", at=at)
        await consent.suppress_addresses(connection, [(ids[0], "second"), (ids[0], "third")], source="b", at=at)
        keys = await consent.keys_of(connection, ids[:1])
        assert list((await consent.reasons(connection, keys.values())).values()) == ["first"]
    assert await _acts(database, ids[0]) == [("imported", "test"), ("suppressed", "a")]


async def test_the_owners_own_refusal_outranks_a_technical_reason(
    database: Database, ids: list[int], at: datetime
) -> None:
    async with database.write() as connection:
        await consent.suppress_addresses(connection, [(ids[0], "mailbox full")], source="552", at=at)
        await consent.refuse(connection, ids[:2], source="sms TD", at=at)
        keys = await consent.keys_of(connection, ids[:2])
        assert set((await consent.reasons(connection, keys.values())).values()) == {consent.REFUSED}
    assert await _standings(database) == [Standing.SUPPRESSED, Standing.SUPPRESSED, Standing.OPEN]
    assert (await _acts(database, ids[0]))[-1] == ("ended", "sms TD")


async def test_restoring_opens_what_was_confirmed_once(database: Database, ids: list[int], at: datetime) -> None:
    async with database.write() as connection:
        kind, fingerprint = (await consent.keys_of(connection, ids))[ids[0]]
        assert not await consent.restore(connection, kind, fingerprint, source="page", at=at)
        await consent.refuse(connection, ids[:1], source="page", at=at)
        assert await consent.restore(connection, kind, fingerprint, source="page", at=at)
    assert await _standings(database) == [Standing.OPEN] * 3
    assert [act for act, _ in await _acts(database, ids[0])] == ["imported", "ended", "restored"]


async def test_restoring_what_was_never_confirmed_lets_it_wait(
    database: Database, ring: KeyRing, origin: Origin, at: datetime
) -> None:
    async with database.write() as connection:
        await add_many(connection, ring, [Newcomer([("email", "w@example.com")])], origin, act="given")
        fingerprint = ring.fingerprint("email", "w@example.com")
        await consent.suppress(connection, "email", fingerprint, reason="bounced", source="550", at=at)
        await consent.restore(connection, "email", fingerprint, source="operator", at=at)
    assert await _standings(database) == [Standing.UNCONFIRMED]


async def test_confirming_opens_what_waits_and_only_that(
    database: Database, ring: KeyRing, origin: Origin, ids: list[int], at: datetime
) -> None:
    async with database.write() as connection:
        await add_many(connection, ring, [Newcomer([("email", "w@example.com")])], origin, act="given")
        await consent.refuse(connection, ids[:1], source="page", at=at)
        everything = list((await connection.scalars(sa.select(address.c.id).order_by(address.c.id))).all())
        assert await consent.confirm(connection, everything, source="mail link", at=at) == everything[-1:]
        assert await consent.confirm(connection, everything, source="mail link", at=at) == []
    assert await _standings(database) == [Standing.SUPPRESSED, Standing.OPEN, Standing.OPEN, Standing.OPEN]
    assert await _acts(database, everything[-1]) == [("given", "test"), ("confirmed", "mail link")]


async def test_an_address_that_nobody_has_yet_can_be_suppressed(
    database: Database, ring: KeyRing, origin: Origin, at: datetime
) -> None:
    async with database.write() as connection:
        fingerprint = ring.fingerprint("email", "dead@example.com")
        await consent.suppress(connection, "email", fingerprint, reason="blacklist", source="operator", at=at)
        await add_many(connection, ring, [Newcomer([("email", "dead@example.com")])], origin)
    assert await _standings(database) == [Standing.SUPPRESSED]


async def test_thousands_of_addresses_can_be_suppressed_at_once(
    database: Database, ring: KeyRing, origin: Origin, at: datetime
) -> None:
    newcomers = [Newcomer([("email", f"m{number}@example.com")]) for number in range(2500)]
    async with database.write() as connection:
        await add_many(connection, ring, newcomers, origin)
        numbers = (await connection.scalars(sa.select(address.c.id))).all()
        await consent.suppress_addresses(connection, [(number, "gone") for number in numbers], source="x", at=at)
        acts = sa.select(ledger.c.act, sa.func.count()).group_by(ledger.c.act)
        counted = [tuple(row) for row in await connection.execute(acts.order_by(ledger.c.act))]
        assert counted == [("imported", 2500), ("suppressed", 2500)]
    assert set(await _standings(database)) == {Standing.SUPPRESSED}


async def test_long_reasons_and_sources_are_cut_to_what_is_kept(
    database: Database, ids: list[int], at: datetime
) -> None:
    async with database.write() as connection:
        await consent.suppress_addresses(connection, [(ids[0], "r" * 999)], source="s" * 999, at=at)
    assert (await _acts(database, ids[0]))[-1] == ("suppressed", "s" * 200)


async def test_what_is_refused_and_dead_is_known_as_both_whichever_came_first(
    database: Database, ids: list[int], at: datetime
) -> None:
    async with database.write() as connection:
        await consent.suppress_addresses(connection, [(ids[0], "空号")], source="sms", at=at)
        await consent.refuse(connection, ids, source="page", at=at)
        await consent.refuse(connection, ids, source="page", at=at)
        await consent.suppress_addresses(connection, [(ids[1], "空号"), (ids[2], "投诉为垃圾邮件")], source="b", at=at)
        rows = await connection.execute(
            sa.select(suppression.c.reason, suppression.c.dead)
            .join(address, address.c.fingerprint == suppression.c.fingerprint)
            .order_by(address.c.id)
        )
        assert [tuple(row) for row in rows] == [("退订", "空号"), ("退订", "空号"), ("退订", "")]
    assert (await _acts(database, ids[1]))[-1] == ("suppressed", "b")


@pytest.mark.parametrize("table", ["consent", "wording"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}"])
async def test_the_database_itself_refuses_to_change_the_ledger(
    database: Database, ring: KeyRing, origin: Origin, table: str, act: str
) -> None:
    async with database.write() as connection:
        shown = replace(origin, words="我同意")
        await add_many(connection, ring, [Newcomer([("email", "li@example.com")])], shown)
        before = (await connection.execute(sa.text(f"SELECT * FROM {table}"))).all()
    assert before
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as connection:
            await connection.execute(sa.text(act.format(table)))
    async with database.read() as connection:
        assert (await connection.execute(sa.text(f"SELECT * FROM {table}"))).all() == before


async def test_lines_of_a_suppressed_address_stay_though_nobody_has_it_any_more(
    database: Database, ring: KeyRing, origin: Origin
) -> None:
    async with database.write() as connection:
        await add_many(connection, ring, [Newcomer([("email", "li@example.com")])], origin)
        person = await connection.scalar(sa.select(address.c.subscriber_id))
        assert person is not None
        await people.erase(connection, person, source="own page", at=origin.at)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as connection:
            await connection.execute(sa.delete(ledger))
