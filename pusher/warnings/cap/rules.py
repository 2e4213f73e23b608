"""What the schema cannot check: identifiers, references, polygons, circles, the order of times, languages. Pure.

Source: the text of CAP 1.2 §3.2, and the rules that the profiles of Google, IPAWS and Canada share.
"""

import re
from collections.abc import Iterator, Sequence

from pusher.warnings.cap import shape
from pusher.warnings.cap.block import Block, Text
from pusher.warnings.cap.error import CapError

#: Identifiers and senders must not hold these (CAP 1.2 §3.2.1).
_NO_NAME = re.compile(r"[\s,<&]")
#: What language counts as where none is stated (CAP 1.2 §3.2.2).
DEFAULT_LANGUAGE = "en-US"


def errors(alert: Block) -> Iterator[CapError]:
    """What is wrong with the texts of an alert of CAP 1.0 to 1.2."""
    yield from _names(alert)
    yield from _references(alert)
    yield from _scope(alert)
    for number, info in enumerate(alert.blocks("info"), 1):
        path = f"alert/info[{number}]"
        yield from _times(alert, info, path)
        for place, area in enumerate(info.blocks("area"), 1):
            yield from _area(area, f"{path}/area[{place}]")
    yield from _parallel(alert)


def references(text: str) -> Sequence[tuple[str, str, str]]:
    """(sender, identifier, sent) of each message that is referred to, in order; ValueError where one is no triplet."""
    found = []
    for word in text.split():
        parts = word.split(",")
        if len(parts) != 3 or not all(parts):
            raise ValueError(f'"{word[:60]}" is not sender,identifier,sent')
        found.append((parts[0], parts[1], parts[2]))
    return found


def _names(alert: Block) -> Iterator[CapError]:
    for name in ("identifier", "sender"):
        for child in alert.all(name):
            if isinstance(child, Text) and (not child.value or _NO_NAME.search(child.value)):
                wanted = "must not be empty" if not child.value else "must not hold blanks, commas, < or &"
                yield CapError("identifier", f"alert/{name}", child.line, f"{name} {wanted}")


def _references(alert: Block) -> Iterator[CapError]:
    line, stated = alert.line_of("references"), alert.text("references")
    if not stated and alert.text("msgType") in {"Update", "Cancel"}:
        kind = alert.text("msgType")
        yield CapError(
            "references", "alert/references", line, f"a message of type {kind} must refer to what it changes"
        )
        return
    try:
        found = references(stated)
    except ValueError as error:
        yield CapError("references", "alert/references", line, f"{error} (references are parted by blanks)")
        return
    if any(identifier == alert.text("identifier") for _, identifier, _ in found):
        yield CapError("references", "alert/references", line, "the message refers to itself")
    for _, _, sent in found:
        if shape.time(sent) is None:
            yield CapError(
                "references", "alert/references", line, f'"{sent[:40]}" is not the time that a message was sent'
            )


def _scope(alert: Block) -> Iterator[CapError]:
    scope = alert.text("scope")
    for name, needs in (("restriction", "Restricted"), ("addresses", "Private")):
        if scope == needs and not alert.text(name):
            text = f"scope {needs} needs {name}"
            yield CapError("scope", f"alert/{name}", alert.line_of("scope"), text)


def _times(alert: Block, info: Block, path: str) -> Iterator[CapError]:
    """Nothing ends before it begins, or before it was said."""
    expires = shape.time(info.text("expires"))
    if expires is None:
        return
    before = {name: shape.time(info.text(name)) for name in ("onset", "effective")}
    before["sent"] = shape.time(alert.text("sent"))
    for name, moment in before.items():
        if moment is not None and expires <= moment:
            text = f"the warning expires at {info.text('expires')}, which is not after {name}"
            yield CapError("time-order", f"{path}/expires", info.line_of("expires"), text)
            return


def _area(area: Block, path: str) -> Iterator[CapError]:
    for name, read in (("polygon", shape.polygon), ("circle", shape.circle)):
        for number, child in enumerate(area.all(name), 1):
            if not isinstance(child, Text) or not child.value:
                continue
            try:
                read(child.value)
            except ValueError as error:
                yield CapError(name, f"{path}/{name}[{number}]", child.line, str(error))
    if area.text("ceiling") and not area.text("altitude"):
        yield CapError("altitude", f"{path}/ceiling", area.line_of("ceiling"), "ceiling needs altitude")


def _parallel(alert: Block) -> Iterator[CapError]:
    """Blocks of different languages say the same thing: same category and event codes."""
    infos = alert.blocks("info")
    for number, info in enumerate(infos[1:], 2):
        if _language_of(info) == _language_of(infos[0]):
            continue
        for name in ("category", "eventCode"):
            if sorted(_values(info, name)) != sorted(_values(infos[0], name)):
                text = f"{name} differs from that of the first language; the languages must say the same"
                yield CapError("parallel", f"alert/info[{number}]/{name}", info.line_of(name), text)


def _language_of(info: Block) -> str:
    return info.text("language") or DEFAULT_LANGUAGE


def _values(info: Block, name: str) -> Sequence[tuple[str, str]]:
    return info.pairs(name) if name == "eventCode" else [("", value) for value in info.texts(name)]
