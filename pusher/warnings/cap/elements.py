"""Which elements an alert has, in which order, how often, with which words: CAP 1.2 §3.2, and how 1.1 and 1.0 differ.

Source: OASIS, CAP-v1.2-os, CAP-V1.1, oasis-200402-cap-core-1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

NAMESPACES: Mapping[str, str] = {
    "urn:oasis:names:tc:emergency:cap:1.2": "cap-1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "cap-1.1",
    "http://www.incident.com/cap/1.0": "cap-1.0",
}
#: The namespace that is written.
CAP_1_2 = "urn:oasis:names:tc:emergency:cap:1.2"
#: What the profile of the national system is called here; it has no namespace.
NATIONAL = "12379"

#: As many as one likes.
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Element:
    """One element in its place."""

    name: str
    least: int = 0
    most: int = 1
    #: The words it may hold; empty = any text.
    words: frozenset[str] = frozenset()
    #: What it holds: "" = text, "time", "uri", "number", "language", "pair" (valueName, value), or the name of a block.
    holds: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """The elements of each block ("alert", "info", "resource", "area") in one version."""

    blocks: Mapping[str, tuple[Element, ...]]
    #: Whether eventCode, parameter and geocode are pairs of elements; in 1.0 they are "name=value".
    has_pairs: bool = True
    #: Whether a time needs a zone and has no fractions (1.2 is strict).
    strict_times: bool = True


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STATUS = _words("Actual Exercise System Test Draft")
MESSAGE_TYPE = _words("Alert Update Cancel Ack Error")
SCOPE = _words("Public Restricted Private")
CATEGORY = _words("Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other")
RESPONSE = _words("Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None")
URGENCY = _words("Immediate Expected Future Past Unknown")
SEVERITY = _words("Extreme Severe Moderate Minor Unknown")
CERTAINTY = _words("Observed Likely Possible Unlikely Unknown")


def _alert(*, password: bool = False, draft: bool = True) -> tuple[Element, ...]:
    return (
        Element("identifier", 1),
        Element("sender", 1),
        *((Element("password"),) if password else ()),
        Element("sent", 1, holds="time"),
        Element("status", 1, words=STATUS if draft else STATUS - {"Draft"}),
        Element("msgType", 1, words=MESSAGE_TYPE),
        Element("source"),
        Element("scope", 0 if password else 1, words=SCOPE),
        Element("restriction"),
        Element("addresses"),
        Element("code", most=MANY),
        Element("note"),
        Element("references"),
        Element("incidents"),
        Element("info", most=MANY, holds="info"),
    )


def _info(
    *, responses: frozenset[str], certainty: frozenset[str], pair: str = "pair", categories: int = 1
) -> tuple[Element, ...]:
    return (
        Element("language", holds="language"),
        Element("category", categories, MANY, CATEGORY),
        Element("event", 1),
        *((Element("responseType", most=MANY, words=responses),) if responses else ()),
        Element("urgency", 1, words=URGENCY),
        Element("severity", 1, words=SEVERITY),
        Element("certainty", 1, words=certainty),
        Element("audience"),
        Element("eventCode", most=MANY, holds=pair),
        Element("effective", holds="time"),
        Element("onset", holds="time"),
        Element("expires", holds="time"),
        Element("senderName"),
        Element("headline"),
        Element("description"),
        Element("instruction"),
        Element("web", holds="uri"),
        Element("contact"),
        Element("parameter", most=MANY, holds=pair),
        Element("resource", most=MANY, holds="resource"),
        Element("area", most=MANY, holds="area"),
    )


def _resource(*, mime: int) -> tuple[Element, ...]:
    return (
        Element("resourceDesc", 1),
        Element("mimeType", mime),
        Element("size", holds="number"),
        Element("uri", holds="uri"),
        Element("derefUri"),
        Element("digest"),
    )


def _area(pair: str = "pair") -> tuple[Element, ...]:
    return (
        Element("areaDesc", 1),
        Element("polygon", most=MANY),
        Element("circle", most=MANY),
        Element("geocode", most=MANY, holds=pair),
        Element("altitude", holds="number"),
        Element("ceiling", holds="number"),
    )


VERSIONS: Mapping[str, Version] = {
    "cap-1.2": Version(
        {
            "alert": _alert(),
            "info": _info(responses=RESPONSE, certainty=CERTAINTY),
            "resource": _resource(mime=1),
            "area": _area(),
        }
    ),
    "cap-1.1": Version(
        {
            "alert": _alert(),
            "info": _info(responses=RESPONSE - {"Avoid", "AllClear"}, certainty=CERTAINTY),
            "resource": _resource(mime=0),
            "area": _area(),
        },
        strict_times=False,
    ),
    "cap-1.0": Version(
        {
            "alert": _alert(password=True, draft=False),
            "info": _info(
                responses=frozenset(), certainty=CERTAINTY - {"Observed"} | {"Very Likely"}, pair="", categories=0
            ),
            "resource": _resource(mime=0),
            "area": _area(""),
        },
        has_pairs=False,
        strict_times=False,
    ),
}

#: Elements that may stand more than once, in any version and in the national profile.
REPEATABLE = frozenset(
    element.name
    for version in VERSIONS.values()
    for elements in version.blocks.values()
    for element in elements
    if element.most > 1
)
