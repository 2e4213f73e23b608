"""How mails that come back reach us: looked for in a mailbox, or posted to the HTTP hook."""

import asyncio
import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from imaplib import IMAP4

import structlog

from channels.channel import CallbackAnswer, CallbackRequest
from channels.redaction import redact
from channels.secret import secret
from channels.smtp.boxes import AT_ONCE, Box, Found, box_of
from channels.smtp.returned import Returns
from channels.smtp.returns_settings import SHORTEST_KEY, ReturnSettings

_log = structlog.get_logger()

#: What reading a mailbox may raise.
_BREAKDOWNS = (OSError, IMAP4.error, ValueError)


class Incoming:
    """The mails that come back to one channel."""

    def __init__(self, name: str, settings: ReturnSettings, returns: Returns, *, now: Callable[[], datetime]) -> None:
        """Raises ValueError if a password or key cannot be read or is too short."""
        self._name = name
        self._settings = settings
        self._returns = returns
        self._now = now
        self._box = box_of(settings)
        self._key = secret(settings.hook_key, settings.hook_key_file).encode()
        if 0 < len(self._key) < SHORTEST_KEY:
            raise ValueError(f"the key in {settings.hook_key_file} must have {SHORTEST_KEY} characters or more")

    async def reports(self, stopping: asyncio.Event) -> AsyncIterator[CallbackAnswer]:
        """See `channels.channel.Listening`. A mail is marked only once what it says was stored."""
        while not stopping.is_set():
            count = 0
            if self._box is not None:
                try:
                    found = await asyncio.to_thread(self._box.unread)
                    count = len(found)
                    async with aclosing(self._read(self._box, found)) as answers:
                        async for answer in answers:
                            yield answer
                except _BREAKDOWNS as error:
                    _log.warning("the mailbox for returned mails cannot be read", channel=self._name, **_said(error))
                    count = 0
            if count < AT_ONCE:
                await _pause(stopping, self._settings.every if self._box is not None else None)

    async def _read(self, box: Box, found: Sequence[Found]) -> AsyncGenerator[CallbackAnswer, None]:
        understood: list[str] = []
        strange: list[str] = []
        for mail in found:
            answer = await asyncio.to_thread(self._returns.read, mail.content, at=self._now())
            if answer is not None:
                yield answer
            (strange if answer is None else understood).append(mail.name)
        if strange:
            _log.info("mails that are no report of ours stay, as read", channel=self._name, mails=len(strange))
            await asyncio.to_thread(box.done, strange, delete=False)
        if understood:
            await asyncio.to_thread(box.done, understood, delete=not self._settings.keep)

    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """See `channels.channel.Reporting`. One mail as it came (RFC 5322) is the body of a POST."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not self._key:
            return CallbackAnswer(status=404)
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self._key):
            return CallbackAnswer(status=401, body="give the hook's key: Authorization: Bearer KEY\n")
        if request.method != "POST":
            return CallbackAnswer(status=405, body="post the mail as it came, as the body\n")
        answer = self._returns.read(request.body, at=request.at)
        return answer or CallbackAnswer(body="this is no report about a mail of ours\n")


def _said(error: Exception) -> dict[str, str]:
    words = error.args[0] if error.args else ""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(error)
    return {"error": type(error).__name__, "reason": redact(text)}


async def _pause(stopping: asyncio.Event, seconds: float | None) -> None:
    """Wait so long (None = for ever), or until `stopping` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
