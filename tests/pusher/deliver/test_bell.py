"""Whoever waits for work hears of it, also when it came between the look and the wait."""

import asyncio

from channels.message import Lane
from pusher.deliver.bell import Bell

#: Seconds: nothing here takes any, and a busy machine may.
_ENDLESS = 30


async def test_a_ring_before_the_wait_is_heard() -> None:
    bell = Bell()
    seen = bell.rings("mail", Lane.ROUTINE)
    bell.ring("mail", Lane.ROUTINE)
    await asyncio.wait_for(bell.wait("mail", Lane.ROUTINE, since=seen), _ENDLESS)


async def test_all_who_wait_are_woken() -> None:
    bell = Bell()
    seen = bell.rings("mail", Lane.WARNING)
    waits = [asyncio.create_task(bell.wait("mail", Lane.WARNING, since=seen)) for _ in range(3)]
    await asyncio.sleep(0)
    bell.ring("mail", Lane.WARNING)
    await asyncio.wait_for(asyncio.gather(*waits), _ENDLESS)


async def test_another_lane_wakes_nobody() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait("mail", Lane.WARNING, since=0))
    await asyncio.sleep(0)
    bell.ring("mail", Lane.ROUTINE)
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
