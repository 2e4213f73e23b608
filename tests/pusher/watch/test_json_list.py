"""Lists of APIs, in whatever they are wrapped."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.watch.found import Kind, Page, Reading
from pusher.watch.read import read_list
from pusher.watch.selectors import JsonNames, Selectors

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ADDRESS = "https://www.xunyang.gov.cn/api/list?page=1"


def read(value: Any, names: JsonNames | None = None) -> Reading:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    chosen = Selectors(fields=names) if names else None
    return read_list(Page(ADDRESS, text.encode(), "application/json"), None, chosen, at=AT)


def records(count: int = 3, **names: str) -> list[dict[str, Any]]:
    title, url, date = names.get("title", "title"), names.get("url", "url"), names.get("date", "pubDate")
    return [
        {
            "id": n,
            title: f"浔阳区第{n}批救助对象公示",
            url: f"/art/2026/11/{n}/art_1_1000{n}.html",
            date: f"2026-11-0{n} 09:00:00",
        }
        for n in range(1, count + 1)
    ]


def assert_three_rows(reading: Reading) -> None:
    assert reading.kind is Kind.JSON
    assert [row.title for row in reading.rows] == [f"浔阳区第{n}批救助对象公示" for n in (1, 2, 3)]
    assert [row.url for row in reading.rows] == [
        f"https://www.xunyang.gov.cn/art/2026/11/{n}/art_1_1000{n}.html" for n in (1, 2, 3)
    ]
    assert [row.published for row in reading.rows] == [datetime(2026, 11, n, 9, tzinfo=CHINA) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"data": {"list": rows, "total": 3}, "code": 200},
        lambda rows: {"page": {"content": rows}, "filter": {"a": []}, "hot": [{"name": "热词"}, {"name": "低保"}]},
        lambda rows: {"result": {"a": [{"group": {"items": rows[:2]}}, {"group": {"items": rows[2:]}}]}},
        lambda rows: {"catMap": {"one": {"listVO": rows[:1]}, "two": {"listVO": rows[1:]}}, "listVO": []},
        lambda rows: {"data": json.dumps(rows)},
        lambda rows: {"hits": [{"_id": "x", "_source": row} for row in rows]},
        lambda rows: "\n".join(json.dumps(row) for row in rows),
        lambda rows: f"jQuery1124_1763({json.dumps(rows)});",
        lambda rows: f"var alertData = {json.dumps(rows)};",
        lambda rows: "\ufeff" + json.dumps(rows),
    ],
)
def test_rows_are_found_in_any_wrapping(wrap: Any) -> None:
    assert_three_rows(read(wrap(records())))


@pytest.mark.parametrize(
    ("title", "url", "date"),
    [
        ("DOCTITLE", "DOCPUBURL", "PUBDATE"),
        ("BT", "DOCPUBURL", "FBRQ"),
        ("headline", "link", "sendTime"),
        ("doc_title", "doc_pub_url", "doc_rel_time"),
        ("f_202121500898", "f_url", "save_time"),
        ("showTitle", "linkUrl", "publishedTime"),
    ],
)
def test_fields_are_known_by_their_names_and_by_their_values(title: str, url: str, date: str) -> None:
    made = records(title=title, url="url" if url == "f_url" else url, date=date)
    assert_three_rows(read({"rows": made}))


def test_the_settings_name_rows_and_fields() -> None:
    value = {
        "a": {"b": [{"x": {"t": "公告一"}, "u": "/1.html", "d": 1795000000, "o": "教体局", "title": "不是这个"}]},
        "other": records(9),
    }
    names = JsonNames(rows="a.b", title="x.t", url="u", date="d", issuer="o")
    row = read(value, names).rows[0]
    assert (row.title, row.url, row.issuer) == ("公告一", "https://www.xunyang.gov.cn/1.html", "教体局")
    assert row.published == datetime.fromtimestamp(1795000000, CHINA)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (1636905600000, "2021-11-15 00:00"),
        (1636700681, "2021-11-12 15:04"),
        ("1636905600000", "2021-11-15 00:00"),
        ("2021-11-12", "2021-11-12 00:00"),
        ("2018.11.14 17:44:00", "2018-11-14 17:44"),
        ("2021-11-20T00:45:46.678Z", "2021-11-20 08:45"),
        ("2021-11-19T00:00:00.000+0800", "2021-11-19 00:00"),
        ("Nov 12, 2021 9:30:00 AM", "2021-11-12 09:30"),
        (20211112, "2021-11-12 00:00"),
    ],
)
def test_times_are_read_in_all_the_forms_of_province_searches(written: object, expected: str) -> None:
    row = read([{"title": "某某公告", "url": "/1.html", "pubtime": written}]).rows[0]
    assert f"{row.published:%Y-%m-%d %H:%M}" == expected


def test_an_empty_time_falls_back_to_the_next_field() -> None:
    row = read(
        [{"title": "某某公告", "url": "/1.html", "pub_time": "", "display_publish_time": 0, "create_time": 1636700665}]
    ).rows[0]
    assert f"{row.published:%Y-%m-%d}" == "2021-11-12"


def test_titles_are_freed_from_marks_and_entities() -> None:
    titles = [
        "关于<em>救助</em>的&ldquo;通知&rdquo;",
        "<p>关于救助的公告</p>",
        "关于\u200b救助<br/>的公示",
        "关于转发《&lt;环境损害&gt;规定》的通知",
    ]
    rows = read([{"title": title, "url": f"/{n}.html", "date": "2026-11-01"} for n, title in enumerate(titles)]).rows
    assert [row.title for row in rows] == [
        "关于救助的“通知”",
        "关于救助的公告",
        "关于救助的公示",
        "关于转发《<环境损害>规定》的通知",
    ]


def test_a_cut_title_is_made_whole_by_the_text_that_comes_with_it() -> None:
    body = "<div><h1>关于印发《湖南电力辅助服务管理实施细则》的通知</h1><p>" + "各单位：" * 200 + "</p></div>"
    row = read(
        [
            {
                "title": "<span>关于印发《湖南电力辅助服务...</span>",
                "url": "/1.html",
                "date": "2026-11-01",
                "body_html": body,
            }
        ]
    ).rows[0]
    assert row.title == "关于印发《湖南电力辅助服务管理实施细则》的通知"
    assert row.body.startswith("关于印发《湖南电力辅助服务管理实施细则》的通知\n\n各单位：")


def test_index_and_document_numbers_are_kept() -> None:
    record = {
        "title": "关于下达预算的通知",
        "url": "/1.html",
        "identifier": "006939991/2021-00707",
        "document_number": "粤财社〔2021〕218号",
        "publisher": "广东省财政厅",
        "source": "本网",
    }
    row = read([record]).rows[0]
    assert (row.index_number, row.document_number, row.issuer) == (
        "006939991/2021-00707",
        "粤财社〔2021〕218号",
        "广东省财政厅",
    )
    assert row.keys[0] == "xunyang.gov.cn#006939991/2021-00707"


def test_things_without_address_are_known_by_their_identifier() -> None:
    alert = {
        "headline": "浔阳区气象台发布暴雨橙色预警",
        "identifier": "36040341600000_20261122",
        "sendTime": "2026-11-22 10:00:00",
        "description": "预计未来3小时…",
    }
    row = read({"alertData": [alert]}).rows[0]
    assert row.key == "xunyang.gov.cn#36040341600000_20261122"
    assert row.summary == "预计未来3小时…"


def test_several_things_at_one_address_stay_several() -> None:
    rows = read([{"title": f"政策摘要第{n}条", "source_url": "https://a.gov.cn/p.html"} for n in range(3)]).rows
    assert len({row.key for row in rows}) == 3


def test_pieces_of_html_are_rows() -> None:
    pieces = [
        f"<div><div class='t'><a href='/a/{n}.html'>关于<em>救助</em>的第{n}号公告</a></div>"
        f"<span>来源：区民政局</span><span>时间：2026-11-0{n}</span></div>"
        for n in range(1, 5)
    ]
    rows = read({"result": pieces, "total": 4}).rows
    assert [(row.title, row.issuer) for row in rows] == [(f"关于救助的第{n}号公告", "区民政局") for n in range(1, 5)]


def test_a_whole_list_in_one_string_is_read() -> None:
    html = "".join(f"<li><a href='/a/{n}.html'>关于救助的第{n}号公告</a><b>2026-11-0{n}</b></li>" for n in range(1, 7))
    rows = read({"success": True, "data": {"html": f"<ul>{html}</ul>", "page": "<a href='#'>下一页</a>"}}).rows
    assert len(rows) == 6


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"success": False, "msg": "系统错误", "data": None, "code": 1000}, "系统错误 (code 1000)"),
        ({"errcode": 40001, "errmsg": "invalid"}, "invalid (code 40001)"),
        ({"num": "-10000", "error": True, "message": "服务器异常"}, "服务器异常"),
        ({"msg": "检索失败", "state": 500, "data": None}, "检索失败 (code 500)"),
        ("{'a': 1", "not JSON"),
        ({"a": {"b": 1}}, "no array of rows"),
    ],
)
def test_errors_in_the_shape_of_answers_are_failures(answer: Any, words: str) -> None:
    reading = read_list(
        Page(ADDRESS, (answer if isinstance(answer, str) else json.dumps(answer)).encode()), Kind.JSON, None, at=AT
    )
    assert reading.rows == ()
    assert words in reading.failure


def test_an_empty_list_is_no_failure() -> None:
    reading = read({"code": 200, "data": {"list": [], "total": 0}})
    assert (reading.failure, reading.problems) == ("", ("the list is empty",))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(["title", "/1.html", "2026-11-01", "<a href='1'>x</a>"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["title", "url", "date", "id", "content", "data", "list"]), inner, max_size=5)
    ),
    max_leaves=30,
)


@given(JSON)
def test_no_answer_raises(value: Any) -> None:
    reading = read_list(Page(ADDRESS, json.dumps(value).encode()), Kind.JSON, None, at=AT)
    assert all(row.title and row.keys for row in reading.rows)
