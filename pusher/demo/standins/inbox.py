"""What the people behind a stand-in have received."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """One message on one person's screen."""

    #: Number or openid.
    to: str
    #: What stands on the screen, in one piece.
    text: str
    #: Seconds since 1970.
    at: float
    #: Values of the template by name.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: What a tap opens; "" = nothing.
    link: str = ""
    #: By what the sender tells a repetition (client_msg_id, OutId).
    mark: str = ""
    #: The stand-in's number of the message.
    id: str = ""


class Inbox:
    """The latest messages of everybody, up to `keep` (0 = none are kept)."""

    def __init__(self, keep: int) -> None:
        self._messages: deque[Received] = deque(maxlen=keep)
        #: Whether it is worth making a `Received`.
        self.is_kept = keep > 0

    def put(self, message: Received) -> None:
        """Show `message` to its receiver."""
        self._messages.append(message)

    def all(self, to: str = "") -> list[Received]:
        """What was received, oldest first; by one person where `to` is given."""
        return [message for message in self._messages if to in ("", message.to)]
