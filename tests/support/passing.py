"""Time that passes at once, for what waits on the clock of the loop: a test of patience needs none of its own."""

import asyncio


def let_pass(seconds: float) -> None:
    """Move the running loop's clock on: whoever waits until a moment within `seconds` has waited long enough.

    Only this loop's: threads, other processes and the system's clock know nothing of it. It passes a second more, since
    aiohttp rounds long times up to whole ones.
    """
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds + 1  # type: ignore[method-assign]
