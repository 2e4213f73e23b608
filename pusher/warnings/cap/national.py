"""The profile of 国家突发事件预警信息发布系统 (12379): checked, and turned into CAP 1.2 and back. Pure.

It differs from CAP 1.2: no namespace, `sendTime`, and a blank in place of the T of all times, `severity` as a colour,
`circle` in metres, `references` to the identifier of the first message only, `geocode` as a comma list, `senderName` as
the officer who signs (personal, never passed on), and the words for each channel inside `code`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from lxml import etree

from pusher.clock import CHINA
from pusher.warnings.cap import shape
from pusher.warnings.cap.block import Block, Text, block
from pusher.warnings.cap.elements import MESSAGE_TYPE, STATUS, URGENCY
from pusher.warnings.cap.error import CapError
from pusher.warnings.hazard import hazard
from subscribers.region import Point

#: Fourteen digits of the sender, "_", the time of signing, and since a later edition a number.
_IDENTIFIER = re.compile(r"(\d{14})_(\d{14})(?:_\d{1,2})?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+08:00")
_SENDER_CODE = re.compile(r"\d{14}")
_EVENT = re.compile(r"1[1-4][0-9A-Z]\d\d")
_DIVISIONS = re.compile(r"\d{6}(\d{3})?(\d{3})?")

#: The colour of each level, and the severity that CAP has for it.
COLOURS: Mapping[str, str] = {"Red": "Extreme", "Orange": "Severe", "Yellow": "Moderate", "Blue": "Minor"}
_SEVERITY = frozenset({*COLOURS, "Unknown"})
_CERTAINTY = frozenset({"Observed", "VeryLikely", "Likely", "Possible", "Unlikely", "Unknown"})
_METHODS = frozenset(["SMS", "LED", "SPEAKER", "TV", "BROADCAST", "WEB", "PHONE", "FAX"])
#: Names of values that have no element of their own in CAP.
EVENT_CODE = "12379"
GEOCODE = "CPEAS Geographic Code"
COLOUR = "ColorCode"

_HEADER = ("identifier", "sender", "senderCode", "sendTime", "status", "msgType", "scope")
_INFO = ("eventType", "urgency", "severity", "certainty", "effective", "headline", "description")
_METRES = 1_000.0


def errors(alert: Block) -> Iterator[CapError]:
    """What is wrong with a message of the profile. Elements that are empty count as not given."""
    yield from _needed(alert, "alert", _HEADER)
    yield from _forms(
        alert,
        "alert",
        {"identifier": _IDENTIFIER, "senderCode": _SENDER_CODE, "sendTime": _TIME, "references": _IDENTIFIER},
    )
    yield from _words(alert, "alert", {"status": STATUS, "msgType": MESSAGE_TYPE, "scope": frozenset({"Public"})})
    if not alert.text("references") and alert.text("msgType") in {"Update", "Cancel"}:
        yield CapError(
            "references", "alert/references", alert.line_of("references"), "must name the first message of the event"
        )
    yield from _methods(alert)
    if not alert.blocks("info"):
        yield CapError("missing", "alert/info", alert.line, "info is missing")
    for number, info in enumerate(alert.blocks("info"), 1):
        yield from _info_errors(info, f"alert/info[{number}]")


def to_cap(alert: Block) -> Block:
    """A message of the profile as CAP 1.2; what CAP has no place for is left out, the officer's name above all."""
    code, sent = alert.text("senderCode"), _cap_time(alert.text("sendTime"))
    return block(
        ("identifier", alert.text("identifier")),
        ("sender", code),
        ("sent", sent),
        ("status", alert.text("status")),
        ("msgType", alert.text("msgType")),
        ("source", alert.text("sender")),
        ("scope", "Public"),
        ("note", alert.text("note")),
        ("references", _cap_reference(alert.text("references"))),
        *(("info", _cap_info(info, alert.text("sender"))) for info in alert.blocks("info")),
    )


