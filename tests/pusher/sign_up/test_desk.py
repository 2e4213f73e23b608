"""Signing up by oneself: nothing happens before the owner of the address has said so, and nobody learns whose it is."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pusher.custody.export import everything
from pusher.deliver.tables import delivery, message
from pusher.plan.tables import broadcast
from pusher.sign_up import confirmation
from pusher.sign_up.desk import NotTakenError, Reason, Request
from subscribers import consent, people
from subscribers.choices import Choices, Frequency
from subscribers.consent import Standing
from subscribers.enrol import Subscription
from subscribers.known import key_of
from subscribers.people import add_subscriber
from subscribers.sign_up import code_of
from subscribers.tables import address, sign_up, subscriber
from tests.support.town_service import TownService

EDUCATION, HEALTH = Subscription("education", "360403"), Subscription("health", "360403001")
CHOSEN = Choices([HEALTH], Frequency.DAILY, hour=19)
MAIL, PHONE = ("email", "zhang@example.com"), ("phone", "138 0013 8000")


def _request(town: TownService, to: tuple[str, str] = MAIL, *, remote: str = "198.51.100.7") -> Request:
    question = town.service.sign_ups.questions.new(town.engine.now())
    return Request(
        *to, CHOSEN, words="我同意", remote=remote, question=question.token, answer=str(question.one + question.other)
    )


async def _begin(town: TownService, to: tuple[str, str] = MAIL, *, remote: str = "198.51.100.7") -> str:
    token = await town.service.sign_ups.begin(_request(town, to, remote=remote))
    await town.deliver()
    return token


def _link(town: TownService) -> str:
    """The token of the newest mail's link, as both of its texts give it."""
    mail = town.mails.taken[-1]
    [token] = re.findall(r"https://tz\.example\.gov\.cn/confirm/(\S+)", mail.text("plain"))
    assert f"/confirm/{token}" in mail.text("html")
    return str(token)


def _code(town: TownService) -> str:
    return str(re.findall(r"\b\d{6}\b", town.sms.inbox.all()[-1].text)[0])


async def _add(town: TownService, to: tuple[str, str] = MAIL) -> int:
    async with town.engine.database.write() as connection:
        return await add_subscriber(
            connection,
            town.engine.ring,
            name="",
            addresses=[to],
            subscriptions=[EDUCATION],
            preference="first",
            language="zh",
            source="test",
            at=town.engine.now(),
            confirmed=True,
        )


async def test_a_mailbox_is_taken_in_by_its_link_and_not_before(town: TownService) -> None:
    await _begin(town)
    assert await town.person(*MAIL) is None
    [mail] = town.mails.taken
    assert mail.recipients == ("zhang@example.com",)
    assert "List-Unsubscribe" not in mail.message
    token = _link(town)
    offered = await town.service.sign_ups.offered(token)
    assert offered is not None
    assert offered.choices == CHOSEN
    assert await town.person(*MAIL) is None
    confirmed = await town.service.sign_ups.confirm(token)
    person = await town.person(*MAIL)
    assert confirmed is not None
    assert person is not None
    assert person.choices == CHOSEN
    assert [(each.kind, each.standing) for each in person.addresses] == [("email", Standing.OPEN)]
    assert {(each.act, each.words) for each in person.history} == {("confirmed", "我同意"), ("given", "我同意")}
    assert await town.service.sign_ups.confirm(token) is None


async def test_a_phone_is_taken_in_by_its_code_which_is_stored_nowhere(town: TownService) -> None:
    token = await _begin(town, PHONE)
    code = _code(town)
    async with town.engine.database.read() as connection:
        stored = (await connection.execute(sa.select(message.c.content))).scalars().all()
    assert code not in str(stored)
    assert await town.service.sign_ups.try_code(token, f" {code[:3]} {code[3:]}", "198.51.100.7")
    person = await town.person(*PHONE)
    assert person is not None
    assert person.choices == CHOSEN


async def test_five_wrong_codes_are_the_end_of_it(town: TownService) -> None:
    token = await _begin(town, PHONE)
    wrong = f"{(int(_code(town)) + 1) % 10**6:06}"
    for _ in range(5):
        assert await town.service.sign_ups.try_code(token, wrong, "198.51.100.7") is None
    assert await town.service.sign_ups.try_code(token, _code(town), "198.51.100.7") is None
    assert await town.person(*PHONE) is None


