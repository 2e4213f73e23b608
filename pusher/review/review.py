"""The whole review of an item: its topic, the notice that templates are given, and whether a person must look. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from channels.slots import strip_marks
from pusher.item import Item
from pusher.review.areas import find_areas
from pusher.review.classify import Verdict, classify
from pusher.review.personal import Finding, Kind, visible
from pusher.review.privacy import PrivacyPolicy, find, mask
from pusher.review.severity import LEVEL_NAMES, WarningTitle, drill_of, read_warning
from pusher.review.summary import is_about_the_site, summary_of
from pusher.review.taxonomy import Taxonomy
from subscribers.topic import Severity, Topic, areas_meet
from templates.notice import Notice

#: CAP's status and msgType, as the sources keep them in an item's facts.
_DRILLS = {"exercise": "演练", "test": "测试"}
_FOLLOWS = {"update": "更新", "cancel": "解除", "error": "更正"}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What review made of an item."""

    topic: Topic
    #: Masked, free of slot marks: it may be stored and told.
    notice: Notice
    #: Personal data that was masked in it.
    findings: tuple[Finding, ...]
    #: Whether it must wait for a person.
    held: bool
    #: One line for each reason: of the domains first, then of holding.
    why: tuple[str, ...]


def review(item: Item, taxonomy: Taxonomy, policy: PrivacyPolicy, *, source_topic: Topic) -> Reviewed:
    """Review `item`. What the item itself says of its topic goes first, then `source_topic` (the settings of its
    source), then the rules of the taxonomy. The same input gives the same result.
    """
    texts = _Masked.of(item)
    warning = read_warning(texts.title)
    verdict = _verdict(item, texts.title, taxonomy, source_topic)
    topic = Topic(
        domains=frozenset(verdict.domains),
        areas=_areas(item, texts, taxonomy, source_topic),
        severity=max(item.topic.severity, source_topic.severity, warning.severity if warning else Severity.NOTICE),
    )
    reasons = (*policy.reasons(texts.findings), *_told_by_links(item))
    notice = _notice(item, texts, topic, taxonomy)
    notice = replace(notice, drill=_drill(item, warning), follows=_follows(item, warning), **_of_warning(item))
    return Reviewed(topic, notice, texts.findings, held=bool(reasons), why=(*verdict.why, *reasons))


@dataclass(frozen=True, slots=True)
class _Masked:
    """The item's texts, ready to be told."""

    title: str
    summary: str
    body: str
    attachments: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, item: Item) -> "_Masked":
        """All texts are masked as one, so that a name which only the body tells is hidden in the title too."""
        parts = [("title", item.title), ("summary", item.summary), ("body", item.body)]
        parts += [("attachment", name) for name, _ in item.attachments]
        texts = [visible(strip_marks(text)) for _, text in parts]
        whole, found = mask("\n\n".join(texts))
        masked, place = [], 0
        findings: list[Finding] = []
        for (part, _), text in zip(parts, texts, strict=True):
            masked.append(whole[place : place + len(text)])
            findings += _within(found, part, place, place + len(text))
            place += len(text) + 2
        named = tuple((name, strip_marks(url)) for name, (_, url) in zip(masked[3:], item.attachments, strict=True))
        return cls(masked[0], masked[1], masked[2], named, tuple(findings))


def _told_by_links(item: Item) -> Iterable[str]:
    """A link cannot be masked: one with an identity number in it goes out only if a person says so."""
    links = [item.url, *(url for _, url in item.attachments)]
    if any(one.kind is Kind.ID for url in links for one in find(unquote(url))):
        yield "held: an identity number stands in the address of the page or of an attachment"


def _within(found: Iterable[Finding], part: str, start: int, end: int) -> list[Finding]:
    return [
        replace(one, part=part, start=one.start - start, end=one.end - start)
        for one in found
        if start <= one.start < end
    ]


def _verdict(item: Item, title: str, taxonomy: Taxonomy, source_topic: Topic) -> Verdict:
    for stated, whose in ((item.topic.domains, "item"), (source_topic.domains, "source")):
        if stated:
            return Verdict(tuple(sorted(stated)), tuple(f"{whose} → {code}" for code in sorted(stated)))
    return classify(title, item.issuer, item.column, taxonomy)


def _areas(item: Item, texts: _Masked, taxonomy: Taxonomy, source_topic: Topic) -> frozenset[str]:
    """The item's own areas; else those named in the title, inside the source's area; else the source's.

    The body alone narrows nothing: a street that it mentions may be an example, and nobody else would hear of it.
    """
    if item.topic.areas:
        return item.topic.areas
    default = source_topic.areas or frozenset({taxonomy.area} if taxonomy.area else ())
    named = find_areas(texts.title, taxonomy)
    inside = frozenset(code for code in named if any(areas_meet(code, area) for area in default))
    return inside or default or named or find_areas(texts.body, taxonomy)


def _notice(item: Item, texts: _Masked, topic: Topic, taxonomy: Taxonomy) -> Notice:
    return Notice(
        title=texts.title,
        summary=_summary(texts),
        body=texts.body,
        issuer=mask(visible(strip_marks(item.issuer)))[0],
        published=item.published,
        url=strip_marks(item.url),
        domains=_in_order(topic.domains, taxonomy),
        areas=tuple(taxonomy.name_of(code) for code in sorted(topic.areas)),
        level=LEVEL_NAMES.get(topic.severity, ""),
        attachments=texts.attachments,
    )


def _of_warning(item: Item) -> dict[str, Any]:
    """What a warning says besides (突发事件应对法 Art. 64): kind, beginning, measures, whom to ask."""
    facts = item.facts
    starts = facts.get("onset") or facts.get("effective")
    return {
        "event": strip_marks(facts.get("event", "")),
        "starts": datetime.fromisoformat(starts) if starts else None,
        "advice": mask(visible(strip_marks(facts.get("instruction", ""))))[0],
        "contact": strip_marks(facts.get("contact", "")),
    }


def _summary(texts: _Masked) -> str:
    stated = texts.summary.strip()
    return stated if stated and not is_about_the_site(stated) else summary_of(texts.body, texts.title)


def _in_order(codes: frozenset[str], taxonomy: Taxonomy) -> Sequence[str]:
    known = [domain.name for domain in taxonomy.domains if domain.code in codes]
    return (*known, *sorted(codes - {domain.code for domain in taxonomy.domains}))


def _drill(item: Item, warning: WarningTitle | None) -> str:
    stated = _DRILLS.get(item.facts.get("status", "").lower(), "")
    return stated or (warning.drill if warning else "") or drill_of(item.title)


def _follows(item: Item, warning: WarningTitle | None) -> str:
    if item.facts.get("allClear") == "yes":
        return "解除"
    stated = _FOLLOWS.get(item.facts.get("msgType", "").lower(), "")
    return stated or (warning.follows if warning else "") or ("更新" if item.follows else "")
