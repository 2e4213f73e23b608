"""One alert as names and values, whether it came as XML or as JSON. Pure; reads no more than a few levels deep.

Names are in lower case and without namespace: real files have the wrong one, or none, and JSON writes SENDTIME.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Union

from lxml import etree

from pusher.watch.plain_text import Element, fold, paragraphs_of_markup, plain

Value: TypeAlias = Union[str, "Record"]

#: Elements that hold others; all the rest is text, whatever mark-up somebody forgot to escape in it.
_HOLDERS = frozenset({"info", "area", "geocode", "parameter", "eventcode", "resource"})
#: alert / info / area / geocode / value.
_DEEPEST = 6
#: More values of one name than this are not read: a country has three thousand counties.
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Record:
    """Values by name, in document order."""

    values: Mapping[str, list[Value]] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """The first of these names (lower case) that says anything, in one line of plain text; "" if none does."""
        return next((line for raw in self._raw(names) if (line := plain(raw))), "")

    def paragraphs(self, *names: str) -> str:
        """The first of these names that says anything, as paragraphs of plain text."""
        return next((text for raw in self._raw(names) if (text := paragraphs_of_markup(raw))), "")

    def texts(self, name: str) -> list[str]:
        """All texts of a name that say anything, each in one line."""
        return [line for raw in self._raw((name,)) if (line := plain(raw))]

    def records(self, name: str) -> list["Record"]:
        """All values of a name that have parts; a bare text ("fips6=006109", CAP 1.0) becomes name and value."""
        return [value if isinstance(value, Record) else _pair(value) for value in self.values.get(name, ())]

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """All (valueName, value) under a name: parameters, event codes, geocodes."""
        return [(one.text("valuename"), one.text("value")) for one in self.records(name)]

    def _raw(self, names: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            for value in self.values.get(name, ()):
                if isinstance(value, Record):
                    # Some JSON wraps a text once more: {"title": {"title": "…", "original": "…"}}.
                    yield from (inner for inner in value.values.get(name, ()) if isinstance(inner, str))
                else:
                    yield value


def _pair(text: str) -> Record:
    name, equals, value = text.partition("=")
    return Record({"valuename": [name if equals else ""], "value": [value if equals else text]})


def of_element(element: Element, *, depth: int = 0) -> Record:
    """The record of an XML element."""
    values: dict[str, list[Value]] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = local_name(child)
        found = values.setdefault(name, [])
        if len(found) < _MOST:
            holds = name in _HOLDERS and len(child) and depth < _DEEPEST
            found.append(of_element(child, depth=depth + 1) if holds else "".join(map(str, child.itertext())))
    return Record(values)


def local_name(element: Element) -> str:
    """The name of an element in lower case, without namespace."""
    return str(etree.QName(element).localname).lower()


def of_object(value: Mapping[str, Any], *, depth: int = 0) -> Record:
    """The record of a JSON object."""
    values: dict[str, list[Value]] = {}
    for name, below in value.items():
        found = values.setdefault(fold(name).lower(), [])
        each = below if isinstance(below, list) else [below]
        found.extend(one for inner in each[:_MOST] if (one := _of_json(inner, depth)) is not None)
    return Record(values)


def _of_json(value: Any, depth: int) -> Value | None:
    match value:
        case dict():
            return of_object(value, depth=depth + 1) if depth < _DEEPEST else None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return format(value, ".15g")
        case _:
            return None
