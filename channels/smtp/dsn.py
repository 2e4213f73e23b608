"""Reports of mail servers about one mail: delivery status (RFC 3464), and what older servers write in words. Pure.

flufl.bounce knows how dozens of them write; it is known in this module only. What is not clearly said of the address is
never taken for its end: a wrong guess would cut a person off from warnings, a needless mail costs nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import cast

from flufl.bounce import all_failures

from channels.receipt import Outcome
from channels.redaction import redact
from channels.smtp.replies import Reply, Step, fate

#: "5.1.1" as a field's value, and after the signs by which servers set it apart in running text.
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_IN_WORDS = re.compile(r"(?:^|[\s#(<\[])([45]\.\d{1,3}\.\d{1,3})(?=[\s)>\],;:.-]|$)")

#: Words by which servers say that there is no such mailbox, where they give no enhanced code.
_NOBODY = re.compile(
    r"(?:user|mailbox|recipient|address|account|alias|addressee)\s+(?:is\s+|was\s+)?(?:unknown|not\s+found|not\s+known|"
    r"does(?:\s+not|n't)\s+exist|invalid|disabled|suspended|inactive)|"
    r"(?:unknown|invalid|no\s+such|nonexistent|non-existent)\s+(?:local\s+)?(?:user|mailbox|recipient|address|account)|"
    r"no\s+mailbox\s+here|doesn't\s+have\s+an?\s+\S+\s+account|用户不存在|邮箱不存在|收件人不存在|地址不存在",
    re.IGNORECASE,
)

_MILD_FIRST = (Outcome.DELIVERED, Outcome.TEMPORARY, Outcome.TECHNICAL, Outcome.PERMANENT)

#: Characters of running text that are looked at.
_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a server says of one mail at last; a report that it is still trying is none."""

    outcome: Outcome
    #: Enhanced code; "" where it gives none.
    code: str
    #: Its words in one line, without addresses.
    detail: str


def read_report(mail: Message) -> Report | None:
    """What a report says; None if this is no report, or it says nothing final."""
    groups = list(_status_groups(mail))
    if groups:
        return _of_groups(groups)
    return _of_words(mail)


def _status_groups(mail: Message) -> Iterator[Message]:
    """The fields of a delivery status for each recipient, of which our mails have one."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            groups = cast(Sequence[Message], part.get_payload())
            yield from (group for group in groups if group.get("Action") is not None)
            return


def _of_groups(groups: Sequence[Message]) -> Report | None:
    """The mildest of the final reports: an address that several people read is not dead because one of them is gone."""
    reports = [_of_group(group) for group in groups]
    return min(filter(None, reports), key=lambda report: _MILD_FIRST.index(report.outcome), default=None)


def _of_group(group: Message) -> Report | None:
    action = _field(group, "Action").strip().lower().partition(" ")[0]
    said = _field(group, "Diagnostic-Code").partition(";")[2] or _field(group, "Diagnostic-Code")
    status = _status(_field(group, "Status"), said)
    detail = redact(said, *_addresses(group))
    if action == "delivered":
        return Report(Outcome.DELIVERED, status, detail)
    # "delayed" is still being tried; "relayed" and "expanded" say that nobody will report any further.
    return Report(_meaning(status, said), status, detail) if action == "failed" else None


def _status(given: str, said: str) -> str:
    """The enhanced code: the report's own, or the remote server's where the report's is only "something is wrong"."""
    own = _STATUS.match(given)
    code = own[1] if own else ""
    if not code or code.endswith(".0.0"):
        theirs = _IN_WORDS.search(said)
        return theirs[1] if theirs else code
    return code


def _meaning(status: str, said: str) -> Outcome:
    """The fate of the address of a mail that failed for good."""
    if status.startswith("4") or not status or status.endswith(".0.0"):
        is_nobody = not status.startswith("4") and _NOBODY.search(said)
        return Outcome.PERMANENT if is_nobody else Outcome.TEMPORARY
    return fate(Reply(Step.RCPT, 550, status))


def _of_words(mail: Message) -> Report | None:
    """A bounce that is no delivery status, as flufl.bounce knows them; people's mails are none, whatever they say."""
    if not _is_of_a_server(mail):
        return None
    # The first of the two are those that the server is still trying to reach.
    _, permanent = all_failures(mail)
    if not permanent:
        return None
    words = _text(mail)[:_LOOKED_AT]
    found = _IN_WORDS.search(words)
    status = found[1] if found else ""
    return Report(_meaning(status, words), status, "the mail server wrote that it could not be delivered")


def _is_of_a_server(mail: Message) -> bool:
    """Whether it came with the empty return path that only servers' mails have, or from a server's own mailbox."""
    path = mail.get("Return-Path")
    sender = _field(mail, "From").lower()
    return (path is not None and str(path).strip() == "<>") or "mailer-daemon@" in sender or "postmaster@" in sender


def _addresses(group: Message) -> Iterator[str]:
    """The addresses that a report speaks of, and their left sides, which servers like to repeat alone."""
    for name in ("Final-Recipient", "Original-Recipient"):
        address = _field(group, name).partition(";")[2].strip().strip("<>")
        yield address
        yield address.rpartition("@")[0]


def _field(mail: Message, name: str) -> str:
    value = mail.get(name)
    return "" if value is None else " ".join(str(value).split())


def _text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""
