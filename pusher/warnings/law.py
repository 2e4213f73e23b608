"""What a warning must say and may not say before anybody approves it. Pure.

Source: 突发事件应对法 (2024) Art. 64 (类别、级别、起始时间、可能影响的范围、警示事项、应当采取的措施、发布单位和
发布时间) and Art. 66 (咨询电话); 气象灾害防御条例 Art. 30 (only the 气象台站 issue weather warnings); and the
failures that made each rule.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from pusher.warnings.cap import shape
from pusher.warnings.hazard import hazard
from pusher.warnings.settings import WarningSettings
from pusher.warnings.warning import Act, Content, Status, Version
from subscribers.topic import Severity

#: A warning is drafted for now: one that begins further off than this is a mistake in the date.
_FURTHEST = timedelta(days=10)
#: An onset so far back is an old draft that is sent again.
_STALEST = timedelta(hours=24)
_LONGEST = timedelta(days=30)
#: Social safety (14…) is outside of the four colours (Art. 63, 69).
_NO_COLOURS = "14"
#: Hawaii, 2018: a drill that said it was none.
_DENIES_DRILL = re.compile(r"不是演[习练]|并非演[习练]|非演[习练]|not a drill", re.IGNORECASE)
#: Marks that the system prints and nobody types.
_TYPED_MARK = re.compile(r"[【\[（(]\s*(演练|演习|测试|试验|test|exercise)", re.IGNORECASE)


def problems(warning: Version, settings: WarningSettings, *, before: Version | None, at: datetime) -> tuple[str, ...]:
    """One sentence for each thing that must be mended before approval; empty = it may go.

    `before`: the newest version of its chain that went out; None for a first one.
    """
    content = warning.content
    found = [
        *_issuer(content, settings),
        *_said(content, warning.act),
        *_times(content, warning.act, at=at),
        *_shapes(content),
        *_marks(content, warning.status),
    ]
    if before is not None:
        found += _chain(warning, before)
    return tuple(found)


def _issuer(content: Content, settings: WarningSettings) -> Iterator[str]:
    organisation = settings.organisations.get(content.organisation)
    if organisation is None:
        yield f"发布单位: there is no organisation {content.organisation!r} in the settings"
        return
    if hazard(content.hazard) is None:
        yield f"类别: there is no hazard {content.hazard!r}; `pusher warn hazards` lists them"
    elif content.hazard.startswith(_NO_COLOURS):
        yield "类别: events of social safety have no colours; they are reported, not warned of here (Art. 69)"
    elif not organisation.may_issue(content.hazard):
        yield f"发布单位: {organisation.name} may not issue {content.hazard}; the settings say which hazards it may"
    for area in content.areas:
        if not organisation.may_warn(area):
            yield f"可能影响的范围: area {area} does not lie within that of {organisation.name}"


def _said(content: Content, act: Act) -> Iterator[str]:
    if content.level <= Severity.NOTICE:
        yield "级别: a warning has a level: blue, yellow, orange or red"
    if not content.areas:
        yield "可能影响的范围: name at least one division code"
    for name, text in (
        ("可能影响的范围", content.area_words),
        ("警示事项", content.description),
        ("应当采取的措施", content.instruction),
        ("咨询电话", content.contact),
    ):
        if not text.strip():
            yield f"{name}: is missing (突发事件应对法 Art. 64, 66)"
    if act in (Act.END, Act.CORRECT) and not content.reason.strip():
        yield "reason: say why it ends, or what was wrong"
    for each in content.translations:
        if not (each.headline.strip() and each.description.strip() and each.instruction.strip()):
            yield f"language {each.language}: headline, description and instruction are all needed"


def _times(content: Content, act: Act, *, at: datetime) -> Iterator[str]:
    if content.onset.tzinfo is None or content.expires.tzinfo is None:
        yield "起始时间: times need a zone"
        return
    if act in (Act.END, Act.CORRECT):
        return
    if content.expires <= content.onset:
        yield "起始时间: it would expire before it begins"
    if content.expires <= at:
        yield "起始时间: it has expired already; is this an old draft?"
    if content.onset < at - _STALEST:
        yield f"起始时间: it began more than {_STALEST.total_seconds() / 3600:.0f} hours ago; is this an old draft?"
    if content.onset > at + _FURTHEST:
        yield f"起始时间: it begins more than {_FURTHEST.days} days from now; is the date right?"
    if content.expires - content.onset > _LONGEST:
        yield f"起始时间: it would hold for more than {_LONGEST.days} days; end it and warn anew instead"


def _shapes(content: Content) -> Iterator[str]:
    for read, texts in ((shape.polygon, content.polygons), (shape.circle, content.circles)):
        for text in texts:
            try:
                read(text)
            except ValueError as error:
                yield f"可能影响的范围: {error}"


def _marks(content: Content, status: Status) -> Iterator[str]:
    words = "\n".join((content.description, content.instruction, content.reason, content.area_words))
    if status is not Status.ACTUAL and _DENIES_DRILL.search(words):
        yield "a drill must not say that it is none"
    if _TYPED_MARK.search(words):
        yield "the marks 【演练】 and 【测试】 are printed by the system: say so by the status, not in the words"


def _chain(warning: Version, before: Version) -> Iterator[str]:
    if warning.status is not before.status:
        yield f"a chain stays what it began as: it is {before.status}, this version is {warning.status}"
    if warning.content.organisation != before.content.organisation:
        yield "only the organisation that issued a warning changes or ends it"
    if warning.content.hazard != before.content.hazard:
        yield "a chain is about one hazard: draft another warning for another one"
