"""The schema of OASIS as the last judge of what is written, and of what is read as CAP 1.2."""

from collections.abc import Iterator
from functools import cache
from importlib import resources

from lxml import etree

from pusher.warnings.cap.error import CapError
from pusher.watch.plain_text import Element


def errors(alert: Element) -> Iterator[CapError]:
    """What the schema finds wrong with the alert element, in the words of the schema's own reader."""
    schema = _schema()
    if not schema.validate(alert):
        for entry in schema.error_log:  # type: ignore[attr-defined]
            yield CapError("schema", _path(entry.path or ""), entry.line, entry.message.replace("{" + _CAP + "}", ""))


_CAP = "urn:oasis:names:tc:emergency:cap:1.2"


@cache
def _schema() -> etree.XMLSchema:
    file = resources.files("pusher.warnings.cap") / "oasis" / "CAP-v1.2.xsd"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.fromstring(file.read_bytes(), parser))


def _path(path: str) -> str:
    return "/".join(step.split(":")[-1] for step in path.strip("/").split("/"))
