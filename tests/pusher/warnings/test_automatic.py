"""A named sender's warnings draft themselves and count as one approver; never the only one."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from pusher.database import Database
from pusher.item import Item
from pusher.plan import broadcast
from pusher.plan.planner import Planner
from pusher.plan.routes import Route
from pusher.review.review import Reviewed
from pusher.warnings import store
from pusher.warnings.automatic import Drafting
from pusher.warnings.life import RefusedActError
from pusher.warnings.warning import Act, State, Version
from pusher.watch import store as items
from pusher.watch.cap_alert import read_alert
from pusher.watch.cap_record import of_element
from pusher.watch.cap_xml import parse
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

_SENDER = "36040341600000"
_OTHER = "36040300000000"
_ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>
<sender>{sender}</sender><sent>2026-11-22T10:00:00+08:00</sent><status>{status}</status><msgType>{act}</msgType>
<scope>Public</scope>{references}<info><language>zh-CN</language><category>Met</category><event>{event}</event>
<urgency>Expected</urgency><severity>{severity}</severity><certainty>Likely</certainty>
<eventCode><valueName>NESEC</valueName><value>11B03</value></eventCode>
<onset>2026-11-22T10:00:00+08:00</onset><expires>2026-11-22T16:00:00+08:00</expires>
<headline>浔阳区气象台发布暴雨预警</headline><description>预计未来3小时降雨量将达100毫米以上。</description>
<area><areaDesc>浔阳区</areaDesc><polygon>29.70,115.98 29.70,116.00 29.72,116.00 29.70,115.98</polygon>
<geocode><valueName>行政区划</valueName><value>{area}</value></geocode></area></info></alert>"""


@pytest.fixture
async def town(database: Database) -> Town:
    """An office that lets the met office's own feed count for rainstorms."""
    sender = {"source": "weather", "sender": _SENDER, "organisation": "met", "hazards": ["11B03"]}
    town = Town(
        Engine(database),
        settings=office_settings(channels=["sms"], groups=[], drill_groups=[], automatic={"rain": sender}),
    )
    town.outlets = {"sms": Way("sms", "phone")}
    people = [Newcomer([("phone", "+8613800000001")], subscriptions=[Subscription("disaster", "360403")])]
    async with database.write() as connection:
        await add_many(connection, town.engine.ring, people, Origin("test", town.engine.at))
    return town


async def _publish(town: Town, identifier: str, *, follows: str = "", source: str = "weather", **said: str) -> None:
    """The feed brings an alert, and the planner looks at it."""
    told: Mapping[str, str] = {
        "sender": _SENDER,
        "status": "Actual",
        "act": "Alert",
        "event": "暴雨",
        "severity": "Severe",
        "area": "360403000000",
        **said,
    }
    named = f"<references>{told['sender']},{follows},2026-11-22T10:00:00+08:00</references>" if follows else ""
    references = said.get("references", named)
    xml = _ALERT.format(**{**told, "identifier": identifier, "references": references})
    read = read_alert(of_element(parse(xml)), at=town.engine.at).item
    office = town.office

    def review(item: Item) -> Reviewed:
        return office.review(item)

    from dataclasses import replace

    item = replace(read, source=source)
    async with town.engine.database.write() as connection:
        await items.accept(connection, [(item, [item.key])], at=town.engine.at, baseline=False, review=review)
    routes = {"all": Route.model_validate({"channels": ["sms"], "kinds": ["warning"], "lane": "warning"})}
    planner = Planner(town.engine.database, routes, office.outlets, office.render, office.now, draft=Drafting(office))
    await planner.once()


async def _versions(town: Town) -> list[Version]:
    async with town.engine.database.read() as connection:
        return list(reversed(await store.latest(connection, limit=20)))


async def _proposed(town: Town) -> int:
    """Broadcasts that the routes made."""
    async with town.engine.database.read() as connection:
        return len(await broadcast.latest(connection, limit=20))


