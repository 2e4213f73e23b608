"""What a version says: its headline, the item that it becomes, and the CAP alert of it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pusher.clock import CHINA
from pusher.item import Item
from pusher.warnings.cap import national, shape
from pusher.warnings.cap.block import Block, block
from pusher.warnings.guide import LEVEL_NAMES
from pusher.warnings.hazard import Hazard, families, hazard
from pusher.warnings.settings import Organisation
from pusher.warnings.warning import Act, Content, Status, Translation, Version
from subscribers.region import Region
from subscribers.topic import Severity, Topic

#: The source of items that warnings become.
SOURCE = "warnings"

_COLOURS: Mapping[Severity, tuple[str, str]] = {
    Severity.BLUE: ("Blue", "Minor"),
    Severity.YELLOW: ("Yellow", "Moderate"),
    Severity.ORANGE: ("Orange", "Severe"),
    Severity.RED: ("Red", "Extreme"),
}
_VERBS = {Act.ALERT: "发布", Act.UPDATE: "继续发布", Act.END: "解除", Act.CORRECT: "更正"}
#: CAP's word for each act. A false alarm is ended as well: whoever reads CAP must stop acting on it.
_MESSAGE_TYPES = {Act.ALERT: "Alert", Act.UPDATE: "Update", Act.END: "Cancel", Act.CORRECT: "Cancel"}
_FACTS = {Act.ALERT: "Alert", Act.UPDATE: "Update", Act.END: "Cancel", Act.CORRECT: "Error"}
_STATUS = {Status.ACTUAL: "Actual", Status.EXERCISE: "Exercise", Status.TEST: "Test"}
_ZONE_LENGTH = 12


def headline(version: Version, organisation: Organisation, *, before: Version | None = None) -> str:
    """单位 + 发布 + 类型 + 颜色 + 预警, with the verb of the act: 升级 and 降级 where the level has changed."""
    known = _hazard(version)
    colour = LEVEL_NAMES[version.content.level]
    verb = _VERBS[version.act]
    if version.act is Act.UPDATE and before is not None and before.content.level is not version.content.level:
        verb = "升级发布" if version.content.level > before.content.level else "降级发布"
    if version.act is Act.CORRECT:
        return f"{organisation.name}更正：{known.name}{colour}预警系误发"
    return f"{organisation.name}{verb}{known.name}{colour}预警"


def item(version: Version, organisation: Organisation, *, domain: str, earlier: Sequence[Version]) -> Item:
    """The item of an issued version (with identifier and time); `earlier`: what went out before."""
    content = version.content
    before = earlier[-1] if earlier else None
    return Item(
        source=SOURCE,
        key=f"warning {version.identifier}",
        title=headline(version, organisation, before=before),
        published=version.sent,
        issuer=organisation.name,
        body="\n\n".join(filter(None, (content.reason, described(version)))),
        summary=content.reason if version.act in (Act.END, Act.CORRECT) else content.description,
        topic=topic(version, domain),
        kind="warning",
        follows=tuple(f"warning {each.identifier}" for each in earlier),
        facts={
            "identifier": version.identifier,
            "status": _STATUS[version.status],
            "msgType": _FACTS[version.act],
            "event": _hazard(version).name,
            "onset": content.onset.isoformat(),
            "expires": content.expires.isoformat(),
            "instruction": content.instruction,
            "contact": content.contact,
            "author": version.drafted_by,
        },
    )


def described(version: Version) -> str:
    """What is coming; after the end of it, what was warned of, and that it is not said anew."""
    text = version.content.description
    return f"原预警内容：{text}" if text and version.act in (Act.END, Act.CORRECT) else text


def translated_headline(version: Version, words: Translation) -> str:
    """The headline in another language; nobody translates the end of a warning at night, so a mark says it."""
    return {Act.END: "[ENDED 解除] ", Act.CORRECT: "[FALSE ALARM 误发] "}.get(version.act, "") + words.headline


def topic(version: Version, domain: str) -> Topic:
    """Who may want it: subscribers of the domain, and those who chose this hazard or a family that it belongs to."""
    return Topic(families(version.content.hazard) | {domain}, frozenset(version.content.areas), version.content.level)


def region(content: Content) -> Region | None:
    """The polygons and circles of a warning; None if it has none that can be read."""
    return shape.region(content.polygons, content.circles)


def alert(version: Version, organisation: Organisation, *, earlier: Sequence[Version], web: str = "") -> Block:
    """The CAP 1.2 alert of an issued version; references name every version of the chain that went out before."""
    content = version.content
    title = headline(version, organisation, before=earlier[-1] if earlier else None)
    words = [("zh-CN", title, content.description, content.instruction)]
    words += [
        (each.language, translated_headline(version, each), each.description, each.instruction)
        for each in content.translations
    ]
    return block(
        ("identifier", version.identifier),
        ("sender", organisation.code),
        ("sent", _time(version.sent)),
        ("status", _STATUS[version.status]),
        ("msgType", _MESSAGE_TYPES[version.act]),
        ("scope", "Public"),
        ("note", content.reason),
        ("references", " ".join(_reference(each, organisation) for each in earlier)),
        *(("info", _info(version, organisation, one, web=web)) for one in words),
    )


def _info(version: Version, organisation: Organisation, words: tuple[str, str, str, str], *, web: str) -> Block:
    content = version.content
    known = _hazard(version)
    colour, severity = _COLOURS[content.level]
    language, title, description, instruction = words
    is_over = version.act in (Act.END, Act.CORRECT)
    if language == "zh-CN":
        description = "\n".join(filter(None, (content.reason, described(version))))
    return block(
        ("language", language),
        ("category", known.category),
        ("event", known.name),
        ("responseType", "AllClear" if is_over else None),
        ("urgency", "Past" if is_over else "Expected"),
        ("severity", severity),
        ("certainty", "Unlikely" if version.act is Act.CORRECT else "Likely"),
        ("eventCode", _pair(national.EVENT_CODE, content.hazard)),
        ("effective", _time(version.sent)),
        ("onset", None if is_over else _time(content.onset)),
        ("expires", None if is_over else _time(content.expires)),
        ("senderName", organisation.name),
        ("headline", f"【{version.status.drill}】{title}" if version.status.drill else title),
        ("description", description),
        ("instruction", instruction),
        ("web", web),
        ("contact", content.contact),
        ("parameter", _pair(national.COLOUR, colour)),
        ("area", _area(version)),
    )


def _area(version: Version) -> Block:
    content = version.content
    return block(
        ("areaDesc", content.area_words),
        *(("polygon", text) for text in content.polygons),
        *(("circle", text) for text in content.circles),
        *(("geocode", _pair(national.GEOCODE, code.ljust(_ZONE_LENGTH, "0"))) for code in content.areas),
    )


def _reference(version: Version, organisation: Organisation) -> str:
    return f"{organisation.code},{version.identifier},{_time(version.sent)}"


def _hazard(version: Version) -> Hazard:
    return hazard(version.content.hazard) or Hazard(version.content.hazard, version.content.hazard, "Other")


def _pair(name: str, value: str) -> Block:
    return block(("valueName", name), ("value", value))


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(CHINA).isoformat(timespec="seconds")