async def test_a_code_is_good_for_ten_minutes_and_a_link_for_three_days(town: TownService) -> None:
    token = await _begin(town, PHONE)
    await _begin(town)
    town.engine.later(601)
    assert await town.service.sign_ups.try_code(token, _code(town), "198.51.100.7") is None
    town.engine.later(timedelta(days=3).total_seconds())
    assert await town.service.sign_ups.offered(_link(town)) is None
    assert await town.service.sign_ups.confirm(_link(town)) is None


async def test_who_is_known_keeps_what_he_had_and_gets_what_he_chose(town: TownService) -> None:
    number = await _add(town)
    await _begin(town)
    person = await town.person(*MAIL)
    assert person is not None
    assert person.choices == Choices([EDUCATION])
    await town.service.sign_ups.confirm(_link(town))
    person = await town.person(*MAIL)
    assert person is not None
    assert person.id == number
    assert person.choices == replace(CHOSEN, subscriptions=[EDUCATION, HEALTH])


@pytest.mark.parametrize("reason", [consent.REFUSED, consent.ERASED, "mailbox unknown (550 5.1.1)"])
async def test_whoever_was_closed_comes_back_by_his_own_confirmation_alone(town: TownService, reason: str) -> None:
    await _add(town)
    key = key_of(town.engine.ring, *MAIL)
    async with town.engine.database.write() as connection:
        await consent.end(connection, [key], "ended", reason, consent.Origin("test", town.engine.now()))
    await _begin(town)
    async with town.engine.database.read() as connection:
        assert (await consent.reasons(connection, [key])) == {key: reason}
    await town.service.sign_ups.confirm(_link(town))
    person = await town.person(*MAIL)
    assert person is not None
    assert [each.standing for each in person.addresses] == [Standing.OPEN]
    assert "restored" in [each.act for each in person.history]


@pytest.mark.parametrize("reason", [consent.STRANGER, "失联 91 天后又能接通，" + consent.PERHAPS_STRANGER])
async def test_the_new_owner_of_a_number_signs_up_as_himself_and_never_as_its_former_owner(
    town: TownService, reason: str
) -> None:
    former = await _add(town, PHONE)
    key = key_of(town.engine.ring, "phone", "+8613800138000")
    async with town.engine.database.write() as connection:
        if reason == consent.STRANGER:
            await consent.suppress(connection, *key, reason="number unknown", source="test", at=town.engine.now())
        await consent.suppress(connection, *key, reason=reason, source="test", at=town.engine.now())
    token = await _begin(town, PHONE)
    assert await town.service.sign_ups.try_code(token, _code(town), "198.51.100.7")
    person = await town.person(*PHONE)
    assert person is not None
    assert person.id != former
    assert person.choices == CHOSEN
    assert [act.about for act in person.history if act.about] == ["health 360403001"], "what the former one chose"
    assert person.history[-1].act == "given"


async def test_nobody_can_have_an_address_flooded(town: TownService) -> None:
    for remote in range(1, 9):
        assert await town.service.sign_ups.begin(_request(town, remote=f"198.51.100.{remote}"))
        town.engine.later(240)
    await town.deliver()
    assert len(town.mails.taken) == 3
    town.engine.later(timedelta(days=1).total_seconds())
    await _begin(town)
    assert len(town.mails.taken) == 4
    for _ in range(4):
        town.engine.later(timedelta(days=1).total_seconds())
        await _begin(town)
    assert len(town.mails.taken) == 6
    town.engine.later(timedelta(days=7).total_seconds())
    await _begin(town)
    assert len(town.mails.taken) == 7


async def test_the_many_names_of_one_mailbox_are_one_to_be_flooded(town: TownService) -> None:
    names = ("zhangsan@gmail.com", "zhangsan+1@gmail.com", "Zhang.San+2@gmail.com", "z.hangsan@googlemail.com")
    for number, name in enumerate(names):
        await town.service.sign_ups.begin(_request(town, ("email", name), remote=f"198.51.100.{number}"))
    await town.deliver()
    assert len(town.mails.taken) == 1


