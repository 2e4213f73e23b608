"""A crash in the middle of a warning: all of it or nothing is let go, and everybody is warned when it goes on."""

import asyncio

import pytest

from pusher.database import Database
from pusher.deliver.state import DeliveryState
from pusher.plan import fan_out, shares
from pusher.warnings.public import PublicWarnings
from pusher.warnings.warning import State, Version
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.timing import select_portions
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

_PEOPLE = 120
_NUMBERS = [f"+86138{number:08d}" for number in range(1, _PEOPLE + 1)]


@pytest.fixture
async def town(database: Database) -> Town:
    """An office that warns by SMS and on a board."""
    town = Town(Engine(database), settings=office_settings(channels=["sms", "board"], groups=[]))
    town.outlets = {"sms": Way("sms", "phone"), "board": Way("board", "public")}
    people = [Newcomer([("phone", each)], subscriptions=[Subscription("disaster", "360403")]) for each in _NUMBERS]
    async with database.write() as connection:
        await add_many(connection, town.engine.ring, people, Origin("test", town.engine.at))
    return town


async def _warn(town: Town) -> Version:
    draft = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    return await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)


class _Killed(BaseException):
    """The process dies here."""


async def _die(*_args: object, **_more: object) -> None:
    raise _Killed


@pytest.mark.parametrize("place", ["pusher.warnings.store.put", "pusher.warnings.office.send_to"])
async def test_a_crash_while_it_is_approved_leaves_a_draft_that_can_be_approved(
    town: Town, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    draft = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    with monkeypatch.context() as patch:
        patch.setattr(place, _die)
        with pytest.raises(_Killed):
            await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    sms, board = Hands(), Hands()
    await town.engine.deliver(sms=sms, board=board)
    assert (sms.taken, board.taken) == ({}, {})
    assert await PublicWarnings(town.office).listed() == []
    assert (await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)).state is State.ISSUED
    await town.engine.deliver(sms=sms, board=board)
    assert len(sms.taken) == _PEOPLE


async def test_a_crash_while_it_is_matched_goes_on_where_it_stopped(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _warn(town)
    monkeypatch.setattr(fan_out, "RANGE", 50)
    times = 0

    async def die_in_the_second_range(*args: object, **more: object) -> object:
        nonlocal times
        times += 1
        if times == 2:
            raise _Killed
        return await select_portions(*args, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(shares, "select_portions", die_in_the_second_range)
        with pytest.raises(_Killed):
            await town.engine.fan_out()
    sms = Hands()
    await town.engine.deliver(sms=sms, board=Hands())
    assert sorted(sms.taken) == _NUMBERS
    assert set(sms.taken.values()) == {1}


async def test_a_worker_that_dies_leaves_nobody_unwarned_and_few_warned_twice(town: Town) -> None:
    version = await _warn(town)
    dying = Hands(gate=asyncio.Event())
    await town.engine.fan_out()
    under_way = asyncio.create_task(town.engine.postman(sms=dying, board=Hands()).once())
    await dying.reached.wait()
    under_way.cancel()
    await asyncio.gather(under_way, return_exceptions=True)
    town.engine.later(120)
    await town.engine.postman().scout.recover()
    sms = Hands()
    await town.engine.deliver(sms=sms, board=Hands())
    assert sorted(sms.taken) == _NUMBERS
    assert set(sms.taken.values()) == {1}
    assert await town.engine.states(version.broadcast_id or 0) == {DeliveryState.SENT: _PEOPLE + 1}
