"""What a warning must say and may not say before anybody approves it. Pure.

Source: 突发事件应对法 (2024) Art. 64 (类别、级别、起始时间、可能影响的范围、警示事项、应当采取的措施、发布单位和
发布时间) and Art. 66 (咨询电话); 气象灾害防御条例 Art. 30 (only the 气象台站 issue weather warnings); and the
failures that made each rule.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pusher.warnings.cap import shape
from pusher.warnings.hazard import hazard
from pusher.warnings.sentence import Sentence
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


def problems(
    warning: Version, settings: WarningSettings, *, before: Version | None, at: datetime
) -> Sequence[Sentence]:
    """What must be mended before approval; empty = it may go.

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
    return found


def _issuer(content: Content, settings: WarningSettings) -> Iterator[Sentence]:
    organisation = settings.organisations.get(content.organisation)
    if organisation is None:
        yield Sentence(
            f"发布单位: there is no organisation {content.organisation!r} in the settings",
            f"发布单位：设置里没有“{content.organisation}”这个单位",
        )
        return
    if hazard(content.hazard) is None:
        yield Sentence(
            f"类别: there is no hazard {content.hazard!r}; `pusher warn hazards` lists them",
            f"类别：没有“{content.hazard}”这个类别",
        )
    elif content.hazard.startswith(_NO_COLOURS):
        yield Sentence(
            "类别: events of social safety have no colours; they are reported, not warned of here (Art. 69)",
            "类别：社会安全事件没有颜色级别，按规定上报，不在这里发布预警（突发事件应对法第六十九条）",
        )
    elif not organisation.may_issue(content.hazard):
        yield Sentence(
            f"发布单位: {organisation.name} may not issue {content.hazard}; the settings say which hazards it may",
            f"发布单位：{organisation.name}不能发布这个类别（{content.hazard}）的预警",
        )
    for area in content.areas:
        if not organisation.may_warn(area):
            yield Sentence(
                f"可能影响的范围: area {area} does not lie within that of {organisation.name}",
                f"可能影响的范围：行政区划 {area} 不在{organisation.name}的范围内",
            )


def _said(content: Content, act: Act) -> Iterator[Sentence]:
    if content.level <= Severity.NOTICE:
        yield Sentence(
            "级别: a warning has a level: blue, yellow, orange or red", "级别：预警必须有级别（蓝色、黄色、橙色或红色）"
        )
    if not content.areas:
        yield Sentence("可能影响的范围: name at least one division code", "可能影响的范围：至少要写一个行政区划代码")
    for name, text in (
        ("可能影响的范围", content.area_words),
        ("警示事项", content.description),
        ("应当采取的措施", content.instruction),
        ("咨询电话", content.contact),
    ):
        if not text.strip():
            yield Sentence(
                f"{name}: is missing (突发事件应对法 Art. 64, 66)",
                f"{name}：没有填写（突发事件应对法第六十四条、第六十六条）",
            )
    if act in (Act.END, Act.CORRECT) and not content.reason.strip():
        yield Sentence("reason: say why it ends, or what was wrong", "原因：请说明为什么解除，或者错在哪里")
    for each in content.translations:
        if not (each.headline.strip() and each.description.strip() and each.instruction.strip()):
            yield Sentence(
                f"language {each.language}: headline, description and instruction are all needed",
                f"其他语言（{each.language}）：标题、警示事项和措施都要写",
            )


def _times(content: Content, act: Act, *, at: datetime) -> Iterator[Sentence]:
    if content.onset.tzinfo is None or content.expires.tzinfo is None:
        yield Sentence("起始时间: times need a zone", "起始时间：时间要带时区")
        return
    if act in (Act.END, Act.CORRECT):
        return
    if content.expires <= content.onset:
        yield Sentence("起始时间: it would expire before it begins", "起始时间：结束时间不晚于开始时间")
    if content.expires <= at:
        yield Sentence(
            "起始时间: it has expired already; is this an old draft?", "起始时间：已经过了结束时间，是不是旧的草稿"
        )
    if content.onset < at - _STALEST:
        hours = f"{_STALEST.total_seconds() / 3600:.0f}"
        yield Sentence(
            f"起始时间: it began more than {hours} hours ago; is this an old draft?",
            f"起始时间：开始时间在 {hours} 小时以前，是不是旧的草稿",
        )
    if content.onset > at + _FURTHEST:
        yield Sentence(
            f"起始时间: it begins more than {_FURTHEST.days} days from now; is the date right?",
            f"起始时间：开始时间在 {_FURTHEST.days} 天以后，请核对日期",
        )
    if content.expires - content.onset > _LONGEST:
        yield Sentence(
            f"起始时间: it would hold for more than {_LONGEST.days} days; end it and warn anew instead",
            f"起始时间：持续超过 {_LONGEST.days} 天；请到期解除，再发新的预警",
        )


def _shapes(content: Content) -> Iterator[Sentence]:
    for read, texts, said in (
        (shape.polygon, content.polygons, "第 {} 个多边形不对：至少四对坐标，首尾相同，不能自相交，纬度在前、经度在后"),
        (shape.circle, content.circles, "第 {} 个圆形不对：应写成“纬度,经度 半径”，半径以公里计"),
    ):
        for number, text in enumerate(texts, 1):
            try:
                read(text)
            except ValueError as error:
                yield Sentence(f"可能影响的范围: {error}", f"可能影响的范围：{said.format(number)}")


def _marks(content: Content, status: Status) -> Iterator[Sentence]:
    words = "\n".join((content.description, content.instruction, content.reason, content.area_words))
    if status is not Status.ACTUAL and _DENIES_DRILL.search(words):
        yield Sentence("a drill must not say that it is none", "演练或测试的文字里不能说“这不是演习”")
    if _TYPED_MARK.search(words):
        yield Sentence(
            "the marks 【演练】 and 【测试】 are printed by the system: say so by the status, not in the words",
            "【演练】【测试】由系统加上：请用状态说明，不要写在文字里",
        )


def _chain(warning: Version, before: Version) -> Iterator[Sentence]:
    if warning.status is not before.status:
        yield Sentence(
            f"a chain stays what it began as: it is {before.status}, this version is {warning.status}",
            "真实预警和演练、测试不能互相接续",
        )
    if warning.content.organisation != before.content.organisation:
        yield Sentence(
            "only the organisation that issued a warning changes or ends it", "只有原发布单位能更新、解除或更正它的预警"
        )
    if warning.content.hazard != before.content.hazard:
        yield Sentence(
            "a chain is about one hazard: draft another warning for another one",
            "一次预警前后只说一个类别：别的类别请另起草稿",
        )
