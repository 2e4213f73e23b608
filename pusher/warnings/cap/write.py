"""An alert written as CAP 1.2: in the order of the standard, checked before anybody gets it."""

from lxml import etree

from pusher.warnings.cap import rules, schema
from pusher.warnings.cap.block import Block, Text
from pusher.warnings.cap.elements import CAP_1_2, VERSIONS
from pusher.warnings.cap.error import InvalidError
from pusher.watch.plain_text import Element

_BLOCKS = VERSIONS["cap-1.2"].blocks


def write(alert: Block) -> bytes:
    """The document of an alert, in UTF-8. Raises InvalidError with every rule that it breaks."""
    root = to_node(alert)
    wrong = [*schema.errors(root), *rules.errors(alert)]
    if wrong:
        raise InvalidError(wrong)
    return to_bytes(root)


def to_node(alert: Block) -> Element:
    """The element of an alert, unchecked; elements in the order of CAP 1.2, unknown ones left out."""
    root = etree.Element(f"{{{CAP_1_2}}}alert", nsmap={None: CAP_1_2})  # type: ignore[dict-item]
    _fill(root, alert, "alert")
    etree.indent(root, space="  ")
    return root


def to_bytes(root: Element) -> bytes:
    """The document of an element."""
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _fill(node: Element, holder: Block, name: str) -> None:
    for element in _BLOCKS[name]:
        for child in holder.all(element.name):
            below = etree.SubElement(node, f"{{{CAP_1_2}}}{element.name}")
            if isinstance(child, Text):
                below.text = child.value
            elif element.holds == "pair":
                for part in ("valueName", "value"):
                    etree.SubElement(below, f"{{{CAP_1_2}}}{part}").text = child.text(part)
            else:
                _fill(below, child, element.holds)
