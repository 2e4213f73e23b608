"""Texts with slots as the bytes of a mail: encoded once, filled per recipient in microseconds. Pure.

Both encodings yield nothing but ASCII lines of at most 76 characters ended by CRLF, none of which begins with a dot, so
that a mail made of them needs no further look before it goes over the wire, whatever stands in a slot.
"""

import re
from binascii import b2a_base64
from collections.abc import Callable, Mapping

from channels.slots import Pattern, strip_marks

#: Characters of a base64 line at most (RFC 2045 section 6.8).
_LINE = 76

#: What has no place in a header, though an encoded word could carry it.
_NOT_IN_HEADERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

#: What has no place in a text: control characters other than tab and line ends.
_NOT_IN_TEXTS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_LINE_END = re.compile("\r\n|\r|\n")

#: A header value that may stand as it is: short, printable ASCII, and nothing that looks like an encoded word.
_PLAIN = re.compile(r"(?!.*=\?)[!-~](?:[ -~]{0,58}[!-~])?")


class HeaderText:
    """An unstructured header value (Subject) as encoded words of RFC 2047, or as it is where that is safe."""

    def __init__(self, text: str) -> None:
        """`text` may contain slots."""
        pattern = Pattern.of(_NOT_IN_HEADERS.sub(" ", text))
        if not pattern.names and _PLAIN.fullmatch(pattern.literals[0]):
            self._literals = [pattern.literals[0].encode("ascii")]
        else:
            self._literals = [encoded_words(literal) for literal in pattern.literals]
        #: Names of its slots; none = it is the same for all.
        self.names = pattern.names

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The value for one recipient, folded, without its final CRLF."""
        pieces = [self._literals[0]]
        for name, literal in zip(self.names, self._literals[1:], strict=True):
            value = strip_marks(values.get(name, ""))
            pieces.append(encoded_words(_NOT_IN_HEADERS.sub(" ", value)))
            pieces.append(literal)
        # White space between two encoded words is not shown, so the pieces join to the very text.
        return b"\r\n ".join(filter(None, pieces))


def encoded_words(text: str) -> bytes:
    """`text` as UTF-8 base64 words of whole characters, folded; a line of them fits behind "Subject: "; b"" for ""."""
    step = 13 if max(text, default="") <= "\uffff" else 9
    return b"\r\n ".join(
        b"=?utf-8?b?" + b2a_base64(text[start : start + step].encode("utf-8", "replace"), newline=False) + b"?="
        for start in range(0, len(text), step)
    )


class BodyText:
    """A text part in base64 whose literals are encoded once.

    Base64 turns three bytes into four letters, so what a literal looks like depends on how many bytes before it are
    left over: 0, 1 or 2. Each literal is therefore kept encoded for all three, and only the few bytes around a slot are
    encoded per recipient.
    """

    def __init__(self, text: str, escape: Callable[[str], str]) -> None:
        """`text` may contain slots, whose values go through `escape`."""
        pattern = Pattern.of(_canonical(text))
        literals = [literal.encode("utf-8", "replace") for literal in pattern.literals]
        #: Names of its slots; none = it is the same for all.
        self.names = pattern.names
        self._escape = escape
        self._first, self._carry = _whole_lines(literals[0], after=0)[1:]
        self._rest = [_Literal(literal) for literal in literals[1:]]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The encoded lines for one recipient, each with its CRLF."""
        lines = [self._first]
        carry = self._carry
        for name, literal in zip(self.names, self._rest, strict=True):
            value = values.get(name, "")
            # Nearly every value is printable: it holds neither marks nor line ends, and escaping brings none in.
            clean = self._escape(value) if value.isprintable() else _canonical(self._escape(strip_marks(value)))
            carry += clean.encode("utf-8", "replace")
            head, whole, tail = literal.cuts[-len(carry) % 3]
            if literal.short:
                carry += literal.raw
            else:
                lines.append(_lines(carry + head))
                lines.append(whole)
                carry = tail
        lines.append(_lines(carry))
        return b"".join(lines)


class _Literal:
    """Bytes between two slots, cut for each number of bytes that the ones before still need to be whole."""

    __slots__ = ("cuts", "raw", "short")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        #: Too short to make what comes before it whole.
        self.short = len(raw) < 3
        self.cuts = tuple(_whole_lines(raw, after=missing) for missing in range(3))


def _whole_lines(raw: bytes, *, after: int) -> tuple[bytes, bytes, bytes]:
    """`raw` cut into its first `after` bytes, what can be encoded now (encoded), and the last zero to two bytes."""
    end = len(raw) - (len(raw) - after) % 3
    return raw[:after], _lines(raw[after:end]), raw[end:]


def _lines(raw: bytes) -> bytes:
    """`raw` in base64, in lines of at most 76 characters; b"" for b""."""
    encoded = b2a_base64(raw, newline=False)
    if len(encoded) <= _LINE:
        return encoded + b"\r\n" if encoded else b""
    return b"\r\n".join([encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]) + b"\r\n"


def _canonical(text: str) -> str:
    """Line ends as CRLF (RFC 2045 section 6.8), no other control characters."""
    return _LINE_END.sub("\r\n", _NOT_IN_TEXTS.sub("", text))
