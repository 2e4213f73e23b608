import asyncio
import gzip
import json
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.http import LARGEST_ANSWER, LONGEST_WAIT, Answer, HttpGateway, failure_of
from tests.support.certificates import certificate
from tests.support.passing import let_pass

SECRET = "key-0123456789"


class Provider:
    """A server whose next answer the test decides, and which remembers the last request."""

    def __init__(self) -> None:
        self.port = 0
        self.answer: Callable[[web.Request], Awaitable[web.StreamResponse]]
        self.says(text='{"code": 0}')
        self.holding = asyncio.Event()
        self.released = asyncio.Event()
        self.body = b""
        self.headers: Mapping[str, str] = {}
        self.method = ""
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send?access_token={SECRET}"

    def says(self, **response: Any) -> None:
        """Answer with a `web.Response` of these arguments from now on."""

        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(**response)

        self.answer = answer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        self.method, self.headers, self.body = request.method, request.headers, await request.read()
        return await self.answer(request)

    async def hangs_up(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def keeps_silent(self, _request: web.Request) -> web.StreamResponse:
        self.holding.set()
        await self.released.wait()
        return web.Response()


async def _served(provider: Provider, tls: ssl.SSLContext | None = None) -> web.AppRunner:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", provider.handle)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    provider.port = runner.addresses[0][1]
    return runner


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    runner = await _served(provider)
    yield provider
    provider.released.set()
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def _content(_answer: Answer) -> SendError | None:
    return None


async def _failure(
    http: aiohttp.ClientSession, url: str, *, patience: float = 60.0, repeats: bool = False
) -> SendError:
    """The failure of a request that must fail; nothing of it, nor of what it hangs on, tells the address."""
    with pytest.raises(SendError) as raised:
        await HttpGateway(http, timeout=patience, recognises_repeats=repeats).post(url, judge=_content, json={})
    failure = raised.value
    assert (failure.__cause__, failure.__context__) == (None, None)
    told = "".join(traceback.format_exception(failure)) + repr(failure)
    assert SECRET not in told
    assert "127.0.0.1" not in told
    return failure


async def test_an_answer_is_read_leniently(provider: Provider, http: aiohttp.ClientSession) -> None:
    body = b'{"errcode":0,"msgid":3487542469355618313,"ok":true,"a":{"b":"x\ty"},"half":"\\ud83d","none":null}'
    provider.says(body=body + b" ", content_type="text/plain", charset="latin-1")
    answer = await HttpGateway(http, timeout=60).get(provider.url, judge=_content)
    assert answer.text("msgid") == "3487542469355618313"
    assert answer.text("errcode") == "0"
    assert answer.text("a", "b") == "x\ty"
    assert answer.text("half") == "?"
    assert [answer.text(*path) for path in (("none",), ("ok",), ("a",), ("a", "b", "c"), ("z", "y"))] == [""] * 5
    assert answer.at("a") == {"b": "x\ty"}
    assert provider.method == "GET"


async def test_a_request_carries_json_bytes_or_a_form(provider: Provider, http: aiohttp.ClientSession) -> None:
    gateway = HttpGateway(http, timeout=60)
    await gateway.post(provider.url, judge=_content, json={"话": "停水"}, headers={"X-Sign": "s"})
    assert json.loads(provider.body) == {"话": "停水"}
    assert provider.headers["Content-Type"] == "application/json; charset=utf-8"
    assert provider.headers["X-Sign"] == "s"
    await gateway.post(provider.url, judge=_content, data=b"\x00raw")
    assert provider.body == b"\x00raw"
    await gateway.post(provider.url, judge=_content, data={"a": "1 2"})
    assert provider.body == b"a=1+2"


async def test_the_providers_own_code_goes_before_the_status(provider: Provider, http: aiohttp.ClientSession) -> None:
    def judge(answer: Answer) -> SendError | None:
        return PermanentFailure("dead", code=answer.text("Code")) if answer.text("Code") != "OK" else None

    gateway = HttpGateway(http, timeout=60)
    for status in (200, 400, 429, 500):
        provider.says(text='{"Code": "isv.MOBILE_NUMBER_ILLEGAL"}', status=status)
        with pytest.raises(PermanentFailure, match=r"isv\.MOBILE"):
            await gateway.post(provider.url, judge=judge, json={})
    provider.says(text='{"Code": "OK"}', status=503)
    with pytest.raises(TemporaryFailure, match="503"):
        await gateway.post(provider.url, judge=judge, json={})


#: What each status means where the provider has no code of its own: kind, in doubt, seconds to wait.
STATUSES: Mapping[int, tuple[type[SendError] | None, bool, float | None]] = {
    200: (None, False, None),
    204: (None, False, None),
    301: (TechnicalFailure, False, None),
    400: (TechnicalFailure, False, None),
    401: (TechnicalFailure, False, None),
    403: (TechnicalFailure, False, None),
    404: (TechnicalFailure, False, None),
    405: (TechnicalFailure, False, None),
    407: (TechnicalFailure, False, None),
    408: (TemporaryFailure, False, None),
    413: (TechnicalFailure, False, None),
    415: (TechnicalFailure, False, None),
    422: (TechnicalFailure, False, None),
    425: (TemporaryFailure, False, None),
    429: (TemporaryFailure, False, 1.0),
    500: (TemporaryFailure, False, None),
    501: (TechnicalFailure, False, None),
    502: (TemporaryFailure, True, None),
    503: (TemporaryFailure, False, None),
    504: (TemporaryFailure, True, None),
    520: (TemporaryFailure, False, None),
    599: (TemporaryFailure, False, None),
}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_means_one_thing(status: int) -> None:
    kind, in_doubt, wait = STATUSES[status]
    failure = failure_of(Answer(status, {}))
    assert isinstance(failure, kind) if kind else failure is None
    assert getattr(failure, "in_doubt", False) == in_doubt
    assert getattr(failure, "retry_after", None) == wait


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "99999999"}, LONGEST_WAIT),
        ({"Retry-After": "Sun, 22 Nov 2026 01:31:00 GMT", "Date": "Sun, 22 Nov 2026 01:30:00 GMT"}, 60.0),
        ({"Retry-After": "Sun, 22 Nov 2026 01:00:00 GMT", "Date": "Sun, 22 Nov 2026 01:30:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "７"}, None),
        ({}, None),
    ],
)
async def test_a_wait_is_read_in_seconds_or_as_a_date(
    provider: Provider, http: aiohttp.ClientSession, headers: Mapping[str, str], wait: float | None
) -> None:
    provider.says(status=503, headers=headers)
    failure = await _failure(http, provider.url)
    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after == wait