async def test_the_sender_is_one_approver_of_the_two(town: Town) -> None:
    await _publish(town, "A1")
    [draft] = await _versions(town)
    assert (draft.state, draft.drafted_by, draft.approved_by) == (State.DRAFT, "automatic rain", ("automatic rain",))
    assert draft.content.polygons
    assert draft.content.instruction.startswith("停止户外活动")
    sms = Hands()
    await town.engine.deliver(sms=sms)
    assert not sms.taken
    await town.office.check(draft.id, by="wang")
    issued = await town.office.approve(draft.id, by="zhao", level=Severity.ORANGE)
    assert issued.state is State.ISSUED
    await town.engine.deliver(sms=sms)
    assert len(sms.taken) == 1
    assert [entry.actor for entry in await town.log()] == ["automatic rain", "wang", "zhao"]


async def test_sichuan_2021_a_sender_alone_never_warns_where_one_approver_is_enough(town: Town) -> None:
    await _publish(town, "A1", severity="Minor")
    [draft] = await _versions(town)
    assert draft.content.level is Severity.BLUE
    assert draft.state is State.DRAFT
    sms = Hands()
    await town.engine.deliver(sms=sms)
    assert not sms.taken
    assert (await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)).state is State.ISSUED


@pytest.mark.parametrize(
    "said",
    [
        {"sender": "36040300000000"},
        {"source": "another"},
        {"event": "大风", "identifier": "A1"},
        {"status": "Test"},
        {"act": "Error"},
    ],
)
async def test_whatever_the_settings_do_not_name_takes_its_route_and_waits(town: Town, said: dict[str, str]) -> None:
    if "event" in said:
        sender = {"source": "weather", "sender": _SENDER, "organisation": "met", "hazards": ["11B06"]}
        town.settings = office_settings(channels=["sms"], groups=[], automatic={"wind": sender})
        said = {}
    await _publish(town, "A1", **said)
    assert await _versions(town) == []
    assert await _proposed(town) == 1


async def test_a_draft_that_cannot_be_right_is_no_approval(town: Town) -> None:
    await _publish(town, "A1", area="440100000000")
    [draft] = await _versions(town)
    assert draft.approved_by == ()
    with pytest.raises(RefusedActError, match="does not lie within"):
        await town.office.check(draft.id, by="wang")


async def test_what_its_sender_takes_back_before_approval_never_goes_out(town: Town) -> None:
    await _publish(town, "A1")
    await _publish(town, "A2", follows="A1", act="Cancel")
    [draft] = await _versions(town)
    assert draft.state is State.REJECTED
    with pytest.raises(RefusedActError, match="rejected"):
        await town.office.approve(draft.id, by="zhao", level=Severity.ORANGE)


def _two_senders(**changed: object) -> dict[str, object]:
    rain = {"source": "weather", "sender": _SENDER, "organisation": "met", "hazards": ["11B03"]}
    return {"rain": {**rain, **changed}, "other": {**rain, "sender": _OTHER}}


async def _issue(town: Town, number: int) -> None:
    await town.office.check(number, by="wang")
    await town.office.approve(number, by="zhao", level=Severity.ORANGE)


@pytest.mark.parametrize("said", [{"act": "Cancel", "severity": "Minor"}, {"act": "Cancel", "event": "台风"}])
async def test_an_end_need_not_name_level_or_hazard_again(town: Town, said: dict[str, str]) -> None:
    town.settings = office_settings(channels=["sms"], groups=[], automatic=_two_senders(levels=["orange", "red"]))
    await _publish(town, "A1")
    await _publish(town, "A2", follows="A1", **said)
    assert [each.state for each in await _versions(town)] == [State.REJECTED]
    assert await _proposed(town) == 0
    await _publish(town, "B1")
    await _issue(town, 2)
    await _publish(town, "B2", follows="B1", **said)
    end = (await _versions(town))[-1]
    assert (end.act, end.chain, end.content.level, len(end.approved_by)) == (Act.END, 2, Severity.ORANGE, 1)
    assert "停止户外活动" not in end.content.instruction


async def test_a_level_that_is_not_the_sender_s_own_takes_its_draft_back_and_its_route(town: Town) -> None:
    town.settings = office_settings(channels=["sms"], groups=[], automatic=_two_senders(levels=["orange"]))
    await _publish(town, "A1")
    await _publish(town, "A2", follows="A1", act="Update", severity="Extreme")
    assert [each.state for each in await _versions(town)] == [State.REJECTED]
    assert await _proposed(town) == 1
    await _publish(town, "B1")
    await _issue(town, 2)
    await _publish(town, "B2", follows="B1", act="Update", severity="Extreme")
    update = (await _versions(town))[-1]
    assert (update.act, update.chain, update.approved_by) == (Act.UPDATE, 2, ())


