"""A stand-in of a carrier's gateway (ISMG) that speaks CMPP 2.0 and 3.0: `python -m pusher.demo.standins.cmpp`.

Strict where the standard is: proof of the secret, sizes, window, who may use which number. It reports the end of each
message after a while, brings what people write, and repeats what is not acknowledged.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import click
from typing_extensions import override

from pusher.demo.standins.carrier_frames import Frames
from pusher.demo.standins.cmpp_check import Account, Submitted, login, submitted
from pusher.demo.standins.inbox import Inbox, Received
from pusher.demo.standins.script import Script

_CONNECT, _TERMINATE, _SUBMIT, _DELIVER, _ACTIVE_TEST, _ANSWER = 1, 2, 4, 5, 8, 0x80000000

#: Octets of a number in each layout.
_NUMBER: Final = {2: 21, 3: 32}


class CmppStandIn:
    """The gateway. `script` says what goes wrong, `inbox` what was received, `counts` what was asked for."""

    def __init__(
        self,
        account: Account | None = None,
        *,
        keep: int = 1000,
        report_after: float | None = 0.1,
        report_size: int | None = None,
        again_after: float = 5.0,
        numbers: bool = True,
    ) -> None:
        """`report_after`: seconds, None = never. `report_size`: 60 or 71, None = as the version has it.

        `numbers`: whether messages have numbers; some gateways give 0 to all that people write, and to all answers.
        """
        self.account = account or Account()
        self.script = Script()
        self.inbox = Inbox(keep)
        #: Requests and answers by name, and "violation" where somebody broke a rule of the wire.
        self.counts: Counter[str] = Counter()
        self.report_after = report_after
        self.report_size = report_size
        self.again_after = again_after
        self._numbers = numbers
        #: Set whenever something is counted, and when a connection comes or goes.
        self.changed = asyncio.Event()
        self.lines: list[Line] = []
        #: What does not depend on the words, by the number of the message.
        self.shapes: dict[str, tuple[object, ...]] = {}
        #: Parts of messages that are not complete: by receiver and reference, the texts by their number.
        self._parts: dict[tuple[str, int], dict[int, str]] = {}
        self._messages = 0

    def count(self, what: str) -> None:
        """Something happened."""
        self.counts[what] += 1
        self.changed.set()

    def msg_id(self) -> int:
        """The next number: time, gateway, sequence (from August on larger than a signed number)."""
        if not self._numbers:
            return 0
        now = time.localtime()
        self._messages += 1
        stamp = now.tm_mon << 22 | now.tm_mday << 17 | now.tm_hour << 12 | now.tm_min << 6 | now.tm_sec
        return stamp << 38 | (100000 + (self._messages >> 16)) << 16 | self._messages & 0xFFFF

    def take(self, message: Submitted, msg_id: int) -> None:
        """Show a message to its receiver once all its parts are there, and report the end of each part."""
        if self.inbox.is_kept:
            self._show(message, msg_id)
        if message.wants_report and self.report_after is not None:
            stat = self.script.ends.get(message.to, "DELIVRD")
            asyncio.get_running_loop().call_later(self.report_after, self.report, msg_id, message.to, stat)

    def report(self, msg_id: int, to: str, stat: str) -> None:
        """Say how a message ended."""
        line = self._line()
        if line is not None:
            size = (self.report_size - 39) if self.report_size else _NUMBER[line.layout]
            now = time.strftime("%y%m%d%H%M").encode()
            content = (
                msg_id.to_bytes(8, "big") + stat.encode().ljust(7, b"\0") + now * 2 + to.encode().ljust(size, b"\0")
            )
            line.deliver(to, content + bytes(4), msg_fmt=0, is_report=True)

    def write(self, sender: str, words: str) -> None:
        """Somebody answers."""
        line = self._line()
        if line is not None:
            line.deliver(sender, words.encode("utf-16-be"), msg_fmt=8, is_report=False)

    def _line(self) -> "Line | None":
        return next((line for line in self.lines if line.layout), None)

    def _show(self, message: Submitted, msg_id: int) -> None:
        parts = self._parts.setdefault((message.to, message.reference), {}) if message.total > 1 else {}
        parts[message.number] = message.text
        if len(parts) == message.total:
            self._parts.pop((message.to, message.reference), None)
            text = "".join(parts[number] for number in sorted(parts))
            self.shapes[f"{msg_id:016x}"] = message.shape
            self.inbox.put(Received(message.to, text, time.time(), id=f"{msg_id:016x}"))


class Line(Frames):
    """One connection of a sender."""

    header = 12

    def __init__(self, gateway: CmppStandIn) -> None:
        super().__init__()
        self._gateway = gateway
        self._unanswered = 0
        #: DELIVERs that are not acknowledged, by their sequence number.
        self._delivers: dict[int, bytes] = {}
        #: 2 or 3 once logged in.
        self.layout = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._gateway.lines.append(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._gateway.lines.remove(self)
        self._gateway.count("hung up")

    def deliver(self, sender: str, content: bytes, *, msg_fmt: int, is_report: bool) -> None:
        """Bring something, and again until it is acknowledged."""
        size, account = _NUMBER[self.layout], self._gateway.account
        body = (
            self._gateway.msg_id().to_bytes(8, "big")
            + account.number.encode().ljust(21, b"\0")
            + account.service_id.encode().ljust(10, b"\0")
            + bytes((0, 0, msg_fmt))
            + sender.encode().ljust(size, b"\0")
            + bytes(self.layout - 2)
            + bytes((is_report, len(content)))
            + content
            + bytes(8 if self.layout == 2 else 20)
        )
        self.sequence += 1
        self._delivers[self.sequence] = body
        self._bring(self.sequence)

    def _bring(self, sequence: int) -> None:
        if sequence in self._delivers and not self.transport.is_closing():
            self._gateway.count("deliver")
            self.send(_DELIVER, sequence, self._delivers[sequence])
            asyncio.get_running_loop().call_later(self._gateway.again_after, self._bring, sequence)

    @override
    def read(self, command: int, sequence: int, body: bytes, status: int) -> None:
        if not self.layout and command != _CONNECT:
            return self.violated()
        match command:
            case 0x00000001:
                self._log_in(sequence, body)
            case 0x00000004:
                self._submit(sequence, body)
            case 0x80000005:
                self._acknowledge(sequence, body)
            case 0x00000008 | 0x00000002 if not body:
                self._be_asked(command, sequence)
            case 0x80000008 | 0x80000002 if len(body) == (command == _ACTIVE_TEST | _ANSWER):
                self._gateway.count("answer")
            case _:
                self.violated()
        return None

    def _be_asked(self, command: int, sequence: int) -> None:
        self._gateway.count("active_test" if command == _ACTIVE_TEST else "terminate")
        always = self._gateway.script.always
        if command == _TERMINATE:
            self.send(command | _ANSWER, sequence)
            self.flush()
            self.transport.close()
        elif always is None or always.line != "silence":
            self.send(command | _ANSWER, sequence, bytes(1))

    def _log_in(self, sequence: int, body: bytes) -> None:
        self._gateway.count("connect")
        status, layout, proof = login(body, self._gateway.account)
        answer = status.to_bytes(1 if layout == 2 else 4, "big") + proof + bytes((0x30,))
        self.send(_CONNECT | _ANSWER, sequence, answer)
        if status:
            self.flush()
            self.transport.close()
        else:
            self.layout = layout

    def _submit(self, sequence: int, body: bytes) -> None:
        script, message = self._gateway.script, submitted(body, self.layout, self._gateway.account)
        self._gateway.count("submit")
        self._unanswered += 1
        if self._unanswered > self._gateway.account.window:
            return self.violated()
        fault = script.fault()
        if fault is not None and fault.line == "drop":
            return self.transport.abort()
        if fault is not None and fault.line == "silence":
            return script.holding.set()
        code = (fault.code if fault else "") or script.codes.get(message.to, "")
        self._settle(sequence, message, int(code) if code else message.result)
        return None

    def _settle(self, sequence: int, message: Submitted, result: int) -> None:
        self._unanswered -= 1
        msg_id = 0 if result else self._gateway.msg_id()
        answer = msg_id.to_bytes(8, "big") + result.to_bytes(1 if self.layout == 2 else 4, "big")
        self.send(_SUBMIT | _ANSWER, sequence, answer)
        if not result:
            self._gateway.take(message, msg_id)
        else:
            self._gateway.count(f"refused {result}")

    def _acknowledge(self, sequence: int, body: bytes) -> None:
        if len(body) != (9 if self.layout == 2 else 12):
            return self.violated()
        brought, result = self._delivers.get(sequence), int.from_bytes(body[8:], "big")
        if brought is not None and brought[:8] == body[:8] and result == 0:
            del self._delivers[sequence]
            self._gateway.count("acknowledged")
        else:
            self._gateway.count("not acknowledged")
        return None

    @override
    def violated(self) -> None:
        self._gateway.count("violation")
        self.transport.abort()


@contextlib.asynccontextmanager
async def running(gateway: CmppStandIn, *, port: int = 0) -> AsyncIterator[int]:
    """Serve on loopback; gives the port. Port 0 = a free one. Connections are cut at the end."""
    server = await asyncio.get_running_loop().create_server(lambda: Line(gateway), "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for line in list(gateway.lines):
            line.transport.abort()
        await server.wait_closed()


@click.command()
@click.option("--port", default=7890, show_default=True)
@click.option("--keep", default=1000, show_default=True, help="Messages that are kept.")
@click.option("--report-after", default=0.1, show_default=True, help="Seconds; negative = never.")
def main(port: int, keep: int, report_after: float) -> None:
    """A carrier's gateway on this machine."""
    import uvloop  # noqa: PLC0415 - only who serves by itself needs it

    async def forever() -> None:
        gateway = CmppStandIn(keep=keep, report_after=report_after if report_after >= 0 else None)
        async with running(gateway, port=port) as at:
            click.echo(f"listening on cmpp://127.0.0.1:{at}")
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(forever())


if __name__ == "__main__":
    main()