async def test_a_redirection_is_not_followed(provider: Provider, http: aiohttp.ClientSession) -> None:
    provider.says(status=307, headers={"Location": f"http://127.0.0.1:{provider.port}/elsewhere"})
    assert isinstance(await _failure(http, provider.url), TechnicalFailure)
    assert provider.requests == 1


@pytest.mark.parametrize("body", [b"", b"<html>log in to the network</html>", b"[1]", b'{"cut":', b"[" * 100_000])
@pytest.mark.parametrize("repeats", [False, True])
async def test_a_good_status_without_a_json_object_is_for_the_operator_and_in_doubt_unless_repeats_are_recognised(
    provider: Provider, http: aiohttp.ClientSession, body: bytes, *, repeats: bool
) -> None:
    provider.says(body=body)
    failure = await _failure(http, provider.url, repeats=repeats)
    assert isinstance(failure, TechnicalFailure)
    assert "JSON" in failure.detail
    assert failure.in_doubt is not repeats


@pytest.mark.parametrize("status", [302, 400, 401, 404])
async def test_a_refusal_without_a_json_object_leaves_no_doubt(
    provider: Provider, http: aiohttp.ClientSession, status: int
) -> None:
    provider.says(body=b"<html>no</html>", status=status)
    failure = await _failure(http, provider.url)
    assert isinstance(failure, TechnicalFailure)
    assert not failure.in_doubt


async def test_an_endless_answer_is_not_read_to_its_end(provider: Provider, http: aiohttp.ClientSession) -> None:
    bomb = gzip.compress(b'{"a":"' + b"x" * (LARGEST_ANSWER * 20) + b'"}')
    provider.says(body=bomb, headers={"Content-Encoding": "gzip"})
    assert isinstance(await _failure(http, provider.url), TechnicalFailure)


@pytest.mark.parametrize("repeats", [False, True])
async def test_a_lost_answer_is_in_doubt_unless_repeats_are_recognised(
    provider: Provider, http: aiohttp.ClientSession, repeats: bool
) -> None:
    provider.answer = provider.hangs_up
    failure = await _failure(http, provider.url, repeats=repeats)
    assert isinstance(failure, TemporaryFailure)
    assert failure.in_doubt is not repeats


async def test_silence_is_in_doubt(provider: Provider, http: aiohttp.ClientSession) -> None:
    provider.answer = provider.keeps_silent
    asking = asyncio.create_task(_failure(http, provider.url, patience=60.0))
    await provider.holding.wait()
    let_pass(60.0)
    failure = await asking
    assert isinstance(failure, TemporaryFailure)
    assert failure.in_doubt


async def test_a_cancelled_request_is_cancelled(provider: Provider, http: aiohttp.ClientSession) -> None:
    provider.answer = provider.keeps_silent
    asking = asyncio.create_task(HttpGateway(http, timeout=60).post(provider.url, judge=_content, json={}))
    await provider.holding.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_server_that_is_not_there_leaves_no_doubt(provider: Provider, http: aiohttp.ClientSession) -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    failure = await _failure(http, f"http://127.0.0.1:{port}/?key={SECRET}")
    assert isinstance(failure, TemporaryFailure)
    assert not failure.in_doubt


async def test_waiting_for_a_connection_leaves_no_doubt(provider: Provider) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as narrow:
        provider.answer = provider.keeps_silent
        first = asyncio.create_task(HttpGateway(narrow, timeout=60).post(provider.url, judge=_content, json={}))
        await provider.holding.wait()
        failure = await _failure(narrow, provider.url, patience=2.0)
        assert isinstance(failure, TemporaryFailure)
        assert not failure.in_doubt
        first.cancel()


async def test_a_certificate_that_is_not_trusted_is_for_the_operator(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    provider = Provider()
    runner = await _served(provider, certificate(tmp_path).server)
    failure = await _failure(http, provider.url.replace("http:", "https:"))
    await runner.cleanup()
    assert isinstance(failure, TechnicalFailure)
    assert provider.requests == 0


@pytest.mark.parametrize(
    "url", ["nowhere", "http://", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/", f"http://[{SECRET}/"]
)
async def test_a_wrong_address_is_for_the_operator(http: aiohttp.ClientSession, url: str) -> None:
    assert isinstance(await _failure(http, url), TechnicalFailure)


async def test_a_header_that_breaks_its_line_is_for_the_operator(
    provider: Provider, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(TechnicalFailure):
        await HttpGateway(http, timeout=60).get(provider.url, judge=_content, headers={"X": f"a\r\nY: {SECRET}"})
    assert provider.requests == 0
