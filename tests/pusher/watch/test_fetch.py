"""Fetching from a real site on loopback: politely, within limits, and never into the private network."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from aiohttp import web

from channels.gate import refusal
from pusher.watch.fetch import Fetched, Fetcher, FetchError, Limits, NotModified
from pusher.watch.headers import fresh_for, retry_after
from pusher.watch.standing import Validators
from tests.support.site import Handler, Site, running

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running(Site(pages={"/": b"<p>page</p>"})) as started:
        yield started


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(contact="https://push.example.gov.cn/关于", now=lambda: AT) as opened:
        yield opened


def answering(**arguments: object) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(**arguments)  # type: ignore[arg-type]

    return handler


async def failure(fetcher: Fetcher, url: str, *, allow_private: bool = True) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url, allow_private=allow_private)
    return caught.value


async def fetched(fetcher: Fetcher, url: str) -> Fetched:
    answer = await fetcher.fetch(url, allow_private=True)
    assert isinstance(answer, Fetched)
    return answer


async def test_a_page_comes_with_its_address_and_header(site: Site, fetcher: Fetcher) -> None:
    page = (await fetched(fetcher, f"{site.base}/")).page
    assert (page.url, page.body, page.content_type) == (f"{site.base}/", b"<p>page</p>", "text/html; charset=utf-8")


async def test_the_user_agent_names_the_service_and_whom_to_ask(site: Site, fetcher: Fetcher) -> None:
    await fetched(fetcher, f"{site.base}/")
    assert site.asked[-1].headers["User-Agent"].startswith("gov-pusher (+https://push.example.gov.cn/%E5")


async def test_an_unchanged_page_is_not_sent_again(site: Site, fetcher: Fetcher) -> None:
    async def page(request: web.Request) -> web.StreamResponse:
        given = {"ETag": '"7"', "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT", "Cache-Control": "max-age=600"}
        same = request.headers.get("If-None-Match") == '"7"' and "If-Modified-Since" in request.headers
        return web.Response(status=304 if same else 200, body=None if same else b"list", headers=given)

    site.pages["/list"] = page
    first = await fetched(fetcher, f"{site.base}/list")
    assert first.validators == Validators('"7"', "Sat, 21 Nov 2026 00:00:00 GMT")
    again = await fetcher.fetch(f"{site.base}/list", validators=first.validators, allow_private=True)
    assert again == NotModified(first.validators, timedelta(minutes=10))


async def test_a_304_that_repeats_no_validator_keeps_those_that_were_asked_with(site: Site, fetcher: Fetcher) -> None:
    site.pages["/list"] = answering(status=304)
    again = await fetcher.fetch(f"{site.base}/list", validators=Validators('"7"'), allow_private=True)
    assert again == NotModified(Validators('"7"'), timedelta(0))


async def test_a_site_that_asks_for_fewer_visits_says_for_how_long(site: Site, fetcher: Fetcher) -> None:
    site.pages["/busy"] = answering(status=429, headers={"Retry-After": "120"})
    error = await failure(fetcher, f"{site.base}/busy")
    assert (str(error), error.retry_after) == ("127.0.0.1 answers 429: it asks for fewer visits", timedelta(minutes=2))
    assert not error.refused


async def test_a_site_that_asks_for_a_pause_is_left_alone_by_all_of_its_pages(site: Site) -> None:
    site.pages["/busy"] = answering(status=503, headers={"Retry-After": "600"})
    at = [AT]
    async with Fetcher(now=lambda: at[0]) as fetcher:
        await failure(fetcher, f"{site.base}/busy")
        at[0] += timedelta(minutes=4)
        error = await failure(fetcher, f"{site.base}/")
        assert (str(error), error.retry_after) == (
            "127.0.0.1 has asked to be left alone for now",
            timedelta(minutes=6),
        )
        assert site.visits["/"] == 0
        at[0] += timedelta(minutes=6)
        assert await fetched(fetcher, f"{site.base}/")


async def test_a_busy_robots_txt_is_no_permission(site: Site, fetcher: Fetcher) -> None:
    site.pages["/robots.txt"] = answering(status=429, headers={"Retry-After": "86400"})
    await failure(fetcher, f"{site.base}/")
    assert site.visits["/"] == 0


@pytest.mark.parametrize("status", [401, 403, 412, 521])
async def test_a_site_that_turns_programs_away_is_left_alone(site: Site, fetcher: Fetcher, status: int) -> None:
    site.pages["/no"] = answering(status=status)
    error = await failure(fetcher, f"{site.base}/no?key=secret")
    assert error.refused
    assert str(error) == f"127.0.0.1 answers {status}: it does not let programs read it: ask its operators for access"


async def test_robots_txt_is_obeyed_and_read_once_a_day(site: Site) -> None:
    site.pages |= {"/robots.txt": b"User-agent: *\nDisallow: /inside/", "/inside/": b"x"}
    at = [AT]
    async with Fetcher(now=lambda: at[0]) as fetcher:
        await fetched(fetcher, f"{site.base}/")
        error = await failure(fetcher, f"{site.base}/inside/")
        assert error.refused
        assert "robots.txt of 127.0.0.1 does not allow this page" in str(error)
        assert await fetcher.fetch(f"{site.base}/inside/", allow_private=True, robots=False)
        assert site.visits["/robots.txt"] == 1
        at[0] += timedelta(hours=24)
        await fetched(fetcher, f"{site.base}/")
        assert site.visits["/robots.txt"] == 2


async def test_rules_for_this_service_alone_go_first(site: Site, fetcher: Fetcher) -> None:
    site.pages["/robots.txt"] = b"User-agent: *\nDisallow: /\n\nUser-agent: gov-pusher\nDisallow:"
    assert await fetched(fetcher, f"{site.base}/")


async def test_a_site_whose_robots_txt_fails_is_not_read(site: Site, fetcher: Fetcher) -> None:
    site.pages["/robots.txt"] = answering(status=503)
    assert str(await failure(fetcher, f"{site.base}/")) == "127.0.0.1 answers 503: try again later"


async def test_a_site_that_hides_its_robots_txt_may_be_read(site: Site, fetcher: Fetcher) -> None:
    site.pages["/robots.txt"] = answering(status=403)
    assert await fetched(fetcher, f"{site.base}/")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost/", "http://[::ffff:127.0.0.1]/", "http://0x7f000001/", "http://[::1]/"],
)
async def test_private_addresses_are_refused(fetcher: Fetcher, url: str) -> None:
    error = await failure(fetcher, url, allow_private=False)
    assert error.refused
    assert str(error).endswith("leads to a private address: set allow_private if it is meant")


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("10.1.2.3", 80, "leads to a private address"),
        ("100.100.100.200", 80, "leads to a private address"),
        ("169.254.169.254", 80, "leads to a private address"),
        ("0.0.0.0", 80, "leads to a private address"),
        ("224.0.0.1", 80, "leads to a private address"),
        ("fe80::1%eth0", 80, "leads to a private address"),
        ("fd00::1", 80, "leads to a private address"),
        ("64:ff9b::a00:1", 80, "leads to a private address"),
        ("2002:7f00:1::", 80, "leads to a private address"),
        ("8.8.8.8", 25, "leads to port 25, where no public web site stands"),
        ("8.8.8.8", 8443, ""),
        ("2400:3200::1", 443, ""),
    ],
)
def test_only_public_web_servers_are_dialled(host: str, port: int, why: str) -> None:
    assert refusal(host, port, allowed=False) == why
    assert refusal(host, port, allowed=True) == ""


async def test_allowed_networks_are_allowed_and_others_are_not(site: Site, fetcher: Fetcher) -> None:
    site.pages["/away"] = answering(status=302, headers={"Location": "http://10.0.0.1/admin"})
    assert await fetcher.fetch(f"{site.base}/", allow_private=LOOPBACK)
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(f"{site.base}/away", allow_private=LOOPBACK)
    assert str(caught.value) == "10.0.0.1 leads to a private address: set allow_private if it is meant"


async def test_an_open_connection_is_not_lent_to_a_source_that_may_not_have_it(site: Site, fetcher: Fetcher) -> None:
    await fetched(fetcher, f"{site.base}/")
    assert (await failure(fetcher, f"{site.base}/", allow_private=False)).refused


async def test_redirections_are_followed_a_few_times(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/a": answering(status=301, headers={"Location": "b?x=1"}),
        "/b": answering(status=302, headers={"Location": f"{site.base}/"}),
        "/loop": answering(status=302, headers={"Location": "/loop"}),
        "/file": answering(status=302, headers={"Location": "file:///etc/passwd"}),
    }
    assert (await fetched(fetcher, f"{site.base}/a")).page.url == f"{site.base}/"
    assert "sends on from address to address without end" in str(await failure(fetcher, f"{site.base}/loop"))
    assert site.visits["/loop"] == 6
    assert (await failure(fetcher, f"{site.base}/file")).refused


async def test_a_huge_page_is_cut_off(site: Site, fetcher: Fetcher) -> None:
    site.pages["/huge"] = answering(body=b"x" * 5_000_001)
    error = await failure(fetcher, f"{site.base}/huge")
    assert str(error) == "the page of 127.0.0.1 is larger than 5 MB: watch a shorter list"


async def test_a_page_that_swells_when_unpacked_is_cut_off(site: Site, fetcher: Fetcher) -> None:
    bomb = gzip.compress(b"0" * 100_000_000)
    site.pages["/bomb"] = answering(body=bomb, headers={"Content-Encoding": "gzip"})
    assert "larger than 5 MB" in str(await failure(fetcher, f"{site.base}/bomb"))


async def test_a_page_without_end_is_cut_off_in_time(site: Site) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"<p>")
        await asyncio.get_running_loop().create_future()
        return response

    site.pages["/slow"] = drip
    async with Fetcher(limits=Limits(seconds=0.2)) as fetcher:
        error = await failure(fetcher, f"{site.base}/slow")
    assert str(error) == "127.0.0.1 did not answer within 0.2 seconds"


async def test_one_host_has_one_visitor_at_a_time(site: Site, fetcher: Fetcher) -> None:
    inside: list[int] = []
    most = 0

    async def count(_request: web.Request) -> web.StreamResponse:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        await asyncio.sleep(0)
        inside.pop()
        return web.Response(body=b"x")

    site.pages |= {f"/{number}": count for number in range(8)}
    await asyncio.gather(*(fetched(fetcher, f"{site.base}/{number}") for number in range(8)))
    assert (most, len(site.asked)) == (1, 9)


async def test_whatever_breaks_is_told_in_one_sentence(site: Site, fetcher: Fetcher, unused_tcp_port: int) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    site.pages["/gone"] = hang_up
    port = site.base.rpartition(":")[2]
    told = {
        f"{site.base}/gone": "127.0.0.1 broke the answer off: try again later",
        f"{site.base}/missing": "127.0.0.1 answers 404: the page is not there: look for its new address",
        f"https://127.0.0.1:{port}/": "no secure connection with 127.0.0.1 can be agreed on (wrong version number)",
        f"http://127.0.0.1:{unused_tcp_port}/": "127.0.0.1 cannot be reached: check the address and the network",
        "http://2130706433/": "the address cannot be fetched: copy it from the browser",
    }
    assert {url: str(await failure(fetcher, url)) for url in told} == told


def test_a_servers_word_on_freshness_is_read() -> None:
    assert fresh_for({"Cache-Control": "public, max-age=600", "Age": "60"}, at=AT) == timedelta(minutes=9)
    assert fresh_for({"Cache-Control": "no-cache, max-age=600"}, at=AT) == timedelta(0)
    assert fresh_for({"Expires": "Sun, 22 Nov 2026 05:00:00 GMT"}, at=AT) == timedelta(hours=1)
    assert fresh_for({"Expires": "0"}, at=AT) == timedelta(0)
    assert fresh_for({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, at=AT) == timedelta(0)


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after({"Retry-After": "Sun, 22 Nov 2026 04:01:00 GMT"}, at=AT) == timedelta(minutes=1)
    assert retry_after({"Retry-After": "Sat, 21 Nov 2026 04:01:00 GMT"}, at=AT) == timedelta(0)
    assert retry_after({"Retry-After": "soon"}, at=AT) is None
    assert retry_after({}, at=AT) is None