async def test_whoever_refused_or_was_erased_hears_of_us_twice_a_week_at_most(town: TownService) -> None:
    person = await _add(town)
    async with town.engine.database.write() as connection:
        await people.erase(connection, person, source="test", at=town.engine.now())
    for _ in range(6):
        await _begin(town)
        town.engine.later(timedelta(days=1).total_seconds())
    assert len(town.mails.taken) == 2


async def test_an_erasure_takes_what_waits_for_a_confirmation_along(town: TownService) -> None:
    person = await _add(town)
    await _begin(town)
    async with town.engine.database.write() as connection:
        told = await everything(connection, town.engine.ring, person, None)
        assert told is not None
        [waits] = told["sign_ups"]
        assert waits["wishes"]["hour"] == CHOSEN.hour
        await people.erase(connection, person, source="test", at=town.engine.now())
        assert await connection.scalar(sa.select(sa.func.count()).select_from(sign_up)) == 0
    assert await town.service.sign_ups.confirm(_link(town)) is None


async def test_who_asks_twice_within_minutes_uses_the_one_code_that_came_and_nobody_gets_more_guesses(
    town: TownService,
) -> None:
    await _begin(town, PHONE)
    again = [await _begin(town, PHONE) for _ in range(3)]
    code = _code(town)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for token in (again[0], again[1], again[0], again[2]):
        assert await town.service.sign_ups.try_code(token, wrong, "192.0.2.1") is None
    assert await town.service.sign_ups.try_code(again[2], code, "192.0.2.1")
    person = await town.person(*PHONE)
    assert person is not None
    assert person.choices == CHOSEN
    for token in again:
        assert await town.service.sign_ups.try_code(token, code, "192.0.2.1") is None


async def test_whoever_types_the_code_gets_what_his_own_page_showed_and_nothing_that_a_stranger_chose(
    town: TownService,
) -> None:
    strange = replace(_request(town, PHONE, remote="203.0.113.9"), choices=Choices([EDUCATION]), words="别人看到的")
    theirs = await town.service.sign_ups.begin(strange)
    await town.deliver()
    mine = await _begin(town, PHONE)
    assert await town.service.sign_ups.try_code(mine, _code(town), "192.0.2.1")
    person = await town.person(*PHONE)
    assert person is not None
    assert person.choices == CHOSEN
    assert {act.words for act in person.history} == {"我同意"}
    assert await town.service.sign_ups.try_code(theirs, _code(town), "203.0.113.9") is None


async def test_nobody_becomes_another_s_by_the_code_that_he_types_on_his_own_page(town: TownService) -> None:
    await _add(town)
    stranger = await town.person(*MAIL)
    assert stranger is not None
    await town.service.sign_ups.begin(replace(_request(town, PHONE), beside=stranger.addresses[0].id))
    await town.deliver()
    mine = await _begin(town, PHONE)
    assert await town.service.sign_ups.try_code(mine, _code(town), "192.0.2.1")
    person = await town.person(*PHONE)
    assert person is not None
    assert person.id != stranger.id


async def test_a_mailbox_is_confirmed_by_its_link_alone_because_a_code_could_only_be_guessed(town: TownService) -> None:
    token = await _begin(town)
    right = code_of(town.engine.ring.derive(confirmation.CODES), 1)
    assert await town.service.sign_ups.try_code(token, right, "192.0.2.1") is None


async def test_many_at_once_get_one_confirmation_and_pressing_twice_makes_one_person(town: TownService) -> None:
    desk = town.service.sign_ups
    requests = [_request(town, remote=f"198.51.100.{number}") for number in range(6)]
    await asyncio.gather(*(desk.begin(request) for request in requests))
    await town.deliver()
    assert len(town.mails.taken) == 1
    confirmed = await asyncio.gather(*(desk.confirm(_link(town)) for _ in range(4)))
    assert len([each for each in confirmed if each is not None]) == 1
    async with town.engine.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(subscriber)) == 1


