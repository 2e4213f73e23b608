"""Real pages, lists and feeds against what people read off them (`expected.csv`); skipped where the samples are not."""

import csv
import functools
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from pusher.clock import CHINA
from pusher.watch.found import Kind, Page, Reading
from pusher.watch.plain_text import plain
from pusher.watch.read import read_article, read_list

#: When the samples are taken to have been fetched.
AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ADDRESS = "https://www.example.gov.cn/column/"
KINDS = {"article": Kind.ARTICLE, "list": Kind.LISTING, "json": Kind.JSON, "feed": Kind.FEED, "page": Kind.PAGE}
Expected = dict[str, str]


@pytest.fixture(scope="module")
def expected(samples: Path) -> Sequence[Expected]:
    """The rows of expected.csv that are pages, with their file's path."""
    with (samples / "gov" / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] in KINDS]
    return [row | {"path": str(samples / "gov" / row["file"])} for row in rows]


def read(row: Expected, encoding: str | None = None, content_type: str = "text/html") -> Reading:
    return _read(row["path"], encoding, content_type)


@functools.cache
def _read(path: str, encoding: str | None, content_type: str) -> Reading:
    body = Path(path).read_bytes()
    if encoding:
        declared = re.sub(rb"charset=[\"']?utf-8", b'charset="gb2312', body, flags=re.I)
        body = declared.decode("utf-8").encode(encoding)
    return read_list(Page(ADDRESS, body, content_type), None, None, at=AT)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def day(written: str) -> datetime | None:
    return datetime.fromisoformat(written).replace(tzinfo=CHINA) if written else None


def shown(reading: Reading, like: str) -> str:
    """The time of an article as far as `like` tells it."""
    return (
        f"{reading.article.published:%Y-%m-%d %H:%M:%S}"[: len(like)]
        if reading.article and reading.article.published
        else ""
    )


def failures(expected: Sequence[Expected], found: Sequence[tuple[object, object]]) -> list[str]:
    return [
        f"{row['file']}: {got!r} and not {want!r}"
        for row, (got, want) in zip(expected, found, strict=True)
        if got != want
    ]


def test_every_page_is_recognised_for_what_it_is(expected: Sequence[Expected]) -> None:
    assert failures(expected, [(read(row).kind, KINDS[row["kind"]]) for row in expected]) == []


def test_every_encoding_is_found(expected: Sequence[Expected]) -> None:
    assert failures(expected, [(read(row).encoding, row["encoding"]) for row in expected]) == []


def test_a_header_that_lies_about_the_encoding_changes_nothing(expected: Sequence[Expected]) -> None:
    lying = [read(row, content_type="text/html; charset=ISO-8859-1") for row in expected]
    assert (
        failures(expected, [(reading.encoding, row["encoding"]) for reading, row in zip(lying, expected, strict=True)])
        == []
    )


def test_every_list_has_all_its_rows_and_no_other(expected: Sequence[Expected]) -> None:
    lists = [row for row in expected if row["n_items"]]
    assert failures(lists, [(len(read(row).rows), int(row["n_items"])) for row in lists]) == []


def test_rows_lead_to_as_many_addresses_as_they_should(expected: Sequence[Expected]) -> None:
    lists = [row for row in expected if row["n_distinct"] and any(item.url for item in read(row).rows)]
    found = [(len({item.url for item in read(row).rows}), int(row["n_distinct"])) for row in lists]
    assert failures(lists, found) == []


def test_rows_have_as_many_titles_as_they_should(expected: Sequence[Expected]) -> None:
    lists = [row for row in expected if row["n_distinct_titles"]]
    found = [(len({item.title for item in read(row).rows}), int(row["n_distinct_titles"])) for row in lists]
    assert failures(lists, found) == []


def test_a_list_knows_its_column_and_site(expected: Sequence[Expected]) -> None:
    lists = [row for row in expected if row["column_name"] and row["kind"] == "list"]
    found = [
        ((reading.column, reading.site), (row["column_name"], row["site"])) for row in lists for reading in [read(row)]
    ]
    assert failures(lists, found) == []


def test_every_article_has_its_title(expected: Sequence[Expected]) -> None:
    articles = [row for row in expected if row["kind"] == "article"]
    found = [
        (bare(reading.article.title if reading.article else ""), bare(row["title"]))
        for row in articles
        for reading in [read(row)]
    ]
    assert failures(articles, found) == []


