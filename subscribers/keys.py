"""The key ring: personal values are encrypted at rest and looked up by a keyed fingerprint.

An encrypted value is a version byte (the suite), the key's name padded to 8 bytes, a nonce of 12, the ciphertext and a
tag of 16. Its context (table and column) is authenticated, so that a value cannot be moved into another column.
"""

import os
import re
import stat
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from typing_extensions import override

#: Bytes of every key of the ring.
KEY_BYTES = 32
#: Bytes of a fingerprint: 128 bits of an HMAC, far from any chance of two people sharing one.
FINGERPRINT_BYTES = 16

_NAME_BYTES = 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,7}", re.ASCII)
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEADER_END = 1 + _NAME_BYTES
_NONCE_END = _HEADER_END + _NONCE_BYTES

_HEADING = """\
# The key ring of gov-pusher. Keep a copy in a safe place: without it no address can be read, nobody can be reached.
# The first key encrypts, all of them decrypt; "index" finds addresses again and must never change.
"""


class KeyRingError(Exception):
    """The ring, its file or a value does not fit; the sentence says what to do and holds no key and no value."""


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


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
class _Suite:
    version: int
    aead: Callable[[bytes], _Aead]
    digest: Callable[[], hashes.HashAlgorithm]


#: "aes" = AES-256-GCM with HMAC-SHA-256; "sm" = the national algorithms SM4-GCM with HMAC-SM3.
_SUITES: Mapping[str, _Suite] = {
    "aes": _Suite(1, AESGCM, hashes.SHA256),
    "sm": _Suite(2, _Sm4Gcm, hashes.SM3),
}


