"""The acts on one person, on both databases."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.database import Database
from subscribers import consent
from subscribers.address_form import AddressError
from subscribers.consent import Standing
from subscribers.enrol import Subscription
from subscribers.keys import KeyRing
from subscribers.people import (
    SubscriberError,
    add_subscriber,
    erase,
    find_by_address,
    set_preference,
    subscribe,
    unsubscribe,
)
from subscribers.person import Person, show
from subscribers.tables import address, group, membership, metadata, subscriber, subscription, suppression
from subscribers.topic import Severity

PHONE, MAIL, OPENID = (
    ("phone", "138 0013 8000"),
    ("email", "Zhang@Example.com"),
    ("openid", "oABCdefGHIjklMNOpqrSTUvwxYZ1"),
)
EDUCATION = Subscription("education", "360403")


async def _add(
    connection: AsyncConnection, ring: KeyRing, at: datetime, *addresses: tuple[str, str], **other: Any
) -> int:
    asked: dict[str, Any] = {
        "name": "张三",
        "subscriptions": [EDUCATION],
        "preference": "first",
        "language": "zh",
        "source": "sign-up page",
        "confirmed": True,
    }
    return await add_subscriber(connection, ring, addresses=addresses, at=at, **(asked | other))


async def _show(database: Database, ring: KeyRing, number: int) -> Person:
    async with database.read() as connection:
        person = await show(connection, ring, number)
    assert person is not None
    return person


async def test_a_person_is_shown_with_masked_addresses_and_history(
    database: Database, ring: KeyRing, at: datetime
) -> None:
    async with database.write() as connection:
        number = await _add(connection, ring, at, PHONE, MAIL)
    person = await _show(database, ring, number)
    assert (person.name, person.choices.language, person.preference, person.created_at) == ("张三", "zh", "first", at)
    assert [(one.kind, one.hint, one.rank, one.standing, one.reason) for one in person.addresses] == [
        ("phone", "138****8000", 1, Standing.OPEN, ""),
        ("email", "Z***@example.com", 2, Standing.OPEN, ""),
    ]
    assert list(person.subscriptions) == [EDUCATION]
    assert [(act.kind, act.act, act.source, act.at) for act in person.history] == [
        ("phone", "confirmed", "sign-up page", at),
        ("email", "confirmed", "sign-up page", at),
    ]


async def test_nothing_personal_is_stored_in_clear(database: Database, ring: KeyRing, at: datetime) -> None:
    async with database.write() as connection:
        await _add(connection, ring, at, PHONE, MAIL, OPENID)
        dump = [
            str(tuple(row)) for table in metadata.sorted_tables for row in await connection.execute(sa.select(table))
        ]
    for secret in ("13800138000", "hang@", "oABCdef", "张三", ascii("张三")[1:-1]):
        assert not any(secret in row for row in dump)


async def test_a_person_is_found_by_any_address_however_it_is_written(
    database: Database, ring: KeyRing, at: datetime
) -> None:
    async with database.write() as connection:
        number = await _add(connection, ring, at, PHONE, MAIL)
    async with database.read() as connection:
        assert await find_by_address(connection, ring, "phone", "+86 138-0013-8000") == number
        assert await find_by_address(connection, ring, "email", "zhang@example.com") == number
        assert await find_by_address(connection, ring, "email", "other@example.com") is None
        assert await show(connection, ring, number + 1) is None


async def test_who_shares_an_address_is_the_same_person(database: Database, ring: KeyRing, at: datetime) -> None:
    async with database.write() as connection:
        first = await _add(connection, ring, at, PHONE, MAIL)
        wish = Subscription("health", "3604", Severity.ORANGE)
        again = await _add(
            connection, ring, at, ("email", "zhang@example.com"), OPENID, name="张三丰", subscriptions=[wish]
        )
    assert first == again
    person = await _show(database, ring, first)
    assert person.name == "张三丰"
    assert [(one.kind, one.rank) for one in person.addresses] == [("phone", 1), ("email", 2), ("openid", 3)]
    assert list(person.subscriptions) == [EDUCATION, wish]


async def test_two_people_who_prove_to_be_one_become_one(database: Database, ring: KeyRing, at: datetime) -> None:
    wishes = [Subscription("education", "360403", Severity.RED), Subscription("health", "36")]
    async with database.write() as connection:
        first = await _add(connection, ring, at, PHONE, subscriptions=wishes[:1], name="")
        second = await _add(connection, ring, at, MAIL, subscriptions=[EDUCATION, wishes[1]])
        await connection.execute(sa.insert(group).values(id=1, name="g", basis="consent"))
        await connection.execute(sa.insert(membership).values(group_id=1, subscriber_id=second))
        assert await _add(connection, ring, at, PHONE, MAIL, subscriptions=[], name="") == first
        assert await show(connection, ring, second) is None
    person = await _show(database, ring, first)
    assert (person.name, person.groups) == ("张三", ["g"])
    assert [(one.kind, one.rank) for one in person.addresses] == [("phone", 1), ("email", 2)]
    assert list(person.subscriptions) == [EDUCATION, wishes[1]]


async def test_an_unconfirmed_request_waits_and_changes_nobody(database: Database, ring: KeyRing, at: datetime) -> None:
    async with database.write() as connection:
        known = await _add(connection, ring, at, PHONE)
        before = await show(connection, ring, known)
        assert await _add(connection, ring, at, PHONE, MAIL, name="Mallory", confirmed=False) == known
        assert await show(connection, ring, known) == before
        waiting = await _add(connection, ring, at, MAIL, confirmed=False)
    person = await _show(database, ring, waiting)
    assert [(one.kind, one.standing) for one in person.addresses] == [("email", Standing.UNCONFIRMED)]
    assert [act.act for act in person.history] == ["given"]


async def test_confirming_later_opens_what_waited(database: Database, ring: KeyRing, at: datetime) -> None:
    async with database.write() as connection:
        number = await _add(connection, ring, at, MAIL, confirmed=False)
        assert await _add(connection, ring, at, MAIL, PHONE) == number
    person = await _show(database, ring, number)
    assert {one.standing for one in person.addresses} == {Standing.OPEN}
    assert [(act.kind, act.act) for act in person.history][:3] == [
        ("email", "given"),
        ("phone", "confirmed"),
        ("email", "confirmed"),
    ]


async def test_preferences_give_ranks(database: Database, ring: KeyRing, at: datetime) -> None:
    async with database.write() as connection:
        number = await _add(connection, ring, at, PHONE, MAIL, OPENID, preference="all")
    everything = await _show(database, ring, number)
    assert [one.rank for one in everything.addresses] == [0, 0, 0]
    async with database.write() as connection:
        order = [one.id for one in everything.addresses if one.kind == "openid"]
        await set_preference(connection, number, "first", order=[*order, 10**9])
    first = await _show(database, ring, number)
    assert [(one.kind, one.rank) for one in first.addresses] == [("openid", 1), ("phone", 2), ("email", 3)]
    async with database.write() as connection:
        await set_preference(connection, number, "all")
    assert [one.rank for one in (await _show(database, ring, number)).addresses] == [0, 0, 0]


async def test_wishes_are_replaced_and_ended_and_the_ledger_says_so(
    database: Database, ring: KeyRing, at: datetime
) -> None:
    async with database.write() as connection:
        number = await _add(connection, ring, at, PHONE)
        stricter = Subscription("education", "360403000000", Severity.YELLOW)
        await subscribe(connection, number, [stricter, Subscription("health", "36")], source="page", at=at)
        assert (
            await unsubscribe(connection, number, [("health", "360000"), ("culture", "36")], source="page", at=at) == 1
        )
    person = await _show(database, ring, number)
    assert list(person.subscriptions) == [Subscription("education", "360403", Severity.YELLOW)]
    assert [(act.act, act.about) for act in person.history] == [
        ("confirmed", ""),
        ("given", "education 360403"),
        ("given", "health 36"),
        ("ended", "health 36"),
    ]
    async with database.write() as connection:
        assert await unsubscribe(connection, number, source="page", at=at) == 1
    assert (await _show(database, ring, number)).subscriptions == []


async def test_erasing_leaves_nothing_but_fingerprints(database: Database, ring: KeyRing, at: datetime) -> None:
    async with database.write() as connection:
        number = await _add(connection, ring, at, PHONE, MAIL)
        other = await _add(connection, ring, at, OPENID)
        await connection.execute(sa.insert(group).values(id=1, name="g", basis="consent"))
        await connection.execute(sa.insert(membership).values(group_id=1, subscriber_id=number))
        assert await erase(connection, number, source="operator wang", at=at)
        assert not await erase(connection, number, source="operator wang", at=at)
    async with database.read() as connection:
        assert await show(connection, ring, number) is None
        assert await find_by_address(connection, ring, *PHONE) is None
        for table, column in ((subscriber, "id"), (address, "subscriber_id"), (subscription, "subscriber_id")):
            assert set(await connection.scalars(sa.select(table.c[column]))) == {other}
        assert (await connection.execute(sa.select(membership))).all() == []
        assert set(await connection.scalars(sa.select(suppression.c.reason))) == {consent.ERASED}
        key = ("phone", ring.fingerprint("phone", "+8613800138000"))
        assert [act.act for act in await consent.history(connection, [key])] == ["confirmed", "erased"]


async def test_who_was_erased_is_not_added_again_until_restored(
    database: Database, ring: KeyRing, at: datetime
) -> None:
    async with database.write() as connection:
        number = await _add(connection, ring, at, PHONE)
        await erase(connection, number, source="page", at=at)
        with pytest.raises(SubscriberError, match="erased"):
            await _add(connection, ring, at, PHONE)
        assert (await connection.execute(sa.select(subscriber))).all() == []
        fingerprint = ring.fingerprint("phone", "+8613800138000")
        assert await consent.restore(connection, "phone", fingerprint, source="page", at=at)
        assert await _add(connection, ring, at, PHONE) > number


async def test_a_suppressed_address_that_is_added_again_stays_suppressed(
    database: Database, ring: KeyRing, at: datetime
) -> None:
    fingerprint = ring.fingerprint("email", "zhang@example.com")
    async with database.write() as connection:
        await consent.suppress(connection, "email", fingerprint, reason="mailbox unknown", source="550 5.1.1", at=at)
        number = await _add(connection, ring, at, MAIL, PHONE)
    person = await _show(database, ring, number)
    assert [(one.kind, one.standing, one.reason) for one in person.addresses] == [
        ("email", Standing.SUPPRESSED, "mailbox unknown"),
        ("phone", Standing.OPEN, ""),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"preference": "sometimes"}, "one of first, all"),
        ({"subscriptions": [Subscription("education", "浔阳区")]}, "division code"),
        ({"subscriptions": [Subscription("", "36")]}, "pusher domains"),
    ],
)
async def test_wrong_wishes_are_refused_with_one_sentence(
    database: Database, ring: KeyRing, at: datetime, change: dict[str, Any], sentence: str
) -> None:
    async with database.write() as connection:
        with pytest.raises(SubscriberError, match=sentence):
            await _add(connection, ring, at, PHONE, **change)


async def test_wrong_addresses_and_nobody_are_refused(database: Database, ring: KeyRing, at: datetime) -> None:
    async with database.write() as connection:
        with pytest.raises(AddressError):
            await _add(connection, ring, at, ("phone", "110"))
        with pytest.raises(SubscriberError, match="at least one address"):
            await _add(connection, ring, at)
        with pytest.raises(SubscriberError, match="no subscriber 5"):
            await subscribe(connection, 5, [EDUCATION], source="page", at=at)
        with pytest.raises(SubscriberError, match="no subscriber 5"):
            await set_preference(connection, 5, "all")