def test_every_article_has_its_time(expected: Sequence[Expected]) -> None:
    articles = [row for row in expected if row["kind"] == "article" and row["published"]]
    found = [(shown(read(row), row["published"]), row["published"]) for row in articles]
    assert failures(articles, found) == []


def test_every_article_has_its_source(expected: Sequence[Expected]) -> None:
    articles = [row for row in expected if row["kind"] == "article"]
    found = [
        (reading.article.issuer if reading.article else "", row["content_source"])
        for row in articles
        for reading in [read(row)]
    ]
    assert failures(articles, found) == []


def test_every_article_knows_its_column_and_site(expected: Sequence[Expected]) -> None:
    articles = [row for row in expected if row["kind"] == "article" and row["site"]]
    readings = [read(row).article for row in articles]
    found = [
        ((one.column, one.site) if one else None, (row["column_name"], row["site"]))
        for one, row in zip(readings, articles, strict=True)
    ]
    assert failures(articles, found) == []


def test_every_article_has_a_text_or_shows_why_not(expected: Sequence[Expected]) -> None:
    articles = [row for row in expected if row["kind"] == "article"]
    readings = [(row["file"], read(row).article) for row in articles]
    silent = [file for file, one in readings if one is None or not (len(one.body) > 80 or one.attachments)]
    assert silent == []


def test_the_feed_entry_is_read_with_chinese_time(expected: Sequence[Expected]) -> None:
    feeds = [row for row in expected if row["kind"] == "feed"]
    found = [
        ((one.title, one.published), (row["title"], day(row["published"]))) for row in feeds for one in read(row).rows
    ]
    assert failures(feeds, found) == []


def test_an_error_in_the_shape_of_an_answer_is_a_failure(expected: Sequence[Expected]) -> None:
    answers = {row["file"]: read(row) for row in expected if row["kind"] == "json"}
    assert [file for file, reading in answers.items() if reading.failure] == [
        file for file in answers if "HNProvince" in file
    ]


def test_copies_in_gb18030_are_read_alike(expected: Sequence[Expected]) -> None:
    pages = [row for row in expected if row["kind"] in {"article", "list"}]
    for row in pages:
        first, second = read(row), read(row, encoding="gb18030")
        assert second.encoding == "gb18030", row["file"]
        assert second.rows == first.rows, row["file"]


def test_titles_dates_and_addresses_are_those_that_others_read(samples: Path) -> None:
    with (samples / "gov" / "all_list_items.tsv").open(encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    folders = {
        "江苏": "江苏省",
        "甘肃": "甘肃省",
        "江西": "local_crawler",
        "国务院": "GWY",
        "天津": "TJ",
        "广西": "GX",
        "广东": "GD",
        "贵州": "GZ",
    }
    readings = {
        source: [
            item
            for path in sorted((samples / "gov").rglob("*"))
            if path.is_file() and folder in str(path) and "texts" not in str(path)
            for item in read_list(Page(ADDRESS, path.read_bytes()), None, None, at=AT).rows
        ]
        for source, folder in folders.items()
    }
    checked = 0
    for row in wanted:
        source = next((name for name in folders if row["source"].startswith(name)), "")
        match = next((item for item in readings.get(source, []) if item.url.endswith(row["url_as_given"])), None)
        if match:
            checked += 1
            assert bare(match.title) == bare(plain(row["title"]))
            assert match.published is not None
        if match and match.published and re.fullmatch(r"\d{4}[-.]\d\d[-.]\d\d", row["date_as_given"]):
            assert f"{match.published:%Y-%m-%d}" == row["date_as_given"].replace(".", "-")
    assert checked > 120


def test_an_article_page_of_a_list_row_keeps_the_keys_of_the_row(expected: Sequence[Expected]) -> None:
    row = next(row for row in expected if row["file"].endswith("qxn.gov.cn_list.html"))
    item = read(row).rows[0]
    body = Path(row["path"]).with_name("qxn.gov.cn_article.html").read_bytes()
    article = read_article(Page(item.url, body), item, None, at=AT)
    assert article.key == item.key
    assert article.published == item.published
    assert article.issuer == "黔西南州住房和城乡建设局"
    assert [name for name, _ in article.attachments] == ["黔西南州建设工程造价信息2026年第5期.pdf"]
    assert article.attachments[0][1] == item.url.rsplit("/", 1)[0] + "/P020260615382295081505.pdf"
