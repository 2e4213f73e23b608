"""While a warning is on its way, less urgent work of the same process rests."""

import asyncio

from channels.message import Address, Lane, Message
from pusher.deliver.hand_over import hand_over
from pusher.deliver.way import RightOfWay
from tests.support.engine import Hands


async def _hand_over(lane: Lane, way: RightOfWay) -> Hands:
    hands = Hands()
    people = [Address(1, "r1@example.com")]
    await hand_over(hands, Message("m1", lane, "default", {}), people, message_id=1, attempt=1, way=way)
    return hands


async def test_routine_work_rests_until_the_warning_is_through() -> None:
    seconds = [0.0]
    way = RightOfWay(clock=lambda: seconds[0])
    way.claim(5)
    resting = asyncio.create_task(_hand_over(Lane.ROUTINE, way))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not resting.done()
    seconds[0] = 5.0
    assert (await resting).taken


async def test_a_warning_rests_for_nobody() -> None:
    way = RightOfWay(clock=lambda: 0.0)
    way.claim(5)
    assert (await _hand_over(Lane.WARNING, way)).taken


def test_nothing_rests_where_no_warning_is_on_its_way() -> None:
    assert not RightOfWay().is_claimed
