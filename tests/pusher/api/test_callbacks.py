"""Providers call back over HTTP."""

import aiohttp
import pytest
from structlog.testing import capture_logs

from channels.receipt import Outcome
from tests.pusher.api.running import NOW, Running


async def test_receipts_are_kept_before_the_provider_is_thanked(api: Running, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{api.url}/callback/sms?token=t", data=b"11 12") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert await answer.json() == {"code": 0, "msg": "成功"}
    [(channel, told)] = api.taken
    assert channel == "sms"
    assert [(one.provider_id, one.outcome) for one in told.receipts] == [
        ("11", Outcome.DELIVERED),
        ("12", Outcome.DELIVERED),
    ]


async def test_the_channel_is_given_the_whole_request(api: Running, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{api.url}/callback/sms?token=t&a=1&a=2", data=b"x", headers={"X-Signature": "s"}):
        pass
    [request] = api.asked
    assert (request.method, request.body, request.remote, request.at) == ("POST", b"x", "127.0.0.1", NOW)
    assert (request.query, request.headers["x-signature"]) == ({"token": "t", "a": "1"}, "s")


async def test_a_check_of_the_address_is_echoed_and_stores_nothing(api: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{api.url}/callback/sms", params={"echostr": "<b>123"}) as answer:
        assert (answer.status, answer.content_type, await answer.text()) == (200, "text/plain", "<b>123")
    assert api.taken == []


async def test_what_the_channel_refuses_is_refused(api: Running, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{api.url}/callback/sms", data=b"11") as answer:
        assert (answer.status, await answer.text()) == (403, "not signed")
    assert api.taken == []


@pytest.mark.parametrize("path", ["/callback/mail", "/callback/", "/callback/sms/x", "/callback/%E6%97%A0"])
async def test_an_unknown_channel_is_not_found(api: Running, http: aiohttp.ClientSession, path: str) -> None:
    async with http.post(api.url + path, data=b"11") as answer:
        assert answer.status == 404
    assert api.asked == []


async def test_what_could_not_be_stored_is_not_thanked_for(api: Running, http: aiohttp.ClientSession) -> None:
    api.trouble = OSError("disk /secret is full")
    with capture_logs() as logs:
        async with http.post(f"{api.url}/callback/sms?token=t", data=b"11") as answer:
            assert (answer.status, await answer.text()) == (500, "")
    assert "secret" not in str(logs)
    assert [(log["event"], log["error"]) for log in logs] == [("request failed", "OSError")]


async def test_a_channel_that_breaks_shows_nothing(api: Running, http: aiohttp.ClientSession) -> None:
    with capture_logs() as logs:
        async with http.post(f"{api.url}/callback/sms?token=t", data=b"!") as answer:
            assert (answer.status, await answer.text()) == (500, "")
    assert "secret" not in str(logs)


async def test_a_callback_that_is_too_long_is_not_read(api: Running, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{api.url}/callback/sms?token=t", data=b"1" * 1_000_001) as answer:
        assert answer.status == 413
    assert api.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
async def test_other_methods_are_not_taken(api: Running, http: aiohttp.ClientSession, method: str) -> None:
    async with http.request(method, f"{api.url}/callback/sms") as answer:
        assert answer.status == 405
