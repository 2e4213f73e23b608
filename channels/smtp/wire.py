"""Many mails over one connection, pipelined (RFC 2920): one round trip a mail instead of four.

The end of one mail and the commands of the next go out in one write: `content . MAIL RCPT DATA`. The content waits
for its 354, as the standard asks. Each mail has its own reply, whatever becomes of the others.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from typing_extensions import override

from channels.failure import SendError, TemporaryFailure
from channels.smtp.replies import Reply, Step

#: The relay is about to hang up.
_CLOSING = 421
#: Longest reply that is read, in bytes; more is no SMTP.
_LONGEST_REPLY = 64 << 10


@dataclass(slots=True)
class Mail:
    """One mail and its envelope, as they go over the wire. Not frozen, which would double the time to make one."""

    sender: bytes
    recipient: bytes
    #: As `Letter.copy` makes it: whole lines, none of which begins with a dot.
    content: bytes


#: Steps whose good replies are passed over, and what is answered next.
_EARLY = {Step.MAIL: Step.RCPT, Step.RCPT: Step.DATA}
_DATA = Step.DATA
#: Lines of one reply at most.
_MOST_LINES = 100

#: What became of one mail: the relay's reply; a failure where none came; None where the relay heard nothing of it.
Ended = Reply | SendError | None


class Wire(asyncio.Protocol):
    """An open, secured and authenticated connection to a relay that offers PIPELINING."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Takes the connection over: from now on nobody else reads from `transport`."""
        self._transport = transport
        self._pending = b""
        self._lines: list[bytes] = []
        self._mails: Sequence[Mail] = ()
        self._ended: list[Ended] = []
        #: What the next reply answers, and for which mail: MAIL, RCPT and DATA of one, its CONTENT (or RESET), those
        #: of the next one. None = no reply is due.
        self._step: Step | None = None
        self._place = 0
        #: The reply that refused a mail before its DATA was answered.
        self._refused: Reply | None = None
        self._done: asyncio.Future[None] | None = None
        #: How many mails still wait for what becomes of them.
        self._left = 0
        #: When the relay said something last, on the loop's clock.
        self._heard = 0.0
        self._watching: asyncio.TimerHandle | None = None
        self._reason = ""
        self._loop = asyncio.get_running_loop()
        self.is_lost = False
        transport.set_protocol(self)

    async def deliver(self, mails: Sequence[Mail], *, seconds: float) -> list[Ended]:
        """Hand `mails` over, in order; what became of each. No more than `seconds` pass between two replies.

        Never raises but for cancellation, which hangs up.
        """
        self._mails, self._ended, self._left = mails, [None] * len(mails), len(mails)
        # The reply to the RSET that ended the mails before may still be on its way.
        self._place = -1
        if self._step is None:
            self._go_on()
        self._done = self._loop.create_future()
        self._heard = self._loop.time()
        self._watch(seconds)
        self._reason = "the relay hung up"
        try:
            self._transport.write(self._commands(0))
            await self._done
        except BaseException:
            self.drop()
            raise
        finally:
            if self._watching is not None:
                self._watching.cancel()
        self._account_for_rest()
        self._mails = ()
        return self._ended

    def quit(self) -> None:
        """Take leave without waiting for the answer."""
        if not self.is_lost:
            self._transport.write(b"QUIT\r\n")
            self._transport.close()
        self.is_lost = True

    def drop(self) -> None:
        """Hang up at once: what is still to be written is thrown away."""
        self.is_lost = True
        self._transport.abort()

    @override
    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        *lines, self._pending = (self._pending + data).split(b"\r\n") if self._pending else data.split(b"\r\n")
        for line in lines:
            step = self._step
            if self.is_lost:
                return
            if line[3:4] == b"-":
                self._lines.append(line)
            elif step is None:
                # A farewell that nobody asked for (421), or nonsense.
                self._break_off()
            elif step in _EARLY and line.startswith(b"25"):
                # Half of all replies: a sender or a recipient that was taken says nothing that is worth keeping.
                self._lines.clear()
                self._step = _EARLY[step]
            elif step is _DATA and self._refused is None and line.startswith(b"354"):
                # Nor does an invitation to send what was asked for.
                self._lines.clear()
                self._hand_over()
            else:
                self._take(step, line)
        if len(self._pending) > _LONGEST_REPLY or len(self._lines) > _MOST_LINES:
            self._break_off()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._break_off()

    def _watch(self, seconds: float) -> None:
        """Hang up when the relay has said nothing for so long; called once a silence could have lasted that long."""
        left = self._heard + seconds - self._loop.time()
        if left > 0:
            self._watching = self._loop.call_later(left, self._watch, seconds)
        else:
            self._reason = "no answer in time"
            self._break_off()

    def _take(self, step: Step, line: bytes) -> None:
        """The last line of a reply that is more than a "go on"."""
        text = _text([*self._lines, line]) if self._lines else line[4:].decode("utf-8", "replace")
        self._lines = []
        reply = Reply(step, int(line[:3]) if line[:3].isdigit() else 0, text)
        if reply.code == _CLOSING or not (reply.accepts or reply.refuses):
            if step is not Step.RESET:
                self._end(self._refused or reply)
            self._break_off()
        elif step is Step.CONTENT:
            self._end(reply)
            self._go_on()
        elif step is Step.RESET:
            self._go_on()
        elif step is Step.DATA:
            self._not_taken(reply)
        else:
            self._refused = self._refused or reply
            self._step = _EARLY[step]

    def _go_on(self) -> None:
        """The replies to the commands of the next mail are due, where there is one."""
        self._place += 1
        self._step = Step.MAIL if self._place < len(self._mails) else None

    def _hand_over(self) -> None:
        """The content goes out, and with it the commands of the next mail."""
        self._step = Step.CONTENT
        self._transport.write(b"%b.\r\n%b" % (self._mails[self._place].content, self._commands(self._place + 1)))

    def _not_taken(self, reply: Reply) -> None:
        """DATA was answered for a mail that does not go out: the next one's turn has come."""
        refused, self._refused = self._refused, None
        # Refused, and yet asked for the content: an empty mail to nobody ends it (RFC 2920 section 3.1).
        ending = b".\r\n" if reply.accepts else b"RSET\r\n"
        self._step = Step.RESET
        self._transport.write(ending + self._commands(self._place + 1))
        self._end(refused or reply)

    def _end(self, reply: Reply) -> None:
        self._ended[self._place] = reply
        self._left -= 1
        if not self._left:
            self._finish()

    def _commands(self, place: int) -> bytes:
        """What begins the mail at `place`; b"" behind the last one."""
        if place >= len(self._mails):
            return b""
        mail = self._mails[place]
        utf8 = b"" if mail.recipient.isascii() else b" SMTPUTF8"
        return b"MAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\nDATA\r\n" % (mail.sender, utf8, mail.recipient)

    def _break_off(self) -> None:
        self.drop()
        self._finish()

    def _finish(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _account_for_rest(self) -> None:
        """A mail whose content was written and not answered is in doubt; of the others the relay heard nothing."""
        if self._step is Step.CONTENT and self._ended[self._place] is None:
            self._ended[self._place] = TemporaryFailure(f"no answer to CONTENT ({self._reason})", in_doubt=True)


def _text(lines: list[bytes]) -> str:
    return "\n".join(line[4:].decode("utf-8", "replace") for line in lines)


def take_over(transport: asyncio.BaseTransport) -> Wire:
    """A wire on a connection that somebody else has opened."""
    return Wire(cast(asyncio.Transport, transport))
