"""Who an expression means: the query held against a plain reading of the rules, on towns made at random."""

import json
import random
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from pusher.database import Database
from subscribers import lapse, tables
from subscribers.attributes import prints_of
from subscribers.audience import Audience, last_subscriber, select_addresses
from subscribers.expression import (
    All,
    Either,
    Listed,
    Not,
    Said,
    SelectionError,
    Subscribing,
    Tree,
    Valued,
    Within,
    is_bounded,
    parse,
)
from subscribers.groups import list_groups
from subscribers.instant import to_instant
from subscribers.keys import KeyRing
from subscribers.selecting import select
from subscribers.selection import from_json, groups_meant, is_of_lists, to_json
from tests.support.expressions import written

_AT = datetime(2026, 11, 29, tzinfo=UTC)
_LISTS = ("低保户", "残疾人", "值守", "过期", "已删")
_EMERGENCY, _ENDED, _DELETED = "值守", "过期", "已删"
_AREAS = ("36", "3604", "360403", "360403001", "44")
_AGES = ("80以上", "70-79", "")


@dataclass(frozen=True)
class Person:
    """What the rules look at."""

    number: int
    #: List → (area, age) as its columns say.
    listed: dict[str, tuple[str, str]]
    #: (domain, area).
    wishes: frozenset[tuple[str, str]]


def _town(chance: random.Random) -> list[Person]:
    return [
        Person(
            number,
            {name: (chance.choice(_AREAS), chance.choice(_AGES)) for name in _LISTS if chance.random() < 0.4},
            frozenset((chance.choice(("aid", "health")), chance.choice(_AREAS)) for _ in range(chance.randint(0, 2))),
        )
        for number in range(1, 49)
    ]


async def _store(database: Database, ring: KeyRing, town: list[Person]) -> None:
    numbers = {name: number for number, name in enumerate(_LISTS, start=1)}
    async with database.write() as connection:
        for name, number in numbers.items():
            await connection.execute(
                sa.insert(tables.group).values(
                    id=number,
                    name=name,
                    basis="emergency" if name == _EMERGENCY else "statutory",
                    ends_at=to_instant(_AT - timedelta(days=name == _ENDED) + timedelta(hours=1)),
                    columns=json.dumps({"area": "地区", "age": "年龄段(age)"}),
                    selectable=json.dumps(["area", "age"]),
                    imported_at=0,
                )
            )
        rows: dict[sa.Table, list[dict[str, object]]] = {
            tables.subscriber: [{"id": one.number, "created_at": 0} for one in town],
            tables.address: [
                {"subscriber_id": one.number, "kind": "phone", "standing": 0, "value": b"", "fingerprint": print_}
                for one in town
                for print_ in [struct.pack(">q", one.number)]
            ],
            tables.subscription: [
                {"domain": domain, "area": area, "subscriber_id": one.number}
                for one in town
                for domain, area in one.wishes
            ],
            tables.membership: [
                {"group_id": numbers[name], "subscriber_id": one.number} for one in town for name in one.listed
            ],
            tables.member_attribute: [
                {"group_id": numbers[name], "subscriber_id": one.number, "fingerprint": each}
                for one in town
                for name, (area, age) in one.listed.items()
                for each in prints_of(ring, numbers[name], ("area", "age"), json.dumps({"area": area, "age": age}))
            ],
        }
        for table, several in rows.items():
            if several:
                await connection.execute(sa.insert(table), several)


def _expression(chance: random.Random, depth: int = 0) -> Tree[Said]:
    if depth == 3 or chance.random() < 0.3:
        ends: list[Tree[Said]] = [
            Listed(chance.choice(_LISTS)),
            Listed(chance.choice(_LISTS)),
            Valued("年龄段", chance.choice(_AGES[:2]), chance.choice(("", *_LISTS))),
            Within(chance.choice(_AREAS)),
            Subscribing("aid"),
        ]
        return chance.choice(ends)
    parts = tuple(_expression(chance, depth + 1) for _ in range(2))
    joined: list[Tree[Said]] = [All(parts), All(parts), Either(parts), Not(parts[0])]
    return chance.choice(joined)


def _named(tree: Tree[Said]) -> set[str]:
    match tree:
        case Not(of):
            return _named(of)
        case All(several) | Either(several):
            return set().union(*map(_named, several))
        case Listed(name) | Valued(_, _, name):
            return {name} - {""}
        case _:
            return set()


