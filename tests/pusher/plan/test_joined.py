"""People who become one while something is on its way to them: nobody is skipped, and nobody is told twice."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.failure import PermanentFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.database import Database
from pusher.deliver.batch import unpack
from pusher.deliver.tables import batch, message
from pusher.plan import broadcast, fan_out
from pusher.plan.broadcast import DIGEST
from pusher.plan.fan_out import FanOut
from pusher.plan.tables import broadcast as broadcasts
from pusher.schema import metadata
from subscribers.audience import Audience
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, enrol
from subscribers.group_list import check
from subscribers.groups import Terms, import_group
from subscribers.tables import address, group, membership, merged, subscriber, subscription
from tests.support.borrowed import KEPT
from tests.support.digests import SATURDAY, Letters, Town
from tests.support.engine import EVERYBODY, Hands
from tests.support.opened import opened_again

_SUNDAY_8 = datetime(2026, 11, 22, 0, tzinfo=UTC)
_MONDAY_8 = datetime(2026, 11, 23, 0, tzinfo=UTC)
_CHANNELS = (("mail", "email"), ("sms", "phone"))
_LATER = timedelta(days=5)


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people a range."""
    monkeypatch.setattr(fan_out, "RANGE", 2)


def _phone(number: int) -> tuple[str, str]:
    return "phone", f"+861390000000{number}"


def _mail(number: int) -> tuple[str, str]:
    return "email", f"r{number}@example.com"


async def _enter(
    town: Town, *addresses: tuple[str, str], wants: bool = True, frequency: str = "at_once", preference: str = "first"
) -> int:
    """Somebody new, or somebody who turns out to be known."""
    wishes = [Subscription("education", "360403")] if wants else []
    newcomer = Newcomer(addresses, preference=preference, subscriptions=wishes)
    async with town.database.write() as connection:
        [found] = await enrol(connection, town.ring, [newcomer], Origin("test", town.at), act="imported")
    assert found.person is not None
    if found.is_new:
        await town.choose(found.person, frequency)
    return found.person


async def _plan_range(town: Town, number: int) -> None:
    async with town.database.read() as connection:
        if (await broadcast.get(connection, number)).fanned_out:
            return
    await FanOut(town.database, town.bell, town.now)._plan_range(number)


@pytest.mark.parametrize("into_the_first", [True, False], ids=["behind the cursor", "before the cursor"])
@pytest.mark.parametrize("wanting", [{1}, {4}, {1, 4}], ids=["the first", "the second", "both"])
async def test_whoever_becomes_one_between_two_ranges_is_warned_once(
    database: Database, wanting: set[int], into_the_first: bool
) -> None:
    town = Town(database)
    for number in range(1, 6):
        await _enter(town, _phone(number), wants=number in wanting)
    warning = await town.propose(lane=Lane.WARNING, channels=_CHANNELS)
    await _plan_range(town, warning)
    both = (_phone(1), _phone(4)) if into_the_first else (_phone(4), _phone(1))
    await _enter(town, *both, wants=False)
    sms = Hands()
    await town.deliver(mail=Hands(), sms=sms)
    assert sms.taken.total() == 1
    assert await town.state(warning) == "done"


async def test_whoever_was_not_reached_on_the_one_number_is_reached_on_the_other(database: Database) -> None:
    town = Town(database)
    for number in range(1, 6):
        await _enter(town, _phone(number), wants=number in {1, 4})
    warning = await town.propose(lane=Lane.WARNING, channels=_CHANNELS)
    await _plan_range(town, warning)

    def dead(value: str, _: int) -> Receipt | PermanentFailure:
        return PermanentFailure("gone") if value.endswith("1") else Receipt(Outcome.SENT)

    sms = Hands(rule=dead)
    await town.postman(sms=sms).once()
    assert await town.fall_back() == 0
    await _enter(town, _phone(1), _phone(4), wants=False)
    for _ in range(2):
        await town.deliver(sms=sms)
        await town.fall_back()
    assert sms.taken == {"+8613900000001": 1, "+8613900000004": 1}


