"""What a flood of readers asks is read once, and again as soon as something has changed."""

from pusher.console.kept import Kept


async def test_it_is_read_again_when_something_changed_and_after_some_seconds() -> None:
    times = [0.0]
    kept: Kept[int] = Kept(clock=lambda: times[0])
    reads = []

    async def read() -> int:
        reads.append(1)
        return len(reads)

    assert [await kept.of("list", "mark", read) for _ in range(3)] == [1, 1, 1]
    assert await kept.of("another list", "mark", read) == 2
    assert await kept.of("list", "changed", read) == 3
    times[0] = 11.0
    assert await kept.of("list", "changed", read) == 4


async def test_questions_without_end_do_not_fill_the_memory() -> None:
    kept: Kept[int] = Kept()

    async def read() -> int:
        reads.append(1)
        return 0

    reads: list[int] = []
    for number in range(200):
        await kept.of(number, "mark", read)
    await kept.of(199, "mark", read)
    assert len(reads) == 200
    await kept.of(0, "mark", read)
    assert len(reads) == 201
