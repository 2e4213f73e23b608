"""What people write does what they mean, at once, with its consent in the ledger; answers cost nobody anything."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from channels.channel import CallbackAnswer
from channels.message import Lane
from channels.receipt import Inbound
from pusher.database import Database
from pusher.deliver import callbacks
from pusher.deliver.tables import message
from pusher.plan.rendering import rendering
from pusher.review.taxonomy import Taxonomy
from pusher.talk import answers, words
from pusher.talk.desk import TalkDesk
from pusher.talk.talk import Talk
from subscribers import consent, people
from subscribers.choices import Choices, Frequency, Quiet, read_choices, write_choices
from subscribers.consent import Key
from subscribers.enrol import Subscription
from subscribers.known import key_of
from subscribers.tables import subscriber
from subscribers.topic import Severity
from templates.render import Renderer
from tests.support.engine import Engine, Hands
from tests.support.office import Way

_PHONE, _OPENID = "+8613800138000", "oABCDEFGHIJKLMNOPQRSTUVWXYZ01"
#: 23:00 in China: answers do not wait for the morning.
_NIGHT = datetime(2026, 11, 22, 15, tzinfo=UTC)
_PLACE = Taxonomy.load("xunyang")


class Place(Engine):
    """An engine that hears."""

    heard = 0

    async def hear(self, text: str, *, act: str = "text", how: str = "", address: str = _PHONE) -> str | None:
        """Somebody says or does something; what the callback is to answer."""
        self.heard += 1
        kind = "openid" if address == _OPENID else "phone"
        channel = {"openid": "wechat", "phone": "sms"}[kind]
        event = Inbound(act, address, text, event_id=str(self.heard), how=how)
        async with self.database.write() as connection:
            return await callbacks.take(
                connection,
                self.ring,
                CallbackAnswer(inbound=[event]),
                channels=[channel],
                address_kind=kind,
                at=self.at,
                hearer=self.desk_of_talk(),
            )

    def desk_of_talk(self) -> TalkDesk:
        """As the service has it."""
        outlets = {"sms": Way("sms", "phone"), "wechat": Way("wechat", "openid", frozenset(Lane))}
        return TalkDesk(
            Talk(self.ring, _PLACE, "浔阳发布"),
            outlets,
            rendering(Renderer()),
            {},
            "https://tz.example.gov.cn/o/{}.key/my".format,
        )

    async def person(self, address: str = _PHONE) -> int | None:
        """Who has the address."""
        async with self.database.read() as connection:
            return await people.find_by_address(connection, self.ring, self.key(address)[0], address)

    def key(self, address: str) -> Key:
        """How the address is named."""
        return key_of(self.ring, "openid" if address == _OPENID else "phone", address)

    async def choices(self, address: str = _PHONE) -> Choices | None:
        """What its owner chose."""
        person = await self.person(address)
        async with self.database.read() as connection:
            return None if person is None else await read_choices(connection, person)

    async def wishes(self, address: str = _PHONE) -> set[tuple[str, str]]:
        """Domains and areas."""
        choices = await self.choices(address)
        return {(wish.domain, wish.area) for wish in choices.subscriptions} if choices else set()

    async def history(self, address: str = _PHONE) -> Sequence[consent.Act]:
        """The ledger."""
        async with self.database.read() as connection:
            return await consent.history(connection, [self.key(address)])

    async def answered(self) -> list[str]:
        """The words of all answers by message, oldest first."""
        async with self.database.read() as connection:
            found = await connection.scalars(sa.select(message.c.content).order_by(message.c.id))
            return [each["parts"]["text"] for each in found]


@pytest.fixture
def place(database: Database) -> Place:
    return Place(database, at=_NIGHT)


async def test_a_number_that_subscribes_by_sms_has_consented_by_that(place: Place) -> None:
    assert await place.hear("ｄｙ 环保，甘棠") is None
    assert await place.wishes() == {("environment", "360403001")}
    assert any(act.words == "订阅 环境保护 甘棠街道" and act.about for act in await place.history())
    hands = Hands()
    await place.postman(sms=hands).once()
    assert hands.taken == {_PHONE: 1}
    [said] = await place.answered()
    assert "已订阅：环境保护（甘棠街道）" in said


async def test_an_answer_on_the_spot_leads_to_ones_own_page_and_tells_strangers_nothing(place: Place) -> None:
    asked = await place.hear("查询", address=_OPENID)
    assert asked is not None
    assert "https://" not in asked
    said = await place.hear("订阅 环保", address=_OPENID)
    assert said is not None
    assert said.endswith("查看和修改：https://tz.example.gov.cn/o/1.key/my")


async def test_subscriptions_add_up_and_end_one_by_one(place: Place) -> None:
    for text in ("订阅 教育", "订阅 环保", "td教育"):
        await place.hear(text)
    assert await place.wishes() == {("environment", "360403")}
    await place.hear("查询")
    assert "您订阅了：环境保护（浔阳区）" in (await place.answered())[-1]


async def test_what_ends_in_an_area_ends_in_all_that_lies_within_it_and_nowhere_else(place: Place) -> None:
    for text in ("订阅 环保 甘棠", "订阅 教育 浔阳区"):
        await place.hear(text, address=_OPENID)
    said = await place.hear("退订 教育 甘棠", address=_OPENID) or ""
    assert said.startswith("没有这项订阅可退：教育")
    assert "教育" in said.partition("您订阅了")[2]
    assert await place.wishes(_OPENID) == {("environment", "360403001"), ("education", "360403")}
    assert (await place.hear("退订 环保 浔阳区", address=_OPENID) or "").startswith("已退订：环境保护。")
    assert await place.wishes(_OPENID) == {("education", "360403")}


@pytest.mark.parametrize("text", ["退订 全部", "退订所有", "全部退订", "全部取消"])
async def test_whoever_ends_everything_ends_what_lists_bring_too(place: Place, text: str) -> None:
    await place.hear("订阅 环保", address=_OPENID)
    assert (await place.hear(text, address=_OPENID) or "").startswith(words.ENDED)
    assert place.key(_OPENID) in await _closed(place, _OPENID)


async def test_whoever_moves_hears_of_every_level_that_he_heard_of_somewhere(place: Place) -> None:
    await place.hear("订阅 环保")
    chosen = [
        Subscription("disaster", "360403", Severity.RED),
        Subscription("disaster", "360403001", Severity.BLUE),
    ]
    async with place.database.write() as connection:
        await write_choices(connection, await place.person() or 0, Choices(chosen), source="test", at=place.at)
    await place.hear("地区 白水湖")
    choices = await place.choices()
    assert choices is not None
    assert [(wish.domain, wish.least) for wish in choices.subscriptions] == [("disaster", Severity.BLUE)]


async def test_nobody_is_told_that_messages_come_while_none_do(place: Place) -> None:
    await place.hear("订阅 环保", address=_OPENID)
    await place.hear("退订", address=_OPENID)
    for text in ("查询", "地区 甘棠", "每周"):
        assert (await place.hear(text, address=_OPENID) or "").startswith(words.ENDED)
    chosen = Choices([Subscription("environment", "360403001")], Frequency.WEEKLY)
    assert await place.choices(_OPENID) == chosen, "what he chose meanwhile holds when he comes back"


async def test_whoever_wants_warnings_only_must_have_chosen_some(place: Place) -> None:
    await place.hear("订阅 环保", address=_OPENID)
    assert "订阅 灾害" in (await place.hear("只收预警", address=_OPENID) or "")
    assert (await place.choices(_OPENID) or Choices()).frequency is Frequency.AT_ONCE
    await place.hear("订阅 灾害", address=_OPENID)
    await place.hear("只收预警", address=_OPENID)
    assert (await place.choices(_OPENID) or Choices()).frequency is Frequency.URGENT


def test_what_quiet_hours_hold_is_not_said_to_come_at_once() -> None:
    chosen = Choices([Subscription("disaster", "360403")], quiet=Quiet(22 * 60, 7 * 60), urgent=Severity.ORANGE)
    assert words.mine(chosen, _PLACE).endswith("22:00至7:00免打扰，橙色及以上预警随时发送。")


async def test_whoever_leaves_and_comes_back_has_what_he_chose(place: Place) -> None:
    await place.hear("订阅 环保")
    await place.hear("退订", act="stop")
    assert place.key(_PHONE) in await _closed(place)
    assert len(await place.answered()) == 1, "nothing is sent to whoever refused"
    await place.hear("订阅")
    assert await _closed(place) == {}
    assert await place.wishes() == {("environment", "360403")}


async def test_the_new_owner_of_a_number_inherits_nothing(place: Place) -> None:
    await place.hear("订阅 环保")
    before = await place.person()
    await place.hear("错号")
    assert await place.hear("查询") is None
    await place.hear("订阅 教育")
    assert await place.person() != before
    assert await place.wishes() == {("education", "360403")}


async def test_whoever_ends_warnings_ends_the_hazards_that_he_chose_on_the_page(place: Place) -> None:
    await place.hear("订阅 环保")
    chosen = [Subscription(domain, "360403") for domain in ("environment", "hazard:11B03", "hazard:11B")]
    async with place.database.write() as connection:
        await write_choices(connection, await place.person() or 0, Choices(chosen), source="test", at=place.at)
    await place.hear("查询")
    assert "环境保护（浔阳区）；部分灾害预警（浔阳区）。" in (await place.answered())[-1]
    await place.hear("退订 预警")
    assert await place.wishes() == {("environment", "360403")}


@pytest.mark.parametrize("said", [("错号", "td"), ("td", "错号")])
async def test_nor_does_the_new_owner_who_refused_besides(place: Place, said: tuple[str, str]) -> None:
    await place.hear("订阅 环保")
    before = await place.person()
    for text in said:
        await place.hear(text, act="stop" if text == "td" else "text")
    await place.hear("订阅 教育")
    assert await place.person() != before
    assert await place.wishes() == {("education", "360403")}


async def test_whoever_was_erased_may_come_back_by_himself(place: Place) -> None:
    await place.hear("订阅 环保")
    person = await place.person()
    async with place.database.write() as connection:
        await people.erase(connection, person or 0, source="test", at=place.at)
    await place.hear("订阅 教育")
    assert await place.wishes() == {("education", "360403")}


@pytest.mark.parametrize("address", [_PHONE, _OPENID])
async def test_whoever_was_erased_stays_erased_though_he_leaves_or_follows_after_it(place: Place, address: str) -> None:
    await place.hear("订阅 环保", address=address)
    person = await place.person(address)
    async with place.database.write() as connection:
        await people.erase(connection, person or 0, source="test", at=place.at)
    await place.hear("退订", act="stop", address=address)
    await place.hear("", act="start", how="follow", address=address)
    await place.hear("退订", address=address)
    assert await _closed(place, address) == {place.key(address): consent.ERASED}
    await place.hear("订阅 教育", address=address)
    assert (await place.wishes(address), await _closed(place, address)) == ({("education", "360403")}, {})


async def test_answers_to_one_number_are_few_and_only_to_known_ones(place: Place) -> None:
    await place.hear("帮助")
    assert await place.answered() == []
    await place.hear("订阅 环保")
    for _ in range(10):
        await place.hear("查询")
    assert len(await place.answered()) == answers.MOST
    place.later(24 * 3600 + 1)
    await place.hear("查询")
    assert len(await place.answered()) == answers.MOST + 1
    await place.hear("什么时候来电")
    assert len(await place.answered()) == answers.MOST + 1


async def test_a_follower_is_welcomed_and_chooses(place: Place) -> None:
    said = await place.hear("", act="start", how="follow", address=_OPENID)
    assert said is not None
    assert said.startswith("您好，这里是浔阳发布")
    assert "5.环境保护" in said
    assert await place.person(_OPENID) is None, "nothing is kept of who has not chosen"
    assert "环境保护" in (await place.hear("订阅 5", how="click", address=_OPENID) or "")
    assert "甘棠街道" in (
        await place.hear("江西省九江市浔阳区甘棠街道浔阳路1号", how="location", address=_OPENID) or ""
    )
    assert await place.wishes(_OPENID) == {("environment", "360403001")}
    assert "回复 地区+名称" in (await place.hear("某省某市", how="location", address=_OPENID) or "")
    said = await place.hear("每周", address=_OPENID) or ""
    assert said.partition("\n")[0] == words.often(Frequency.WEEKLY)
    assert (await place.hear("今天天气怎么样啊", address=_OPENID) or "").startswith("回复 订阅")
    assert await place.answered() == []


async def test_a_scanned_poster_subscribes_before_and_after_following(place: Place) -> None:
    scene = "DY_education_360403001"
    assert "教育" in (await place.hear(scene, act="start", how="follow", address=_OPENID) or "")
    await place.hear("DY_environment_360403001", how="scan", address=_OPENID)
    assert await place.wishes(_OPENID) == {("education", "360403001"), ("environment", "360403001")}


async def test_unfollowing_closes_and_following_again_restores_exactly_what_was_chosen(place: Place) -> None:
    await place.hear("DY_education_360403001", act="start", how="follow", address=_OPENID)
    chosen = Choices(
        [Subscription("education", "360403001"), Subscription("hazard:11", "360403")],
        Frequency.WEEKLY,
        18,
        Quiet(22 * 60, 7 * 60),
    )
    async with place.database.write() as connection:
        await write_choices(connection, await place.person(_OPENID) or 0, chosen, source="test", at=place.at)
    await place.hear("", act="stop", address=_OPENID)
    assert await _closed(place, _OPENID) != {}
    place.at += timedelta(days=40)
    said = await place.hear("", act="start", how="follow", address=_OPENID)
    assert said is not None
    assert said.startswith("欢迎回来")
    assert (await _closed(place, _OPENID), await place.choices(_OPENID)) == ({}, chosen)


async def test_a_repeated_push_is_heard_once(place: Place) -> None:
    await place.hear("订阅 环保", address=_OPENID)
    place.heard -= 1
    assert await place.hear("订阅 环保", address=_OPENID) is None
    async with place.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(subscriber)) == 1


async def _closed(place: Place, address: str = _PHONE) -> dict[Key, str]:
    async with place.database.read() as connection:
        return await consent.reasons(connection, [place.key(address)])
