"""Which domains an item belongs to, from its column, its publisher and its title, and why. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pusher.review.phrases import BLANK, Phrases, plain, spaced
from pusher.review.taxonomy import Department, Domain, Taxonomy

#: A title that begins with its publisher has it within so many characters ("深圳市水务局2024年5月城市供水水质公报").
HEAD = 24
#: Up to here "关于" closes the list of publishers; further on it is part of the matter.
LONGEST_HEAD = 90
_LEVELS = re.compile(r"[\\/>›»|]+")
_LIST = re.compile(r"[、,;·]|和|与")
_SEPARATOR = re.compile(r"[ 、,;/]")
_LEFT_BRACKETS = "《〈「『[【(\"'“‘"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an item is about; empty domains are an answer too."""

    #: Codes, in the order of the taxonomy.
    domains: tuple[str, ...] = ()
    #: One line for each piece of evidence: "title: 低保 → aid".
    why: tuple[str, ...] = ()


@dataclass(slots=True)
class _Evidence:
    """What speaks for the domains, gathered from column and publishers."""

    #: Domain code to the reason that is enough by itself.
    column: dict[str, str] = field(default_factory=dict)
    issuer: dict[str, str] = field(default_factory=dict)
    #: Domain code to the reason that needs a hint in the title.
    helping: dict[str, str] = field(default_factory=dict)


def classify(title: str, issuer: str, column: str, taxonomy: Taxonomy) -> Verdict:
    """The domains of an item; `issuer` and `column` may be "". Never raises, whatever the texts are."""
    publishers = _publishers(title, issuer, column, taxonomy)
    matter = _matter(plain(title), taxonomy)
    section = _LEVELS.split(plain(column).rstrip("\\/>›»|"))[-1]
    quiet = ""
    for nothing in taxonomy.nothing:
        reason = _reason_for_none(matter, section, words=nothing.words, columns=nothing.columns, unless=nothing.unless)
        if reason and nothing.beats_words:
            return Verdict(why=(f"{reason} → none ({nothing.name})",))
        quiet = quiet or (f"{reason} → not by column or issuer ({nothing.name})" if reason else "")
    evidence = _Evidence() if quiet else _evidence(section, publishers, taxonomy)
    return _weighed(matter, evidence, taxonomy, quiet=quiet)


def _reason_for_none(matter: str, section: str, *, words: Phrases, columns: Phrases, unless: Phrases) -> str:
    if unless.first(matter):
        return ""
    if found := words.first(matter):
        return f"title: {found}"
    found = columns.first(section)
    return f"column: {found}" if found else ""


def _publishers(title: str, issuer: str, column: str, taxonomy: Taxonomy) -> list[Department]:
    """The departments that publish it, the first responsible one first."""
    named = _title_heads(spaced(title), taxonomy)
    stated = [department for department in _heads(spaced(issuer), taxonomy) if department not in named]
    return [*named, *stated] or list(_heads(spaced(column), taxonomy))


def _title_heads(title: str, taxonomy: Taxonomy) -> list[Department]:
    """Whom the title begins with; without 关于 only departments proper ("义务教育学校招生" is by no school)."""
    bare = title.lstrip(_LEFT_BRACKETS + " ")
    before, about, _ = bare.partition("关于")
    if about and len(before) <= LONGEST_HEAD:
        return list(_heads(before, taxonomy))
    return [department for department in _heads(bare[:HEAD], taxonomy) if not department.content]


def _heads(text: str, taxonomy: Taxonomy) -> Iterator[Department]:
    """The department of each name in a list of names; of "九江学院附属医院" it is the last that tells what it is."""
    for name in _SEPARATOR.split(text):
        found = [department for _, department in taxonomy.departments_in(name)]
        if found:
            yield found[-1] if found[-1].content else found[0]


def _matter(title: str, taxonomy: Taxonomy) -> str:
    """The title without the names of departments: "生态环境局" says nothing of what was published."""

    def blanked(found: re.Match[str]) -> str:
        return found.group() if taxonomy.by_name[found.group()].content else BLANK

    return taxonomy.names.sub(blanked, title)


def _evidence(section: str, publishers: list[Department], taxonomy: Taxonomy) -> _Evidence:
    evidence = _Evidence()
    enough_alone = len(_LIST.split(section)) == 1
    for domain in taxonomy.domains:
        found = domain.columns.first(domain.exceptions.without(section))
        if found:
            target = evidence.column if enough_alone else evidence.helping
            target[domain.code] = f"column: {found}"
    leading = _leading(publishers)
    for department in publishers:
        for code in sorted(department.leads | department.helps):
            target = evidence.issuer if department is leading and code in department.leads else evidence.helping
            target.setdefault(code, f"issuer: {department.name}")
    return evidence


def _leading(publishers: list[Department]) -> Department | None:
    """The publisher whose field is the notice's: the first, or of two the one that has a field."""
    candidates = publishers[:2] if len(publishers) <= 2 else publishers[:1]
    return next((department for department in candidates if department.leads), None)


def _weighed(matter: str, evidence: _Evidence, taxonomy: Taxonomy, *, quiet: str) -> Verdict:
    for domain in taxonomy.domains:
        if only := domain.only.first(matter):
            return Verdict((domain.code,), (f"title: {only} → {domain.code} only",))
    named = {}
    hinted = {}
    for domain in taxonomy.domains:
        text = domain.exceptions.without(matter)
        if word := domain.words.first(text):
            named[domain.code] = f"title: {word}"
        elif hint := domain.hints.first(text):
            hinted[domain.code] = f"title: {hint}"
    return _verdict(taxonomy.domains, named, hinted, evidence, quiet=quiet)


def _verdict(
    domains: Iterable[Domain], named: dict[str, str], hinted: dict[str, str], evidence: _Evidence, *, quiet: str
) -> Verdict:
    chosen = []
    why = []
    for domain in domains:
        reasons = _reasons(domain.code, named, hinted, evidence)
        if reasons:
            chosen.append(domain.code)
            why.append(f"{', '.join(reasons)} → {domain.code}")
    if not chosen:
        return Verdict(why=(quiet or "nothing speaks for a domain → none",))
    return Verdict(tuple(chosen), tuple(why))


def _reasons(code: str, named: dict[str, str], hinted: dict[str, str], evidence: _Evidence) -> list[str]:
    """What speaks for one domain, in the order column, issuer, title; empty if it is not enough."""
    column, issuer, helping = (group.get(code) for group in (evidence.column, evidence.issuer, evidence.helping))
    title = named.get(code) or hinted.get(code)
    alone = column or code in named or (issuer and (code in hinted or not named))
    # Where the title names a domain outright, a hint of another is chance ("农村留守妇女" by a civil affairs office).
    together = code in hinted and helping and not named
    return [reason for reason in (column, issuer or helping, title) if reason] if alone or together else []
