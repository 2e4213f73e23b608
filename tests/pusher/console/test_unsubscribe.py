"""Ending a subscription from a link, as people, mail programs and link scanners do it."""

import aiohttp
import pytest
from lxml import html

from tests.pusher.console.posts import Running


async def test_looking_at_the_page_ends_nothing(console: Running, http: aiohttp.ClientSession) -> None:
    for method in ("GET", "HEAD"):
        async with http.request(method, f"{console.url}/u/good-1.x") as answer:
            assert answer.status == 200
    assert console.ended == []


async def test_a_person_confirms_with_the_button(console: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{console.url}/u/good-1") as answer:
        [form] = html.document_fromstring(await answer.text()).cssselect("form")
    assert (form.get("method"), form.get("action")) == ("post", None)
    async with http.post(f"{console.url}/u/good-1") as answer:
        assert answer.status == 200
        assert "已经为您退订" in await answer.text()
    assert console.ended == ["good-1"]


async def test_a_mail_program_ends_it_with_one_click(console: Running, http: aiohttp.ClientSession) -> None:
    async with http.post(
        f"{console.url}/u/good-1", data={"List-Unsubscribe": "One-Click"}, allow_redirects=False
    ) as answer:
        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers
    assert console.ended == ["good-1"]


async def test_ending_twice_is_the_same_as_once(console: Running, http: aiohttp.ClientSession) -> None:
    for _ in range(2):
        async with http.post(f"{console.url}/u/good-1") as answer:
            assert answer.status == 200


async def test_an_unknown_link_says_what_to_do(console: Running, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{console.url}/u/forged") as answer:
        assert answer.status == 404
        assert "这个退订链接已经失效" in await answer.text()


@pytest.mark.parametrize("token", ["a" * 513, "a%20b", "%E4%BD%A0", "a/b", ""])
async def test_what_cannot_be_a_token_is_not_asked_about(
    console: Running, http: aiohttp.ClientSession, token: str
) -> None:
    async with http.post(f"{console.url}/u/{token}") as answer:
        assert answer.status == 404
    assert console.ended == []


async def test_the_address_of_the_page_is_kept_and_told_nowhere(console: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{console.url}/u/good-1") as answer:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"


async def test_whom_warnings_reach_by_duty_is_told_so_before_and_after(
    console: Running, http: aiohttp.ClientSession
) -> None:
    for ask in (http.get, http.post):
        async with ask(f"{console.url}/u/good-duty") as answer:
            text = await answer.text()
        assert "防汛责任人必须接收；咨询 12345" in text
        assert "包括灾害预警" not in text