@dataclass(frozen=True)
class Reading:
    """The rules, read plainly."""

    named: set[str]
    warning: bool

    def means(self, tree: Tree[Said], person: Person, *, positive: bool = True) -> bool:
        match tree:
            case Not(of):
                return not self.means(of, person, positive=not positive)
            case All(several):
                return all(self.means(each, person, positive=positive) for each in several)
            case Either(several):
                return any(self.means(each, person, positive=positive) for each in several)
            case Listed(name):
                return self._counts(name, name in person.listed, positive=positive)
            case Valued(_, value, name):
                return self._is_said(person, {name} if name else self.named, positive=positive, age=value)
            case Within(area):
                subscribed = any(where.startswith(area) for _, where in person.wishes)
                return subscribed or self._is_said(person, self.named, positive=positive, area=area)
            case Subscribing(domain):
                return any(wanted == domain for wanted, _ in person.wishes)

    def _is_said(self, person: Person, lists: set[str], *, positive: bool, age: str = "", area: str = "") -> bool:
        said = {name: person.listed.get(name, ("", "")) for name in lists}
        return any(
            self._counts(name, (bool(age) and his == age) or (bool(area) and where.startswith(area)), positive=positive)
            for name, (where, his) in said.items()
        )

    def _counts(self, name: str, holds: bool, *, positive: bool) -> bool:
        if name == _DELETED:
            return not positive
        usable = name != _ENDED and (self.warning or name != _EMERGENCY)
        return holds and (usable or not positive)


async def test_the_query_is_the_rules(database: Database, ring: KeyRing) -> None:
    chance = random.Random(1)
    town = _town(chance)
    await _store(database, ring, town)
    async with database.read() as connection:
        groups = await list_groups(connection)
    trees = [tree for tree in (_expression(chance) for _ in range(90)) if is_bounded(tree)]
    asked = [(tree, select(parse(written(tree)), groups, ring)) for tree in trees if _can_be_asked(tree)]
    assert len(asked) > 25
    async with database.write() as connection:
        await connection.execute(sa.delete(tables.group).where(tables.group.c.name == _DELETED))
    async with database.read() as connection:
        last = await last_subscriber(connection)
        for tree, selection in asked:
            assert from_json(json.loads(json.dumps(to_json(selection)))) == selection
            warning = chance.random() < 0.5
            audience = Audience(selection=selection, warning=warning)
            reading = Reading(_named(tree), warning)
            expected = {one.number for one in town if reading.means(tree, one)}
            found: set[int] = set()
            for after in range(0, last, step := chance.choice((25, 1000, 1000, 1000))):
                part = await select_addresses(connection, audience, ["phone"], after=after, upto=after + step, at=_AT)
                packed = part.get("phone", b"")
                found |= set(struct.unpack(f">{len(packed) // 8}q", packed))
            assert found == expected, written(tree)
            # By this a drill is kept from everybody who is on no list.
            assert not is_of_lists(selection) or found <= {one.number for one in town if one.listed}, written(tree)


def _can_be_asked(tree: Tree[Said]) -> bool:
    """A value without a list needs one that is named somewhere."""
    return bool(_named(tree)) or "年龄段" not in written(tree)


async def test_names_are_those_that_whoever_asks_may_see(database: Database, ring: KeyRing) -> None:
    await _store(database, ring, [])
    async with database.read() as connection:
        groups = await list_groups(connection)
    for text, sentence in (
        ("没有", "no list '没有' of yours"),
        ("低保户 且 工资=1", "none of the lists named has a column '工资'"),
        ("年龄段=80以上", "none of the lists named"),
    ):
        with pytest.raises(SelectionError, match=sentence):
            select(parse(text), groups, ring)
    with pytest.raises(SelectionError, match="no list '残疾人'"):
        select(parse("低保户 且 残疾人"), [each for each in groups if each.name == "低保户"], ring)
    meant = select(parse("低保户 且 非 残疾人 且 非 (非 值守)"), groups, ring)
    assert list(groups_meant(meant)) == [1, 3]
    for text, numbers in (
        ("低保户.年龄段=80以上", [1]),
        ("低保户 且 残疾人.年龄段=80以上", [1]),
        ("低保户 或 残疾人.年龄段=80以上", [1, 2]),
        ("订阅=aid 且 残疾人.年龄段=80以上", [2]),
        ("低保户 且 非 残疾人.年龄段=80以上", [1]),
    ):
        assert list(groups_meant(select(parse(text), groups, ring))) == numbers, text


async def test_a_list_that_is_not_whole_keeps_everybody_out(database: Database, ring: KeyRing) -> None:
    everywhere = dict.fromkeys(("低保户", "残疾人"), ("36", "80以上"))
    await _store(database, ring, [Person(1, everywhere, frozenset()), Person(2, {"低保户": ("36", "")}, frozenset())])
    async with database.read() as connection:
        meant = select(parse("低保户 且 非 残疾人"), await list_groups(connection), ring)
    audience = Audience(selection=meant)
    async with database.write() as connection:
        assert await select_addresses(connection, audience, ["phone"], after=0, upto=9, at=_AT) == {
            "phone": struct.pack(">q", 2)
        }
        ended = sa.update(tables.group).where(tables.group.c.name == "残疾人")
        await connection.execute(ended.values(ends_at=to_instant(_AT - timedelta(days=40))))
        assert await lapse.forget_lists(connection, _AT - timedelta(days=30), at=_AT, limit=1) == 1
        assert await select_addresses(connection, audience, ["phone"], after=0, upto=9, at=_AT) == {}


@pytest.mark.parametrize("stored", [None, [], ["all"], ["says", [[1, "zz"]]], ["says", [1]], ["members", "1"], "x"])
def test_a_damaged_selection_is_a_sentence(stored: object) -> None:
    with pytest.raises(SelectionError, match="damaged"):
        from_json(stored)
