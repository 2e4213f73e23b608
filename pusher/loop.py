"""The event loop of whatever runs for long."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `main` on a loop of uvloop.

    The modules that are there now stay for the life of the process: the garbage collector looks through them no more.
    It took 70 ms each time, in which no warning moved; without them 2 ms.
    """
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())
