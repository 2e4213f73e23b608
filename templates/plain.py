"""What comes from outside, made plain: no slot marks, no control characters, no addresses but http(s). Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from channels.slots import strip_marks
from templates.notice import Entry, Notice

_NEWLINES = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
#: Controls, overrides of the reading direction, halves of surrogate pairs, and what XML cannot hold: they forge
#: headers, reverse what is read, or break the encoding.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def plain(notice: Notice) -> Notice:
    """`notice` as templates may have it: one line in every field but `body`, nothing in it that is not text."""
    return replace(
        notice,
        title=_one_line(notice.title),
        summary=_one_line(notice.summary),
        body=_paragraphs(notice.body),
        issuer=_one_line(notice.issuer),
        url=_web_address(notice.url),
        domains=_named(notice.domains),
        areas=_named(notice.areas),
        level=_one_line(notice.level),
        attachments=tuple((_one_line(name), _web_address(address)) for name, address in notice.attachments),
        board_url=_web_address(notice.board_url),
        drill=_one_line(notice.drill).strip("【】"),
        follows=_one_line(notice.follows),
        event=_one_line(notice.event),
        advice=_one_line(notice.advice),
        contact=_one_line(notice.contact),
        entries=tuple(map(_entry, notice.entries)),
    )


def _entry(entry: Entry) -> Entry:
    return replace(
        entry,
        domain=_one_line(entry.domain),
        title=_one_line(entry.title),
        summary=_one_line(entry.summary),
        issuer=_one_line(entry.issuer),
        url=_web_address(entry.url),
    )


def flat(notice: Notice) -> Notice:
    """`notice` with its body in one line: for parts where a line break would begin a header or another field."""
    return replace(notice, body=fold(notice.body))


def fold(text: str) -> str:
    """`text` in one line, every run of white space one space."""
    return " ".join(text.split())


def harmless(text: str) -> str:
    """`text` without slot marks and unwanted characters, line breaks as "\\n"."""
    return _UNWANTED.sub("", _NEWLINES.sub("\n", strip_marks(text)))


def _one_line(text: str) -> str:
    return fold(harmless(text))


def _named(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(_one_line, texts)))


def _paragraphs(text: str) -> str:
    lines = (fold(line) for line in harmless(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _web_address(text: str) -> str:
    address = harmless(text).strip()
    return address if _ADDRESS.fullmatch(address) else ""
