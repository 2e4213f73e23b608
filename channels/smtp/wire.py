"""Many mails over one connection, pipelined (RFC 2920): one round trip a mail instead of four.

The end of one mail and the commands of the next go out in one write: `content . MAIL RCPT DATA`. The content waits
for its 354, as the standard asks. Each mail has its own reply, whatever becomes of the others.
"""

import asyncio
from collections import deque
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


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail and its envelope, as they go over the wire."""

    sender: bytes
    recipient: bytes
    #: As `Letter.copy` makes it: whole lines, none of which begins with a dot.
    content: bytes


#: Steps whose good replies are passed over.
_EARLY = frozenset({Step.MAIL, Step.RCPT})
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
        #: What the coming replies answer: (step, which mail).
        self._asked: deque[tuple[Step, int]] = deque()
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
            self._read(line)
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

    def _read(self, line: bytes) -> None:
        if self.is_lost:
            return
        if line[3:4] == b"-":
            self._lines.append(line)
            return
        if not self._asked:
            # A farewell that nobody asked for (421), or nonsense.
            self._break_off()
            return
        step, place = self._asked.popleft()
        if step in _EARLY and line.startswith(b"25"):
            # Half of all replies: a sender or a recipient that was taken says nothing that is worth keeping.
            self._lines.clear()
            return
        if step is Step.DATA and line.startswith(b"354") and self._refused is None:
            # Nor does an invitation to send what was asked for.
            self._lines.clear()
            self._hand_over(place)
            return
        lines, self._lines = [*self._lines, line], []
        code = int(line[:3]) if line[:3].isdigit() else 0
        self._take(Reply(step, code, _text(lines)), place)

    def _take(self, reply: Reply, place: int) -> None:
        if reply.code == _CLOSING or not (reply.accepts or reply.refuses):
            if reply.step is not Step.RESET:
                self._end(place, self._refused or reply)
            self._break_off()
        elif reply.step is Step.CONTENT:
            self._end(place, reply)
        elif reply.step is Step.DATA:
            self._not_taken(place, reply)
        elif not reply.accepts and reply.step is not Step.RESET:
            self._refused = self._refused or reply

    def _hand_over(self, place: int) -> None:
        """The content goes out, and with it the commands of the next mail."""
        following = self._commands(place + 1)
        self._asked.appendleft((Step.CONTENT, place))
        self._transport.write(b"%b.\r\n%b" % (self._mails[place].content, following))

    def _not_taken(self, place: int, reply: Reply) -> None:
        """DATA was answered for a mail that does not go out: the next one's turn has come."""
        refused, self._refused = self._refused, None
        following = self._commands(place + 1)
        # Refused, and yet asked for the content: an empty mail to nobody ends it (RFC 2920 section 3.1).
        ending = b".\r\n" if reply.accepts else b"RSET\r\n"
        self._asked.appendleft((Step.RESET, place))
        self._transport.write(ending + following)
        self._end(place, refused or reply)

    def _end(self, place: int, reply: Reply) -> None:
        self._ended[place] = reply
        self._left -= 1
        if not self._left:
            self._finish()

    def _commands(self, place: int) -> bytes:
        """What begins the mail at `place`; b"" behind the last one. Notes which replies will come."""
        if place >= len(self._mails):
            return b""
        mail = self._mails[place]
        self._asked += ((Step.MAIL, place), (Step.RCPT, place), (Step.DATA, place))
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
        for step, place in self._asked:
            if step is Step.CONTENT and self._ended[place] is None:
                self._ended[place] = TemporaryFailure(f"no answer to CONTENT ({self._reason})", in_doubt=True)
        if self.is_lost:
            self._asked.clear()


def _text(lines: list[bytes]) -> str:
    if len(lines) == 1:
        return lines[0][4:].decode("utf-8", "replace")
    return "\n".join(line[4:].decode("utf-8", "replace") for line in lines)


def take_over(transport: asyncio.BaseTransport) -> Wire:
    """A wire on a connection that somebody else has opened."""
    return Wire(cast(asyncio.Transport, transport))
