"""What was kept long enough is forgotten by itself; what is still needed is not."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.clock import to_instant
from pusher.custody import rounds
from pusher.custody.erasure import erase
from pusher.custody.retention import Custodian
from pusher.custody.settings import RetentionSettings
from pusher.custody.tables import erased_address
from pusher.database import Database
from pusher.deliver.tables import batch, delivery, early_receipt, seen_event, soft_bounce
from pusher.report import reach
from pusher.warnings.warning import Status
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, enrol
from subscribers.tables import consent, subscriber, suppression
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town

YEARS = 800 * 86_400.0


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


def _custodian(engine: Engine, said: list[str] | None = None) -> Custodian:
    async def note(_connection: AsyncConnection, words: str) -> None:
        if said is not None:
            said.append(words)

    return Custodian(engine.database, RetentionSettings(), engine.now, note)


async def _count(engine: Engine, table: sa.Table) -> int:
    async with engine.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


async def test_deliveries_go_when_their_time_is_over_and_the_counts_stay(engine: Engine) -> None:
    await engine.add_people(3)
    number = await engine.propose()
    await engine.deliver(mail=Hands())
    assert await engine.state(number) == "done"
    said: list[str] = []
    assert not any((await _custodian(engine, said).once()).values())
    engine.later(YEARS)
    gone = await _custodian(engine, said).once()
    assert gone["deliveries of broadcasts that are over"] == 3
    assert said == ["deliveries of broadcasts that are over: 3"]
    assert (await _count(engine, delivery), await _count(engine, batch)) == (0, 0)
    async with engine.database.read() as connection:
        [told] = await reach.of_broadcast(connection, number, {})
    assert (told.planned, told.sent, told.waiting) == (3, 3, 0)


async def test_those_of_a_broadcast_that_is_not_over_stay(engine: Engine) -> None:
    await engine.add_people(3)
    await engine.propose(useful=timedelta(days=2_000))
    await engine.deliver(mail=Hands())
    engine.later(YEARS)
    await _custodian(engine).once()
    assert await _count(engine, delivery) == 3


async def test_whoever_got_a_warning_that_still_holds_is_not_forgotten(engine: Engine) -> None:
    await engine.add_people(3)
    town = Town(engine)
    content = town.content(level=Severity.BLUE)
    draft = await town.office.draft(content, by="li", status=Status.ACTUAL)
    version = await town.office.approve(draft.id, by="wang", level=Severity.BLUE)
    await engine.deliver(mail=Hands(), board=Hands())
    kept = await _count(engine, delivery)
    assert version.broadcast_id is not None
    assert await engine.state(version.broadcast_id) == "done"
    engine.later(YEARS)
    await _custodian(engine).once()
    assert await _count(engine, delivery) == kept > 0


async def test_an_erased_person_leaves_only_counts(engine: Engine) -> None:
    await engine.add_people(2)
    number = await engine.propose(lane=Lane.PERSONAL)
    await engine.deliver(mail=Hands())
    assert await engine.state(number) == "done"
    async with engine.database.write() as connection:
        assert await erase(connection, 1, source="page", at=engine.at)
        assert not await erase(connection, 1, source="page", at=engine.at)
    async with engine.database.read() as connection:
        assert list(await connection.scalars(sa.select(delivery.c.address_id))) == [2]
    assert (await engine.counters(number))["sent"] == 2
    assert await _count(engine, erased_address) == 0


async def test_an_erased_person_s_deliveries_go_when_the_broadcast_is_over(engine: Engine) -> None:
    await engine.add_people(2)
    number = await engine.propose()
    await engine.deliver(mail=Hands())
    async with engine.database.write() as connection:
        await erase(connection, 1, source="page", at=engine.at)
    assert (await _count(engine, delivery), await _count(engine, erased_address)) == (2, 1)
    assert await engine.state(number) == "done"
    gone = await _custodian(engine).once()
    assert gone["deliveries of erased people"] == 1
    assert await _count(engine, erased_address) == 0


async def test_whoever_never_confirmed_is_forgotten_and_may_come_again(engine: Engine) -> None:
    async with engine.database.write() as connection:
        for address, act in (("a@example.com", "given"), ("b@example.com", "confirmed")):
            origin = Origin("sign-up page", engine.at)
            await enrol(connection, engine.ring, [Newcomer([("email", address)])], origin, act=act)
    engine.later(31 * 86_400)
    gone = await _custodian(engine).once()
    assert gone["people who never confirmed an address"] == 1
    assert await _count(engine, subscriber) == 1
    assert await _count(engine, suppression) == 0
    async with engine.database.read() as connection:
        acts = list(await connection.scalars(sa.select(consent.c.act).order_by(consent.c.id)))
    assert acts == ["given", "confirmed", "lapsed"]


async def test_the_ledger_keeps_what_it_must_prove(engine: Engine) -> None:
    async with engine.database.write() as connection:
        origin = Origin("sign-up page", engine.at)
        await enrol(connection, engine.ring, [Newcomer([("email", "a@example.com")])], origin, act="given")
        await enrol(connection, engine.ring, [Newcomer([("email", "b@example.com")])], origin, act="confirmed")
        await enrol(connection, engine.ring, [Newcomer([("email", "c@example.com")])], origin, act="confirmed")
        await erase(connection, 3, source="page", at=engine.at)
    engine.later(31 * 86_400)
    await _custodian(engine).once()
    engine.later(1_096 * 86_400)
    gone = await _custodian(engine).once()
    assert gone["consent of addresses that are gone"] == 2
    async with engine.database.read() as connection:
        acts = list(await connection.scalars(sa.select(consent.c.act).order_by(consent.c.id)))
    assert acts == ["confirmed", "confirmed", "erased"]


async def test_events_receipts_and_failing_days_go(engine: Engine) -> None:
    async with engine.database.write() as connection:
        at = to_instant(engine.at)
        await connection.execute(sa.insert(seen_event).values(channel="wx", event_id="1", at=at))
        receipt = {"channels": ["wx"], "outcome": "sent", "code": "", "detail": "", "at": at, "arrived_at": at}
        await connection.execute(sa.insert(early_receipt).values(**receipt))
        await connection.execute(sa.insert(soft_bounce).values(address_id=1, day=engine.at.toordinal() - 719_163))
    engine.later(20 * 86_400)
    assert not any((await _custodian(engine).once()).values())
    engine.later(60 * 86_400)
    assert sum((await _custodian(engine).once()).values()) == 3


async def test_more_than_one_transaction_s_rows_go_in_one_round(engine: Engine) -> None:
    async with engine.database.write() as connection:
        rows = [{"channel": "wx", "event_id": str(each), "at": 0} for each in range(4_500)]
        await connection.execute(sa.insert(seen_event), rows)
    assert (await _custodian(engine).once())["events of providers"] == 4_500


async def _alarm(engine: Engine) -> str:
    async with engine.database.read() as connection:
        return (await rounds.rounds(connection)).alarm(engine.at)


async def test_what_one_rule_cannot_forget_holds_up_no_other_and_raises_an_alarm_until_it_is_mended(
    engine: Engine,
) -> None:
    await engine.add_people(2)
    number = await engine.propose()
    await engine.deliver(mail=Hands())
    assert await engine.state(number) == "done"
    engine.later(YEARS)
    async with engine.database.write() as connection:
        await connection.execute(sa.schema.DropTable(early_receipt))
    said: list[str] = []
    with pytest.raises(sa.exc.DBAPIError):
        await _custodian(engine, said).once()
    assert said == ["deliveries of broadcasts that are over: 2"]
    alarm = await _alarm(engine)
    assert alarm.startswith(f"retention failed on {engine.at:%Y-%m-%d} (receipts without a delivery: ")
    async with engine.database.write() as connection:
        await connection.run_sync(early_receipt.create)
    engine.later(3_600)
    await _custodian(engine).once()
    assert await _alarm(engine) == ""


async def test_two_days_without_a_round_raise_an_alarm_where_there_is_something_to_forget(engine: Engine) -> None:
    engine.later(YEARS)
    assert await _alarm(engine) == ""
    async with engine.database.write() as connection:
        await enrol(
            connection, engine.ring, [Newcomer([("email", "a@example.com")])], Origin("test", engine.at), act="given"
        )
    engine.later(2 * 86_400)
    assert await _alarm(engine) == ""
    engine.later(1)
    assert await _alarm(engine) == (
        "retention has not run yet: nothing is forgotten; start `pusher run`, or see what `pusher retention --now` says"
    )
    await _custodian(engine).once()
    ran = engine.at
    engine.later(2 * 86_400 + 1)
    assert (await _alarm(engine)).startswith(f"retention has not run since {ran:%Y-%m-%d}: ")
