"""Finds personal data in a text, masks it, and says whether a person must look before the item goes out. Pure.

Behind it: 个人信息保护法, and 教财厅函〔2017〕28号 (no identity, phone or bank numbers and no addresses in lists).
A mask has the length of what it hides, so masking twice changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pusher.review.personal import Finding, Kind, Span, covered, narrowed, told
from pusher.review.personal_names import name_spans
from pusher.review.personal_numbers import number_spans

#: The registers publish these names by law, so a list of them is no list of private persons.
_PUBLIC_KEYS = frozenset({"法定代表人", "法定代表人姓名"})


@dataclass(frozen=True, slots=True)
class PrivacyPolicy:
    """How much personal data is masked and sent on, and from where on a person must look at the item first."""

    #: So many names make a list of persons (of subsidised people, pupils …): it is held.
    hold_names: int = 3
    #: So many identity, phone and bank numbers and addresses together: held.
    hold_numbers: int = 6
    #: One finding of these kinds is enough.
    hold_kinds: frozenset[Kind] = frozenset({Kind.BANK})

    def reasons(self, findings: Iterable[Finding]) -> tuple[str, ...]:
        """Why an item with these findings must be seen by a person; empty if it may go out masked."""
        found = list(findings)
        names = sum(one.kind is Kind.NAME and bool(one.key) and one.key not in _PUBLIC_KEYS for one in found)
        numbers = sum(one.kind is not Kind.NAME for one in found)
        kinds = sorted({one.kind.value for one in found if one.kind in self.hold_kinds})
        reasons = []
        if names >= self.hold_names:
            reasons.append(f"held: {names} names of persons, {self.hold_names} are a list")
        if numbers >= self.hold_numbers:
            reasons.append(f"held: {numbers} personal numbers or addresses, {self.hold_numbers} are too many")
        return (*reasons, *(f"held: a {kind} number was found" for kind in kinds))


def find(text: str) -> list[Finding]:
    """The personal data in `text`, in order. Never raises."""
    return [told(text, span) for span in _spans(text)]


def mask(text: str) -> tuple[str, list[Finding]]:
    """`text` with its personal data masked, and what was found. Never raises; masking again finds nothing."""
    spans = _spans(text)
    pieces = []
    place = 0
    for span in spans:
        pieces += [text[place : span.start], covered(text, span)]
        place = span.end
    return "".join([*pieces, text[place:]]), [told(text, span) for span in spans]


def _spans(text: str) -> Sequence[Span]:
    """What to mask, in order and without overlap; numbers go before names, and long before short."""
    flat = narrowed(text)
    chosen: list[Span] = []
    taken = bytearray(len(text))
    for span in [*number_spans(flat), *sorted(name_spans(flat), key=lambda span: span.start - span.end)]:
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)