class _Ciphers(dict[bytes, _Aead]):
    """Ready ciphers by a value's first bytes (version and key name), each built when it is first met."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys

    def __missing__(self, header: bytes) -> _Aead:
        suite = next((suite for suite in _SUITES.values() if header[:1] == bytes([suite.version])), None)
        name = header[1:].rstrip(b"\0").decode("ascii", "replace")
        if suite is None or len(header) < _HEADER_END or not _NAME.fullmatch(name):
            raise KeyRingError(
                "a stored value is not one that this version encrypted: was the database changed by hand?"
            )
        if name not in self._keys:
            raise KeyRingError(
                f"the key ring has no key {name!r}, which stored values need: put it back into the key file"
            )
        self[header] = cipher = suite.aead(self._keys[name])
        return cipher


class KeyRing:
    """Named keys (the first encrypts, all decrypt) and the index key that makes fingerprints."""

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes, *, suite: str = "aes") -> None:
        """`keys`: name (1 to 8 ASCII letters, digits, "-") → 32 bytes; `suite`: "aes" or "sm". Raises KeyRingError."""
        _check(keys, index_key, suite)
        self._keys = dict(keys)
        self._index_key = index_key
        self._suite = suite
        self._ciphers = _Ciphers(self._keys)
        chosen = _SUITES[suite]
        self._header = bytes([chosen.version]) + next(iter(keys)).encode().ljust(_NAME_BYTES, b"\0")
        try:
            self._index = HMAC(index_key, chosen.digest())
            self._active = self._ciphers[self._header]
        except UnsupportedAlgorithm as error:
            raise KeyRingError(f"suite {suite!r} is not in this machine's OpenSSL: use suite 'aes'") from error

    @override
    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)}; suite={self._suite})"

    def encrypt(self, text: str, context: str) -> bytes:
        """`text` under the active key; `context` ("address.value") must be given again to read it."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._header + nonce + self._active.encrypt(nonce, text.encode(), context.encode())

    def decrypt(self, data: bytes, context: str) -> str:
        """What `encrypt` was given. Raises KeyRingError for a missing or wrong key and for a changed value."""
        try:
            return (
                self._ciphers[data[:_HEADER_END]]
                .decrypt(data[_HEADER_END:_NONCE_END], data[_NONCE_END:], context.encode())
                .decode()
            )
        except (InvalidTag, ValueError):
            name = data[1:_HEADER_END].rstrip(b"\0").decode()
            raise KeyRingError(
                f"a value of {context} does not open with key {name!r}: is the key file that of another database?"
            ) from None

    def decrypt_many(self, values: Iterable[bytes], context: str) -> list[str]:
        """`decrypt` for each, in their order."""
        return [self.decrypt(value, context) for value in values]

    def fingerprint(self, kind: str, normalised: str) -> bytes:
        """16 bytes that are the same for the same address and say nothing about it without the index key."""
        index = self._index.copy()
        index.update(f"{kind}\0{normalised}".encode())
        return index.finalize()[:FINGERPRINT_BYTES]

    def derive(self, purpose: str) -> bytes:
        """A further key of 32 bytes for `purpose` ("links"), so that one file holds all secrets of the store."""
        index = self._index.copy()
        # No kind of address is empty, so this never equals a fingerprint's input.
        index.update(f"\0{purpose}".encode())
        return index.finalize()

    @classmethod
    def generate(cls, *, suite: str = "aes") -> "KeyRing":
        """A new ring with one key, "k1"."""
        return cls({"k1": os.urandom(KEY_BYTES)}, os.urandom(KEY_BYTES), suite=suite)

    @classmethod
    def from_text(cls, text: str) -> "KeyRing":
        """The ring that `to_text` wrote: lines "name: base64", one of them "index", optionally "suite: sm"."""
        entries: dict[str, str] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() and not line.lstrip().startswith("#"):
                name, value = _entry(line, number)
                if name in entries:
                    raise KeyRingError(f"line {number} of the key file names {name!r} a second time: remove one")
                entries[name] = value
        suite = entries.pop("suite", "aes")
        keys = {name: _key(name, value) for name, value in entries.items()}
        if "index" not in keys:
            raise KeyRingError("the key file has no line 'index: …': use the file that `KeyRing.save` wrote")
        return cls(keys, keys.pop("index"), suite=suite)

    def to_text(self) -> str:
        """The whole ring, secret, as `from_text` reads it."""
        entries = {**self._keys, "index": self._index_key}
        lines = [f"{name}: {b64encode(key).decode()}\n" for name, key in entries.items()]
        return f"{_HEADING}suite: {self._suite}\n{''.join(lines)}"

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """The ring in the file; refused while other users of the machine may read it. Raises KeyRingError."""
        try:
            if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
                raise KeyRingError(f"key file {path} is open to every user of this machine: run chmod 600 on it")
            return cls.from_text(path.read_text("utf-8"))
        except OSError as error:
            raise KeyRingError(f"key file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise KeyRingError(f"key file {path} is not a text file: name the right file in the settings") from None

    def save(self, path: Path) -> None:
        """Write a new file that only its owner may read. Raises KeyRingError; never overwrites."""
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(self.to_text())
        except OSError as error:
            raise KeyRingError(f"key file {path} cannot be written: {error.strerror}") from error


def _check(keys: Mapping[str, bytes], index_key: bytes, suite: str) -> None:
    if suite not in _SUITES:
        raise KeyRingError(f"the suite of the key ring must be one of {', '.join(_SUITES)}")
    if not keys:
        raise KeyRingError("the key ring has no key that encrypts: add a line 'k1: …'")
    for name, key in {**keys, "index": index_key}.items():
        if not _NAME.fullmatch(name):
            raise KeyRingError("a key's name must be 1 to 8 letters, digits or '-'")
        if len(key) != KEY_BYTES:
            raise KeyRingError(f"key {name!r} has {len(key)} bytes where {KEY_BYTES} are needed")


def _entry(line: str, number: int) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not value.strip():
        raise KeyRingError(f"line {number} of the key file is not of the form 'name: base64'")
    return name.strip(), value.strip()


def _key(name: str, value: str) -> bytes:
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise KeyRingError(f"key {name!r} of the key file is not base64") from None
