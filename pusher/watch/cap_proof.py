"""What proves whose an alert is: the seam at which a source's alerts are checked before anything in them is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pusher.watch.plain_text import Element

#: Fact of an item: SHA-256 (hex) of the certificate that its alert was proven with. No alert can state it by itself.
SIGNED_BY = "pusher:signed_by"
#: Fact of an item: why its alert is not proven, in one sentence.
UNPROVEN = "pusher:unproven"


@dataclass(frozen=True, slots=True)
class Proven:
    """An alert after the check."""

    #: What may be read of it: where it is proven, the signed element and nothing around it.
    alert: Element
    #: `SIGNED_BY` or `UNPROVEN`; empty where nothing is asked for.
    facts: Mapping[str, str] = field(default_factory=dict)


#: Checks one alert (an element of any document); never raises for anything in it.
Proof: TypeAlias = Callable[[Element], Proven]


def not_asked(alert: Element) -> Proven:
    """Of most sources no proof is asked: they propose, and people decide."""
    return Proven(alert)