def write(alert: Block, *, first: str = "", methods: Sequence[tuple[str, str]] = ()) -> bytes:
    """An alert of CAP 1.2 as a message of the profile.

    `first`: identifier of the first message of its chain, where this one changes or ends it. `methods`: (SMS, WEB,
    SPEAKER …; words) for each channel that the platform itself serves. The sender's code is CAP's `sender`, the event
    code the one named "12379", the divisions the geocodes named "CPEAS Geographic Code".
    """
    root = etree.Element("alert")
    info = next(iter(alert.blocks("info")), Block())
    for name, value in (
        ("identifier", alert.text("identifier")),
        ("sender", info.text("senderName") or alert.text("source")),
        ("senderCode", alert.text("sender")),
        ("sendTime", _national_time(alert.text("sent"))),
        ("status", alert.text("status")),
        ("msgType", alert.text("msgType")),
        ("scope", "Public"),
    ):
        _add(root, name, value)
    code = _add(root, "code")
    for method, words in methods:
        entry = _add(code, "method")
        for name, value in (("methodName", method), ("message", words), ("audienceGrp", ""), ("audenceprt", "")):
            _add(entry, name, value)
    for name, value in (("secClassification", "None"), ("note", alert.text("note")), ("references", first)):
        _add(root, name, value)
    for each in alert.blocks("info"):
        if each.text("language") in {"", "zh-CN", info.text("language")}:
            _write_info(_add(root, "info"), each)
            break
    etree.indent(root, space="    ")
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def identifier(sender_code: str, at: datetime) -> str:
    """The identifier of a message that `sender_code` (14 digits) signs at `at`, to the second."""
    if not _SENDER_CODE.fullmatch(sender_code):
        raise ValueError(f'"{sender_code[:40]}" is not the code of a sender: it has 14 digits')
    return f"{sender_code}_{at.astimezone(CHINA):%Y%m%d%H%M%S}"


def file_name(alert: Block) -> str:
    """The name under which the platform takes a message: sender, time of signing, event, colour, act."""
    info = next(iter(alert.blocks("info")), Block())
    sent = shape.time(alert.text("sent"))
    stamp = f"{sent.astimezone(CHINA):%Y%m%d%H%M%S}" if sent else ""
    event = _first(info.pairs("eventCode"), EVENT_CODE)
    colour = _colour(info).upper()
    return f"{alert.text('sender')}_{stamp}_{event}_{colour}_{alert.text('msgType').upper()}.XML"


def _needed(holder: Block, path: str, names: Sequence[str]) -> Iterator[CapError]:
    for name in names:
        if not holder.text(name):
            yield CapError("missing", f"{path}/{name}", holder.line_of(name), f"{name} is missing")


def _forms(holder: Block, path: str, forms: Mapping[str, re.Pattern[str]]) -> Iterator[CapError]:
    told = {
        _IDENTIFIER: "14 digits of the sender, _, and the time of signing",
        _SENDER_CODE: "14 digits",
        _TIME: "a time such as 2026-11-27 18:30:00+08:00",
        _EVENT: "an event code such as 11B03",
    }
    for name, form in forms.items():
        value = holder.text(name)
        if value and not form.fullmatch(value):
            yield CapError("form", f"{path}/{name}", holder.line_of(name), f'"{value[:40]}" is not {told[form]}')


def _words(holder: Block, path: str, words: Mapping[str, frozenset[str]]) -> Iterator[CapError]:
    for name, allowed in words.items():
        value = holder.text(name)
        if value and value not in allowed:
            text = f'"{value[:40]}" is not one of {", ".join(sorted(allowed))}'
            yield CapError("word", f"{path}/{name}", holder.line_of(name), text)


def _methods(alert: Block) -> Iterator[CapError]:
    for code in alert.blocks("code"):
        for number, method in enumerate(code.blocks("method"), 1):
            yield from _words(method, f"alert/code/method[{number}]", {"methodName": _METHODS})


def _info_errors(info: Block, path: str) -> Iterator[CapError]:
    yield from _needed(info, path, _INFO)
    times = dict.fromkeys(("effective", "onset", "expires"), _TIME)
    yield from _forms(info, path, {"eventType": _EVENT, **times})
    words = {"severity": _SEVERITY, "certainty": _CERTAINTY, "urgency": URGENCY}
    yield from _words(info, path, words)
    begins = shape.time(info.text("onset") or info.text("effective"))
    expires = shape.time(info.text("expires"))
    if begins and expires and expires <= begins:
        yield CapError("time-order", f"{path}/expires", info.line_of("expires"), "the warning expires before it begins")
    if not info.blocks("area"):
        yield CapError("missing", f"{path}/area", info.line, "area is missing")
    for number, area in enumerate(info.blocks("area"), 1):
        yield from _area_errors(area, f"{path}/area[{number}]")


