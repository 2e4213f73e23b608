"""How values stand in the octets of a frame: the kinds of fields, and reading and writing rows of them. Pure.

Numbers are big-endian; texts have a fixed size and are filled up with zero bytes, or end with one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from typing_extensions import override


class WireError(ValueError):
    """Octets that are no frame, or values that fit none; the text names the field and shows no value."""


class Kind(Protocol):
    """How a value stands in the octets."""

    def put(self, value: Any) -> bytes:
        """The octets of `value`; raises ValueError or OverflowError where it does not fit."""
        ...

    def take(self, body: bytes, start: int) -> tuple[Any, int]:
        """The value at `start` and where it ends, which may be past the end of a body that is too short."""
        ...


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """An unsigned number."""

    size: int

    @override
    def put(self, value: int) -> bytes:
        return value.to_bytes(self.size, "big")

    @override
    def take(self, body: bytes, start: int) -> tuple[int, int]:
        end = start + self.size
        return int.from_bytes(body[start:end], "big"), end


@dataclass(frozen=True, slots=True)
class Raw(Kind):
    """So many octets, no more and no less; none at all stands for zeros."""

    size: int

    @override
    def put(self, value: bytes) -> bytes:
        if value and len(value) != self.size:
            raise ValueError
        return value or bytes(self.size)

    @override
    def take(self, body: bytes, start: int) -> tuple[bytes, int]:
        end = start + self.size
        return body[start:end], end


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """ASCII of at most so many octets."""

    size: int

    @override
    def put(self, value: str) -> bytes:
        octets = value.encode("ascii")
        if len(octets) > self.size:
            raise ValueError
        return octets.ljust(self.size, b"\0")

    @override
    def take(self, body: bytes, start: int) -> tuple[str, int]:
        end = start + self.size
        # What stands behind the first zero is rubbish that some gateways leave there.
        return body[start:end].partition(b"\0")[0].decode("ascii", "replace").strip(), end


@dataclass(frozen=True, slots=True)
class Ended(Kind):
    """ASCII that ends with a zero byte, of at most so many octets with it."""

    size: int

    @override
    def put(self, value: str) -> bytes:
        octets = value.encode("ascii")
        if len(octets) >= self.size or b"\0" in octets:
            raise ValueError
        return octets + b"\0"

    @override
    def take(self, body: bytes, start: int) -> tuple[str, int]:
        # Others are less strict with the length: only what has no end at all is refused.
        end = body.find(b"\0", start)
        if end < 0:
            return "", len(body) + 1
        return body[start:end].decode("ascii", "replace").strip(), end + 1


@dataclass(frozen=True, slots=True)
class Texts(Kind):
    """An octet that counts, and so many texts."""

    text: Text

    @override
    def put(self, value: Sequence[str]) -> bytes:
        return bytes([len(value)]) + b"".join(self.text.put(each) for each in value)

    @override
    def take(self, body: bytes, start: int) -> tuple[tuple[str, ...], int]:
        count = body[start] if start < len(body) else 0
        ends = range(start + 1, start + 1 + count * self.text.size, self.text.size)
        return tuple(self.text.take(body, each)[0] for each in ends), start + 1 + count * self.text.size


@dataclass(frozen=True, slots=True)
class Counted(Kind):
    """An octet that counts, and so many octets."""

    @override
    def put(self, value: bytes) -> bytes:
        return bytes([len(value)]) + value

    @override
    def take(self, body: bytes, start: int) -> tuple[bytes, int]:
        end = start + 1 + (body[start] if start < len(body) else 0)
        return body[start + 1 : end], end


#: Name of each field in its order, and how it stands.
Layout = Sequence[tuple[str, Kind]]


def put(record: object, layout: Layout) -> bytes:
    """The octets of the fields of `record`. Raises WireError that names the field whose value does not fit."""
    octets = []
    for name, kind in layout:
        try:
            octets.append(kind.put(getattr(record, name)))
        except (ValueError, OverflowError):
            # Without its cause, which would show the value.
            raise WireError(f"{type(record).__name__}: the value of {name} does not fit") from None
    return b"".join(octets)


def take(body: bytes, layout: Layout, what: str) -> dict[str, Any]:
    """The values in `body` by name. Raises WireError if it has another size than they take."""
    values, at = take_front(body, layout)
    if at != len(body):
        raise WireError(f"{what}: a body of {len(body)} octets")
    return values


def take_front(body: bytes, layout: Layout) -> tuple[dict[str, Any], int]:
    """The values at the front of `body` by name, and where they end: past the end of a body that is too short."""
    values, at = {}, 0
    for name, kind in layout:
        values[name], at = kind.take(body, at)
    return values, at
