"""A person has put right what is wrong; nobody gets hold of another's address by it."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.database import Database
from subscribers import consent, correct
from subscribers.consent import Origin, Standing
from subscribers.enrol import Newcomer, enrol
from subscribers.keys import KeyRing
from subscribers.people import SubscriberError
from subscribers.person import show
from subscribers.tables import subscriber

OLD, NEW, OTHER = ("phone", "13800138000"), ("phone", "138 0013 8001"), ("phone", "13800138002")


async def _add(connection: AsyncConnection, ring: KeyRing, origin: Origin, *phones: str) -> None:
    his = Newcomer([("phone", phone) for phone in phones], name="张三")
    await enrol(connection, ring, [his], origin, act="confirmed")


@pytest.fixture
def how(at: datetime) -> dict[str, Any]:
    return {"source": "operator wang", "at": at, "confirmed": True}


async def test_a_wrong_number_is_replaced_in_its_place(
    database: Database, ring: KeyRing, origin: Origin, how: dict[str, Any]
) -> None:
    async with database.write() as connection:
        await _add(connection, ring, origin, "+8613800138000", "+8613800138009")
        number = await correct.replace_address(connection, ring, 1, OLD, NEW, **how)
        person = await show(connection, ring, 1)
        assert person is not None
        assert [(one.id, one.hint, one.rank) for one in person.addresses] == [
            (number, "138****8001", 1),
            (2, "138****8009", 2),
        ]
        old = ("phone", ring.fingerprint("phone", "+8613800138000"))
        assert [act.act for act in await consent.history(connection, [old])] == ["confirmed", "corrected"]


async def test_a_new_number_waits_for_its_owner_unless_it_is_known_to_be_his(
    database: Database, ring: KeyRing, origin: Origin, how: dict[str, Any]
) -> None:
    async with database.write() as connection:
        await _add(connection, ring, origin, "+8613800138000")
        await correct.replace_address(connection, ring, 1, OLD, NEW, **(how | {"confirmed": False}))
        person = await show(connection, ring, 1)
    assert person is not None
    assert [one.standing for one in person.addresses] == [Standing.UNCONFIRMED]


async def test_a_suppressed_number_stays_suppressed(
    database: Database, ring: KeyRing, origin: Origin, how: dict[str, Any], at: datetime
) -> None:
    fingerprint = ring.fingerprint("phone", "+8613800138001")
    async with database.write() as connection:
        await _add(connection, ring, origin, "+8613800138000")
        await consent.suppress(connection, "phone", fingerprint, reason="退订", source="sms TD", at=at)
        await correct.replace_address(connection, ring, 1, OLD, NEW, **how)
        person = await show(connection, ring, 1)
    assert person is not None
    assert [one.standing for one in person.addresses] == [Standing.SUPPRESSED]


async def test_nobody_gets_hold_of_an_address_that_is_not_his(
    database: Database, ring: KeyRing, origin: Origin, how: dict[str, Any]
) -> None:
    async with database.write() as connection:
        await _add(connection, ring, origin, "+8613800138000")
        await _add(connection, ring, origin, "+8613800138002")
        with pytest.raises(SubscriberError, match="somebody else's"):
            await correct.replace_address(connection, ring, 1, OLD, OTHER, **how)
        with pytest.raises(SubscriberError, match="not this person's"):
            await correct.replace_address(connection, ring, 1, OTHER, NEW, **how)


async def test_name_and_language_are_put_right(database: Database, ring: KeyRing, origin: Origin) -> None:
    async with database.write() as connection:
        await _add(connection, ring, origin, "+8613800138000")
        await correct.rename(connection, ring, 1, " 张珊 ")
        await correct.speak(connection, 1, "en")
        person = await show(connection, ring, 1)
        assert person is not None
        assert (person.name, person.choices.language) == ("张珊", "en")
        await correct.rename(connection, ring, 1, "")
        assert await connection.scalar(sa.select(subscriber.c.name)) is None
        with pytest.raises(SubscriberError, match="no subscriber 9"):
            await correct.rename(connection, ring, 9, "x")


async def test_the_words_that_somebody_agreed_to_are_kept_once(database: Database, ring: KeyRing, at: datetime) -> None:
    origin = Origin("sign-up page", at, about="education 360403", words="我同意接收教育类通知。")
    async with database.write() as connection:
        await _add(connection, ring, origin, "+8613800138000")
        await _add(connection, ring, origin, "+8613800138002")
        keys = [("phone", ring.fingerprint("phone", f"+861380013800{last}")) for last in (0, 2)]
        assert {act.words for act in await consent.history(connection, keys)} == {"我同意接收教育类通知。"}
        assert await connection.scalar(sa.text("SELECT count(*) FROM wording")) == 1
