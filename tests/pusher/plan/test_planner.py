"""From a reviewed item to broadcasts: words stored before anything goes out, warnings never without a person."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from typing_extensions import override

from channels.message import Lane, Message
from channels.sms_rules import ShortMessages
from pusher.database import Database
from pusher.deliver import message_store
from pusher.deliver.tables import message
from pusher.item import Item
from pusher.plan import broadcast
from pusher.plan.broadcast import Broadcast, BroadcastState
from pusher.plan.planner import Planner, names_in
from pusher.plan.rendering import rendering
from pusher.plan.routes import Route
from pusher.plan.tables import broadcast as broadcast_table
from pusher.review.review import Reviewed
from pusher.watch import store
from pusher.watch.store import ItemState
from subscribers.attributes import print_of
from subscribers.audience import Audience
from subscribers.expression import All, Either, Not
from subscribers.keys import KeyRing
from subscribers.selection import LivesIn, Members, Says, Selection
from subscribers.tables import group
from subscribers.topic import Severity, Topic
from templates.failure import TemplateError
from templates.notice import Notice
from templates.render import LEAVE, Renderer

_AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
_TOPIC = Topic(frozenset({"education"}), frozenset({"360403"}))
_OUTLETS = {
    "mail": SimpleNamespace(form="mail", address="email", own_links=()),
    "sms": SimpleNamespace(form="sms", address="phone", own_links=()),
    "board": SimpleNamespace(form="board", address="public", own_links=()),
}
_render = rendering(Renderer(service="星湖区"))


def _planner(database: Database, routes: Mapping[str, dict[str, object]]) -> Planner:
    read = {name: Route.model_validate({"channels": ["board", "mail", "sms"], **each}) for name, each in routes.items()}
    return Planner(database, read, _OUTLETS, _render, lambda: _AT)


async def _accept(
    database: Database,
    title: str,
    *,
    key: str = "k",
    topic: Topic = _TOPIC,
    drill: str = "",
    body: str = "",
    kind: str = "notice",
    follows: str = "",
    facts: Mapping[str, str] | None = None,
) -> None:
    def review(item: Item) -> Reviewed:
        notice = Notice(item.title, "摘要。", item.body, "区教体局", _AT, item.url, drill=drill, follows=follows)
        return Reviewed(topic, notice, (), held=False, why=())

    item = Item("edu", key, title, url="https://www.example.gov.cn/1.html", published=_AT, body=body, kind=kind)
    item = replace(item, facts=facts or {})
    async with database.write() as connection:
        await store.accept(connection, [(item, (key,))], at=_AT, baseline=False, review=review)


async def _broadcasts(database: Database) -> list[Broadcast]:
    async with database.read() as connection:
        return list(reversed(await broadcast.latest(connection, limit=50)))


async def _begin(database: Database, *routes: str) -> None:
    """Whatever goes over these routes, or any, has begun to go out."""
    named = broadcast_table.c.route.in_(routes) if routes else sa.true()
    async with database.write() as connection:
        await connection.execute(sa.update(broadcast_table).where(named).values(cursor=0))


async def _channels(database: Database, number: int) -> list[str]:
    async with database.read() as connection:
        found = sa.select(message.c.channel).where(message.c.broadcast_id == number).order_by(message.c.id)
        return list(await connection.scalars(found))


async def test_an_item_is_planned_once_for_each_route_that_takes_it(database: Database) -> None:
    await _accept(database, "招生工作的通知", body="正文。")
    planner = _planner(database, {"edu": {"domains": ["education"]}, "health": {"domains": ["health"]}})
    assert len(await planner.once()) == 1
    assert await planner.once() == []
    (planned,) = await _broadcasts(database)
    assert (planned.route, planned.state, planned.lane) == ("edu", BroadcastState.OPEN, Lane.ROUTINE)
    assert planned.audience.topic == _TOPIC
    assert await _channels(database, planned.id) == ["board", "mail", "sms"]


async def test_the_words_are_stored_before_anything_goes_out(database: Database) -> None:
    await _accept(database, "招生工作的通知", body="正文。")
    await _planner(database, {"edu": {}}).once()
    async with database.read() as connection:
        contents = list(await connection.scalars(sa.select(message.c.content).order_by(message.c.id)))
    assert "招生工作的通知" in contents[1]["parts"]["subject"]
    assert all(content["template"] == "education" for content in contents)


async def test_a_route_may_have_words_of_its_own_and_every_message_the_board_s_address(database: Database) -> None:
    routes = {
        "press": Route(channels=("mail", "board"), to=("group:媒体",), words="press"),
        "people": Route(channels=("mail", "board")),
        "elsewhere": Route(channels=("sms",)),
    }
    planner = Planner(database, routes, _OUTLETS, _render, lambda: _AT, public_url="https://tz.example.gov.cn")
    await _accept(database, "招生公告")
    assert len(await planner.once()) == 3
    async with database.read() as connection:
        found = await connection.execute(sa.select(message.c.channel, message.c.content).order_by(message.c.id))
        words = [(channel, json.dumps(content, ensure_ascii=False)) for channel, content in found]
    press, people = [text for channel, text in words if channel == "mail"]
    assert "播音稿" in press
    assert "播音稿" not in people
    assert "https://tz.example.gov.cn/n/1" in press
    assert "https://tz.example.gov.cn/n/1" in people
    assert all("tz.example.gov.cn" not in text for channel, text in words if channel == "sms")


async def test_an_edit_is_pushed_again_only_where_the_route_says_so(database: Database) -> None:
    planner = _planner(database, {"quiet": {}, "exact": {"edits": "major", "lane": "personal"}})
    await _accept(database, "招生工作的通知", body="正文。")
    await planner.once()
    await _begin(database)
    await _accept(database, "招生工作的通知（更正）", body="正文。")
    await planner.once()
    await _begin(database)
    await _accept(database, "招生工作的通知（更正）", body="只改了一个错字。")
    await planner.once()
    await _begin(database)
    assert [(each.route, each.revision) for each in await _broadcasts(database)] == [
        ("quiet", 0),
        ("exact", 0),
        ("exact", 1),
    ]


async def test_a_warning_from_a_source_waits_for_a_person_whatever_the_route_says(database: Database) -> None:
    red = Topic(frozenset({"disaster"}), frozenset({"360403"}), Severity.RED)
    await _accept(database, "暴雨红色预警", topic=red, kind="warning")
    await _planner(database, {"w": {"kinds": ["warning"], "lane": "warning", "approval": False}}).once()
    (planned,) = await _broadcasts(database)
    assert planned.state is BroadcastState.PROPOSED
    assert planned.audience.warning


async def test_a_warning_from_a_source_is_for_those_as_well_who_chose_its_hazard(database: Database) -> None:
    red = Topic(frozenset({"disaster"}), frozenset({"360403"}), Severity.RED)
    await _accept(database, "暴雨红色预警", topic=red, kind="warning")
    await _planner(database, {"w": {"kinds": ["warning"], "lane": "warning"}}).once()
    (planned,) = await _broadcasts(database)
    assert planned.audience.topic is not None
    assert planned.audience.topic.domains == {"disaster", "hazard:11B03", "hazard:11B", "hazard:11"}


async def test_a_notice_that_is_graver_than_a_notice_waits_as_well(database: Database) -> None:
    blue = Topic(frozenset({"disaster"}), frozenset({"360403"}), Severity.BLUE)
    await _accept(database, "大风蓝色预警", topic=blue)
    await _planner(database, {"all": {}}).once()
    assert [each.state for each in await _broadcasts(database)] == [BroadcastState.PROPOSED]


@pytest.mark.parametrize(
    ("kind", "drill", "region"), [("warning", "", True), ("warning", "演练", False), ("notice", "", False)]
)
async def test_a_warning_from_a_source_is_meant_for_who_lives_in_its_polygon(
    database: Database, kind: str, drill: str, region: bool
) -> None:
    triangle, is_open, bow_tie = (
        "29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9",
        "29.7,115.9 29.8,115.9 29.8,116.0",
        "29.7,115.9 29.8,116.0 29.8,115.9 29.7,116.0 29.7,115.9",
    )
    outlines = {"polygons": "\n".join([triangle, "nonsense", is_open, bow_tie]), "circles": "29.7,115.9 5"}
    await _accept(database, "暴雨预警", kind=kind, drill=drill, facts=outlines)
    await _planner(database, {"one": {"lane": "warning" if kind == "warning" else "routine"}}).once()
    (planned,) = await _broadcasts(database)
    found = planned.audience.region
    assert (found is not None) is region
    if found is not None:
        assert (len(found.polygons), found.circles) == (3, (((29.7, 115.9), 5.0),))


@pytest.mark.parametrize("drill", ["演练", "测试"])
async def test_a_drill_reaches_no_subscriber_and_no_public_place(database: Database, drill: str) -> None:
    async with database.write() as connection:
        await connection.execute(sa.insert(group).values(id=5, name="值守", basis="emergency"))
    await _accept(database, "防汛演练", drill=drill)
    await _planner(database, {"all": {"to": ["subscribers", "group:值守"]}}).once()
    (planned,) = await _broadcasts(database)
    assert planned.audience.topic is None
    assert planned.audience.groups == (5,)
    assert await _channels(database, planned.id) == ["mail", "sms"]


async def test_a_held_item_goes_nowhere_until_it_is_released(database: Database) -> None:
    await _accept(database, "公示")
    async with database.write() as connection:
        await store.set_state(connection, 1, {store.ItemState.READY}, store.ItemState.HELD)
    planner = _planner(database, {"all": {}})
    assert await planner.once() == []
    async with database.write() as connection:
        await store.set_state(connection, 1, {store.ItemState.HELD}, store.ItemState.READY)
    assert len(await planner.once()) == 1


async def test_a_template_that_fails_holds_its_item_and_not_those_behind_it(database: Database) -> None:
    def fail_on_first(form: str, notice: Notice, **how: Any) -> Message:
        if notice.title == "坏":
            raise TemplateError("mail.text.txt.j2", 3, "unknown name")
        return _render(form, notice, **how)

    await _accept(database, "坏", key="a")
    await _accept(database, "招生工作的通知", key="b")
    planner = Planner(database, {"all": Route(channels=("mail",))}, _OUTLETS, fail_on_first, lambda: _AT)
    await planner.once()
    assert [each.title for each in await _broadcasts(database)] == ["招生工作的通知"]
    async with database.read() as connection:
        held = await store.latest(connection, limit=5, state=store.ItemState.HELD)
    assert [each.title for each in held] == ["坏"]


async def test_routes_that_send_alike_become_one_broadcast(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(sa.insert(group).values(id=5, name="家长", basis="statutory"))
    await _accept(database, "招生工作的通知")
    planner = _planner(database, {"all": {}, "list": {"to": ["group:家长"]}, "soon": {"lane": "personal"}})
    await planner.once()
    joined, soon = await _broadcasts(database)
    assert (joined.route, joined.audience.topic, joined.audience.groups) == ("all + list", _TOPIC, (5,))
    assert soon.route == "soon"


async def test_a_groups_columns_are_slots_where_only_the_group_is_written_to(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(
            sa.insert(group).values(id=5, name="家长", basis="statutory", columns='{"school": "学校"}')
        )
    await _accept(database, "招生工作的通知")
    for to, columns in ((["group:家长"], {"school"}), (["group:家长", "subscribers"], set())):
        planner = _planner(database, {"list": {"to": to}})
        async with database.read() as connection:
            (drawn,) = await planner.draw(connection, (await store.latest(connection, limit=1))[0])
        assert drawn.columns == columns


async def test_what_was_never_told_is_not_taken_back_in_public(database: Database) -> None:
    await _accept(database, "招生工作的通知", follows="撤回")
    assert await _planner(database, {"all": {"edits": "all"}}).once() == []
    assert await _broadcasts(database) == []


async def test_an_item_that_stumbles_is_held_and_those_behind_it_go_on(database: Database) -> None:
    def stumble_on_first(form: str, notice: Notice, **how: Any) -> Message:
        if notice.title == "坏":
            raise ZeroDivisionError
        return _render(form, notice, **how)

    await _accept(database, "坏", key="a")
    await _accept(database, "招生工作的通知", key="b")
    planner = Planner(database, {"all": Route(channels=("mail",))}, _OUTLETS, stumble_on_first, lambda: _AT)
    await planner.once()
    assert [each.title for each in await _broadcasts(database)] == ["招生工作的通知"]


@pytest.mark.parametrize(
    ("to", "bases", "may_leave"),
    [
        (["group:甲"], ("statutory", "consent"), False),
        (["group:甲"], ("emergency", "consent"), False),
        (["group:甲"], ("consent", "statutory"), True),
        (["group:甲", "group:乙"], ("statutory", "consent"), True),
        (["group:甲", "subscribers"], ("statutory", "consent"), True),
        (["subscribers"], ("statutory", "statutory"), True),
    ],
)
async def test_a_list_that_the_law_makes_has_no_link_to_leave_it(
    database: Database, to: list[str], bases: tuple[str, str], *, may_leave: bool
) -> None:
    async with database.write() as connection:
        for number, (name, basis) in enumerate(zip("甲乙", bases, strict=True), start=5):
            await connection.execute(sa.insert(group).values(id=number, name=name, basis=basis))
    await _accept(database, "关于招生工作的通知")
    await _planner(database, {"all": {"to": to, "channels": ["mail"]}}).once()
    async with database.read() as connection:
        stored = await message_store.load(connection, 1)
    assert (LEAVE in stored.slots) == may_leave
    for part in ("text", "html"):
        assert ("不再接收" in stored.message.parts[part]) == may_leave


async def test_an_unknown_group_is_no_audience(database: Database) -> None:
    await _accept(database, "招生工作的通知")
    planner = _planner(database, {"all": {"to": ["group:没有"]}})
    async with database.read() as connection:
        (drawn,) = await planner.draw(connection, (await store.latest(connection, limit=1))[0])
    assert drawn.unknown_groups == ("没有",)
    assert drawn.audience.groups == ()


async def test_what_a_gateway_would_not_take_is_held_with_the_reason_and_nothing_is_queued(database: Database) -> None:
    rules = {"sms": ShortMessages(marketing=("education",))}
    planner = Planner(database, {"all": Route(channels=("mail", "sms"))}, _OUTLETS, _render, lambda: _AT, rules=rules)
    await _accept(database, "招生公告")
    assert await planner.once() == []
    assert await _broadcasts(database) == []
    async with database.read() as connection:
        item = await store.get(connection, 1)
    assert item is not None
    assert item.state is ItemState.HELD
    assert "channel sms: advertising must end with 拒收请回复R" in item.why[-1]


async def test_a_gateway_s_hours_hold_everything_but_warnings(database: Database) -> None:
    rules = {"sms": ShortMessages(sms_hours="14:00-20:00")}
    routes = {"routine": Route(channels=("sms",)), "warning": Route(channels=("sms",), lane=Lane.WARNING)}
    planner = Planner(database, routes, _OUTLETS, _render, lambda: _AT, rules=rules)
    await _accept(database, "招生公告")
    await planner.once()
    due = {each.route: each.due for each in await _broadcasts(database)}
    assert due == {"routine": datetime(2026, 11, 22, 6, tzinfo=UTC), "warning": _AT}


async def test_a_warning_waits_for_no_hours_whatever_its_lane(database: Database) -> None:
    rules = {"sms": ShortMessages(sms_hours="14:00-20:00")}
    routes = {
        "routine": Route(channels=("sms",), hours="15:00-20:00"),
        "warning": Route(channels=("sms",), lane=Lane.WARNING, hours="15:00-20:00"),
    }
    planner = Planner(database, routes, _OUTLETS, _render, lambda: _AT, rules=rules)
    await _accept(database, "浔阳区气象台发布暴雨黄色预警信号", topic=Topic(severity=Severity.YELLOW))
    await planner.once()
    assert {each.due for each in await _broadcasts(database)} == {_AT}
    async with database.read() as connection:
        assert set(await connection.scalars(sa.select(message.c.hours))) == {None}


async def test_a_route_may_select_by_lists_and_attributes(database: Database) -> None:
    ring = KeyRing.generate()
    listed = {"basis": "statutory", "selectable": '["age"]', "columns": '{"age": "年龄段"}'}
    async with database.write() as connection:
        await connection.execute(
            sa.insert(group),
            [{"id": 5, "name": "高龄", **listed, "ends_at": None}, {"id": 6, "name": "旧", **listed, "ends_at": 1}],
        )
    await _accept(database, "高龄津贴发放通知")
    await _accept(database, "演练", key="drill", drill="演练")
    routes = {
        "old": Route(to=("select:高龄 且 年龄段=80以上 且 非 旧", "select:旧 或 没有"), channels=("mail",)),
        "near": Route(to=("select:高龄 或 地区=360403",), channels=("sms",)),
    }
    planner = Planner(database, routes, _OUTLETS, _render, lambda: _AT, ring=ring)
    await planner.once()
    age = print_of(ring, 5, "age", "80以上"), print_of(ring, 6, "age", "80以上")
    aged: Selection = All((Members(5), Says(((5, age[0]), (6, age[1]))), Not(Members(6))))
    old, near, drill, empty = await _broadcasts(database)
    assert (old.audience, near.audience) == (
        Audience(selection=aged),
        Audience(selection=Either((Members(5), LivesIn("360403", ())))),
    )
    assert (drill.audience, empty.audience) == (Audience(selection=aged), Audience())
    async with database.read() as connection:
        item = await store.get(connection, 1)
        assert item is not None
        drawn = await planner.draw(connection, item)
    assert [each.unknown_groups for each in drawn] == [("旧 或 没有",), ()]
    # Whoever only lives there has no such column.
    assert [each.columns for each in drawn] == [frozenset({"age"}), frozenset()]
    assert [each.may_leave for each in drawn] == [False, True]


@pytest.mark.parametrize("to", ["select:", "select:非 低保户", "group:", "everybody"])
def test_a_route_to_nobody_known_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match=r"neither|expected|list first"):
        Route(to=(to,), channels=("mail",))


async def _edited(database: Database, body: str, planner: Planner) -> list[tuple[str, int, BroadcastState]]:
    await _accept(database, "招生工作的通知", body=body)
    await planner.once()
    return [(each.route, each.revision, each.state) for each in await _broadcasts(database)]


async def test_what_was_edited_before_anybody_heard_of_it_goes_out_as_it_is_now(database: Database) -> None:
    planner = _planner(
        database, {"wait": {"approval": True}, "late": {"hours": "14:00-20:00"}, "now": {"lane": "personal"}}
    )
    await _edited(database, "电话写错了。", planner)
    await _begin(database, "now")
    proposed, opened, cancelled = BroadcastState.PROPOSED, BroadcastState.OPEN, BroadcastState.CANCELLED
    assert await _edited(database, "电话是对的。", planner) == [
        ("wait", 0, cancelled),
        ("late", 0, cancelled),
        ("now", 0, opened),
        ("wait", 1, proposed),
        ("late", 1, opened),
    ]
    async with database.read() as connection:
        words = await message_store.load(connection, 4 * 3 - 1)
    assert "电话是对的" in words.message.parts["text"]


async def test_what_was_halted_before_it_began_waits_for_a_person_in_its_new_words(database: Database) -> None:
    planner = _planner(database, {"late": {"hours": "14:00-20:00"}})
    await _edited(database, "电话写错了。", planner)
    async with database.write() as connection:
        await broadcast.halt(connection, 1)
    assert await _edited(database, "电话是对的。", planner) == [
        ("late", 0, BroadcastState.CANCELLED),
        ("late", 1, BroadcastState.PROPOSED),
    ]


async def test_what_a_person_cancelled_does_not_come_back_with_an_edit(database: Database) -> None:
    planner = _planner(database, {"late": {"hours": "14:00-20:00"}})
    await _edited(database, "电话写错了。", planner)
    async with database.write() as connection:
        await broadcast.cancel(connection, 1)
    assert await _edited(database, "电话是对的。", planner) == [("late", 0, BroadcastState.CANCELLED)]


async def test_what_is_taken_down_before_anybody_heard_of_it_is_not_told_and_not_taken_back(database: Database) -> None:
    planner = _planner(database, {"late": {"hours": "14:00-20:00", "edits": "all"}, "wait": {"approval": True}})
    await _edited(database, "正文。", planner)
    async with database.write() as connection:
        assert await store.withdraw(connection, "edu", ["https://www.example.gov.cn/1.html"], at=_AT) == [1]
    await planner.once()
    assert {each.state for each in await _broadcasts(database)} == {BroadcastState.CANCELLED}


async def test_what_changes_while_it_is_put_into_words_is_told_as_it_is_now(database: Database) -> None:
    changes = ["新的正文。"]

    class Changing(Planner):
        @override
        async def draw(self, *how: Any) -> Any:
            if changes:
                await _accept(database, "招生工作的通知", body=changes.pop())
            return await super().draw(*how)

    planner = Changing(database, {"all": Route(channels=("mail",))}, _OUTLETS, _render, lambda: _AT)
    await _accept(database, "招生工作的通知", body="旧的正文。")
    assert len(await planner.once()) == 1
    async with database.read() as connection:
        words = await message_store.load(connection, 1)
    assert "新的正文" in words.message.parts["text"]


async def test_what_staff_withdraw_while_it_is_put_into_words_goes_nowhere(database: Database) -> None:
    class Late(Planner):
        @override
        async def draw(self, connection: Any, *how: Any) -> Any:
            async with database.write() as other:
                await store.set_state(other, 1, {ItemState.READY}, ItemState.WITHDRAWN)
            return await super().draw(connection, *how)

    await _accept(database, "招生工作的通知")
    planner = Late(database, {"all": Route(channels=("mail",))}, _OUTLETS, _render, lambda: _AT)
    assert await planner.once() == []
    assert await _broadcasts(database) == []


def test_a_joined_route_still_names_its_routes() -> None:
    assert names_in("a + b c", ["a", "b c", "b", "c"]) == {"a", "b c"}
    assert names_in(("a + " + "b" * 80)[:64], ["a", "b" * 80, "b"]) == {"a", "b" * 80}


async def test_a_correction_of_what_it_is_about_reaches_whoever_was_told_before(database: Database) -> None:
    routes: dict[str, dict[str, object]] = {
        "one": {"areas": ["360403"], "edits": "major"},
        "other": {"areas": ["360402"], "edits": "major", "lane": "personal"},
        "once": {"areas": ["360403"], "lane": "personal"},
    }
    planner = _planner(database, routes)
    await _accept(database, "浔阳区停水通知")
    await planner.once()
    await _begin(database)
    elsewhere = Topic(frozenset({"environment"}), frozenset({"360402"}))
    await _accept(database, "濂溪区停水通知（更正）", topic=elsewhere)
    await planner.once()
    again = [each for each in await _broadcasts(database) if each.revision]
    assert [each.route for each in again] == ["one", "other"]
    both = Topic(frozenset({"education", "environment"}), frozenset({"360402", "360403"}))
    assert {each.audience.topic for each in again} == {both}


async def test_what_nobody_was_told_of_goes_only_where_it_belongs_by_now(database: Database) -> None:
    planner = _planner(database, {"one": {"areas": ["360403"], "edits": "all"}, "other": {"areas": ["360402"]}})
    await _accept(database, "浔阳区停水通知")
    await planner.once()
    elsewhere = Topic(frozenset({"environment"}), frozenset({"360402"}))
    await _accept(database, "濂溪区停水通知（更正）", topic=elsewhere)
    await planner.once()
    found = await _broadcasts(database)
    assert [(each.route, each.state) for each in found] == [
        ("one", BroadcastState.CANCELLED),
        ("other", BroadcastState.OPEN),
    ]
    assert found[1].audience.topic == elsewhere
