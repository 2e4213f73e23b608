"""Trying an address: what would be found there, printed and not stored."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from pusher.clock import CHINA
from pusher.item import Item
from pusher.review.privacy import PrivacyPolicy
from pusher.review.review import Reviewed, review
from pusher.review.taxonomy import Taxonomy
from pusher.watch.fetch import Fetcher, FetchError
from pusher.watch.found import Kind
from pusher.watch.trial import Trial, try_source
from subscribers.topic import Topic
from tests.support.site import Posted, Site, html, running

AT = datetime(2026, 11, 23, 9, tzinfo=CHINA)
TAXONOMY = Taxonomy.load("xunyang")
POSTED = [Posted(number, f"关于第{number}批低保对象的公示公告", "2026-11-20") for number in range(101, 109)]


def reviewed(item: Item) -> Reviewed:
    return review(item, TAXONOMY, PrivacyPolicy(), source_topic=Topic())


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running(Site()) as started:
        started.publish(POSTED)
        yield started


async def tried(url: str, kind: Kind | None = None, *, allow_private: bool = True) -> Trial:
    async with Fetcher(now=lambda: AT) as fetcher:
        return await try_source(url, kind, allow_private=allow_private, review=reviewed, fetcher=fetcher, at=AT)


async def test_a_list_is_recognised_and_its_first_articles_are_opened(site: Site) -> None:
    found = (await tried(f"{site.base}/tzgg/")).to_json()
    assert (found["kind"], found["encoding"], found["problems"], len(found["items"])) == ("listing", "utf-8", [], 8)
    assert found["items"][0] == {
        "title": "关于第101批低保对象的公示公告",
        "url": f"{site.base}/tzgg/202611/t20261120_101.html",
        "published": "2026-11-20T09:30:00+08:00",
        "issuer": "星湖区民政局",
        "domains": ["aid"],
        "areas": ["360403"],
        "text_chars": 40,
    }
    assert found["items"][7]["published"] == "2026-11-20T00:00:00+08:00"
    assert sum(path.endswith(".html") for path in site.visits) == 5


async def test_an_article_is_one_item(site: Site) -> None:
    found = await tried(f"{site.base}/tzgg{POSTED[0].path}")
    assert (found.kind, [tried.item.title for tried in found.items]) == (Kind.ARTICLE, [POSTED[0].title])


async def test_articles_that_cannot_be_read_are_a_problem_and_no_failure(site: Site) -> None:
    for one in POSTED:
        del site.pages["/tzgg" + one.path]
    found = await tried(f"{site.base}/tzgg/")
    assert len(found.items) == 8
    assert found.problems == (
        "an article could not be read: 127.0.0.1 answers 404: the page is not there: look for its new address",
    )
    assert sum(path.endswith(".html") for path in site.visits) == 1


async def test_a_page_with_nothing_to_watch_says_why(site: Site) -> None:
    site.pages["/"] = html("<p>欢迎</p>", {})
    found = await tried(f"{site.base}/")
    assert (found.to_json()["kind"], found.items) == ("page", ())
    assert found.problems


async def test_alerts_are_recognised(site: Site) -> None:
    site.pages["/alert.xml"] = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1</identifier>
        <sender>a</sender><sent>2026-11-23T09:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType>
        <scope>Public</scope><info><category>Met</category><event>暴雨</event><urgency>Expected</urgency>
        <severity>Moderate</severity><certainty>Likely</certainty><headline>浔阳区发布暴雨黄色预警</headline>
        <area><areaDesc>浔阳区</areaDesc></area></info></alert>""".encode()
    site.pages["/feed.xml"] = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>1</title>
        <link type="application/cap+xml" href="/alert.xml"/></entry></feed>"""
    found = await tried(f"{site.base}/alert.xml")
    assert (found.kind, [one.item.title for one in found.items]) == (Kind.CAP, ["浔阳区发布暴雨黄色预警"])
    named = await tried(f"{site.base}/feed.xml", Kind.CAP)
    assert [one.item.title for one in named.items] == ["浔阳区发布暴雨黄色预警"]


async def test_a_private_address_is_refused(site: Site) -> None:
    with pytest.raises(FetchError, match="leads to a private address"):
        await tried(f"{site.base}/tzgg/", allow_private=False)


async def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match='must begin with "http://"'):
        await tried("www.xunyang.gov.cn")
