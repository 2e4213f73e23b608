"""Joins the pieces of what somebody wrote. Pure.

The gateway has been told that we have each piece, so none is thrown away: where the others do not come, it is given
out as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.carrier.parts import seen
from channels.carrier.said import Written
from channels.phone import address_of
from channels.receipt import Inbound
from channels.stop_words import is_stop

#: Seconds for which a piece waits for the others.
PATIENCE = 600.0

#: Most texts that wait for pieces: somebody may send first pieces only.
MOST_WAITING = 1000


@dataclass(slots=True)
class _Waiting:
    since: float
    pieces: dict[int, Written]


class Pieces:
    """Texts of which not all has come."""

    def __init__(self) -> None:
        #: By who wrote, reference and number of pieces; the oldest first.
        self._waiting: dict[tuple[str, int, int], _Waiting] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def put(self, written: Written, now: float) -> Iterator[Inbound]:
        """What has become whole with `written`, and what has waited too long at `now`."""
        yield from self.late(now)
        if written.total == 1:
            yield _read([written])
            return
        name = (written.source, written.reference, written.total)
        waiting = self._waiting.setdefault(name, _Waiting(now, {}))
        waiting.pieces[written.at] = written
        if len(waiting.pieces) == written.total:
            yield self._out(name)
        elif len(self._waiting) > MOST_WAITING:
            yield self._out(next(iter(self._waiting)))

    def late(self, now: float) -> Iterator[Inbound]:
        """What has waited too long, as far as it is there."""
        while self._waiting:
            name, waiting = next(iter(self._waiting.items()))
            if now - waiting.since < PATIENCE:
                return
            yield self._out(name)

    def _out(self, name: tuple[str, int, int]) -> Inbound:
        pieces = self._waiting.pop(name).pieces
        return _read([pieces[number] for number in sorted(pieces)])


def _read(pieces: list[Written]) -> Inbound:
    """The words; octets that are no text show as "�"."""
    first = pieces[0]
    # Joined before they are read: a character may lie across two pieces.
    text = seen(b"".join(piece.content for piece in pieces).decode(first.codec, "replace"))
    return Inbound(
        "stop" if is_stop(text) else "text", address=address_of(first.source), text=text, event_id=first.number
    )
