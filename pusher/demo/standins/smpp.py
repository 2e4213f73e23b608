"""A stand-in of a message centre (SMSC) that speaks SMPP 3.4: `python -m pusher.demo.standins.smpp`.

Strict where the specification is: lengths, kinds of connections, window, who may use which number. It tells the end of
each message after a while, brings what people write, and repeats what is put off.
"""

import asyncio
import contextlib
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import click
from typing_extensions import override

from pusher.demo.standins.carrier_frames import Frames
from pusher.demo.standins.inbox import Inbox, Received
from pusher.demo.standins.script import Script
from pusher.demo.standins.smpp_bodies import Form, option, receipt, written
from pusher.demo.standins.smpp_check import BIND_STATE, COMMAND, Account, Submitted, login, submitted

_SUBMIT, _DELIVER, _UNBIND, _ENQUIRE, _NACK, _ANSWER = 0x04, 0x05, 0x06, 0x15, 0x80000000, 0x80000000
_RECEIVER, _TRANSMITTER, _TRANSCEIVER = 0x01, 0x02, 0x09

#: command_status by which a receiver puts something off.
_LATER: Final = 0x64


class SmppStandIn:
    """The centre. `script` says what goes wrong, `inbox` what was received, `counts` what was asked for."""

    def __init__(
        self,
        account: Account | None = None,
        *,
        keep: int = 1000,
        report_after: float | None = 0.1,
        form: Form = "both",
        again_after: float = 5.0,
    ) -> None:
        """`report_after`: seconds, None = never."""
        self.account = account or Account()
        self.script = Script()
        self.inbox = Inbox(keep)
        #: Requests and answers by name, and "violation" where somebody broke a rule of the wire.
        self.counts: Counter[str] = Counter()
        self.report_after = report_after
        self.form = form
        self.again_after = again_after
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

    def message_id(self) -> str:
        """The next number."""
        self._messages += 1
        return f"{0xA0000000 + self._messages:X}"

    def take(self, message: Submitted, message_id: str) -> None:
        """Show a message to its receiver once all its parts are there, and report the end of each part."""
        if self.inbox.is_kept:
            self._show(message, message_id)
        if message.wants_report and self.report_after is not None:
            end = self.script.ends.get(message.to, "DELIVRD:000")
            asyncio.get_running_loop().call_later(self.report_after, self.report, message_id, message, end)

    def report(self, message_id: str, message: Submitted, end: str) -> None:
        """Say how a message ended: "UNDELIV:001" is its state and the network's error."""
        self._bring(receipt(message_id, of=message.to, to=message.source, end=end, form=self.form))

    def write(self, sender: str, words: str) -> None:
        """Somebody writes to the account."""
        for body in written(sender, self.account.number, words):
            self._bring(body)

    def _bring(self, body: bytes) -> None:
        line = next((line for line in self.lines if line.mode in (_RECEIVER, _TRANSCEIVER)), None)
        if line is not None:
            line.deliver(body)

    def _show(self, message: Submitted, message_id: str) -> None:
        parts = self._parts.setdefault((message.to, message.reference), {}) if message.total > 1 else {}
        parts[message.number] = message.text
        if len(parts) == message.total:
            self._parts.pop((message.to, message.reference), None)
            text = "".join(parts[number] for number in sorted(parts))
            self.shapes[message_id] = message.shape
            self.inbox.put(Received(message.to, text, time.time(), id=message_id))


