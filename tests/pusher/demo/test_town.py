"""The demo's town: what happens there, and what a watcher reads on its site."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from lxml import etree

from pusher.clock import CHINA
from pusher.demo.town import TAXONOMY, Announcement, Column, Town
from pusher.demo.town_site import town_app
from pusher.review.classify import classify
from pusher.review.taxonomy import Taxonomy
from pusher.watch.found import Kind, Page
from pusher.watch.read import read_article, read_list

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
DISTRICT = Taxonomy.load(TAXONOMY)


def _all_of(town: Town) -> Sequence[Announcement]:
    happened = []
    while (next_one := town.publish_next()) is not None:
        happened.append(next_one)
    return happened


@pytest.fixture
def town() -> Town:
    return Town(lambda: AT)


@pytest.fixture
async def site(town: Town) -> AsyncIterator[str]:
    runner = web.AppRunner(town_app(town))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def _page(http: aiohttp.ClientSession, url: str) -> Page:
    async with http.get(url) as answer:
        assert answer.status == 200
        return Page(url, await answer.read(), answer.headers["Content-Type"])


def _column(town: Town, form: str) -> Column:
    return next(column for column in town.columns if column.form == form)


def test_something_stands_in_every_column_but_the_warnings_before_anything_happens(town: Town) -> None:
    empty = [column.code for column in town.columns if not town.standing(column.code)]
    assert empty == ["qxyj", "tzgg"]


def test_three_notices_of_every_domain_are_published_one_after_the_other(town: Town) -> None:
    remaining = town.remaining
    happened = _all_of(town)
    assert len(happened) == remaining
    domains: dict[str, set[int]] = {}
    names = {column.code: column.name for column in town.columns}
    for one in happened:
        for domain in classify(one.title, one.issuer, names[one.columns[0]], DISTRICT).domains:
            domains.setdefault(domain, set()).add(one.id)
    assert {code for code, found in domains.items() if len(found) >= 3} == {each.code for each in DISTRICT.domains}


def test_one_notice_stands_in_two_columns_one_is_edited_and_one_is_back_dated(town: Town) -> None:
    happened = _all_of(town)
    ids = [one.id for one in happened]
    [edited] = [one for one in happened if ids.count(one.id) == 2 and "更正" in one.title]
    assert town.find(edited.id) == edited
    [double] = [one for one in happened if len(one.columns) == 2]
    assert all(double in town.standing(column) for column in double.columns)
    [late] = [one for one in happened if one.published < AT - timedelta(days=1)]
    rows = town.standing(late.columns[0])
    assert 0 < rows.index(late) < len(rows) - 1


def test_dates_in_the_words_follow_the_day_of_publication(town: Town) -> None:
    _all_of(town)
    words = " ".join(word for one in town.standing() for word in (one.title, *one.body))
    assert "{" not in words
    assert "2026年11月临时救助" in words
    assert "12月1日前向就读学校提交申请表" in words


@pytest.mark.parametrize("form", ["html", "gb18030", "rss", "json"])
async def test_a_watcher_reads_the_rows_of_every_form(
    town: Town, site: str, http: aiohttp.ClientSession, form: str
) -> None:
    _all_of(town)
    column = _column(town, form)
    reading = read_list(await _page(http, site + column.path), None, None, at=AT)
    assert reading.kind == column.kind
    standing = town.standing(column.code)
    assert [row.title for row in reading.rows] == [one.title for one in standing]
    assert [row.url for row in reading.rows] == [site + one.path for one in standing]
    for row, one in zip(reading.rows, standing, strict=True):
        assert row.published is not None
        assert row.published.astimezone(CHINA).date() == one.published.date()


async def test_a_watcher_reads_the_same_words_on_every_article_page(
    town: Town, site: str, http: aiohttp.ClientSession
) -> None:
    _all_of(town)
    for column in town.columns:
        reading = read_list(await _page(http, f"{site}/{column.code}/"), Kind.LISTING, None, at=AT)
        for row in reading.rows:
            article = read_article(await _page(http, row.url), row, None, at=AT)
            one = town.find(int(row.url.rsplit("_", 1)[1].removesuffix(".html")))
            assert one is not None
            assert (article.title, article.issuer, article.published) == (one.title, one.issuer, one.published)
            assert all(paragraph in article.body for paragraph in one.body)
            assert len(article.attachments) == len(one.attachments)
            for _, address in article.attachments:
                assert (await _page(http, address)).body


async def test_old_pages_lie_about_their_encoding(town: Town, site: str, http: aiohttp.ClientSession) -> None:
    page = await _page(http, site + _column(town, "gb18030").path)
    assert page.content_type == "text/html; charset=8859_1"
    assert "高龄津贴" in page.body.decode("gb18030")


async def test_the_warning_stands_in_the_cap_feed_with_all_that_the_law_asks_for(
    town: Town, site: str, http: aiohttp.ClientSession
) -> None:
    feed = _column(town, "cap")
    empty = etree.fromstring((await _page(http, site + feed.path)).body)
    assert empty.findall("{*}entry") == []
    _all_of(town)
    [entry] = etree.fromstring((await _page(http, site + feed.path)).body).findall("{*}entry")
    [link] = entry.findall("{*}link")
    alert = etree.fromstring((await _page(http, link.get("href", ""))).body)
    said = {name: alert.findtext(f".//{CAP}{name}", "") for name in ("status", "severity", "event", "instruction")}
    assert (said["status"], said["severity"], said["event"]) == ("Actual", "Minor", "暴雨")
    assert "山洪" in said["instruction"]
    assert alert.findtext(f".//{CAP}web", "").startswith(site)
    expires = datetime.fromisoformat(alert.findtext(f".//{CAP}expires", ""))
    assert expires == AT + timedelta(hours=12)


async def test_the_alert_is_valid_cap(town: Town, site: str, http: aiohttp.ClientSession, samples: Path) -> None:
    schema = etree.XMLSchema(etree.parse(samples.parent / "facts" / "xsd" / "CAP-v1.2.xsd"))
    _all_of(town)
    alert = await _page(http, f"{site}/qxyj/1011.xml")
    schema.assertValid(etree.fromstring(alert.body))


async def test_nobody_fetches_an_unchanged_page_twice(town: Town, site: str, http: aiohttp.ClientSession) -> None:
    address = site + _column(town, "html").path
    async with http.get(address) as first, http.get(address) as second:
        assert await first.read() != await second.read()
        tag = first.headers["ETag"]
        assert second.headers["ETag"] == tag
    async with http.get(address, headers={"If-None-Match": tag}) as unchanged:
        assert unchanged.status == 304
    _all_of(town)
    async with http.get(address, headers={"If-None-Match": tag}) as changed:
        assert changed.status == 200


async def test_pages_that_are_not_there_yet_are_not_found(town: Town, site: str, http: aiohttp.ClientSession) -> None:
    paths = ["/jyxx/202611/t20261122_1001.html", "/nothere/", "/jyxx/feed.xml", "/jyxx/901.xml", "/hjbh/rss.xml"]
    for path in [*paths, "/jyxx/202610/901-1.txt", f"/shjz/202610/t20261021_{town.standing('jyxx')[0].id}.html"]:
        async with http.get(site + path) as answer:
            assert answer.status == 404, path


async def test_the_json_list_names_whom_it_comes_from(town: Town, site: str, http: aiohttp.ClientSession) -> None:
    answer = json.loads((await _page(http, f"{site}/hjbh/list.json")).body)
    assert {row["publisher"] for row in answer["data"]["list"]} == {"星湖生态环境局"}
