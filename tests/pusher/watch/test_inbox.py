"""What programs post: the plain fields, CloudEvents, and everything that is refused with a place and a sentence."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.item import Item
from pusher.watch.inbox import InboxError, NotJson, read_inbox
from subscribers.topic import Severity

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
JSON = "application/json"
EVENT = {
    "specversion": "1.0",
    "type": "cn.gov.xinghu.item.published",
    "source": "/xinghu/cms",
    "id": "4711",
    "data": {"title": "通知"},
}


def read(value: object, *, poster: str = "", content_type: str = JSON) -> tuple[Item, tuple[str, ...]]:
    return read_inbox(json.dumps(value).encode(), content_type, at=AT, poster=poster)


def refusal(value: object) -> list[dict[str, str]]:
    with pytest.raises(InboxError) as caught:
        read(value)
    return caught.value.problems


def test_all_plain_fields_reach_the_item() -> None:
    item, known = read(
        {
            "title": " 关于\u3000发放高龄津贴的通知 ",
            "body": "第一段。\n\n第二段。",
            "summary": "概要",
            "url": "https://www.xinghu.example/1.html",
            "issuer": "星湖民政局",
            "column": "通知公告",
            "published": "2026-11-22 09:00:00",
            "domains": ["aid"],
            "areas": ["360403000000", "360403001"],
            "severity": "blue",
            "key": "mz-1",
            "kind": "notice",
            "attachments": [
                {"name": "表.xlsx", "url": "https://www.xinghu.example/1.xlsx"},
                ["二", "http://a.example/2"],
            ],
            "document_number": "星民发〔2026〕3号",
            "follows": ["mz-0"],
            "facts": {"status": "Test"},
        }
    )
    assert (item.source, item.key, known) == ("inbox", "inbox:mz-1", ("inbox:mz-1",))
    assert (item.title, item.body) == ("关于 发放高龄津贴的通知", "第一段。\n\n第二段。")
    assert item.published == datetime(2026, 11, 22, 9, tzinfo=CHINA)
    assert item.topic.domains == {"aid"}
    assert item.topic.areas == {"360403", "360403001"}
    assert item.topic.severity is Severity.BLUE
    assert item.attachments == (("表.xlsx", "https://www.xinghu.example/1.xlsx"), ("二", "http://a.example/2"))
    assert (item.follows, item.facts) == (("inbox:mz-0",), {"status": "Test"})
    assert (item.issuer, item.column, item.summary, item.document_number) == (
        "星湖民政局",
        "通知公告",
        "概要",
        "星民发〔2026〕3号",
    )


def test_a_title_is_enough() -> None:
    item, _ = read({"title": "停水通知"})
    assert (item.title, item.kind, item.published, item.topic.severity) == ("停水通知", "notice", None, 0)


def test_text_is_another_word_for_body_and_id_for_key() -> None:
    item, known = read({"title": "a", "text": "<p>一</p><p>二</p>", "id": "1"})
    assert (item.body, known) == ("一\n\n二", ("inbox:1",))


@pytest.mark.parametrize(
    ("written", "severity"),
    [("red", 4), ("RED", 4), ("Notice", 0), (3, 3), (0, 0), ("橙色", 3)],
)
def test_severity_is_a_name_or_a_number(written: object, severity: int) -> None:
    assert read({"title": "a", "severity": written})[0].topic.severity == severity


def test_posting_the_same_again_has_the_same_key() -> None:
    assert read({"title": "a", "body": "b"})[1] == read({"title": "a", "body": "b"})[1]
    assert read({"title": "a", "body": "b"})[1] != read({"title": "a", "body": "c"})[1]


def test_an_address_makes_the_key_where_none_is_given() -> None:
    assert read({"title": "a", "url": "https://www.a.example/x.html"})[1] == ("a.example/x.html",)


def test_two_programs_may_both_count_from_one() -> None:
    one, other = read({"title": "a", "id": "1"}, poster="cms")[1], read({"title": "a", "id": "1"}, poster="oa")[1]
    assert (one, other) == (("inbox:cms:1",), ("inbox:oa:1",))


def test_a_cloud_event_is_opened() -> None:
    event = {**EVENT, "time": "2026-11-22T01:00:00Z", "subject": "ignored", "traceparent": "00-1"}
    item, known = read(event, content_type="application/cloudevents+json; charset=utf-8")
    assert known == ("inbox:/xinghu/cms#4711",)
    assert (item.title, item.published) == ("通知", datetime(2026, 11, 22, 9, tzinfo=CHINA))


def test_a_cloud_event_is_known_by_its_specversion_too() -> None:
    assert read({**EVENT, "subject": "停电", "data": {}})[0].title == "停电"


def test_the_data_of_an_event_go_before_its_envelope() -> None:
    event = {**EVENT, "time": "2026-11-22T01:00:00Z", "data": {"title": "a", "key": "k", "published": "2026-11-20"}}
    item, known = read(event)
    assert (known, item.published) == (("inbox:k",), datetime(2026, 11, 20, tzinfo=CHINA))


def test_marks_of_slots_and_what_nobody_sees_are_taken_out() -> None:
    item, _ = read({"title": "a\ue000name\ue001\u202eb\x00", "body": "\ue000x\ue001", "facts": {"\ue000a": "\ue001b"}})
    assert (item.title, item.body, item.facts) == ("anameb", "x", {"a": "b"})


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "title"),
        ({"title": " \u200b "}, "title"),
        ({"title": "长" * 501}, "title"),
        ({"title": 7}, "title"),
        ({"title": "a\ud800"}, ""),
        ({"title": "a", "\ud800": "SECRET"}, ""),
        ({"title": "a", "titel": "SECRET"}, "titel"),
        ({"title": "a", "url": "javascript:SECRET"}, "url"),
        ({"title": "a", "url": "https://SECRET:pw@a.example/"}, "url"),
        ({"title": "a", "url": "https://a.example/SECRET b"}, "url"),
        ({"title": "a", "url": "http://a.example:SECRET/"}, "url"),
        ({"title": "a", "url": "ftp://SECRET.example/"}, "url"),
        ({"title": "a", "published": "SECRET"}, "published"),
        ({"title": "a", "published": 1700000000}, "published"),
        ({"title": "a", "published": "1800-01-01"}, "published"),
        ({"title": "a", "published": "2026-12-22"}, "published"),
        ({"title": "a", "severity": "SECRET"}, "severity"),
        ({"title": "a", "severity": 5}, "severity"),
        ({"title": "a", "severity": True}, "severity"),
        ({"title": "a", "areas": ["360403", "SECRET"]}, "areas.1"),
        ({"title": "a", "areas": "360403"}, "areas"),
        ({"title": "a", "domains": ["SECRET 1"]}, "domains.0"),
        ({"title": "a", "kind": "SECRET SECRET"}, "kind"),
        ({"title": "a", "key": ""}, "key"),
        ({"title": "a", "key": "k" * 201}, "key"),
        ({"title": "a", "key": "1", "id": "1"}, ""),
        ({"title": "a", "body": "1", "text": "1"}, ""),
        ({"title": "a", "body": "SECRET" * 40_000}, "body"),
        ({"title": "a", "attachments": [{"name": "a", "url": "file:///SECRET"}]}, "attachments.0.url"),
        ({"title": "a", "attachments": ["SECRET"]}, "attachments.0"),
        ({"title": "a", "follows": ["k"] * 201}, "follows"),
        ({"title": "a", "facts": {"a": 1}}, "facts.a"),
        ({**EVENT, "specversion": "SECRET"}, "specversion"),
        ({name: value for name, value in EVENT.items() if name != "id"}, "id"),
        ({name: value for name, value in EVENT.items() if name != "data"}, "data"),
        ({**EVENT, "data": "SECRET"}, "data"),
        ({**EVENT, "data": {"titel": "SECRET"}}, "title"),
    ],
)
def test_what_is_wrong_is_told_by_its_place_and_without_its_value(fields: dict[str, object], place: str) -> None:
    problems = refusal(fields)
    assert place in [problem["loc"] for problem in problems]
    assert all(problem["msg"] and "\n" not in problem["msg"] for problem in problems)
    assert "SECRET" not in str(problems)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert {problem["loc"] for problem in refusal({"title": "", "url": "x", "a": 1})} == {"title", "url", "a"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"a"', b'{"title": NaN}', b"\xff{}", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000]
)
def test_what_is_no_json_object_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(NotJson) as caught:
        read_inbox(body, JSON, at=AT)
    assert len(caught.value.problems) == 1


def test_a_clock_that_is_a_little_ahead_is_forgiven() -> None:
    soon = AT + timedelta(hours=3)
    assert read({"title": "a", "published": soon.isoformat()})[0].published == soon


FIELDS = [
    "title",
    "body",
    "url",
    "published",
    "areas",
    "severity",
    "key",
    "attachments",
    "facts",
    "specversion",
    "data",
    "id",
]


@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
            max_leaves=8,
        ),
    )
)
def test_whatever_is_posted_becomes_an_item_or_a_list_of_problems(value: dict[str, object]) -> None:
    try:
        item, known = read(value)
    except InboxError as error:
        problems = error.problems
    else:
        problems = [{"loc": "", "msg": ""}]
        assert item.title
        assert item.key == known[0]
        assert len(item.key) <= 200
    assert problems
    assert all(set(problem) == {"loc", "msg"} for problem in problems)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(InboxError):
        read_inbox(body, JSON, at=AT)