def _area_errors(area: Block, path: str) -> Iterator[CapError]:
    for child in area.all("geocode"):
        codes = child.value.split(",") if isinstance(child, Text) else [""]
        for code in codes:
            if not _DIVISIONS.fullmatch(code.strip()):
                text = f'"{code[:40]}" is not a division code of 6, 9 or 12 digits'
                yield CapError("geocode", f"{path}/geocode", child.line, text)
    if not any(area.texts("geocode")) and not any(area.texts("polygon")) and not any(area.texts("circle")):
        yield CapError("missing", f"{path}/geocode", area.line, "the area has neither divisions nor a shape")


def _cap_info(info: Block, sender: str) -> Block:
    known = hazard(info.text("eventType"))
    certainty = info.text("certainty")
    colour = info.text("severity")
    return block(
        ("language", info.text("language") or "zh-CN"),
        ("category", known.category if known else "Other"),
        ("event", known.name if known else info.text("eventType")),
        ("urgency", info.text("urgency") or "Unknown"),
        ("severity", COLOURS.get(colour, "Unknown")),
        ("certainty", "Likely" if certainty == "VeryLikely" else certainty or "Unknown"),
        ("eventCode", _pair(EVENT_CODE, info.text("eventType"))),
        *((name, _cap_time(info.text(name))) for name in ("effective", "onset", "expires")),
        ("senderName", sender),
        *((name, info.text(name)) for name in ("headline", "description", "instruction", "web")),
        ("parameter", _pair(COLOUR, colour) if colour in COLOURS else None),
        *(("area", _cap_area(area)) for area in info.blocks("area")),
    )


def _cap_area(area: Block) -> Block:
    codes = dict.fromkeys(code.strip() for text in area.texts("geocode") for code in text.split(",") if code.strip())
    return block(
        ("areaDesc", ",".join(dict.fromkeys(area.text("areaDesc").split(",")))),
        *(("polygon", text) for text in area.texts("polygon")),
        *(("circle", _scaled(text, 1 / _METRES)) for text in area.texts("circle") if text),
        *(("geocode", _pair(GEOCODE, code)) for code in codes),
    )


def _write_info(node: etree._Element, info: Block) -> None:
    for name, value in (
        ("language", info.text("language") or "zh-CN"),
        ("eventType", _first(info.pairs("eventCode"), EVENT_CODE)),
        ("urgency", info.text("urgency")),
        ("severity", _colour(info)),
        ("certainty", info.text("certainty")),
        *((name, _national_time(info.text(name))) for name in ("effective", "onset", "expires")),
        ("senderName", ""),
        *((name, info.text(name)) for name in ("headline", "description", "instruction", "web")),
    ):
        _add(node, name, value)
    for area in info.blocks("area"):
        written = _add(node, "area")
        codes = [value for name, value in area.pairs("geocode") if name == GEOCODE]
        _add(written, "areaDesc", area.text("areaDesc"))
        for polygon in area.texts("polygon") or [""]:
            _add(written, "polygon", polygon)
        for circle in area.texts("circle") or [""]:
            _add(written, "circle", _scaled(circle, _METRES) if circle else "")
        _add(written, "geocode", ",".join(codes))


def _colour(info: Block) -> str:
    stated = _first(info.pairs("parameter"), COLOUR)
    by_severity = {severity: colour for colour, severity in COLOURS.items()}
    return stated if stated in COLOURS else by_severity.get(info.text("severity"), "Unknown")


def _scaled(circle: str, factor: float) -> str:
    try:
        centre, radius = shape.circle(circle) if factor > 1 else _metres(circle)
    except ValueError:
        return circle
    return shape.write_circle(centre, radius * factor)


def _metres(circle: str) -> tuple[Point, float]:
    centre, _, radius = circle.strip().rpartition(" ")
    return shape.circle(f"{centre} 0")[0], float(radius)


def _cap_time(text: str) -> str:
    return text.strip().replace(" ", "T", 1)


def _national_time(text: str) -> str:
    moment = shape.time(text)
    return moment.astimezone(CHINA).isoformat(" ", "seconds") if moment else ""


def _cap_reference(text: str) -> str:
    """The triplet of the first message: its time is the one in its identifier, as the profile gives no other."""
    found = _IDENTIFIER.fullmatch(text)
    if found is None:
        return ""
    try:
        sent = datetime.strptime(found[2], "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        return ""
    return f"{found[1]},{text},{sent.isoformat()}"


def _pair(name: str, value: str) -> Block:
    return block(("valueName", name), ("value", value))


def _first(pairs: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for own, value in pairs if own == name), "")


def _add(parent: etree._Element, name: str, value: str = "") -> etree._Element:
    child = etree.SubElement(parent, name)
    if value:
        child.text = value
    return child
