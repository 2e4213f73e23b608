"""The shape of an alert against the elements of its version: names, order, number, words, times. Pure.

Says the same of an alert as the OASIS schema does, in words that a person can act on, and for the older versions too.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from pusher.warnings.cap.block import Block, Text
from pusher.warnings.cap.elements import VERSIONS, Element, Version
from pusher.warnings.cap.error import CapError

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_INTEGER = re.compile(r"[+-]?\d+")
_PAIR = (Element("valueName", 1), Element("value", 1))
#: As xs:language has it (RFC 3066).
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
#: Characters that no address may hold.
_NO_URI = re.compile(r"[\s<>\"{}|\\^`]")


def errors(alert: Block, profile: str) -> Iterator[CapError]:
    """What is wrong with the shape of an alert of a version of CAP ("cap-1.2" …)."""
    yield from _block_errors(alert, "alert", "alert", VERSIONS[profile])


def _block_errors(block: Block, name: str, path: str, version: Version) -> Iterator[CapError]:
    expected = version.blocks[name]
    yield from _known(block, path, expected)
    yield from _numbers(block, path, expected)
    yield from _order(block, path, expected)
    by_name = {element.name: element for element in expected}
    counts: dict[str, int] = {}
    for child_name, child in block.children:
        if child_name in by_name:
            counts[child_name] = counts.get(child_name, 0) + 1
            number = f"[{counts[child_name]}]" if by_name[child_name].most > 1 else ""
            yield from _child(child, by_name[child_name], f"{path}/{child_name}{number}", version)


def _known(block: Block, path: str, expected: Sequence[Element]) -> Iterator[CapError]:
    names = {element.name for element in expected}
    for name, child in block.children:
        if name not in names:
            yield CapError(
                "unknown", f"{path}/{name}", child.line, f"{path.rsplit('/', maxsplit=1)[-1]} has no element {name}"
            )


def _numbers(block: Block, path: str, expected: Sequence[Element]) -> Iterator[CapError]:
    for element in expected:
        found = list(block.all(element.name))
        if len(found) < element.least:
            yield CapError("missing", f"{path}/{element.name}", block.line, f"{element.name} is missing")
        elif len(found) > element.most:
            yield CapError("repeated", f"{path}/{element.name}", found[1].line, f"{element.name} may stand only once")


def _order(block: Block, path: str, expected: Sequence[Element]) -> Iterator[CapError]:
    places = {element.name: place for place, element in enumerate(expected)}
    last = ""
    for name, child in block.children:
        if name not in places:
            continue
        if last and places[name] < places[last]:
            yield CapError("order", f"{path}/{name}", child.line, f"{name} must stand before {last}")
        else:
            last = name


def _child(child: Text | Block, element: Element, path: str, version: Version) -> Iterator[CapError]:
    if element.holds in version.blocks:
        if isinstance(child, Block):
            yield from _block_errors(child, element.holds, path, version)
    elif element.holds == "pair":
        yield from _pair(child, path)
    elif isinstance(child, Text):
        wrong = _wrong(child.value, element, strict=version.strict_times)
        if wrong:
            yield CapError(wrong[0], path, child.line, wrong[1])


def _pair(child: Text | Block, path: str) -> Iterator[CapError]:
    if isinstance(child, Text):
        yield CapError("pair", path, child.line, "must hold a valueName and a value")
        return
    yield from _known(child, path, _PAIR)
    yield from _numbers(child, path, _PAIR)
    yield from _order(child, path, _PAIR)


def _wrong(value: str, element: Element, *, strict: bool) -> tuple[str, str] | None:
    """Name of the rule that a text breaks, and why; None if it is right."""
    if element.words and value not in element.words:
        return "word", f'"{value[:40]}" is not one of {", ".join(sorted(element.words))}'
    match element.holds:
        case "time" if not _is_time(value, strict=strict):
            form = "2026-11-27T18:30:00+08:00 (a zone, no fractions, no Z)" if strict else "2026-11-27T18:30:00+08:00"
            return "time", f'"{value[:40]}" is not a time such as {form}'
        case "language" if not _LANGUAGE.fullmatch(value):
            return "language", f'"{value[:40]}" is not a language such as zh-CN'
        case "uri" if _NO_URI.search(value):
            return "uri", "is not an address: it holds characters that none may hold"
        case "number" if not (_INTEGER if element.name == "size" else _NUMBER).fullmatch(value):
            return "number", f'"{value[:40]}" is not a {"whole " if element.name == "size" else ""}number'
        case _:
            return None


def _is_time(value: str, *, strict: bool) -> bool:
    if strict and not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return "T" in value
