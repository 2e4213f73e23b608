"""The settings of a source: right ones are taken, wrong ones are refused in one sentence."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from pusher.database import Database
from pusher.settings.sentences import sentences
from pusher.watch import source_store
from pusher.watch.found import Kind
from pusher.watch.source import SourceSettings
from pusher.watch.standing import Standing, Validators, Verdict
from subscribers.topic import Severity, Topic

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def test_a_source_needs_only_its_address() -> None:
    source = SourceSettings(url="https://www.xunyang.gov.cn/tzgg/")
    assert (source.page_kind, source.kind_of_items, source.is_urgent) == (Kind.LISTING, "notice", False)
    assert (source.first_poll, source.allow_private, source.topic) == ("baseline", False, Topic())


def test_what_it_says_of_its_items_is_their_topic() -> None:
    source = SourceSettings(url="http://a.gov.cn/", domains=("aid",), areas=("360403000000",), severity="blue")
    assert source.topic == Topic(frozenset({"aid"}), frozenset({"360403"}), Severity.BLUE)
    assert source.is_urgent


def test_alerts_are_warnings() -> None:
    source = SourceSettings(kind="cap", url="http://a.gov.cn/feed.xml")
    assert (source.kind_of_items, source.is_urgent, source.page_kind) == ("warning", True, Kind.CAP)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "the file: url is missing: the address of the list to watch"),
        ({"kind": "inbox", "url": "http://a/"}, "the file: an inbox has no url: programs post to /api/items"),
        ({"url": "ftp://a/"}, 'url: the address must begin with "http://" or "https://" and name a host'),
        ({"url": "http://[::1/"}, 'url: the address must begin with "http://" or "https://" and name a host'),
        ({"url": "http://me:word@a.gov.cn/"}, "url: the address must not hold a user name or password"),
        ({"url": "http://a.gov.cn/b c"}, "url: the address must not hold blanks; copy it from the browser"),
        ({"url": "http://a/", "areas": ["浔阳"]}, 'areas.0: "浔阳" is not a division code such as "360403"'),
        ({"url": "http://a/", "intervall": 5}, "intervall: there is no such setting; remove it or check its spelling"),
        ({"url": "http://a/", "interval": 0}, "interval: Input should be greater than or equal to 0.1"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SourceSettings.model_validate(wrong)
    assert sentences(caught.value) == [sentence]


async def test_what_is_known_of_a_source_is_kept(database: Database) -> None:
    known = Standing(
        name="tzgg",
        url="http://a.gov.cn/tzgg/",
        validators=Validators('W/"1"', "Sat, 21 Nov 2026 00:00:00 GMT"),
        next_look=AT,
        last_look=AT,
        last_success=AT,
        last_new=AT,
        usual_gap=timedelta(hours=3, microseconds=7),
        failures=2,
        is_learnt=True,
        row_count=15,
        problem="没有了",
        verdict=Verdict.BROKEN,
        alarm_since=AT,
        marks={"a": "b"},
        tries={"a.gov.cn/1": 2},
    )
    fresh = Standing("jyxx", "http://a.gov.cn/jyxx/")
    async with database.write() as connection:
        for each in (Standing("tzgg", "http://old/"), known, fresh):
            await source_store.keep(connection, each)
    async with database.read() as connection:
        assert await source_store.standings(connection) == {"jyxx": fresh, "tzgg": known}
        assert await source_store.standing(connection, "nowhere") is None


async def test_sources_that_the_settings_no_longer_name_are_forgotten(database: Database) -> None:
    async with database.write() as connection:
        await source_store.keep(connection, Standing("old", "http://old/"))
        await source_store.keep(connection, Standing("new", "http://new/"))
        await source_store.forget_others(connection, ["new"])
        assert list(await source_store.standings(connection)) == ["new"]
        await source_store.forget_others(connection, [])
        assert not await source_store.standings(connection)
