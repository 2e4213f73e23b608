"""What an approver is shown before a warning goes out: live or drill, how many people, where, and what has changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Message
from channels.slots import Pattern
from channels.sms_rules import objections
from pusher.plan.lists import usable_groups
from pusher.plan.warned import count_warned
from pusher.warnings import life, store, words
from pusher.warnings.area_map import Drawn, draw
from pusher.warnings.office import Office
from pusher.warnings.sentence import Sentence
from pusher.warnings.warning import Act, Content, Status, Version
from subscribers.audience import Audience, by_position, count_addresses, count_by_area, count_by_place
from subscribers.region import Region
from subscribers.topic import areas_meet

#: Stands where each person has words or a link of his own.
_OWN = "〔各人不同〕"


@dataclass(frozen=True, slots=True)
class Preview:
    """A version as it would go out."""

    version: Version
    headline: str
    #: "live", or "演练", "测试".
    mode: str
    #: What must be mended first.
    problems: Sequence[Sentence]
    #: The words that would go out, by channel; what each person has of his own is left open.
    words: Mapping[str, str]
    #: What a gateway would not take as it is; the other channels go out all the same.
    objections: Sequence[str]
    #: Names of lists of the settings that bring nobody: they do not exist, or are past their end.
    silent_lists: Sequence[str]
    #: How many people must answer it (叫应); None = nobody is asked to.
    called: int | None
    #: How many must approve.
    approvers: int
    #: People who would be written to now, by channel; public places count as 0.
    by_channel: Mapping[str, int]
    #: People who subscribe to each area, by channel; who subscribed to two counts in both.
    by_area: Mapping[str, Mapping[str, int]]
    #: Of `by_channel`, those who are meant because they live in the polygons and circles, wherever they subscribed.
    by_position: Mapping[str, int]
    #: Receivers of earlier versions of the chain.
    warned_before: int
    #: Number and headline of each other warning of the same hazard that holds in a part of the area: whoever begins,
    #: updates or ends one is asked whether he means this one.
    alike: Sequence[tuple[int, str]]
    #: (what, before, now) for each thing that differs from the version that went out last.
    changes: Sequence[tuple[str, str, str]]


async def preview(office: Office, number: int) -> Preview:
    """Look at a version. Raises RefusedActError if there is none of this number."""
    problems = await office.problems(number)
    async with office.database.read() as connection:
        version = await store.get(connection, number)
        earlier = await office.earlier(connection, version)
        audience = await office.audience(connection, version, earlier)
        names = {office.outlets[name].address: name for name in office.channels(version)}
        kinds = [kind for kind in names if kind != "public"]
        at = office.now()
        counts = await count_addresses(connection, audience, kinds, at=at) if kinds else {}
        areas = await count_by_area(connection, audience.topic, kinds, at=at) if audience.topic and kinds else {}
        located = by_position(audience)
        there = await count_addresses(connection, located, kinds, at=at) if kinds and audience.region else {}
        warned = await _warned(connection, audience)
        alike = await _alike(connection, office, version)
        silent = await _silent_lists(connection, office, version)
        called = await office.who_must_answer(connection, version)
    is_known = version.content.organisation in office.settings.organisations
    rendered = office.messages(version, earlier) if is_known else {}
    return Preview(
        version=replace(version, approved_by=life.still_approved(version, office.settings)),
        headline=office.headline(version, earlier),
        mode=version.status.drill or "live",
        problems=problems,
        words={name: _words(each) for name, each in rendered.items()},
        objections=_objections(office, rendered),
        silent_lists=silent,
        called=None if called is None else len({each.called_id for each in called}),
        approvers=life.needed(version, office.settings),
        by_channel={name: counts.get(kind, 0) for kind, name in names.items()},
        by_area={area: {names[kind]: number for kind, number in by.items()} for area, by in areas.items()},
        by_position={names[kind]: number for kind, number in there.items()},
        warned_before=warned,
        alike=alike,
        changes=changes(earlier[-1].content, version.content) if earlier else (),
    )


async def area_map(office: Office, seen: Preview) -> str:
    """The map of a version's area as SVG, with how many of those who are meant live where. See `area_map.draw`."""
    version = seen.version
    async with office.database.read() as connection:
        earlier = await office.earlier(connection, version)
        audience = await office.audience(connection, version, earlier)
        places = await count_by_place(connection, audience, at=office.now())
    return draw(
        Drawn(
            headline=seen.headline,
            mode="LIVE 真实发布" if seen.mode == "live" else f"【{seen.mode}】",
            is_live=seen.mode == "live",
            level=version.content.level,
            region=words.region(version.content) or Region(),
            before=(earlier and words.region(earlier[-1].content)) or Region(),
            places=places,
            counts=list(_counts(seen)),
        )
    )


