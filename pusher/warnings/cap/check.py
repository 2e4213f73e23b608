"""What a file holds and what is wrong with it: the answer of `pusher cap check`. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pusher.warnings.cap import national, rules, schema, structure
from pusher.warnings.cap.block import Block, Text
from pusher.warnings.cap.elements import NATIONAL, REPEATABLE
from pusher.warnings.cap.error import CapError, by_line
from pusher.warnings.cap.read import Alert, Document, read

#: Errors of one document beyond this many are not told: a feed can hold thousands of the same.
_MOST_ERRORS = 1_000


@dataclass(frozen=True, slots=True)
class Checked:
    """A document, judged."""

    document: Document
    #: In the order of the document; empty = all is well.
    errors: tuple[CapError, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors

    @property
    def profile(self) -> str:
        """Of the first alert; "" where there is none."""
        return self.document.alerts[0].profile if self.document.alerts else ""

    def to_json(self, file: str) -> dict[str, Any]:
        """The line of `pusher cap check --json`; `alert` is the first; of several, `alerts` has all."""
        alerts = [to_json(alert.block, alert.profile) for alert in self.document.alerts]
        return {
            "file": file,
            "ok": self.ok,
            "kind": self.document.kind,
            "profile": self.profile,
            "errors": [
                {"rule": error.rule, "element": error.element, "line": error.line, "text": error.text}
                for error in self.errors
            ],
            "alert": alerts[0] if alerts else None,
            **({"alerts": alerts} if len(alerts) > 1 else {}),
        }


def check(body: bytes) -> Checked:
    """Read and judge a document, strictly. Never raises."""
    document = read(body)
    found = [*document.errors]
    for number, alert in enumerate(document.alerts, 1):
        several = f"[{number}]" if len(document.alerts) > 1 else ""
        found += [replace(error, element=_numbered(error.element, several)) for error in alert_errors(alert)]
        if len(found) > _MOST_ERRORS:
            break
    return Checked(document, by_line(found[:_MOST_ERRORS]))


def alert_errors(alert: Alert) -> Sequence[CapError]:
    """What is wrong with one alert of a document."""
    return list(_alert_errors(alert))


def _alert_errors(alert: Alert) -> Iterator[CapError]:
    if not alert.profile:
        text = "the alert is in no namespace of CAP 1.0, 1.1 or 1.2, and is no message of the national system"
        yield CapError("namespace", "alert", alert.block.line, text)
        return
    if alert.profile == NATIONAL:
        yield from national.errors(alert.block)
        return
    shaped = list(structure.errors(alert.block, alert.profile))
    yield from shaped
    if not shaped and alert.profile == "cap-1.2":
        # Whatever the words above do not cover is still said, if in the schema's words.
        yield from schema.errors(alert.node)
    yield from rules.errors(alert.block)


def to_json(block: Block, profile: str) -> Mapping[str, Any]:
    """The alert under CAP's own names; what may stand more than once is a list, texts are trimmed."""
    said: dict[str, Any] = {}
    for name, child in block.children:
        value = child.value if isinstance(child, Text) else to_json(child, profile)
        if name in REPEATABLE:
            said.setdefault(name, []).append(value)
        else:
            said.setdefault(name, value)
    if profile == NATIONAL and "sendTime" in said:
        said.setdefault("sent", said["sendTime"])
    return said


def _numbered(element: str, number: str) -> str:
    return f"alert{number}{element.removeprefix('alert')}" if element.startswith("alert") else element
