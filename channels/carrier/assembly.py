"""Which delivery a status report speaks of, where a message went out in several parts. Pure.

The ledger knows a delivery by one number: that of its last part. The others lead to it through here, and so it is
*delivered* only when every part is, and *not* as soon as one is not. This is kept in memory: after a restart, or where
the gateway reports to another process, the last part speaks for the message alone.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from channels.carrier.said import End
from channels.receipt import Outcome, Receipt

#: Parts without a report that are remembered; of more, the oldest are forgotten.
REMEMBERED = 300_000


@dataclass(slots=True)
class _Whole:
    key: str
    provider_id: str
    #: Parts that have not been reported.
    waiting: int
    is_decided: bool = False


class Assembly:
    """The messages whose reports come in several pieces."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        #: By the number of each part, the oldest first.
        self._known: dict[str, _Whole] = {}
        #: Numbers of the long messages that are going out, the oldest first.
        self._going_out: dict[int, None] = {}
        self._numbers = count(1)
        #: Reports on no known part, with the number up to which messages were going out then: they may be theirs.
        self._early: deque[tuple[int, End]] = deque()

    def begin(self) -> int:
        """A message begins to go out; what it is called by `went_out`."""
        number = next(self._numbers)
        self._going_out[number] = None
        return number

    def went_out(self, message: int, key: str, numbers: Sequence[str]) -> list[Receipt]:
        """It went out as `numbers`, in order (none = it failed); what could now be told of the reports so far.

        A gateway that numbers no parts cannot report on them.
        """
        del self._going_out[message]
        if numbers and all(numbers):
            self.remember(key, numbers)
        first = next(iter(self._going_out), None)
        told: list[Receipt] = []
        while self._early and (first is None or self._early[0][0] < first):
            told.extend(self._tell(self._early.popleft()[1]))
        return told

    def remember(self, key: str, numbers: Sequence[str]) -> None:
        """Reports on `numbers` speak of the delivery `key`."""
        whole = _Whole(key, numbers[-1], len(set(numbers)))
        self._known.update(dict.fromkeys(numbers, whole))
        while len(self._known) > self._remembered:
            del self._known[next(iter(self._known))]

    def read(self, end: End) -> list[Receipt]:
        """What a report tells of a delivery: at most one receipt; none where others must come first."""
        if self._going_out and end.number not in self._known:
            self._early.append((next(reversed(self._going_out)), end))
            return []
        return self._tell(end)

    def _tell(self, end: End) -> list[Receipt]:
        whole = self._known.pop(end.number, None)
        if whole is None:
            return [Receipt(end.outcome, provider_id=end.number, code=end.code, detail=end.detail, at=end.at)]
        whole.waiting -= 1
        if whole.is_decided or (whole.waiting and end.outcome is Outcome.DELIVERED):
            return []
        whole.is_decided = True
        return [
            Receipt(
                end.outcome, provider_id=whole.provider_id, key=whole.key, code=end.code, detail=end.detail, at=end.at
            )
        ]
