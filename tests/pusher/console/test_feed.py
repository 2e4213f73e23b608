"""The board's feed, read as XML and by a feed reader."""

from datetime import datetime

import aiohttp
import feedparser
from lxml import etree

from subscribers.topic import Severity
from tests.pusher.console.posts import SITE, Running, notice, warning

ATOM = {"a": "http://www.w3.org/2005/Atom"}


async def _feed(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/atom+xml"
        return await answer.read()


async def test_the_feed_holds_what_atom_asks_for(console: Running, http: aiohttp.ClientSession) -> None:
    numbers = await console.put(notice("a"), warning("w", Severity.BLUE))
    feed = etree.fromstring(await _feed(http, f"{console.url}/board/feed.atom"))
    for holder in (feed, *feed.iterfind("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(holder.findall(f"a:{name}", ATOM)) == 1
        updated = datetime.fromisoformat(holder.findtext("a:updated", "", ATOM))
        assert updated.tzinfo is not None
    assert feed.findtext("a:author/a:name", "", ATOM) == "示范区"
    [link] = [found for found in feed.iterfind("a:link", ATOM) if found.get("rel") == "self"]
    assert link.get("href") == f"{SITE.public_url}/board/feed.atom" == feed.findtext("a:id", "", ATOM)
    ids = [entry.findtext("a:id", "", ATOM) for entry in feed.iterfind("a:entry", ATOM)]
    assert ids == [f"{SITE.public_url}/board/{number}" for number in reversed(numbers)]


async def test_a_feed_reader_understands_it(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(notice("a", title="家长<b>须知</b> & 问答"))
    read = feedparser.parse(await _feed(http, f"{console.url}/board/feed.atom"))
    assert not read.bozo
    [entry] = read.entries
    assert entry.title == "家长<b>须知</b> & 问答"
    assert entry.author == "示范区教育体育局"
    assert [tag.term for tag in entry.tags] == ["教育"]
    assert "<p>各中小学校：</p>" in entry.content[0].value


async def test_the_feed_of_a_domain_holds_its_notices_only(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(notice("a", domain="education", title="学校"), notice("b", domain="health", title="医院"))
    feed = etree.fromstring(await _feed(http, f"{console.url}/board/feed.atom?domain=health"))
    assert feed.findtext("a:title", "", ATOM) == "示范区公告栏：基本医疗卫生"
    assert feed.findtext("a:id", "", ATOM).endswith("/board/feed.atom?domain=health")
    assert [entry.findtext("a:title", "", ATOM) for entry in feed.iterfind("a:entry", ATOM)] == ["医院"]


async def test_an_empty_feed_is_a_feed(console: Running, http: aiohttp.ClientSession) -> None:
    assert not feedparser.parse(await _feed(http, f"{console.url}/board/feed.atom")).bozo


async def test_withdrawn_notices_leave_the_feed(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(notice("a"))
    await console.withdraw("a")
    assert b"<entry>" not in await _feed(http, f"{console.url}/board/feed.atom")


async def test_hostile_words_break_no_feed(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(notice("a", title="]]></title><entry>\x00\x0b\ufffe&nbsp;"))
    read = feedparser.parse(await _feed(http, f"{console.url}/board/feed.atom"))
    assert not read.bozo
    assert len(read.entries) == 1