async def test_nobody_is_skipped_who_becomes_one_while_two_plan_at_the_same_moment(database: Database) -> None:
    town = Town(database)
    for number in range(1, 9):
        await _enter(town, _phone(number), wants=number % 2 == 0)
    warning = await town.propose(lane=Lane.WARNING, channels=_CHANNELS)

    async def join() -> None:
        for one, other in ((1, 8), (7, 2), (3, 6), (5, 4)):
            await _enter(town, _phone(one), _phone(other), wants=False)

    await asyncio.gather(town.fan_out(), join(), town.fan_out())
    sms = Hands()
    await town.deliver(sms=sms)
    # Of each two one wanted it.
    assert sms.taken.total() == 4
    assert set(sms.taken.values()) == {1}
    assert await town.state(warning) == "done"


async def test_the_end_reaches_whoever_was_warned_as_two_people(database: Database) -> None:
    town = Town(database)
    for number in range(1, 6):
        await _enter(town, _phone(number), wants=number in {1, 4})
    warning = await town.propose(lane=Lane.WARNING, channels=_CHANNELS)
    sms = Hands()
    await town.deliver(sms=sms)
    end = await town.propose(lane=Lane.WARNING, channels=_CHANNELS, audience=Audience(earlier=(warning,)))
    await _plan_range(town, end)
    await _enter(town, _phone(1), _phone(4), wants=False)
    await town.deliver(sms=sms)
    assert sms.taken == {"+8613900000001": 2, "+8613900000004": 2}


@pytest.mark.parametrize("daily_first", [True, False])
async def test_whoever_was_told_at_once_hears_nothing_of_it_again_in_a_digest(
    database: Database, daily_first: bool
) -> None:
    town = Town(database, at=SATURDAY)
    await _enter(town, _mail(1))
    await _enter(town, _mail(2), frequency="daily")
    letters = Letters()
    await town.tell("开学通知", useful=_LATER)
    await town.deliver(mail=letters)
    await _enter(town, *((_mail(2), _mail(1)) if daily_first else (_mail(1), _mail(2))), wants=False)
    await town.go(_SUNDAY_8, letters)
    assert letters.taken == {"r1@example.com": 1}
    assert await town.left() == 0


async def test_who_heard_a_part_of_a_digest_gets_the_rest(database: Database) -> None:
    town = Town(database, at=SATURDAY)
    await _enter(town, _mail(1))
    await _enter(town, _mail(2), frequency="daily")
    await _enter(town, _mail(3), frequency="daily")
    letters = Letters()
    await town.tell("开学通知", useful=_LATER)
    await _enter(town, _mail(2), _mail(1), wants=False)
    await town.tell("放假通知", useful=_LATER)
    await town.deliver(mail=letters)
    await town.go(_SUNDAY_8, letters)
    assert letters.taken == {f"r{number}@example.com": 1 for number in (1, 2, 3)}
    assert "开学通知" in letters.read["r3@example.com"][0]
    assert letters.read["r2@example.com"][0].startswith("每日信息汇总（1条）")
    assert "放假通知" in letters.read["r2@example.com"][0]


async def test_what_was_in_the_digest_of_the_one_is_not_in_that_of_the_other(database: Database) -> None:
    town = Town(database, at=SATURDAY)
    await _enter(town, _mail(1), frequency="daily")
    await _enter(town, _mail(2), frequency="daily")
    await town.choose(2, "daily", hour=20)
    letters = Letters()
    await town.tell("开学通知", useful=_LATER)
    await town.go(_SUNDAY_8 - timedelta(hours=12), letters)
    assert letters.taken == {"r2@example.com": 1}
    await _enter(town, _mail(1), _mail(2), wants=False)
    await town.go(_SUNDAY_8, letters)
    assert letters.taken == {"r2@example.com": 1}


async def test_a_correction_is_told_to_whoever_heard_what_it_corrects(database: Database) -> None:
    town = Town(database, at=SATURDAY)
    await _enter(town, _mail(1))
    await _enter(town, _mail(2), frequency="daily")
    letters = Letters()
    item = await town.item("开学通知")
    await town.belongs(await town.propose(useful=_LATER), item)
    await town.deliver(mail=letters)
    await _enter(town, _mail(2), _mail(1), wants=False)
    await town.belongs(await town.propose(useful=_LATER), item, revision=1)
    await town.deliver(mail=letters)
    await town.go(_SUNDAY_8, letters)
    assert letters.taken == {"r1@example.com": 1, "r2@example.com": 1}