class Line(Frames):
    """One connection of a sender."""

    header = 16

    def __init__(self, centre: SmppStandIn) -> None:
        super().__init__()
        self._centre = centre
        self._unanswered = 0
        #: What was brought and is not acknowledged, by its sequence number.
        self._brought: dict[int, bytes] = {}
        #: The command by which it logged in; 0 = not yet.
        self.mode = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._centre.lines.append(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._centre.lines.remove(self)
        self._centre.count("hung up")

    def deliver(self, body: bytes) -> None:
        """Bring something, and again until it is acknowledged."""
        self.sequence += 1
        self._brought[self.sequence] = body
        self._bring(self.sequence)

    def _bring(self, sequence: int) -> None:
        if sequence in self._brought and not self.transport.is_closing():
            self._centre.count("deliver")
            self.send(_DELIVER, sequence, self._brought[sequence])
            asyncio.get_running_loop().call_later(self._centre.again_after, self._bring, sequence)

    @override
    def read(self, command: int, sequence: int, body: bytes, status: int) -> None:
        if command in (_RECEIVER, _TRANSMITTER, _TRANSCEIVER) and not self.mode:
            return self._log_in(command, sequence, body)
        if not self.mode:
            return self.violated()
        match command:
            case 0x00000004:
                self._submit(sequence, body)
            case 0x80000005:
                self._acknowledge(sequence, body, status)
            case 0x00000015 | 0x00000006 if not body:
                self._be_asked(command, sequence)
            case 0x80000015 | 0x80000006 | 0x80000000 if not body:
                self._centre.count("nack" if command == _NACK else "answer")
            case _ if not command & _ANSWER:
                self.send(_NACK, sequence, status=COMMAND)
            case _:
                self.violated()
        return None

    def _be_asked(self, command: int, sequence: int) -> None:
        self._centre.count("enquire_link" if command == _ENQUIRE else "unbind")
        always = self._centre.script.always
        if command == _UNBIND:
            self.send(command | _ANSWER, sequence)
            self.flush()
            self.transport.close()
        elif always is None or always.line != "silence":
            self.send(command | _ANSWER, sequence)

    def _log_in(self, command: int, sequence: int, body: bytes) -> None:
        self._centre.count("bind")
        status = login(body, self._centre.account)
        self.send(command | _ANSWER, sequence, b"" if status else b"STANDIN\0" + option(0x0210, b"\x34"), status)
        if status:
            self.flush()
            self.transport.close()
        else:
            self.mode = command

    def _submit(self, sequence: int, body: bytes) -> None:
        script, message = self._centre.script, submitted(body, self._centre.account)
        self._centre.count("submit")
        self._unanswered += 1
        if self._unanswered > self._centre.account.window:
            return self.violated()
        fault = script.fault()
        if fault is not None and fault.line == "drop":
            return self.transport.abort()
        if fault is not None and fault.line == "silence":
            return script.holding.set()
        code = (fault.code if fault else "") or script.codes.get(message.to, "")
        status = int(code, 16) if code else message.status
        self._settle(sequence, message, BIND_STATE if self.mode == _RECEIVER else status)
        return None

    def _settle(self, sequence: int, message: Submitted, status: int) -> None:
        self._unanswered -= 1
        if status:
            self._centre.count(f"refused {status:#04x}")
            # As the specification has it: an answer that refuses has no body.
            return self.send(_SUBMIT | _ANSWER, sequence, b"", status)
        message_id = self._centre.message_id()
        self.send(_SUBMIT | _ANSWER, sequence, message_id.encode() + b"\0")
        return self._centre.take(message, message_id)

    def _acknowledge(self, sequence: int, body: bytes, status: int) -> None:
        if body not in (b"\0", b"") or sequence not in self._brought:
            return self.violated()
        if status == _LATER:
            self._centre.count("put off")
        else:
            del self._brought[sequence]
            self._centre.count("rejected" if status else "acknowledged")
        return None

    @override
    def violated(self) -> None:
        self._centre.count("violation")
        self.transport.abort()


@contextlib.asynccontextmanager
async def running(centre: SmppStandIn, *, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on loopback; gives the port. Port 0 = a free one. Connections are cut at the end."""
    server = await asyncio.get_running_loop().create_server(lambda: Line(centre), "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for line in list(centre.lines):
            line.transport.abort()
        await server.wait_closed()


@click.command()
@click.option("--port", default=2775, show_default=True)
@click.option("--keep", default=1000, show_default=True, help="Messages that are kept.")
@click.option("--report-after", default=0.1, show_default=True, help="Seconds; negative = never.")
def main(port: int, keep: int, report_after: float) -> None:
    """A message centre on this machine."""
    import uvloop  # noqa: PLC0415 - only who serves by itself needs it

    async def forever() -> None:
        centre = SmppStandIn(keep=keep, report_after=report_after if report_after >= 0 else None)
        async with running(centre, port=port) as at:
            click.echo(f"listening on smpp://127.0.0.1:{at}")
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(forever())


if __name__ == "__main__":
    main()