@pytest.mark.parametrize("act", ["Update", "Cancel"])
async def test_what_another_sender_says_changes_nothing(town: Town, act: str) -> None:
    town.settings = office_settings(channels=["sms"], groups=[], automatic=_two_senders())
    await _publish(town, "A1")
    await _publish(town, "B1", references=f"<references>{_SENDER},A1,2026</references>", act=act, sender=_OTHER)
    assert (await _versions(town))[0].state is State.DRAFT
    await _issue(town, 1)
    await _publish(town, "B2", references=f"<references>{_SENDER},A1,2026</references>", act=act, sender=_OTHER)
    assert all(each.chain == 1 or each.act is Act.ALERT for each in await _versions(town))
    assert (await _versions(town))[0].state is State.ISSUED
    assert len([each for each in await _versions(town) if each.chain == 1]) == 1


async def test_what_was_not_drafted_here_is_ended_by_the_routes(town: Town) -> None:
    await _publish(town, "A2", follows="A1", act="Cancel")
    assert (await _versions(town), await _proposed(town)) == ([], 1)


async def test_an_end_ends_every_warning_that_it_names_and_only_once(town: Town) -> None:
    for number, name in enumerate(["A1", "B1"], start=1):
        await _publish(town, name)
        await _issue(town, number)
        town.engine.later(60)
    both = f"<references>{_SENDER},A1,2026 {_SENDER},B1,2026</references>"
    await _publish(town, "C1", references=both, act="Cancel")
    ends = (await _versions(town))[2:]
    assert {(each.act, each.chain) for each in ends} == {(Act.END, 1), (Act.END, 2)}
    for each in ends:
        await town.office.approve(each.id, by="zhao", level=Severity.ORANGE)
        town.engine.later(60)
    await _publish(town, "C2", references=both, act="Cancel")
    assert len(await _versions(town)) == 4


async def test_an_update_and_an_end_go_on_with_the_chain(town: Town) -> None:
    await _publish(town, "A1")
    await town.office.check(1, by="wang")
    await town.office.approve(1, by="zhao", level=Severity.ORANGE)
    town.engine.later(60)
    await _publish(town, "A2", follows="A1", act="Update", severity="Moderate")
    town.engine.later(60)
    await town.office.approve(2, by="zhao", level=Severity.YELLOW)
    await _publish(town, "A3", follows="A2", act="Cancel", severity="Moderate")
    versions = await _versions(town)
    assert [(each.act, each.chain, each.state) for each in versions] == [
        (Act.ALERT, 1, State.SUPERSEDED),
        (Act.UPDATE, 1, State.ISSUED),
        (Act.END, 1, State.DRAFT),
    ]
    assert "已经结束" in versions[-1].content.reason
    await town.office.approve(3, by="zhao", level=Severity.YELLOW)
    assert (await _versions(town))[1].state is State.ENDED


async def test_the_word_of_a_sender_that_the_settings_name_no_more_does_not_count(town: Town) -> None:
    await _publish(town, "A1")
    town.settings = office_settings(channels=["sms"], groups=[], drill_groups=[])
    await town.office.check(1, by="wang")
    assert (await town.office.approve(1, by="zhao", level=Severity.ORANGE)).state is State.APPROVING


async def test_looking_at_an_item_again_drafts_nothing_twice(town: Town) -> None:
    await _publish(town, "A1")
    async with town.engine.database.read() as connection:
        item = await items.get(connection, 1)
    assert item is not None
    assert await Drafting(town.office)(item)
    assert len(await _versions(town)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"automatic": {"rain": {"source": "a", "sender": "b", "organisation": "nobody", "hazards": ["11B"]}}},
        {"officers": {"automatic rain": {"organisations": ["met"], "roles": ["approve"]}}},
    ],
)
def test_no_program_passes_for_a_person_nor_acts_for_nobody(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"automatic"):
        office_settings(**changed)