def _counts(seen: Preview) -> Iterator[str]:
    yield "人数：" + _listed(seen.by_channel)
    if seen.by_position:
        yield "其中按住处（多边形、圆形内）：" + _listed(seen.by_position)
    if seen.warned_before:
        yield f"此前已收到本预警：{seen.warned_before} 人"
    for area, by in seen.by_area.items():
        yield f"订阅 {area}：{_listed(by)}"


def _listed(by: Mapping[str, int]) -> str:
    return "，".join(f"{name} {number}" for name, number in by.items())


def changes(before: Content, now: Content) -> Sequence[tuple[str, str, str]]:
    """What differs between two contents, by name of the field: an area of an old drill must not slip in unseen."""
    pairs = ((each.name, getattr(before, each.name), getattr(now, each.name)) for each in fields(Content))
    return [(name, _told(one), _told(other)) for name, one, other in pairs if one != other]


def to_json(seen: Preview) -> dict[str, object]:
    """The preview for programs."""
    version = seen.version
    return {
        "id": version.id,
        "chain": version.chain,
        "act": version.act.value,
        "state": version.state.value,
        "mode": seen.mode,
        "headline": seen.headline,
        "level": version.content.level.name.lower(),
        "hazard": version.content.hazard,
        "areas": list(version.content.areas),
        "area_words": version.content.area_words,
        "description": version.content.description,
        "instruction": version.content.instruction,
        "contact": version.content.contact,
        "reason": version.content.reason,
        "translations": [asdict(each) for each in version.content.translations],
        "onset": version.content.onset.isoformat(),
        "expires": version.content.expires.isoformat(),
        "drafted_by": version.drafted_by,
        "checked_by": version.checked_by,
        "approved_by": list(version.approved_by),
        "approvers": seen.approvers,
        "signed_by": version.signed_by,
        "unproven": version.unproven,
        "by_channel": dict(seen.by_channel),
        "by_area": {area: dict(by) for area, by in seen.by_area.items()},
        "by_position": dict(seen.by_position),
        "warned_before": seen.warned_before,
        "called": seen.called,
        "alike": [{"id": number, "headline": headline} for number, headline in seen.alike],
        "changes": [list(change) for change in seen.changes],
        "problems": [each.text for each in seen.problems],
        "words": dict(seen.words),
        "objections": list(seen.objections),
        "silent_lists": list(seen.silent_lists),
    }


def _words(message: Message) -> str:
    """A message to read: without the HTML of what it says in plain text as well, and its slots named as such."""
    texts = [text for name, text in message.parts.items() if name != "html"]
    texts += [f"{name}：{value}" for name, value in message.fields.items()]
    patterns = (Pattern.of(text) for text in texts)
    return "\n".join(each.fill(dict.fromkeys(each.names, _OWN)) for each in patterns)


def _objections(office: Office, rendered: Mapping[str, Message]) -> list[str]:
    """What would be refused of the words as they are."""
    return [
        f"channel {name}: {each}"
        for name, message in rendered.items()
        if name in office.sms_rules
        for each in objections(office.sms_rules[name], message)
    ]


async def _silent_lists(connection: AsyncConnection, office: Office, version: Version) -> list[str]:
    """The lists of the settings by which nobody hears of a version: an end or a correction goes by no list."""
    if version.act in (Act.END, Act.CORRECT):
        return []
    near = office.settings.groups_within if version.status is Status.ACTUAL else ()
    duty = office.settings.duty_groups
    names = list(dict.fromkeys((*office.lists(version), *near, *office.responsible(version), *duty)))
    usable = {each.name for each in await usable_groups(connection, names, office.now())}
    return [name for name in names if name not in usable]


async def _alike(connection: AsyncConnection, office: Office, version: Version) -> list[tuple[int, str]]:
    """Two warnings of one hazard for one place contradict each other; the end of one sounds like that of both."""
    content = version.content
    found = await store.in_force(connection, content.hazard, version.status, office.now())
    others = [
        each
        for each in found
        if each.chain != version.chain
        and any(areas_meet(one, other) for one in each.content.areas for other in content.areas)
    ]
    return [(each.id, office.headline(each, await office.earlier(connection, each))) for each in others]


async def _warned(connection: AsyncConnection, audience: Audience) -> int:
    return await count_warned(connection, audience.earlier) if audience.earlier else 0


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(getattr(value, "name", value))
