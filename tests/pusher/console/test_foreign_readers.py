"""The board's feeds, calendars and prints as they are read by programs of others than we and our libraries' authors."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pusher.console.board_store import Post
from tests.pusher.console.posts import SITE, Running, notice
from tests.support import peers

_SCRIPT = """
const fs = require('fs'), {parseFeed} = require('feedsmith'), ICAL = require('ical.js');
const {extractText, getDocumentProxy} = require('unpdf');
const [kind, file] = process.argv.slice(1), text = fs.readFileSync(file, 'utf8');
const read = {
  print: async () => {
    const print = await getDocumentProxy(new Uint8Array(fs.readFileSync(file)));
    const sizes = [];
    for (let number = 1; number <= print.numPages; number++) sizes.push((await print.getPage(number)).view);
    return {sizes, pages: (await extractText(print)).text};
  },
  feed: () => parseFeed(text),
  calendar: () => {
    ICAL.design.strict = true;
    const calendar = new ICAL.Component(ICAL.parse(text));
    return {
      name: calendar.getFirstPropertyValue('x-wr-calname'), version: calendar.getFirstPropertyValue('version'),
      events: calendar.getAllSubcomponents('vevent').map(each => {
        const event = new ICAL.Event(each);
        return {uid: event.uid, summary: event.summary, description: event.description,
          start: event.startDate.toString(), end: event.endDate.toString(),
          url: each.getFirstPropertyValue('url'), zone: event.startDate.zone.tzid, day: event.startDate.isDate};
      }),
    };
  },
};
Promise.resolve(read[kind]()).then(told => console.log(JSON.stringify(told)));
"""

AT = datetime(2026, 11, 22, 1, tzinfo=UTC)
POSTS = (
    replace(notice("plain", title="关于学生资助的通知"), published=AT),
    replace(
        notice("dated", title="报名；考试, \\两件事\n同日"),
        html="<p>报名时间：2026年12月1日至12月10日。</p><p>定于12月20日上午9:00举行考试。</p>" + "<p>长</p>" * 200,
        published=AT,
    ),
    Post("hostile", ']]></title><entry>"><script>alert(1)</script>\x00\ufffe', "", "<p>&nbsp;</p><script>1</script>"),
)


@pytest.fixture(scope="module")
def readers() -> Mapping[str, str]:
    return peers.node("board")


async def _read(http: aiohttp.ClientSession, url: str, kind: str, env: Mapping[str, str], folder: Path) -> Any:
    """What the reader says of what stands at `url`."""
    async with http.get(url) as answer:
        assert answer.status == 200
        body = await answer.read()
    file = folder / "read"
    await asyncio.to_thread(file.write_bytes, body)
    command = (peers.node_program(), "-e", _SCRIPT, kind, str(file))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=dict(env))
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(printed)


def _text(told: Any) -> str:
    """A text construct of Atom."""
    return str(told["value"])


@pytest.mark.parametrize("query", ["", "?domain=education", "?area=360499001", "?issuer=示范区教育体育局"])
async def test_another_reader_finds_the_same_notices_in_both_feeds(
    console: Running, http: aiohttp.ClientSession, readers: Mapping[str, str], tmp_path: Path, query: str
) -> None:
    await console.put(*POSTS)
    base = f"{console.url}/board/feed"
    atom = await _read(http, f"{base}.atom{query}", "feed", readers, tmp_path)
    feed = await _read(http, f"{base}.json{query}", "feed", readers, tmp_path)
    assert (atom["format"], feed["format"]) == ("atom", "json")
    entries, items = atom["feed"]["entries"], feed["feed"]["items"]
    assert [each["id"] for each in entries] == [each["id"] for each in items]
    assert [each["links"][0]["href"] for each in entries] == [each["url"] for each in items]
    assert [_text(each["title"]).split() for each in entries] == [each["title"].split() for each in items]
    assert len(entries) == (2 if query else 3)
    for entry, item in zip(entries, items, strict=True):
        assert datetime.fromisoformat(entry["published"]) == datetime.fromisoformat(item["date_published"])
        assert _text(entry["content"]) == item["content_html"]
        assert "<script" not in item["content_html"]
    assert atom["feed"]["id"].startswith(f"{SITE.public_url}/board/feed.atom")
    assert feed["feed"]["feed_url"].startswith(f"{SITE.public_url}/board/feed.json")


async def test_another_calendar_shows_the_same_days_and_hours(
    console: Running, http: aiohttp.ClientSession, readers: Mapping[str, str], tmp_path: Path
) -> None:
    await console.put(*POSTS)
    told = [
        await _read(http, f"{console.url}{path}", "calendar", readers, tmp_path)
        for path in ("/board/2.ics", "/board/feed.ics?domain=education")
    ]
    one, all_of_them = (each["events"] for each in told)
    assert one == all_of_them
    assert {each["version"] for each in told} == {"2.0"}
    assert [(each["start"], each["end"], each["day"]) for each in one] == [
        ("2026-12-01", "2026-12-11", True),
        ("2026-12-20T01:00:00Z", "2026-12-20T01:01:00Z", False),
    ]
    assert {each["url"] for each in one} == {f"{SITE.public_url}/board/2"}
    assert len({each["uid"] for each in one}) == 2
    assert all("\\两件事" in each["summary"] and "；考试, " in each["summary"] for each in one)


async def test_a_calendar_without_dates_is_still_one(
    console: Running, http: aiohttp.ClientSession, readers: Mapping[str, str], tmp_path: Path
) -> None:
    told = await _read(http, f"{console.url}/board/feed.ics", "calendar", readers, tmp_path)
    assert (told["version"], told["events"]) == ("2.0", [])


A4 = [0, 0, 595, 842]


# What paper shows does not depend on the database; `test_pages_for_programs` prints on both.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_poster_is_one_sheet_of_a4_and_a_handbook_a_table_of_contents_and_a_page_for_each_notice(
    console: Running, http: aiohttp.ClientSession, readers: Mapping[str, str], tmp_path: Path
) -> None:
    pytest.importorskip("weasyprint")
    await console.put(*POSTS[:2])
    poster = await _read(http, f"{console.url}/board/1/poster.pdf", "print", readers, tmp_path)
    long = await _read(http, f"{console.url}/board/2/poster.pdf", "print", readers, tmp_path)
    handbook = f"{console.url}/board/handbook.pdf?domain=education&month=2026-11"
    book = await _read(http, handbook, "print", readers, tmp_path)
    for sizes in (poster["sizes"], book["sizes"]):
        assert {tuple(round(side) for side in size) for size in sizes} == {tuple(A4)}
    assert [len(each["pages"]) for each in (poster, long)] == [1, 1]
    assert "全文请扫码" in "".join(long["pages"][0].split())
    said = "".join(poster["pages"][0].split())
    assert all(words in said for words in ("关于学生资助的通知", "请于月底前完成。", "示范区教育体育局", "扫码看原文"))
    contents, *notices = ("".join(each.split()) for each in book["pages"])
    assert all(words in contents for words in ("教育", "2026年11月", "目录", "关于学生资助的通知", "两件事"))
    assert "请于月底前完成。" in "".join(notices)
    assert "定于12月20日上午9:00举行考试。" in "".join(notices)
