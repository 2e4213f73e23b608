"""Posts: at most 140 characters as the platform counts them, the link whole, nothing posted only to try it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.card import Card
from channels.failure import PermanentFailure, TechnicalFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome
from channels.weibo import LONGEST, Weibo, WeiboSettings, post, weight
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.weibo import PLAYED, Account, WeiboStandIn
from tests.support.outside import outside

URL = "https://tz.example.gov.cn/n/17"
WORDS = Message("b1", Lane.ROUTINE, "default", {"title": "停水通知", "text": "明天停水。", "url": URL})


@asynccontextmanager
async def _weibo(account: Account, token: str = PLAYED) -> AsyncIterator[tuple[Weibo, WeiboStandIn]]:
    async with AsyncExitStack() as stack:
        stand_in = WeiboStandIn(account)
        address = await stack.enter_async_context(running(stand_in))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        given = {"base_url": address, "access_token": token, "ip": "203.0.113.7"}
        yield Weibo(WeiboSettings.model_validate(given), outside(http)), stand_in


@given(st.text(), st.text())
def test_a_post_fits_ends_with_its_link_and_opens_no_topic(title: str, text: str) -> None:
    words = post(Card(title, text, URL))
    assert weight(words) <= LONGEST
    assert words.endswith(URL)
    assert "#" not in words


async def test_words_that_stand_there_already_are_posted_and_not_a_failure() -> None:
    async with _weibo(Account()) as (weibo, stand_in):
        first = await weibo.send(WORDS, Address(0, ""), key="k")
        again = await weibo.send(WORDS, Address(0, ""), key="k")
        assert (first.outcome, again.outcome, again.code) == (Outcome.DELIVERED, Outcome.DELIVERED, "20019")
        assert len(stand_in.inbox.all()) == 1


async def test_a_post_that_shows_a_little_later_is_posted() -> None:
    async with _weibo(Account()) as (weibo, stand_in):
        stand_in.script.always = Fault(code="20032")
        receipt = await weibo.send(WORDS, Address(0, ""), key="k")
    assert (receipt.outcome, receipt.code) == (Outcome.DELIVERED, "20032")


async def test_trying_the_account_posts_nothing() -> None:
    async with _weibo(Account()) as (weibo, stand_in):
        assert "more seconds" in (await weibo.rehearse()).detail
        assert stand_in.inbox.all() == []


async def test_a_token_that_is_over_is_ours_to_mend() -> None:
    async with _weibo(Account(life=-5)) as (weibo, _):
        with pytest.raises(TechnicalFailure, match="log in again"):
            await weibo.rehearse()
    async with _weibo(Account(), token="another-token-of-the-account") as (weibo, _):
        with pytest.raises(TechnicalFailure, match="log in again") as raised:
            await weibo.send(WORDS, Address(0, ""), key="k")
    assert "another-token" not in str(raised.value)


async def test_a_link_of_another_domain_is_ours_to_mend_and_forbidden_words_end_this_post() -> None:
    async with _weibo(Account(domain="other.example")) as (weibo, stand_in):
        with pytest.raises(TechnicalFailure, match="安全域名"):
            await weibo.send(WORDS, Address(0, ""), key="k")
        stand_in.script.codes.clear()
    async with _weibo(Account()) as (weibo, stand_in):
        stand_in.script.always = Fault(code="20021")
        with pytest.raises(PermanentFailure) as raised:
            await weibo.send(WORDS, Address(0, ""), key="k")
    assert not raised.value.suppresses
