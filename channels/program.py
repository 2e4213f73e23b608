"""Programs of the town's own that a channel runs: no shell, no secret of ours, nothing of theirs is read."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence

from channels.failure import TechnicalFailure

#: What a program sees of our environment.
_SEEN = ("PATH", "LANG", "LC_ALL", "HOME")


async def run(words: Sequence[str], *, seconds: float, what: str, given: bytes | None = None) -> int | None:
    """The exit code of a program and its arguments, below 0 for a signal; None where it did not end in time.

    `given` is what it reads on its standard input. Whatever becomes of us, neither it nor what it has started goes on.
    Raises TechnicalFailure where `what` ("the command that …") cannot be run.
    """
    nothing, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    environment = {name: os.environ[name] for name in _SEEN if name in os.environ}
    try:
        program = await asyncio.create_subprocess_exec(
            *words,
            stdin=nothing if given is None else pipe,
            # What it prints may hold numbers and words.
            stdout=nothing,
            stderr=nothing,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise TechnicalFailure(f"{what} cannot be run ({error.strerror})") from None
    try:
        async with asyncio.timeout(seconds):
            await program.communicate(given)
    except TimeoutError:
        return None
    finally:
        if program.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            await program.wait()
    return program.returncode
