"""The watcher against a real site: what is new, what was edited, what is one thing, and what has gone wrong."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from aiohttp import web
from structlog.testing import capture_logs

from pusher.clock import CHINA
from pusher.watch.poll import Outcome, Watcher
from pusher.watch.standing import Verdict
from pusher.watch.store import ItemState
from pusher.watch.tables import item_revision
from tests.support.site import Posted, html
from tests.support.watched import NEW, OLD, Town, reviewed


async def test_the_first_look_learns_and_pushes_nothing(town: Town) -> None:
    await town.look()
    assert await town.titles() == []
    assert len(await town.titles(ItemState.BASELINE)) == 3
    assert (await town.look()).new == ()


async def test_the_first_look_pushes_everything_where_that_is_wanted(town: Town) -> None:
    town.watch("tzgg", first_poll="push")
    await town.look()
    assert len(await town.titles()) == 3


async def test_what_is_new_is_read_on_its_own_page(town: Town) -> None:
    await town.look()
    town.site.publish([NEW, *OLD])
    outcome = await town.look()
    assert (len(outcome.new), outcome.edited, town.found) == (1, (), 2)
    [item] = [item for item in await town.items() if item.state is ItemState.READY]
    assert (item.title, item.notice.issuer) == (NEW.title, "星湖区民政局")
    assert item.notice.published == datetime(2026, 11, 23, 9, 30, tzinfo=CHINA)
    assert "请符合条件的居民" in item.notice.body
    assert item.facts == {"site": "星湖区人民政府", "site_area": "360499"}


async def test_a_row_that_is_inserted_below_with_an_old_date_is_new(town: Town) -> None:
    await town.look()
    late = Posted(90, "关于公布特困人员供养机构名单的公告", "2026-05-29")
    town.site.publish([*OLD, late])
    await town.look()
    assert await town.titles() == [late.title]


async def test_one_thing_in_two_columns_is_one_item(town: Town) -> None:
    def column(*notices: Posted) -> bytes:
        rows = "".join(f'<li><a href="/tzgg{one.path}">{one.title}</a><span>{one.date}</span></li>' for one in notices)
        return html(
            f'<div class="pos">当前位置：<a href="/">首页</a> &gt; 社会救助</div><ul>{rows}</ul>',
            {"ColumnName": "社会救助"},
        )

    town.watch("shjz", "/shjz/")
    town.site.pages["/shjz/"] = column(OLD[1], OLD[0])
    await town.watcher().once()
    town.site.publish([NEW, *OLD])
    town.site.pages["/shjz/"] = column(NEW, OLD[1], OLD[0])
    town.at[0] += timedelta(days=1)
    assert len(await town.watcher().once()) == 2
    assert await town.titles() == [NEW.title]
    assert len(await town.items()) == 4


async def test_an_edit_that_the_list_shows_is_a_revision(town: Town) -> None:
    await town.look()
    edited = replace(
        OLD[2], title=f"{OLD[2].title}（更正）", body="　　标准更正为每人每月935元，自本年1月起执行，不再另行通知。"
    )
    town.site.pages["/tzgg" + edited.path] = edited.page()
    town.site.publish([*OLD[:2], edited])
    assert len((await town.look(later=timedelta(days=10))).edited) == 1
    item = next(item for item in await town.items() if item.title == edited.title)
    assert (item.revision, item.major, item.notice.body) == (1, True, edited.body.strip())
    async with town.database.read() as connection:
        [kept] = (await connection.execute(sa.select(item_revision))).all()
    assert kept.notice["title"] == OLD[2].title


async def test_an_edit_that_only_the_article_shows_is_a_revision(town: Town) -> None:
    await town.look()
    edited = replace(OLD[1], body="　　复核时间延长至2026年12月31日，逾期未复核的暂停发放，请相互转告。")
    town.site.pages["/tzgg" + edited.path] = edited.page()
    assert [len((await town.look()).edited) for _ in range(3)].count(1) == 1
    item = next(item for item in await town.items() if item.title == edited.title)
    assert (item.revision, item.major) == (1, False)


async def test_of_many_articles_each_is_read_again_though_every_look_is_a_process_of_its_own(town: Town) -> None:
    many = [Posted(number, f"关于第{number}号事项的公告", "2026-11-20") for number in range(120, 110, -1)]
    town.site.publish(many)
    await town.look()
    edited = replace(many[5], body="　　受理时间延长至2026年12月31日，逾期不再受理，请相互转告。")
    town.site.pages["/tzgg" + edited.path] = edited.page()
    half_an_hour = timedelta(minutes=30)
    assert any([(await town.look(later=half_an_hour)).edited for _ in range(60)])


async def test_articles_are_read_again_for_some_days_only(town: Town) -> None:
    await town.look()
    town.site.asked.clear()
    await town.look(later=timedelta(days=4))
    assert set(town.site.visits) <= {"/tzgg/", "/robots.txt"}


async def test_a_page_that_differs_in_bytes_only_is_not_edited(town: Town) -> None:
    await town.look()
    for path, page in list(town.site.pages.items()):
        assert isinstance(page, bytes)
        town.site.pages[path] = page.replace(b"</body>", b'<input type="hidden" value="csrf-9f3">20319</body>')
    assert (await town.look()).edited == ()


async def test_an_unchanged_list_is_not_sent_and_its_articles_are_still_looked_at(town: Town) -> None:
    listed = town.site.pages["/tzgg/"]
    assert isinstance(listed, bytes)

    async def conditional(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(body=listed, headers={"ETag": '"1"', "Content-Type": "text/html"})

    town.site.pages["/tzgg/"] = conditional
    await town.look()
    assert (await town.standing()).validators.etag == '"1"'
    edited = replace(OLD[0], body="　　取暖补贴发放时间提前到12月1日，其余事项不变，特此更正。")
    town.site.pages["/tzgg" + edited.path] = edited.page()
    outcome = await town.look()
    assert town.site.asked[-1].path.endswith(".html")
    assert (outcome.failure, len(outcome.edited)) == ("", 1)
    assert (await town.standing()).row_count == 3


async def test_a_broken_article_does_not_hold_up_those_around_it(town: Town) -> None:
    await town.look()
    fresh = [Posted(200 + number, f"关于第{number}批临时救助对象的公示公告", "2026-11-23") for number in range(3)]
    town.site.publish([*fresh, *OLD])
    broken = "/tzgg" + fresh[1].path
    del town.site.pages[broken]
    await town.look()
    assert await town.titles() == [fresh[0].title, fresh[2].title]
    assert (await town.standing()).problem == (
        "an article could not be read: 127.0.0.1 answers 404: the page is not there: look for its new address"
    )
    await town.look()
    assert len(await town.titles()) == 2
    await town.look()
    [item] = [item for item in await town.items() if item.title == fresh[1].title]
    assert item.facts["note"].startswith("its page was not read: 127.0.0.1 answers 404")
    assert town.site.visits[broken] == 3


async def test_an_article_that_comes_back_is_taken_whole(town: Town) -> None:
    await town.look()
    town.site.publish([NEW, *OLD])
    page = town.site.pages.pop("/tzgg" + NEW.path)
    await town.look()
    town.site.pages["/tzgg" + NEW.path] = page
    await town.look()
    [item] = [item for item in await town.items() if item.state is ItemState.READY]
    assert item.notice.body
    assert (await town.standing()).tries == {}


async def test_an_item_that_the_review_stumbles_over_does_not_hold_up_the_others(town: Town) -> None:
    await town.look()
    town.site.publish([Posted(300, "一条使审核程序绊倒的公告及其说明", "2026-11-23"), NEW, *OLD])
    with capture_logs() as logs:
        await town.look()
    assert await town.titles() == [NEW.title]
    assert [line["event"] for line in logs] == ["item left out"]


async def test_a_row_that_leads_to_a_file_is_an_item_with_an_attachment(town: Town) -> None:
    await town.look()
    listed = town.site.pages["/tzgg/"]
    assert isinstance(listed, bytes)
    row = '<li><a href="/files/202611/P0202611231.pdf">2026年度部门预算公开说明文件</a><span>2026-11-23</span></li>'
    town.site.pages["/tzgg/"] = listed.replace(b'<ul class="list">', f'<ul class="list">{row}'.encode())
    await town.look()
    [item] = [item for item in await town.items() if item.state is ItemState.READY]
    assert list(item.notice.attachments) == [
        ("2026年度部门预算公开说明文件", f"{town.site.base}/files/202611/P0202611231.pdf")
    ]
    assert "/files/202611/P0202611231.pdf" not in town.site.visits


async def test_a_list_whose_rows_vanish_is_alarmed_at_once_and_what_was_learnt_stays(town: Town) -> None:
    await town.look()
    listed = town.site.pages["/tzgg/"]
    town.site.pages["/tzgg/"] = html('<div id="app"></div><p>欢迎访问新版网站</p>', {"SiteName": "星湖区人民政府"})
    with capture_logs() as logs:
        outcome = await town.look()
        await town.look()
    assert outcome.failure.startswith("no row is found where 3 were before")
    known = await town.standing()
    assert (known.verdict, known.alarm_since, known.failures) == (Verdict.BROKEN, town.at[0] - timedelta(hours=1), 2)
    assert [(line["event"], line["source"]) for line in logs] == [("source is broken", "tzgg")]
    town.site.pages["/tzgg/"] = listed
    with capture_logs() as logs:
        assert (await town.look()).new == ()
    assert [line["event"] for line in logs] == ["source works again"]
    assert (await town.standing()).alarm_since is None


async def test_a_source_that_cannot_be_reached_is_alarmed_after_some_failures_and_asked_less_often(town: Town) -> None:
    await town.look()
    town.site.pages["/tzgg/"] = overloaded
    waits = []
    for _ in range(3):
        await town.look()
        known = await town.standing()
        assert known.next_look is not None
        waits.append(known.next_look - town.at[0])
    assert known.verdict is Verdict.BROKEN
    assert known.problem == "127.0.0.1 answers 503: try again later"
    assert waits[0] >= timedelta(minutes=5)
    assert waits[2] >= timedelta(minutes=20)


async def overloaded(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=503)


async def test_a_site_that_asks_for_a_pause_gets_it(town: Town) -> None:
    async def busy(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "7200"})

    town.site.pages["/tzgg/"] = busy
    await town.look()
    assert (await town.standing()).next_look == town.at[0] + timedelta(hours=2)
    town.site.asked.clear()
    town.at[0] += timedelta(minutes=119)
    assert await town.watcher().once() == []
    assert town.site.asked == []


async def test_a_site_that_turns_us_away_is_reported_at_once_and_left_alone_for_a_day(town: Town) -> None:
    async def forbidden(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=412)

    town.site.pages["/tzgg/"] = forbidden
    await town.look()
    known = await town.standing()
    assert (known.verdict, known.next_look) == (Verdict.BROKEN, town.at[0] + timedelta(hours=24))


async def test_a_source_that_publishes_nothing_any_more_is_silent(town: Town) -> None:
    await town.look()
    with capture_logs() as logs:
        await town.look(later=timedelta(days=40))
    known = await town.standing()
    assert known.verdict is Verdict.SILENT
    assert known.problem == "nothing new since 2026-11-20: look whether it has moved"
    assert [line["event"] for line in logs] == ["source is silent"]
    town.site.publish([replace(NEW, date="2027-01-02"), *OLD])
    await town.look()
    assert (await town.standing()).verdict is Verdict.OK


async def test_one_bad_source_does_not_stop_the_others(town: Town) -> None:
    town.watch("bad", "/bad/")
    town.watch("private", allow_private=False)
    outcomes = {outcome.name: outcome for outcome in await town.watcher().once()}
    assert len(outcomes["tzgg"].new) == 3
    assert outcomes["bad"].failure.startswith("127.0.0.1 answers 404")
    assert "leads to a private address" in outcomes["private"].failure


async def test_a_page_in_gb18030_under_a_lying_header_is_read(town: Town) -> None:
    town.site.headers["Content-Type"] = "text/html; charset=ISO-8859-1"
    town.watch("tzgg", first_poll="push")
    for path, page in list(town.site.pages.items()):
        assert isinstance(page, bytes)
        town.site.pages[path] = page.decode().replace('charset="utf-8"', 'charset="gb2312"').encode("gb18030")
    await town.look()
    assert sorted(await town.titles()) == sorted(one.title for one in OLD)
    assert all("请符合条件的居民" in item.notice.body for item in await town.items())


async def test_a_list_inside_a_comment_is_read(town: Town) -> None:
    town.watch("tzgg", first_poll="push")
    listed = town.site.pages["/tzgg/"]
    assert isinstance(listed, bytes)
    town.site.pages["/tzgg/"] = re.sub(rb"(<ul.*</ul>)", rb'<div id="list"></div><!-- \1 -->', listed)
    await town.look()
    assert len(await town.titles()) == 3


async def test_a_feed_is_read_and_its_naive_times_are_chinese(town: Town) -> None:
    link = f"<link>{town.site.base}/tzgg{NEW.path}</link><pubDate>2026-11-23 01:39:11.0</pubDate>"
    channel = f"<channel><title>通知公告</title><item><title>{NEW.title}</title>{link}</item></channel>"
    town.site.pages["/rss.xml"] = f'<rss version="2.0">{channel}</rss>'.encode()
    town.watch("rss", "/rss.xml", kind="feed", first_poll="push", follow_articles=False)
    await town.look("rss")
    [found] = await town.items()
    assert found.notice.published == datetime(2026, 11, 23, 1, 39, 11, tzinfo=CHINA)
    assert set(town.site.visits) == {"/robots.txt", "/rss.xml"}


async def test_an_empty_feed_is_no_alarm(town: Town) -> None:
    town.site.pages["/rss.xml"] = b'<rss version="2.0"><channel><title>x</title></channel></rss>'
    town.watch("rss", "/rss.xml", kind="feed")
    assert (await town.look("rss")).failure == ""


async def test_one_page_is_watched_for_edits(town: Town) -> None:
    path = "/tzgg" + OLD[0].path
    town.watch("page", path, kind="article")
    await town.look("page")
    assert (await town.look("page")) == Outcome("page")
    town.site.pages[path] = replace(
        OLD[0], body="　　补贴标准提高到每户每年800元，已发放的予以补发，无需另行申请。"
    ).page()
    assert len((await town.look("page")).edited) == 1


ALERT = """<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>36049941600000_2026112309{number:02}</identifier><sender>xhqx@xinghu.example</sender>
<sent>2026-11-23T09:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Expected</urgency>
<severity>Moderate</severity><certainty>Likely</certainty><senderName>星湖区气象台</senderName>
<headline>星湖区气象台发布暴雨蓝色预警信号第{number}号</headline><description>未来6小时有暴雨，请注意防范。</description>
<area><areaDesc>星湖区</areaDesc></area></info></alert>"""


def alerts(town: Town, *numbers: int) -> None:
    entries = "".join(
        f'<entry><title>{number}</title><link type="application/cap+xml" href="/cap/{number}.xml"/></entry>'
        for number in numbers
    )
    town.site.pages["/cap/"] = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>预警</title>{entries}</feed>'.encode()
    for number in numbers:
        town.site.pages[f"/cap/{number}.xml"] = ALERT.format(number=number).encode()


async def test_alerts_that_a_feed_names_are_fetched_once(town: Town) -> None:
    town.watch("cap", "/cap/", kind="cap")
    alerts(town)
    assert await town.look("cap") == Outcome("cap")
    alerts(town, 1, 2)
    assert len((await town.look("cap")).new) == 2
    assert await town.look("cap") == Outcome("cap")
    assert {item.kind for item in await town.items()} == {"warning"}
    assert (town.site.visits["/cap/1.xml"], town.site.visits["/cap/2.xml"]) == (1, 1)


async def test_an_alert_that_cannot_be_read_does_not_hold_up_the_others(town: Town) -> None:
    town.watch("cap", "/cap/", kind="cap", first_poll="push")
    alerts(town, 1, 2, 3)
    town.site.pages["/cap/2.xml"] = b"<html>maintenance</html>"
    for _ in range(5):
        await town.look("cap")
    assert len(await town.items()) == 2
    assert town.site.visits["/cap/2.xml"] == 3


async def test_the_loop_finds_what_is_published_while_it_runs_and_stops_when_told(town: Town) -> None:
    town.watch("tzgg", interval=0.1)
    stopping, pushed = asyncio.Event(), asyncio.Event()
    looks = 0

    async def publishing(_request: web.Request) -> web.StreamResponse:
        nonlocal looks
        looks += 1
        town.at[0] += timedelta(seconds=1)
        return web.Response(body=later if looks > 2 else first, headers={"Content-Type": "text/html"})

    first = town.site.pages["/tzgg/"]
    town.site.publish([NEW, *OLD])
    later, town.site.pages["/tzgg/"] = town.site.pages["/tzgg/"], publishing
    found = 0

    def count() -> None:
        nonlocal found
        found += 1
        if found == 2:
            pushed.set()

    watcher = Watcher(
        town.database,
        town.sources,
        town.fetcher,
        lambda: town.at[0] + timedelta(seconds=looks),
        review=reviewed,
        found=count,
    )
    async with asyncio.TaskGroup() as tasks:
        running_watcher = tasks.create_task(watcher.run(stopping))
        await pushed.wait()
        stopping.set()
    assert running_watcher.done()
    assert await town.titles() == [NEW.title]


async def test_a_source_at_a_new_address_is_learnt_anew(town: Town) -> None:
    await town.look()
    town.site.publish([NEW, *OLD], column="/new/")
    town.watch("tzgg", "/new/")
    assert await town.watcher().once()
    assert await town.titles() == []
