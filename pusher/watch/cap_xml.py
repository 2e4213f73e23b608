"""Bytes to a tree of XML that strangers wrote: no DTD, no entities, no network, no bottomless trees. Pure."""

import re

from lxml import etree

from pusher.watch.decode import decode
from pusher.watch.plain_text import Element

#: Bytes. The longest feed seen (all active alerts of the USA) has a third of it.
LONGEST = 8_000_000
#: Levels of elements; an alert inside an envelope inside a feed has ten.
DEEPEST = 60

_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>", re.IGNORECASE)
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOST = "\ufffd"


class Unreadable(ValueError):
    """Why a document cannot be read, in one sentence without its content."""


def text_of(body: bytes, content_type: str) -> tuple[str, str]:
    """The text of a document and the name of its encoding; raises Unreadable where letters would be lost."""
    if len(body) > LONGEST:
        raise Unreadable(f"the answer is longer than {LONGEST // 1_000_000} MB and was not read")
    text, encoding = decode(body, content_type)
    if _LOST in text and _LOST.encode(encoding, "ignore") not in body:
        raise Unreadable(
            f"the bytes are not {encoding}, which the document declares or looks like: letters would be lost"
        )
    return text, encoding


def parse(text: str) -> Element:
    """The root of a document; raises Unreadable for anything that is not well-formed, too deep, or brings a DTD."""
    # The encoding that is declared is no longer that of the text; the lines stay where they were.
    undeclared = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text.lstrip("\ufeff"), count=1)
    clean = _UNSPEAKABLE.sub("", undeclared).rstrip()
    if not clean.lstrip().startswith("<"):
        raise Unreadable("the answer is neither XML nor JSON")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(clean.encode("utf-8"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable(f"the XML is not well-formed{_place(error)}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("the document brings a DTD, which no alert needs and attacks use: refused")
    if _is_too_deep(root):
        raise Unreadable(f"the document is nested more than {DEEPEST} levels deep")
    return root


def _place(error: Exception) -> str:
    line, column = getattr(error, "position", (0, 0))
    return f" (line {line}, column {column})" if line else ""


def _is_too_deep(root: Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            return True
    return False
