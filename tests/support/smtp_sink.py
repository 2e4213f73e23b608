"""Postfix's smtp-sink in a process of its own: an SMTP server of other authors, with faults on demand."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

#: Where Debian keeps it, beside the folders of PATH.
_FOLDERS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])

#: The program; None where Postfix is not installed.
PROGRAM = shutil.which("smtp-sink", path=_FOLDERS)


@asynccontextmanager
async def smtp_sink(folder: Path, *options: str) -> AsyncIterator[int]:
    """The port of a running sink that writes each mail to a file of its own in `folder`."""
    assert PROGRAM is not None
    _make_writable(folder)
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *user, "-d", "%M.", *options, f"127.0.0.1:{port}", "100", cwd=folder
    )
    try:
        await until_it_listens(process, port)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _make_writable(folder: Path) -> None:
    # As root it insists on becoming somebody else, who then must be able to write here.
    folder.mkdir()
    folder.chmod(0o1777)


def free_port() -> int:
    """A port of loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until_it_listens(process: asyncio.subprocess.Process, port: int) -> None:
    """Wait until a server is ready that says nothing of it."""
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            # It says nothing when it is ready, so it is asked again and again.
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise AssertionError(f"the server ended with {process.returncode}")
