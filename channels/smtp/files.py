"""Files that go with a mail, as parts of it: made once a message. Pure."""

import re
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote

from channels.message import File, Message

#: A piece of a mail: the same for all, or made from the recipient's slot values.
Piece = bytes | Callable[[Mapping[str, str]], bytes]

#: A name that needs no encoding.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}")

#: Bytes of one base64 line of 76 characters (RFC 2045 section 6.8).
_LINE = 57


def with_files(bodies: Sequence[Piece], message: Message) -> list[Piece]:
    """`bodies` (their headers first) as they are, or with the message's files behind them (RFC 2046 section 5.1.3)."""
    if not message.files:
        return list(bodies)
    boundary = b"=_" + sha256(f"{message.id} files".encode()).hexdigest()[:24].encode()
    pieces: list[Piece] = [
        b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n' % (boundary, boundary),
        *bodies,
    ]
    for file in message.files:
        pieces.append(b"--%b\r\n" % boundary + b"".join(_part(file)))
    pieces.append(b"--%b--\r\n" % boundary)
    return pieces


def _part(file: File) -> Iterator[bytes]:
    yield b"Content-Type: %b\r\n" % file.type.encode("ascii")
    yield b"Content-Transfer-Encoding: base64\r\n"
    yield b"Content-Disposition: attachment;\r\n %b\r\n\r\n" % _named(file.name)
    for start in range(0, len(file.content), _LINE):
        yield b2a_base64(file.content[start : start + _LINE], newline=False) + b"\r\n"


def _named(name: str) -> bytes:
    """The name as it is where that is safe, else as RFC 2231 says; both at once are read differently everywhere."""
    if _PLAIN.fullmatch(name):
        return b'filename="%b"' % name.encode("ascii")
    return b"filename*=utf-8''%b" % quote(name, safe="").encode()
