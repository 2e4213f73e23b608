"""A document to its alerts: one alert, a list of them, a feed, an EDXL envelope, or something else. Pure.

Strangers' XML is read by `pusher.watch.cap_xml`: no DTD, no entities, no network, bounded in size and depth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from pusher.warnings.cap.block import Block, Text
from pusher.warnings.cap.elements import NAMESPACES, NATIONAL
from pusher.warnings.cap.error import CapError
from pusher.watch import cap_xml
from pusher.watch.plain_text import Element

SIGNATURES = "http://www.w3.org/2000/09/xmldsig#"
_EDXL = "urn:oasis:names:tc:emergency:EDXL:DE:"
_FEEDS = frozenset({"feed", "rss", "RDF"})
#: Elements that hold elements; whatever else has children is text with mark-up that nobody escaped.
_BLOCKS = frozenset({"info", "area", "resource"})
_PAIRS = frozenset({"eventCode", "parameter", "geocode"})
#: More alerts of one document are not read: the largest feed seen has some hundred.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a document."""

    #: "cap-1.2", "cap-1.1", "cap-1.0", "12379"; "" = no namespace that we know.
    profile: str
    block: Block
    #: The alert as it stands in the document, for the schema and for signatures.
    node: Element


@dataclass(frozen=True, slots=True)
class Document:
    """What a document holds."""

    #: "alert", "feed", "edxl", or "other".
    kind: str
    alerts: tuple[Alert, ...] = ()
    #: Why it could not be read, or what its envelope lacks.
    errors: tuple[CapError, ...] = ()


def read(body: bytes) -> Document:
    """Read a document; what is no XML, or must not be read, becomes an error of kind "other". Never raises."""
    if body.lstrip()[:1] in {b"{", b"["}:
        return Document("other", errors=(CapError("readable", "", 1, "this is JSON, and CAP is XML"),))
    try:
        text, _ = cap_xml.text_of(body, "")
        root = cap_xml.parse(text)
    except cap_xml.Unreadable as refusal:
        return Document("other", errors=(CapError("readable", "", 0, str(refusal)),))
    kind = _kind(root)
    alerts = tuple(_alert(node) for node in _nodes(root))
    errors = list(_envelope_errors(kind, root, alerts))
    return Document(kind, alerts, tuple(errors))


def _kind(root: Element) -> str:
    name = etree.QName(root)
    if name.localname == "alert":
        return "alert"
    if name.localname in _FEEDS:
        return "feed"
    return "edxl" if (name.namespace or "").startswith(_EDXL) else "other"


def _nodes(root: Element) -> Iterator[Element]:
    """The alerts of a document, those inside envelopes and entries too."""
    for count, node in enumerate(root.iter("{*}alert")):
        if count == _MOST:
            return
        yield node


def _alert(node: Element) -> Alert:
    namespace = etree.QName(node).namespace or ""
    profile = NAMESPACES.get(namespace, "")
    if not namespace and (node.find("sendTime") is not None or node.find("senderCode") is not None):
        profile = NATIONAL
    return Alert(profile, _block(node, profile), node)


def _block(node: Element, profile: str) -> Block:
    return Block(tuple(_child(child, profile) for child in _elements(node)), _line(node))


def _elements(node: Element) -> Iterator[Element]:
    for child in node:
        if isinstance(child.tag, str) and etree.QName(child).namespace != SIGNATURES:
            yield child


def _child(child: Element, profile: str) -> tuple[str, Text | Block]:
    name = str(etree.QName(child).localname)
    if name in _BLOCKS or (len(child) and _holds_elements(name, profile)):
        return name, _block(child, profile)
    return name, Text("".join(map(str, child.itertext())).strip(), _line(child))


def _holds_elements(name: str, profile: str) -> bool:
    return name in _PAIRS or (profile == NATIONAL and name in {"code", "method"})


def _envelope_errors(kind: str, root: Element, alerts: tuple[Alert, ...]) -> Iterator[CapError]:
    if kind == "other" and not alerts:
        yield CapError("document", _name(root), _line(root), "the document holds no alert and is no feed")
    elif kind == "other":
        yield CapError("document", _name(root), _line(root), "alerts need an envelope that CAP or EDXL knows")
    if kind == "feed":
        for number, entry in enumerate(root.iter("{*}entry", "{*}item"), 1):
            yield from _entry_errors(entry, number)


def _entry_errors(entry: Element, number: int) -> Iterator[CapError]:
    is_atom = _name(entry) == "entry"
    present = {_name(child) for child in _elements(entry)}
    lacking = {"id", "title"} - present if is_atom else set() if present & {"title", "description"} else {"title"}
    for name in sorted(lacking):
        place = f"{_name(entry)}[{number}]/{name}"
        yield CapError("feed", place, _line(entry), f"the {_name(entry)} has no {name}")


def _name(node: Element) -> str:
    return str(etree.QName(node).localname)


def _line(node: Element) -> int:
    line: object = node.sourceline
    return line if isinstance(line, int) else 0
