"""What those who watch over the service may ask."""

import aiohttp

from tests.pusher.console.posts import Running


async def test_a_running_loop_is_alive_whatever_it_lacks(console: Running, http: aiohttp.ClientSession) -> None:
    console.ready = False
    async with http.get(f"{console.url}/livez") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_readiness_is_told_as_it_is(console: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{console.url}/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    console.ready = False
    async with http.get(f"{console.url}/readyz") as answer:
        assert (answer.status, await answer.json()) == (503, {"status": "unavailable"})
        assert answer.headers["Cache-Control"] == "no-store"
