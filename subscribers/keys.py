"""The key ring: personal values are encrypted at rest and looked up by a keyed fingerprint.

The context of a value (table and column) is authenticated, so that a value cannot be moved into another column. The
ring of a running process follows its file: a key that was added to it is found without a restart.
"""

import os
import stat
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hmac import HMAC
from typing_extensions import override

from subscribers.ciphers import HEADER_END, NAME, NONCE_BYTES, NONCE_END, SUITES, Ciphers, KeyRingError, header

__all__ = ["KeyRing", "KeyRingError"]

#: Bytes of every key of the ring.
KEY_BYTES = 32
#: Bytes of a fingerprint: 128 bits of an HMAC, far from any chance of two people sharing one.
FINGERPRINT_BYTES = 16

_HEADING = """\
# The key ring of gov-pusher. Keep a copy in a safe place: without it no address can be read, nobody can be reached.
# The first key encrypts, all of them decrypt; "index" finds addresses again and must never change.
"""


class KeyRing:
    """Named keys (the first encrypts, all decrypt) and the index key that makes fingerprints."""

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes, *, suite: str = "aes") -> None:
        """`keys`: name (1 to 8 ASCII letters, digits, "-") → 32 bytes; `suite`: "aes" or "sm". Raises KeyRingError."""
        _check(keys, index_key, suite)
        self._index_key = index_key
        self._file: Path | None = None
        self._stamp: tuple[int, ...] = ()
        try:
            self._index = HMAC(index_key, SUITES[suite].digest())
            self._take(keys, suite)
        except UnsupportedAlgorithm as error:
            raise KeyRingError(f"suite {suite!r} is not in this machine's OpenSSL: use suite 'aes'") from error

    @override
    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)}; suite={self._suite})"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all keys; the first is the active one, under which everything new is encrypted."""
        return tuple(self._keys)

    @property
    def suite(self) -> str:
        """ "aes" or "sm"."""
        return self._suite

    @property
    def header(self) -> bytes:
        """The first bytes of every value that the active key encrypts."""
        return self._header

    def encrypt(self, text: str, context: str) -> bytes:
        """`text` under the active key; `context` ("address.value") must be given again to read it."""
        nonce = os.urandom(NONCE_BYTES)
        return self._header + nonce + self._active.encrypt(nonce, text.encode(), context.encode())

    def decrypt(self, data: bytes, context: str) -> str:
        """What `encrypt` was given. Raises KeyRingError for a missing or wrong key and for a changed value."""
        try:
            return (
                self._ciphers[data[:HEADER_END]]
                .decrypt(data[HEADER_END:NONCE_END], data[NONCE_END:], context.encode())
                .decode()
            )
        except (InvalidTag, ValueError):
            name = data[1:HEADER_END].rstrip(b"\0").decode()
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

    def with_keys(self, order: Iterable[str], *, new: str | None = None) -> "KeyRing":
        """This ring with the keys `order`, the first of them active; `new` names one among them that is made now."""
        made = {**self._keys, **({} if new is None else {new: os.urandom(KEY_BYTES)})}
        return KeyRing({name: made[name] for name in order}, self._index_key, suite=self._suite)

    def refresh(self) -> bool:
        """Take over the keys of the file where it was replaced since; whether it was. Raises KeyRingError.

        Cheap enough to be asked every few seconds. A file with another index key is refused: it is another ring.
        """
        if self._file is None or not self._file.exists() or (stamp := _stamp(self._file)) == self._stamp:
            return False
        found = KeyRing.load(self._file)
        if found._index_key != self._index_key or found._suite != self._suite:
            raise KeyRingError(f"{self._file} is the key ring of another database now: put the right one back")
        self._take(found._keys, self._suite)
        self._stamp = stamp
        return True

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
            stamp = _stamp(path)
            ring = cls.from_text(path.read_text("utf-8"))
        except FileNotFoundError:
            raise KeyRingError(
                f"there is no key file {path}: mount its folder, or put the file back from your copy; "
                "a new installation is made by `pusher init` in an empty folder"
            ) from None
        except OSError as error:
            raise KeyRingError(f"key file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise KeyRingError(f"key file {path} is not a text file: name the right file in the settings") from None
        ring._file, ring._stamp = path, stamp
        return ring

    def save(self, path: Path) -> None:
        """Write a new file that only its owner may read. Raises KeyRingError; never overwrites."""
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(self.to_text())
        except OSError as error:
            raise KeyRingError(f"key file {path} cannot be written: {error.strerror}") from error

    def replace(self, path: Path) -> None:
        """Put this ring into the place of the file, at once as a whole. Raises KeyRingError."""
        try:
            owner = path.stat()
            handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # made 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(self.to_text())
                    os.fchmod(file.fileno(), stat.S_IMODE(owner.st_mode))
                    _give(file.fileno(), owner)
                    file.flush()
                    os.fsync(file.fileno())
                Path(draft).replace(path)
            except OSError:
                Path(draft).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise KeyRingError(f"key file {path} cannot be replaced: {error.strerror}") from error

    def _take(self, keys: Mapping[str, bytes], suite: str) -> None:
        self._keys = dict(keys)
        self._suite = suite
        self._ciphers = Ciphers(self._key)
        self._header = header(suite, next(iter(keys)))
        self._active = self._ciphers[self._header]

    def _key(self, name: str) -> bytes | None:
        """The key of this name, looked for in the file as well: another process may have added it just now."""
        if name not in self._keys:
            self.refresh()
        return self._keys.get(name)


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes whenever the file is replaced."""
    seen = path.stat()
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def _give(handle: int, owner: os.stat_result) -> None:
    """Leave the file with whom it belonged to; root rotates keys of the service's own user."""
    if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _check(keys: Mapping[str, bytes], index_key: bytes, suite: str) -> None:
    if suite not in SUITES:
        raise KeyRingError(f"the suite of the key ring must be one of {', '.join(SUITES)}")
    if not keys:
        raise KeyRingError("the key ring has no key that encrypts: add a line 'k1: …'")
    for name, key in {**keys, "index": index_key}.items():
        if not NAME.fullmatch(name):
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
