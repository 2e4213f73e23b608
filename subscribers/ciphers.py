"""The ciphers behind the key ring: two suites, and one ready cipher for each key that stored values name.

An encrypted value is a version byte (the suite), the key's name padded to 8 bytes, a nonce of 12, the ciphertext and a
tag of 16.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

#: What a key may be called.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,7}", re.ASCII)
#: Bytes of a value before its nonce: suite and key name.
HEADER_END = 9
NONCE_BYTES = 12
NONCE_END = HEADER_END + NONCE_BYTES

_NAME_BYTES = 8
_TAG_BYTES = 16


class KeyRingError(Exception):
    """The ring, its file or a value does not fit; the sentence says what to do and holds no key and no value."""


class Aead(Protocol):
    """Authenticated encryption, as `cryptography` offers it."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Ciphertext and tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """The clear text; raises InvalidTag."""
        ...


class _Sm4Gcm:
    """SM4-GCM (GB/T 32907 in the mode of RFC 8998) with the interface of `AESGCM`."""

    def __init__(self, key: bytes) -> None:
        # SM4 keys have 16 bytes: derived, so that no two suites share key bits.
        derived = HMAC(key, hashes.SM3())
        derived.update(b"SM4-GCM")
        self._key = algorithms.SM4(derived.finalize()[:16])

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        encryptor = Cipher(self._key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        decryptor = Cipher(self._key, modes.GCM(nonce, data[-_TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-_TAG_BYTES]) + decryptor.finalize()


@dataclass(frozen=True, slots=True)
class Suite:
    """One set of algorithms."""

    version: int
    aead: Callable[[bytes], Aead]
    digest: Callable[[], hashes.HashAlgorithm]


#: "aes" = AES-256-GCM with HMAC-SHA-256; "sm" = the national algorithms SM4-GCM with HMAC-SM3.
SUITES: Mapping[str, Suite] = {
    "aes": Suite(1, AESGCM, hashes.SHA256),
    "sm": Suite(2, _Sm4Gcm, hashes.SM3),
}


class Ciphers(dict[bytes, Aead]):
    """Ready ciphers by a value's first bytes (suite and key name), each built when it is first met."""

    def __init__(self, key: Callable[[str], bytes | None]) -> None:
        """`key`: the key of this name; None if there is none."""
        self._key = key

    def __missing__(self, header: bytes) -> Aead:
        suite = next((suite for suite in SUITES.values() if header[:1] == bytes([suite.version])), None)
        name = header[1:].rstrip(b"\0").decode("ascii", "replace")
        if suite is None or len(header) < HEADER_END or not NAME.fullmatch(name):
            raise KeyRingError(
                "a stored value is not one that this version encrypted: was the database changed by hand?"
            )
        key = self._key(name)
        if key is None:
            raise KeyRingError(
                f"the key ring has no key {name!r}, which stored values need: put it back into the key file"
            )
        self[header] = cipher = suite.aead(key)
        return cipher


def header(suite: str, name: str) -> bytes:
    """The first bytes of every value that the key `name` encrypts."""
    return bytes([SUITES[suite].version]) + name.encode().ljust(_NAME_BYTES, b"\0")
