"""Names of deliveries that only we can have given: in return paths, Message-IDs and addresses for leaving. Pure.

A token is the delivery's key, a dot, and a keyed digest of it in hexadecimal. It holds no address, is the same in
capitals (servers may write it so), and tells whoever makes up a bounce nothing that he could use for anybody else.
"""

import hmac
import re
from collections.abc import Iterator
from hashlib import blake2b

#: Hexadecimal digits of the digest that are kept: 64 bits, each guess at which is a mail of its own.
_DIGITS = 16

#: Longest key that a token is made of; with it a token has at most 49 characters.
LONGEST_KEY = 32

#: Characters of the left side of an address (RFC 5321 section 4.5.3.1.1) that a token leaves free.
ROOM = 64 - LONGEST_KEY - 1 - _DIGITS

#: What the secret of tokens is derived for (`channels.channel.Outside.derive`).
TOKENS = "mail tokens"

#: What stands for the token in the settings.
PLACE = "{token}"

_KEY = re.compile(r"[a-z0-9_-]{1,32}")
_SHAPE = r"[a-z0-9_-]{1,32}\.[0-9a-f]{16}"
_IN_TEXT = re.compile(rf"(?<![a-z0-9_.-]){_SHAPE}(?![a-z0-9_.-])", re.IGNORECASE)


class Tokens:
    """Makes and reads tokens with one secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: 32 bytes of this installation."""
        # BLAKE2 with a key is a MAC (RFC 7693), and takes a fifth of the time of an HMAC.
        self._keyed = blake2b(digest_size=_DIGITS // 2, key=secret)

    def of(self, key: str) -> bytes:
        """The token of a delivery; b"" for a key that cannot be written into every address (capitals, too long)."""
        return b"%b.%b" % (key.encode("ascii"), self._digest(key)) if _KEY.fullmatch(key) else b""

    def read(self, token: str) -> str | None:
        """The key that a token names; None if it is not one of ours."""
        key, _, digest = token.lower().rpartition(".")
        if not _KEY.fullmatch(key) or not digest.isascii():
            return None
        return key if hmac.compare_digest(digest.encode(), self._digest(key)) else None

    def keys_in(self, text: str) -> Iterator[str]:
        """The keys of all tokens of ours that stand in `text`, in order."""
        for found in _IN_TEXT.finditer(text):
            key = self.read(found[0])
            if key is not None:
                yield key

    def _digest(self, key: str) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(key.encode("ascii"))
        return keyed.hexdigest().encode()


class TokenAddress:
    """An address of ours that may hold a token: "bounce+{token}@tz.example.gov.cn", or without one, for all mails."""

    def __init__(self, pattern: str, *, plain: str) -> None:
        """`pattern` may be "" or hold `PLACE` once; `plain` is the whole address where no token can be given."""
        before, place, after = pattern.partition(PLACE)
        self._has_place = bool(place)
        self._before, self._after = before.encode("ascii"), after.encode("ascii")
        self._plain = (plain if place or not pattern else pattern).encode("ascii")
        self._shape = re.compile(re.escape(before) + f"({_SHAPE})" + re.escape(after), re.IGNORECASE)

    def of(self, token: bytes) -> bytes:
        """The address for one mail."""
        return self._before + token + self._after if self._has_place and token else self._plain

    def tokens_in(self, text: str) -> Iterator[str]:
        """The tokens of all addresses of this pattern that stand in `text`; whether they are ours is to be seen."""
        if self._has_place:
            yield from (found[1] for found in self._shape.finditer(text))
