"""A named sender's warnings draft themselves and count as one approver; never the only one."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from pusher.database import Database
from pusher.deliver.tables import message
from pusher.item import Item
from pusher.plan import broadcast
from pusher.plan.planner import Planner
from pusher.plan.routes import Route
from pusher.review.review import Reviewed
from pusher.warnings import store
from pusher.warnings.automatic import Drafting
from pusher.warnings.cap import signature, write
from pusher.warnings.cap.read import read
from pusher.warnings.certificate import MISSING
from pusher.warnings.life import RefusedActError
from pusher.warnings.preview import preview
from pusher.warnings.proof import proofs
from pusher.warnings.warning import Act, State, Version
from pusher.watch import store as items
from pusher.watch.cap_feed import read_cap
from pusher.watch.cap_proof import not_asked
from pusher.watch.found import Page
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.tables import group
from subscribers.topic import Severity
from tests.support.certificates import signing_pair
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


async def _publish(
    town: Town,
    identifier: str,
    *,
    follows: str = "",
    source: str = "weather",
    made: Callable[[str], bytes] = str.encode,
    **said: str,
) -> None:
    """The feed brings an alert as it was `made` of its text, and the planner looks at it."""
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
    proof = proofs(town.settings.automatic, town.office.now).get(source, not_asked)
    [said_so] = read_cap(Page("https://met.example/1.xml", made(xml)), at=town.engine.at, proof=proof).items
    office = town.office

    def review(item: Item) -> Reviewed:
        return office.review(item)

    item = replace(said_so, source=source)
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


async def test_the_officers_hear_that_a_draft_waits_and_where_they_decide_it(town: Town) -> None:
    town.settings = town.settings.model_copy(update={"duty_groups": ("值班领导",)})
    town.approval_page = "https://tz.example.gov.cn/approve/{}.AAAAAAAAAAAA".format
    async with town.engine.database.write() as connection:
        await connection.execute(sa.insert(group).values(name="值班领导", basis="emergency"))
    await _publish(town, "A1")
    async with town.engine.database.read() as connection:
        [content] = await connection.scalars(sa.select(message.c.content))
    assert content["parts"]["text"] == (
        "值班通知：待签发 浔阳区气象台发布暴雨橙色预警。自动起草的预警（第 1 号）等待签发："
        "https://tz.example.gov.cn/approve/1.AAAAAAAAAAAA 或 pusher warn show 1。"
    )


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
async def test_whatever_the_settings_do_not_name_takes_its_route_and_waits(town: Town, said: dict[str, Any]) -> None:
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
async def test_an_end_need_not_name_level_or_hazard_again(town: Town, said: dict[str, Any]) -> None:
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


class Signer:
    """A sender who signs, and the settings that ask for it."""

    def __init__(self, folder: Path, *, until: datetime | None = None) -> None:
        self.key, self.certificate = signing_pair(until=until)
        self.file = folder / f"{id(self)}.pem"
        self.file.write_bytes(self.certificate)

    def sign(self, xml: str) -> bytes:
        alert = read(xml.encode()).alerts[0].node
        return write.to_bytes(signature.sign(alert, key=self.key, certificate=self.certificate))


def _ask_for(town: Town, *signers: Signer) -> None:
    rain = {"source": "weather", "sender": _SENDER, "organisation": "met", "hazards": ["11B03"]}
    rain["certificates"] = [str(each.file) for each in signers]
    town.settings = office_settings(channels=["sms"], groups=[], duty_groups=[], automatic={"rain": rain})


async def test_where_a_certificate_is_named_its_signature_is_the_approval(town: Town, tmp_path: Path) -> None:
    before, after = Signer(tmp_path), Signer(tmp_path)
    _ask_for(town, before, after)
    for number, signer in enumerate((before, after), start=1):
        await _publish(town, f"A{number}", made=signer.sign)
        version = (await _versions(town))[-1]
        assert (version.approved_by, version.unproven) == (("automatic rain",), "")
        await town.office.check(number, by="wang")
    # The second certificate has taken the place of the first: what the first one signed does not count any more.
    _ask_for(town, after)
    assert (await preview(town.office, 1)).version.approved_by == ()
    assert (await town.office.approve(1, by="zhao", level=Severity.ORANGE)).state is State.APPROVING
    assert (await town.office.approve(2, by="zhao", level=Severity.ORANGE)).state is State.ISSUED


@pytest.mark.parametrize("how", ["not at all", "by somebody else", "changed afterwards", "wrapped"])
async def test_what_is_not_signed_so_is_a_draft_like_any_other_and_says_why(
    town: Town, tmp_path: Path, how: str
) -> None:
    signer, stranger = Signer(tmp_path), Signer(tmp_path)
    _ask_for(town, signer)

    def wrapped(xml: str) -> bytes:
        inner = signer.sign(xml.replace("暴雨", "大风")).decode().partition("?>")[2]
        return xml.replace("</alert>", f"{inner}</alert>").encode()

    made: Mapping[str, Callable[[str], bytes]] = {
        "not at all": str.encode,
        "by somebody else": stranger.sign,
        "changed afterwards": lambda xml: signer.sign(xml).replace(b"100", b"900"),
        "wrapped": wrapped,
    }
    await _publish(town, "A1", made=made[how])
    [draft] = await _versions(town)
    assert (draft.state, draft.approved_by, draft.signed_by) == (State.DRAFT, (), "")
    assert ("is not signed" if how in {"not at all", "wrapped"} else "does not fit") in draft.unproven
    assert draft.unproven in (await town.log())[0].detail
    await town.office.check(1, by="wang")
    assert (await town.office.approve(1, by="zhao", level=Severity.ORANGE)).state is State.APPROVING


async def test_a_certificate_that_has_expired_proves_nothing(town: Town, tmp_path: Path) -> None:
    signer = Signer(tmp_path, until=datetime(2026, 11, 21, tzinfo=UTC))
    _ask_for(town, signer)
    await _publish(town, "A1", made=signer.sign)
    [draft] = await _versions(town)
    assert (draft.approved_by, draft.unproven[:45]) == ((), "each certificate of its sender in the setting")


@pytest.mark.parametrize("act", ["Cancel", "Update"])
async def test_what_nobody_signed_takes_back_no_draft_that_its_sender_signed(
    town: Town, tmp_path: Path, act: str
) -> None:
    signer = Signer(tmp_path)
    _ask_for(town, signer)
    await _publish(town, "A1", made=signer.sign)
    await _publish(town, "A2", follows="A1", act=act)
    assert (await _versions(town))[0].state is State.DRAFT
    await _issue(town, 1)
    town.engine.later(60)
    await _publish(town, "A3", follows="A1", act=act)
    later = (await _versions(town))[-1]
    assert (later.chain, later.state, later.approved_by, later.unproven) == (
        1,
        State.DRAFT,
        (),
        "the alert is not signed",
    )


async def test_what_its_sender_signed_takes_its_draft_back(town: Town, tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    _ask_for(town, signer)
    await _publish(town, "A1", made=signer.sign)
    await _publish(town, "A2", follows="A1", act="Cancel", made=signer.sign)
    assert [each.state for each in await _versions(town)] == [State.REJECTED]


def test_certificates_that_cannot_be_used_are_named_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rain = {"source": "weather", "sender": _SENDER, "organisation": "met", "hazards": ["11B03"]}

    def ask(file: Path) -> None:
        office_settings(automatic={"rain": {**rain, "certificates": [str(file)]}})

    with pytest.raises(ValidationError, match=r"none\.pem cannot be read: No such file"):
        ask(tmp_path / "none.pem")
    (tmp_path / "key.pem").write_bytes(Signer(tmp_path).key)
    with pytest.raises(ValidationError, match="holds no certificate in PEM") as refused:
        ask(tmp_path / "key.pem")
    assert "PRIVATE" not in str(refused.value)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValidationError) as missing:
        ask(Signer(tmp_path).file)
    assert MISSING in str(missing.value)