async def test_a_sign_up_of_which_nothing_was_sent_is_confirmed_by_no_code_of_its_own(town: TownService) -> None:
    await _begin(town, PHONE)
    withheld = await _begin(town, PHONE)
    async with town.engine.database.read() as connection:
        states = (await connection.scalars(sa.select(sign_up.c.state).order_by(sign_up.c.id))).all()
    assert states == ["waiting", "withheld"]
    right = code_of(town.engine.ring.derive(confirmation.CODES), 2)
    assert await town.service.sign_ups.try_code(withheld, right, "192.0.2.1") is None


async def test_one_line_gets_so_many_an_hour_and_a_block_of_ipv6_is_one_line(town: TownService) -> None:
    for number in range(6):
        to = ("email", f"r{number}@example.com")
        await town.service.sign_ups.begin(_request(town, to, remote=f"2001:db8:0:7::{number:x}"))
    seventh = _request(town, ("email", "r7@example.com"), remote="2001:db8:0:7:ffff::1")
    with pytest.raises(NotTakenError) as refused:
        await town.service.sign_ups.begin(seventh)
    assert refused.value.reason is Reason.TOO_MANY
    await _begin(town, ("email", "r8@example.com"), remote="2001:db8:0:8::1")
    assert len(town.mails.taken) == 7


async def test_a_question_is_good_for_once_and_its_answer_may_be_written_as_people_write(town: TownService) -> None:
    request = _request(town)
    await town.service.sign_ups.begin(request)
    with pytest.raises(NotTakenError) as used:
        await town.service.sign_ups.begin(replace(request, address="other@example.com"))
    with pytest.raises(NotTakenError) as wrong:
        await town.service.sign_ups.begin(replace(_request(town), answer="99"))
    with pytest.raises(NotTakenError) as forged:
        await town.service.sign_ups.begin(replace(_request(town), question="1-2.3"))
    reasons = [each.value.reason for each in (used, wrong, forged)]
    assert reasons == [Reason.STALE_QUESTION, Reason.WRONG_ANSWER, Reason.STALE_QUESTION]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        (("email", "no address"), Reason.ADDRESS),
        (("phone", "12345"), Reason.ADDRESS),
        (("phone", "0792 822 2222"), Reason.NO_MOBILE),
        (("phone", "+44 7911 123456"), Reason.NO_MOBILE),
        (("phone", "010-12345678"), Reason.NO_MOBILE),
        (("email", "x@sub.mailinator.com"), Reason.DISPOSABLE),
        (("email", "x@throw.example"), Reason.DISPOSABLE),
    ],
)
async def test_addresses_that_reach_nobody_are_refused(town: TownService, to: tuple[str, str], reason: Reason) -> None:
    with pytest.raises(NotTakenError) as refused:
        await _begin(town, to)
    assert refused.value.reason is reason
    assert town.mails.taken == []


async def test_a_confirmation_that_bounces_closes_nobody(town: TownService) -> None:
    await _add(town, ("email", "first@example.com"))
    town.mails.behave({"RCPT": "550 5.1.1 no such user"})
    await _begin(town)
    async with town.engine.database.read() as connection:
        standings = (await connection.scalars(sa.select(address.c.standing))).all()
        states = (await connection.execute(sa.select(delivery.c.address_id, delivery.c.code))).all()
    assert standings == [Standing.OPEN]
    assert [row.address_id for row in states] == [-1]


async def test_confirmations_are_forgotten_with_all_that_belongs_to_them(town: TownService) -> None:
    from pusher.service import custodian

    await _begin(town)
    while await town.service.keep_house():
        continue
    town.engine.later(timedelta(days=40).total_seconds())
    await custodian(town.service.store).once()
    async with town.engine.database.read() as connection:
        left = [
            await connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (sign_up, broadcast, message, delivery, subscriber)
        ]
    assert left == [0, 0, 0, 0, 0]


async def test_whoever_comes_back_for_what_he_had_has_agreed_in_the_words_of_the_page(town: TownService) -> None:
    for _ in range(2):
        await _begin(town)
        await town.service.sign_ups.confirm(_link(town))
        person = await town.person(*MAIL)
        assert person is not None
        assert person.history[-1].act != "restored"
        assert "我同意" in [act.words for act in person.history if act.at == town.engine.now() and act.act == "given"]
        async with town.engine.database.write() as connection:
            await consent.refuse(connection, [person.addresses[0].id], source="test", at=town.engine.now())
        town.engine.later(2 * 24 * 3600)
