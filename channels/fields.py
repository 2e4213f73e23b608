"""The values of a provider's filed template: chosen and named once a message, filled for each recipient. Pure.

Gateways and official accounts do not take free words but values for a template that they have approved; the words of
our own template that fit it are `Message.fields`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from channels.failure import TechnicalFailure
from channels.message import Message
from channels.slots import Pattern, slot

T = TypeVar("T")

#: The field that stands for the end of a link, behind /o/; only templates whose settings name it get it. And most
#: characters of one: what is cut leads nowhere.
PATH, LONGEST_PATH = "path", 32

#: Line breaks, other control characters and halves of characters: no provider takes them in a value.
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

#: What stands for a value that is empty: providers refuse the whole message for one of these.
EMPTY = "-"

#: Messages whose preparation is kept: those of the broadcasts that go out at a time.
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of one message, under the provider's names."""

    #: Value by name; one that differs between recipients is a single slot, which `of` fills.
    texts: Mapping[str, str]
    #: Words and longest length of the values that differ, by the name of their slot.
    personal: Mapping[str, tuple[Pattern, int | None]]

    def of(self, slots: Mapping[str, str]) -> dict[str, str]:
        """One recipient's values for the slots in `texts`."""
        return {name: fitting(words.fill(slots), longest) for name, (words, longest) in self.personal.items()}


def prepare(
    fields: Mapping[str, str],
    *,
    names: Mapping[str, str],
    longest: Callable[[str], int | None],
    place: str = "field",
) -> Fields:
    """The `fields` of a message under the provider's `names` (ours → theirs; empty = all but `PATH`, under our names).

    `longest`: most characters of a field by the provider's name, None = no limit. `place`: what the slots in the result
    begin with. Raises TechnicalFailure where the settings name a field that the message does not have, or one that
    does not fit.
    """
    texts: dict[str, str] = {}
    personal: dict[str, tuple[Pattern, int | None]] = {}
    for ours, theirs in (names or {name: name for name in fields if name != PATH}).items():
        if ours not in fields:
            raise TechnicalFailure(f'the settings name the field "{ours}", which the message does not have')
        most = longest(theirs)
        if ours == PATH and most is not None and most < LONGEST_PATH:
            raise TechnicalFailure(f'the field "{PATH}" needs {LONGEST_PATH} characters, and its variable takes {most}')
        words = Pattern.of(fields[ours])
        if words.names:
            personal[f"{place}{len(personal)}"] = (words, most)
            texts[theirs] = slot(f"{place}{len(personal) - 1}")
        else:
            texts[theirs] = fitting(words.fill({}), most)
    return Fields(texts, personal)


def fitting(value: str, longest: int | None) -> str:
    """`value` on one line, cut with "…" to `longest` characters; `EMPTY` where nothing is left."""
    line = _SPACE.sub(" ", value).strip() or EMPTY
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"


class Prepared(Generic[T]):
    """What a channel builds once a message and uses for each of its recipients; the latest messages are kept."""

    def __init__(self, build: Callable[[Message], T]) -> None:
        self._build = build
        self._built: dict[str, tuple[Message, T]] = {}

    def of(self, message: Message) -> T:
        """What `build` made of this very message; raises what `build` raises, each time anew."""
        known = self._built.get(message.id)
        if known is not None and (known[0] is message or known[0] == message):
            return known[1]
        built = self._build(message)
        self._built.pop(message.id, None)
        self._built[message.id] = (message, built)
        if len(self._built) > _KEPT:
            del self._built[next(iter(self._built))]
        return built
