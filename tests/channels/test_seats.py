import asyncio

from channels.message import Lane
from channels.seats import Seats


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Room:
    """People who come, sit and go."""

    def __init__(self, seats: Seats) -> None:
        self.seats = seats
        self.seated: list[str] = []

    async def come(self, name: str, lane: Lane = Lane.ROUTINE) -> asyncio.Task[None]:
        async def sit() -> None:
            await self.seats.take(lane)
            self.seated.append(name)

        task = asyncio.create_task(sit())
        await _settle()
        return task

    async def leave(self) -> None:
        self.seats.leave()
        await _settle()


async def test_who_finds_no_seat_waits_for_one_in_order() -> None:
    room = Room(Seats(2))
    for name in "abcd":
        await room.come(name)
    assert room.seated == ["a", "b"]
    await room.leave()
    await room.leave()
    assert room.seated == ["a", "b", "c", "d"]


async def test_a_waiting_warning_is_seated_first_and_personal_before_routine() -> None:
    room = Room(Seats(1))
    await room.come("a")
    await room.come("routine")
    await room.come("personal", Lane.PERSONAL)
    await room.come("warning", Lane.WARNING)
    for _ in range(3):
        await room.leave()
    assert room.seated == ["a", "warning", "personal", "routine"]


async def test_seats_kept_for_warnings_stay_empty_for_others() -> None:
    room = Room(Seats(1, kept_for_warnings=1))
    await room.come("a")
    await room.come("b")
    await room.come("warning", Lane.WARNING)
    assert room.seated == ["a", "warning"]
    await room.leave()
    assert room.seated == ["a", "warning"]
    await room.leave()
    assert room.seated == ["a", "warning", "b"]


async def test_who_goes_away_while_waiting_takes_no_seat() -> None:
    room = Room(Seats(1))
    await room.come("a")
    gone = await room.come("gone")
    await room.come("b")
    gone.cancel()
    await _settle()
    await room.leave()
    assert room.seated == ["a", "b"]
    await room.leave()
    await room.come("c")
    assert room.seated == ["a", "b", "c"]


async def test_who_goes_away_in_the_moment_of_being_seated_gives_the_seat_on() -> None:
    room = Room(Seats(1))
    await room.come("a")
    gone = await room.come("gone")
    await room.come("b")
    room.seats.leave()
    gone.cancel()
    await _settle()
    assert room.seated == ["a", "b"]
