"""What a gateway says, once its codes are understood. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from channels.failure import SendError
from channels.receipt import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """Its answer to one message, or one part of a long one."""

    #: Its number of it; "" where it gives none.
    number: str
    #: Why it does not take it; None = it does.
    refusal: SendError | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How one message, or one part of a long one, ended."""

    #: The number that the gateway gave it in its answer.
    number: str
    outcome: Outcome
    #: The report's own word, printable.
    code: str
    at: datetime | None
    #: What the code means, where it says more than the outcome.
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote, or one piece of it."""

    #: The number that he wrote from; personal.
    source: str = field(repr=False)
    content: bytes = field(repr=False)
    #: Codec of `content`, as Python names it.
    codec: str
    #: The gateway's number of it; "" where it gives none.
    number: str = ""
    #: What joins the pieces; 0 where it is whole.
    reference: int = 0
    #: How many pieces there are, and which one this is, from 1.
    total: int = 1
    at: int = 1
