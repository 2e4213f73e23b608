"""Mails that come back, read as what they say of a delivery of ours: bounces, complaints, and wishes to leave. Pure.

Whose mail it is, is taken from a token of ours alone: in the address that it was sent to, or in what it returns of our
mail (the Message-ID). Addresses in it count for nothing, so that nobody can end another's subscription by a made-up
bounce.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from hashlib import sha256

from channels.channel import CallbackAnswer
from channels.receipt import Inbound, Patience, Receipt
from channels.smtp.dsn import read_report
from channels.smtp.replied import answers, refuses
from channels.smtp.settings import SmtpSettings
from channels.smtp.tokens import TokenAddress, Tokens

#: Bytes of a mail that are read; reports begin with what matters.
LONGEST = 1_000_000

#: Parts of a mail, and characters of each, that are searched for a token.
_PARTS, _SEARCHED = 50, 100_000

#: Kinds of feedback (RFC 5965 section 3.1, and "opt-out" of older drafts) by which a person says: no more.
_UNWANTED = frozenset({"abuse", "opt-out", "opt-out-list"})

_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+(\S+)\s*", re.IGNORECASE)


class Returns:
    """Reads what comes back to one channel."""

    def __init__(self, settings: SmtpSettings, tokens: Tokens) -> None:
        self._tokens = tokens
        self._return_path = TokenAddress(settings.return_path, plain="")
        self._leave = TokenAddress(settings.unsubscribe_mailto, plain="")
        soft = settings.returns.soft
        self._patience = Patience(days=soft, within=settings.returns.soft_days) if soft else None

    def read(self, content: bytes, *, at: datetime) -> CallbackAnswer | None:
        """What a mail says; None for one that is not of ours, or says nothing (a holiday notice, a delay).

        `at` is the aware time of its arrival: what a mail says of its own time is anybody's claim.
        """
        try:
            mail = email.message_from_bytes(content[:LONGEST], policy=email.policy.compat32)
            return self._read(mail, sha256(content).hexdigest()[:40], at)
        except Exception:
            # Made to break parsers, which raise all kinds of things then; it says nothing to us, and stops nobody else.
            return None

    def _read(self, mail: Message, event_id: str, at: datetime) -> CallbackAnswer | None:
        if (key := self._who_leaves(mail)) is not None:
            return CallbackAnswer(inbound=[Inbound("stop", "", at=at, event_id=event_id, key=key)])
        feedback = _feedback(mail)
        key = self._whose(mail)
        if key is None:
            return None
        if feedback is not None:
            kind = str(feedback.get("Feedback-Type", "")).strip().lower()
            unwanted = Inbound("complaint", "", text=kind, at=at, event_id=event_id, key=key)
            return CallbackAnswer(inbound=[unwanted]) if kind in _UNWANTED else None
        report = read_report(mail)
        if report is None:
            return None
        receipt = Receipt(report.outcome, key=key, code=report.code, detail=report.detail, at=at)
        return CallbackAnswer(receipts=[receipt], patience=self._patience)

    def _who_leaves(self, mail: Message) -> str | None:
        """The delivery by whose address for leaving a person wrote, or that they answered with a refusal alone.

        Programs that answer by themselves do not count.
        """
        automatic = str(mail.get("Auto-Submitted", "no")).strip().lower() != "no"
        if automatic or str(mail.get("Return-Path", "")).strip() == "<>" or mail.get_content_type().endswith("/report"):
            return None
        subject = _UNSUBSCRIBE.fullmatch(str(mail.get("Subject", "")))
        tokens = [*self._leave.tokens_in(_headers(mail)), *([subject[1]] if subject else [])]
        named = next(filter(None, map(self._tokens.read, tokens)), None)
        if named is not None:
            return named
        # An answer names our mail by its Message-ID, which bears our token; the sender counts for nothing.
        answered = next(self._tokens.keys_in(answers(mail)), None)
        return answered if answered is not None and refuses(mail) else None

    def _whose(self, mail: Message) -> str | None:
        """The delivery that a mail is about; None if it bears no token of ours."""
        addressed = map(self._tokens.read, self._return_path.tokens_in(_headers(mail)))
        named = next(filter(None, addressed), None)
        if named is not None:
            return named
        return next((key for text in _returned(mail) for key in self._tokens.keys_in(text)), None)


def _feedback(mail: Message) -> Message | None:
    """The fields of a complaint in the Abuse Reporting Format (RFC 5965); None if it is none."""
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            payload = part.get_payload()
            if isinstance(payload, list) and payload and isinstance(payload[0], Message):
                return payload[0]
    return None


def _headers(mail: Message) -> str:
    return "\n".join(str(value) for value in mail.values())[:_SEARCHED]


def _returned(mail: Message) -> Iterator[str]:
    """What a report returns of the mail that it is about: headers of what is attached, and running text."""
    for number, part in enumerate(mail.walk()):
        if number == _PARTS:
            return
        if part is not mail and part.keys():
            yield _headers(part)
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload[:_SEARCHED].decode("utf-8", "replace")
