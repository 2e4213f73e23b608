"""Programs post items over HTTP."""

import asyncio
import gzip
import json
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDictProxy
from structlog.testing import capture_logs

from tests.pusher.api.running import KEY, Running

AUTHORIZED = {"Authorization": f"Bearer {KEY}"}
ITEM = {"title": "停水通知", "id": "1"}


async def post(
    api: Running, http: aiohttp.ClientSession, body: object = ITEM, **headers: str
) -> tuple[int, dict[str, Any], CIMultiDictProxy[str]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        "Content-Type": "application/json",
        **AUTHORIZED,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    async with http.post(f"{api.url}/api/items", data=data, headers=sent) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers


async def test_a_new_item_is_taken(api: Running, http: aiohttp.ClientSession) -> None:
    status, answer, headers = await post(api, http)
    assert (status, answer) == (201, {"id": 1, "new": True, "state": "found"})
    assert headers["Cache-Control"] == "no-store"
    [(item, program)] = api.items.values()
    assert (item.title, item.source, program) == ("停水通知", "inbox", "cms")


async def test_the_same_key_is_the_same_item(api: Running, http: aiohttp.ClientSession) -> None:
    await post(api, http)
    status, answer, _ = await post(api, http)
    assert (status, answer) == (200, {"id": 1, "new": False, "state": "found"})


async def test_the_keys_of_two_programs_are_two_items(api: Running, http: aiohttp.ClientSession) -> None:
    await post(api, http)
    status, _, _ = await post(api, http, Authorization="bearer other")
    assert (status, len(api.items)) == (201, 2)


async def test_the_key_may_stand_in_a_header_of_its_own(api: Running, http: aiohttp.ClientSession) -> None:
    status, _, _ = await post(api, http, Authorization="", X_API_Key=KEY)
    assert status == 201


async def test_a_cloud_event_is_taken(api: Running, http: aiohttp.ClientSession) -> None:
    event = {"specversion": "1.0", "type": "t", "source": "/cms", "id": "7", "data": {"title": "通知"}}
    status, _, _ = await post(api, http, event, Content_Type="application/cloudevents+json; charset=UTF-8")
    assert (status, list(api.items)) == (201, ["inbox:cms:/cms#7"])


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x"])
async def test_without_a_key_nothing_is_taken(api: Running, http: aiohttp.ClientSession, authorization: str) -> None:
    status, answer, headers = await post(api, http, Authorization=authorization)
    assert (status, answer["status"], api.items) == (401, 401, {})
    assert headers["Content-Type"].startswith("application/problem+json")
    assert headers["WWW-Authenticate"].startswith("Bearer")
    assert KEY not in str(answer)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=gbk",
        "application/cloudevents-batch+json",
    ],
)
async def test_only_json_is_taken(api: Running, http: aiohttp.ClientSession, content_type: str) -> None:
    status, answer, headers = await post(api, http, Content_Type=content_type)
    assert (status, answer["title"]) == (415, "Unsupported Media Type")
    assert "application/json" in headers["Accept-Post"]


async def test_what_is_no_json_is_a_bad_request(api: Running, http: aiohttp.ClientSession) -> None:
    status, answer, _ = await post(api, http, b"{")
    assert (status, "errors" in answer) == (400, False)
    assert answer["detail"] == "This is not an item: the body is not JSON (line 1, column 2)."


async def test_what_is_wrong_with_an_item_is_listed(api: Running, http: aiohttp.ClientSession) -> None:
    status, answer, _ = await post(api, http, {"titel": "a", "url": "x"})
    assert status == 422
    assert {error["loc"] for error in answer["errors"]} == {"title", "titel", "url"}


async def test_a_body_that_is_too_long_is_refused(api: Running, http: aiohttp.ClientSession) -> None:
    status, answer, _ = await post(api, http, b" " * 1_000_001)
    assert (status, answer["status"]) == (413, 413)


async def test_a_small_body_that_unfolds_too_far_is_refused(api: Running, http: aiohttp.ClientSession) -> None:
    status, _, _ = await post(api, http, gzip.compress(b" " * 20_000_000), Content_Encoding="gzip")
    assert (status, api.items) == (413, {})


async def test_a_compressed_body_is_read(api: Running, http: aiohttp.ClientSession) -> None:
    status, _, _ = await post(api, http, gzip.compress(json.dumps(ITEM).encode()), Content_Encoding="gzip")
    assert status == 201


async def test_a_body_that_is_not_compressed_as_it_says_is_refused(api: Running, http: aiohttp.ClientSession) -> None:
    status, answer, _ = await post(api, http, b"not gzip at all", Content_Encoding="gzip")
    assert (status, answer["status"], api.items) == (400, 400, {})


async def test_a_caller_who_hangs_up_leaves_nothing_behind(api: Running, http: aiohttp.ClientSession) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = ["POST /api/items HTTP/1.1", "Host: a", f"X-API-Key: {KEY}", "Content-Type: application/json"]
    writer.write("\r\n".join([*head, "Content-Length: 99", "", '{"title"']).encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    status, _, _ = await post(api, http)
    assert (status, len(api.items)) == (201, 1)


async def test_a_failure_of_ours_shows_and_logs_nothing_of_the_item(api: Running, http: aiohttp.ClientSession) -> None:
    api.trouble = ValueError("13800000000")
    with capture_logs() as logs:
        status, answer, _ = await post(api, http)
    assert (status, answer["title"]) == (500, "Internal Server Error")
    assert "13800000000" not in str(answer) + str(logs)
    [log] = logs
    assert (log["event"], log["error"], log["route"]) == ("request failed", "ValueError", "/api/items")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/items", 405), ("POST", "/api/nothing", 404), ("GET", "/api", 404)]
)
async def test_every_error_of_the_api_is_a_problem(
    api: Running, http: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    async with http.request(method, api.url + path) as answer:
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
        assert (await answer.json(content_type=None))["status"] == status
        assert answer.headers.get("Allow") == ("POST" if status == 405 else None)


async def test_pages_for_people_keep_their_own_errors(api: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{api.url}/page") as answer:
        assert (answer.status, await answer.text()) == (404, "a page for people")
