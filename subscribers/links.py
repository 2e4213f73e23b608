"""Signed tokens for the links in messages and pages: ending or changing what comes, and confirming an address.

A token names an address, a sign-up or a draft by its number only: nothing personal stands in a URL or in an access log.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm
from typing_extensions import override

from subscribers.instant import from_instant, to_instant

#: How long a link that confirms an address works. One that ends messages works for ever.
CONFIRM_WITHIN = timedelta(days=3)

#: Bytes of a signature, which are 12 characters: each guess costs a request, and a short message is paid by length.
_SIGNATURE = 9

_SECOND = 1_000_000


class LinkError(ValueError):
    """The token is not one of ours, not for this purpose, or too old; a sentence for residents."""


class Links:
    """Makes and reads tokens. The first key signs, all of them are accepted, so keys can be changed one by one."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`: at least one secret of 32 bytes, such as `KeyRing.derive("links")`."""
        if not keys or any(len(key) < hashlib.sha256().digest_size for key in keys):
            raise ValueError("links need at least one secret key of 32 bytes or more")
        self._unsubscribe = _signer(keys, "unsubscribe")
        self._leaving = _derived(keys[0], "unsubscribe")
        self._confirm = _signer(keys, "confirm")
        self._answer = _signer(keys, "answer")
        self._waiting = _signer(keys, "waiting")
        self._draft = _signer(keys, "draft")

    def sign_unsubscribe(self, address_id: int) -> str:
        """The token by which its holder changes or ends what comes to this address: its number and 13 characters."""
        # What itsdangerous would make of it, in a third of the time: one is made for every message.
        number = str(address_id)
        signature = hmac.digest(self._leaving, number.encode(), "sha256")[:_SIGNATURE]
        return f"{number}.{urlsafe_b64encode(signature).decode()}"

    def read_unsubscribe(self, token: str) -> int:
        """The number of the address. Raises LinkError."""
        return _number(_signed(self._unsubscribe, token))

    def sign_answer(self, address_id: int) -> str:
        """The token by which the owner of this address answers warnings."""
        return self._answer.sign(str(address_id)).decode()

    def read_answer(self, token: str) -> int:
        """The number of the address. Raises LinkError."""
        return _number(_signed(self._answer, token))

    def sign_waiting(self, number: int) -> str:
        """The token of whoever has just begun this sign-up: with it he may type the code that he gets."""
        return self._waiting.sign(str(number)).decode()

    def read_waiting(self, token: str) -> int:
        """The number of the sign-up. Raises LinkError."""
        return _number(_signed(self._waiting, token))

    def sign_draft(self, number: int) -> str:
        """The token by which officers look at this draft of a warning; it lets nobody act."""
        return self._draft.sign(str(number)).decode()

    def read_draft(self, token: str) -> int:
        """The number of the draft. Raises LinkError."""
        return _number(_signed(self._draft, token))

    def sign_confirm(self, number: int, *, at: datetime) -> str:
        """The token by which the owner of its address confirms this sign-up until `CONFIRM_WITHIN` has passed."""
        return self._confirm.sign(f"{number}-{to_instant(at) // _SECOND}").decode()

    def read_confirm(self, token: str, *, at: datetime) -> int:
        """The number of the sign-up. Raises LinkError."""
        number, _, made = _signed(self._confirm, token).partition("-")
        if at - from_instant(_number(made) * _SECOND) > CONFIRM_WITHIN:
            raise LinkError("这个确认链接已过期，请重新登记")
        return _number(number)


class _Sha256(SigningAlgorithm):
    """The first bytes of an HMAC-SHA-256."""

    @override
    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")[:_SIGNATURE]


def _signer(keys: Sequence[bytes], purpose: str) -> Signer:
    # Each purpose has keys of its own, derived here once and not again for each link; itsdangerous signs with the last.
    derived = [_derived(key, purpose) for key in reversed(keys)]
    return Signer(derived, key_derivation="none", algorithm=_Sha256())


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, f"gov-pusher {purpose}".encode(), "sha256")


def _signed(signer: Signer, token: str) -> str:
    try:
        return signer.unsign(token).decode("ascii")
    except (BadSignature, UnicodeError):
        raise LinkError("这个链接不完整或不是本服务发出的，请从原消息里重新打开") from None


def _number(text: str) -> int:
    if not text.isdecimal():
        raise LinkError("这个链接不是用在这里的")
    return int(text)