# What follows holds the planning against a plain reading of the rules, whatever happens between its steps.


@dataclass(frozen=True)
class Somebody:
    """A person of the examples: number k has telephone k and, perhaps, mailbox k."""

    has_mail: bool
    preference: str
    frequency: str
    wants: bool
    is_listed: bool


#: Telephones, and so people to begin with.
_MANY = 7
_NUMBER = st.integers(1, _MANY)
_PEOPLE = st.lists(
    st.builds(
        Somebody,
        st.booleans(),
        st.sampled_from(["first", "all"]),
        st.sampled_from(["at_once", "at_once", "daily"]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=_MANY,
    max_size=_MANY,
)
_ROW = st.tuples(st.sampled_from([0, *range(1, 10)]), st.sampled_from([0, *range(1, 10)])).filter(any)
_STEPS = st.lists(
    st.one_of(
        st.just("range"),
        st.just("digests"),
        st.tuples(_NUMBER, _NUMBER).filter(lambda pair: pair[0] != pair[1]),
        st.lists(_ROW, min_size=1, max_size=4),
    ),
    min_size=2,
    max_size=10,
)


@dataclass(frozen=True)
class Seen:
    """What stands in the database at one moment."""

    #: Address → owner; owner → preference.
    owners: Mapping[int, int]
    preferences: Mapping[int, str]
    #: How often each address was planned for, and by digests.
    planned: Counter[int]
    by_digest: Counter[int]
    #: Number that is gone → number now.
    now: Mapping[int, int]
    #: Who wants it, or is on the list.
    meant: Set[int]

    def had(self, person: int) -> list[int]:
        """His addresses that were planned for."""
        return [each for each, owner in self.owners.items() if owner == person and self.planned[each]]


async def _look(town: Town) -> Seen:
    async with town.database.read() as connection:
        owned = (await connection.execute(sa.select(address.c.id, address.c.subscriber_id))).all()
        chosen = (await connection.execute(sa.select(subscriber.c.id, subscriber.c.preference))).all()
        queued = (
            await connection.execute(
                sa.select(batch.c.recipients, broadcasts.c.route)
                .join(message, message.c.id == batch.c.message_id)
                .join(broadcasts, broadcasts.c.id == message.c.broadcast_id)
            )
        ).all()
        gone = (await connection.execute(sa.select(merged.c.gone, merged.c.into_id))).all()
        wanting = await connection.scalars(sa.select(subscription.c.subscriber_id))
        listed = await connection.scalars(sa.select(membership.c.subscriber_id))
        return Seen(
            owners=dict(map(tuple, owned)),
            preferences=dict(map(tuple, chosen)),
            planned=Counter(each for row in queued for each in unpack(row.recipients)),
            by_digest=Counter(each for row in queued if row.route == DIGEST for each in unpack(row.recipients)),
            now=dict(map(tuple, gone)),
            meant={*wanting, *listed},
        )


def _check_step(before: Seen, after: Seen, *, of_range: bool) -> None:
    """Nobody who is one person, and has it, is told again; who wants one message gets one."""
    assert max(after.planned.values(), default=0) <= 1
    for person, preference in after.preferences.items():
        new = [each for each in after.had(person) if not before.planned[each]]
        had = before.had(person)
        if preference == "all" and of_range and not any(before.by_digest[each] for each in had):
            continue
        assert not (had and new), "told again"
        assert preference == "all" or len(new) <= 1, "told twice"


async def _emptied(url: str) -> Town:
    """A town without people, whose numbers begin with 1."""
    database = opened_again(url, Database)
    tables = [each.name for each in reversed(metadata.sorted_tables)]
    async with database.write() as connection:
        if database.is_sqlite:
            for name in (*tables, "sqlite_sequence"):
                await connection.exec_driver_sql(f"DELETE FROM {name}")
        else:
            for turn in ("DISABLE", "ENABLE"):
                if turn == "ENABLE":
                    await connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
                for name in KEPT:
                    await connection.exec_driver_sql(f"ALTER TABLE {name} {turn} TRIGGER USER")
    return Town(database, at=SATURDAY)


async def _settle(town: Town, people: Sequence[Somebody]) -> None:
    for number, each in enumerate(people, start=1):
        his = [_phone(number), *([_mail(number)] if each.has_mail else [])]
        await _enter(town, *his, wants=each.wants, frequency=each.frequency, preference=each.preference)
    async with town.database.write() as connection:
        await connection.execute(sa.insert(group).values(id=1, name="名单", basis="statutory"))
        for number, each in enumerate(people, start=1):
            if each.is_listed:
                await connection.execute(sa.insert(membership).values(group_id=1, subscriber_id=number))


async def _import(town: Town, rows: Sequence[tuple[int, int]]) -> None:
    cells = [[phone and _phone(phone)[1], mail and _mail(mail)[1]] for phone, mail in rows]
    listed = check(enumerate([["手机", "邮箱"], *[[each or "" for each in row] for row in cells]], start=1))
    await import_group(
        town.database.write,
        town.ring,
        "名单",
        listed,
        terms=Terms("试验", "statutory"),
        by="test",
        at=town.at,
        skip_refused=True,
    )


async def _join(town: Town, pair: tuple[int, int]) -> None:
    """Somebody gives all the addresses of two people: they are one."""
    known = {**{_key(town, _phone(each)): _phone(each) for each in range(1, 10)}}
    known |= {_key(town, _mail(each)): _mail(each) for each in range(1, 10)}
    async with town.database.read() as connection:
        rows = (await connection.execute(sa.select(address.c.fingerprint, address.c.subscriber_id))).all()
    owner = {known[bytes(row.fingerprint)]: row.subscriber_id for row in rows}
    his = [[each for each in owner if owner[each] == owner[_phone(number)]] for number in pair]
    await _enter(town, *dict.fromkeys([_phone(pair[0]), *his[0], *his[1]]), wants=False)


def _key(town: Town, one: tuple[str, str]) -> bytes:
    return town.ring.fingerprint(*one)


async def _take(town: Town, number: int, step: object) -> None:
    match step:
        case "range":
            await _plan_range(town, number)
        case "digests" | "monday":
            town.at = max(town.at, _SUNDAY_8 if step == "digests" else _MONDAY_8)
            await town.digester().once()
        case (int(one), int(other)):
            await _join(town, (one, other))
        case list(rows):
            await _import(town, rows)


async def _live(url: str, people: Sequence[Somebody], steps: Sequence[object]) -> None:
    town = await _emptied(url)
    try:
        await _live_through(town, people, steps)
    finally:
        await town.database.close()


async def _live_through(town: Town, people: Sequence[Somebody], steps: Sequence[object]) -> None:
    await _settle(town, people)
    item = await town.item("开学通知")
    number = await town.propose(channels=_CHANNELS, useful=_LATER, audience=Audience(EVERYBODY, groups=(1,)))
    await town.belongs(number, item)
    seen = await _look(town)
    always_meant = set(seen.meant)
    is_planned = False
    for step in (*steps, *["range"] * _MANY, "monday"):
        await _take(town, number, step)
        after = await _look(town)
        if isinstance(step, str):
            _check_step(seen, after, of_range=step == "range")
        if not is_planned:
            always_meant &= {each for each in always_meant if after.now.get(each, each) in after.meant}
        async with town.database.read() as connection:
            is_planned = (await broadcast.get(connection, number)).fanned_out
        seen = after
    for person in always_meant:
        assert seen.had(seen.now.get(person, person)), "never told"
    assert await town.left() == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(people=_PEOPLE, steps=_STEPS)
def test_whatever_happens_between_the_steps_everybody_who_is_meant_throughout_is_told_once(
    database_url: str, people: list[Somebody], steps: list[object]
) -> None:
    asyncio.run(_live(database_url, people, steps))
