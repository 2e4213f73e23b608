"""Kannel as a client of a message centre: its two programs, and a place that it calls back."""

import asyncio
import os
import random
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote

import aiohttp
import pytest
from aiohttp import web

_CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = bar
admin-allow-ip = "127.0.0.1"
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
smsbox-port = {box}
smsbox-interface = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = up
host = 127.0.0.1
port = {centre}
transceiver-mode = true
smsc-username = gov
smsc-password = standin
system-type = ""
dest-addr-ton = 1
dest-addr-npi = 1
max-pending-submits = 10
alt-charset = "ASCII"

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
sendsms-interface = 127.0.0.1
sendsms-chars = "0123456789 +-"

group = sendsms-user
username = tester
password = foobar
max-messages = 10
concatenation = true

group = sms-service
keyword = default
max-messages = 0
catch-all = true
get-url = "http://127.0.0.1:{calls}/written?from=%p&text=%b&charset=%C"
"""


class Kannel:
    """A running pair of boxes. `calls` has what it calls back with: name of the page, and the query."""

    def __init__(self, http: aiohttp.ClientSession, send: int) -> None:
        self._http = http
        self._send = send
        self.calls: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue()
        self.at = ""

    @property
    def sends_at(self) -> str:
        """Where it takes messages."""
        return f"http://127.0.0.1:{self._send}/cgi-bin/sendsms"

    async def send(self, to: str, text: str) -> None:
        """Have Kannel send a message, and ask for every receipt."""
        query = {
            "username": "tester",
            "password": "foobar",
            "from": "106900001",
            "to": to,
            "text": text,
            "coding": "2",
            "charset": "UTF-8",
            "dlr-mask": "31",
            "dlr-url": f"{self.at}/receipt?type=%d&to={quote(to)}",
        }
        async with self._http.get(self.sends_at, params=query) as answer:
            assert answer.status == 202, await answer.text()

    async def hear(self, request: web.Request) -> web.Response:
        """Kannel calls back. What people wrote is in the charset that it names."""
        raw = request.rel_url.raw_query_string
        query = {name: values[0] for name, values in parse_qs(raw).items()}
        if "charset" in query:
            query["text"] = parse_qs(raw, encoding=query["charset"])["text"][0]
        self.calls.put_nowait((request.path.removeprefix("/"), query))
        return web.Response(text="")


@asynccontextmanager
async def running(folder: Path, centre: int) -> AsyncIterator[Kannel]:
    """Kannel with a line to the centre at this port; skips where it is not installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    bearerbox, smsbox = shutil.which("bearerbox", path=path), shutil.which("smsbox", path=path)
    if not (bearerbox and smsbox):
        pytest.skip("NOT TESTED AGAINST KANNEL: it is not installed (Debian: kannel)")
    admin, box, send = _free_ports(3)
    async with AsyncExitStack() as stack:
        kannel = Kannel(await stack.enter_async_context(aiohttp.ClientSession()), send)
        calls = await _listen(stack, kannel)
        configuration = folder / "kannel.conf"
        ports = {"admin": admin, "box": box, "send": send, "centre": centre, "calls": calls}
        await asyncio.to_thread(configuration.write_text, _CONFIGURATION.format(**ports))
        assert await _start(stack, bearerbox, configuration, sign="entering mainloop")
        # The one listens some moments after it says so, and the other one gives up when it does not. What comes between
        # its "connected" and its heartbeat brings it down.
        for _ in range(100):
            if await _start(stack, smsbox, configuration, sign="(gw/heartbeat.c:heartbeat_thread) maps"):
                break
        else:
            pytest.fail("the boxes of Kannel do not find each other")
        yield kannel


async def _listen(stack: AsyncExitStack, kannel: Kannel) -> int:
    app = web.Application()
    app.router.add_get("/{page}", kannel.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    kannel.at = f"http://127.0.0.1:{port}"
    return port


async def _start(stack: AsyncExitStack, program: str, configuration: Path, *, sign: str) -> bool:
    """Run one of the boxes until the end; whether it has logged `sign`, or else ended before."""
    process = await asyncio.create_subprocess_exec(
        *(program, "-v", "0", str(configuration)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=configuration.parent,
    )
    assert process.stderr is not None
    while line := await process.stderr.readline():
        if sign.encode() in line:
            # Whatever else it logs is read and thrown away, so that it never waits for us.
            stack.push_async_callback(_end, process, asyncio.create_task(process.stderr.read()))
            return True
    await process.wait()
    return False


async def _end(process: asyncio.subprocess.Process, rest: asyncio.Task[bytes]) -> None:
    process.kill()
    await rest
    await process.wait()


def _free_ports(count: int) -> list[int]:
    """Ports below those that the system gives to others between now and the moment when they are used."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            ports.append(port)
    return ports
