"""Envelopes, feeds and lists of alerts; and whatever else a CAP source may answer with."""

import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.watch.cap_feed import CapReading, read_cap
from pusher.watch.cap_xml import DEEPEST, LONGEST
from pusher.watch.found import Page
from subscribers.topic import Severity

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{}</identifier><sender>s</sender>'
    "<sent>2026-11-22T11:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType>"
    "<info><headline>暴雨蓝色预警</headline></info></alert>"
)


def read(body: str | bytes, content_type: str = "") -> CapReading:
    raw = body.encode() if isinstance(body, str) else body
    return read_cap(Page("https://alerts.example/list/index.xml", raw, content_type), at=AT)


def identifiers(reading: CapReading) -> list[str]:
    return [item.facts["identifier"] for item in reading.items]


def test_several_alerts_in_one_file_are_several_items() -> None:
    reading = read(f"<alerts>{ALERT.format(1)}{ALERT.format(2)}</alerts>")
    assert (reading.kind, identifiers(reading)) == ("alert", ["1", "2"])


def test_an_envelope_hands_out_what_it_holds() -> None:
    content = "<contentObject><xmlContent><embeddedXMLContent>{}</embeddedXMLContent></xmlContent></contentObject>"
    inner = content.format(ALERT.format(1)) + content.format(ALERT.format(2))
    edxl = '<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0">{}' + inner + "</EDXLDistribution>"
    reading = read(edxl.format("<distributionStatus>Actual</distributionStatus>"))
    assert (reading.kind, identifiers(reading)) == ("edxl", ["1", "2"])
    assert {item.facts["status"] for item in reading.items} == {"Actual"}
    drill = read(edxl.format("<distributionStatus>Exercise</distributionStatus>"))
    assert {item.facts["status"] for item in drill.items} == {"Exercise"}


def test_an_atom_feed_names_alerts_by_their_links() -> None:
    reading = read(
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        '<entry><id>urn:1</id><link rel="related" href="https://a.example/page"/>'
        '<link type="application/cap+xml" href="../alerts/1.xml"/></entry>'
        '<entry><link href="https://alerts.example/2.xml"/></entry>'
        '<entry><link href="https://alerts.example/2.xml"/></entry>'
        "<entry><id>https://alerts.example/3.xml</id></entry>"
        '<entry><title>nothing</title><link href="javascript:void(0)"/></entry></feed>'
    )
    assert reading.kind == "feed"
    assert reading.links == (
        "https://alerts.example/alerts/1.xml",
        "https://alerts.example/2.xml",
        "https://alerts.example/3.xml",
    )
    assert reading.problems == ("entry 5: it neither holds an alert nor links to one",)


def test_an_rss_feed_names_alerts_by_their_links() -> None:
    reading = read(
        "<rss><channel><link>https://a.example/</link><item><link> https://a.example/1.cap </link></item>"
        "</channel></rss>"
    )
    assert (reading.kind, reading.links) == ("feed", ("https://a.example/1.cap",))


@pytest.mark.parametrize("quoted", [False, True], ids=["as elements", "as text"])
def test_an_alert_inside_an_entry_is_an_item_at_once(quoted: bool) -> None:
    content = ALERT.format(7).replace("<", "&lt;") if quoted else ALERT.format(7)
    reading = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://a.example/7"/>'
        f'<content type="text/xml">{content}</content></entry></feed>'
    )
    assert (reading.kind, identifiers(reading), reading.links) == ("feed", ["7"], ())
    assert reading.items[0].url == "https://a.example/7"


def test_a_broken_alert_inside_an_entry_does_not_stop_those_behind_it() -> None:
    broken = "&lt;alert&gt;&lt;identifier&gt;1"
    reading = read(f"<feed><entry><content>{broken}</content></entry><entry>{ALERT.format(2)}</entry></feed>")
    assert identifiers(reading) == ["2"]
    assert "cannot be read" in reading.problems[0]


LIST = {
    "alertData": [
        {
            "description": "天津市气象台于21日22时36分发布道路结冰黄色预警信号。",
            "headline": "天津市气象局发布道路结冰黄色预警/III/较重",
            "identifier": "12000041600000_20180121223442",
            "sendTime": "2018-01-21 22:36:38",
        }
    ]
}


@pytest.mark.parametrize("prefix", ["", "var alertData = "])
def test_the_list_of_the_national_system_is_read(prefix: str) -> None:
    value = LIST["alertData"] if prefix else LIST
    reading = read(prefix + json.dumps(value, ensure_ascii=False) + (";" if prefix else ""))
    [item] = reading.items
    assert (reading.kind, reading.problems) == ("json", ())
    assert (item.title, item.issuer) == ("天津市气象局发布道路结冰黄色预警/III/较重", "天津市气象局")
    assert item.key == "cap:,12000041600000_20180121223442"
    assert item.topic.areas == {"12"}
    assert item.topic.severity == Severity.YELLOW
    assert item.published == datetime(2018, 1, 21, 22, 36, 38, tzinfo=CHINA)
    assert "status" not in item.facts


def test_alerts_in_the_shape_of_geojson_are_found() -> None:
    reading = read(
        json.dumps({"features": [{"id": 1, "properties": {"id": "a", "headline": "Blue warning", "status": "Test"}}]})
    )
    assert [(item.title, item.facts["status"]) for item in reading.items] == [("Blue warning", "Test")]


@pytest.mark.parametrize("body", ['{"alertData":[]}', "[]", "<alerts/>", "<feed/>", "<rss><channel/></rss>"])
def test_no_alert_in_force_is_no_failure(body: str) -> None:
    reading = read(body)
    assert (reading.items, reading.failure, reading.problems) == ((), "", ("no alert is in force",))


def test_gb18030_is_read_whatever_the_header_says() -> None:
    body = f'<?xml version="1.0" encoding="GB2312"?>{ALERT.format(1)}'.encode("gb18030")
    reading = read(body, "text/xml; charset=ISO-8859-1")
    assert (reading.encoding, reading.items[0].title) == ("gb18030", "暴雨蓝色预警")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "neither XML nor JSON"),
        (b"Service Unavailable", "neither XML nor JSON"),
        (b"<html><body>404</body></html>", "neither a CAP alert nor a feed"),
        (ALERT.format(1)[:-20].encode(), "not well-formed"),
        (b'{"alertData": [', "cannot be read as JSON"),
        (b'{"code": 500}', "holds no alerts"),
        (b"<a>" * 5000, "not well-formed"),
        (b"<alerts>" * (DEEPEST + 1) + b"</alerts>" * (DEEPEST + 1), "levels deep"),
        (b"<alert>" + b" " * LONGEST + b"</alert>", "longer than"),
        (b"[" * 100_000, "cannot be read as JSON"),
    ],
    ids=["empty", "text", "page", "cut", "cut JSON", "other JSON", "unclosed", "deep", "long", "deep JSON"],
)
def test_what_cannot_be_read_is_said_in_one_sentence(body: bytes, sentence: str) -> None:
    reading = read(body)
    assert (reading.kind, reading.items) == ("other", ())
    assert sentence in reading.failure


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY % x SYSTEM "http://127.0.0.1:1/a"> %x;',
        "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9)).replace("&l0;", "ha"),
    ],
    ids=["file", "parameter entity", "amplification"],
)
def test_entities_are_refused(subset: str) -> None:
    body = f"<!DOCTYPE alert [{subset}]>" + ALERT.format("&x;&l8;")
    reading = read(body)
    assert reading.items == ()
    assert reading.failure
    assert "root:" not in reading.failure


def test_an_alert_inside_an_entry_may_bring_no_entities_either() -> None:
    inner = '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + ALERT.format("&x;")
    quoted = inner.replace("&", "&amp;").replace("<", "&lt;")
    reading = read(f"<feed><entry><content>{quoted}</content></entry></feed>")
    assert reading.items == ()
    assert "DTD" in reading.problems[0]


@given(st.binary(max_size=400))
def test_nothing_that_bytes_hold_raises(body: bytes) -> None:
    reading = read(body)
    assert reading.failure or reading.items or reading.links or reading.problems


@settings(max_examples=300)
@given(
    st.sampled_from([ALERT.format(1), f"<feed><entry>{ALERT.format(1)}</entry></feed>", json.dumps(LIST)]),
    st.lists(st.tuples(st.integers(0, 700), st.binary(max_size=6), st.integers(0, 9)), max_size=6),
)
def test_nothing_that_damage_makes_of_an_alert_raises(whole: str, damages: list[tuple[int, bytes, int]]) -> None:
    body = whole.encode()
    for place, inserted, dropped in damages:
        body = body[:place] + inserted + body[place + dropped :]
    reading = read(body)
    assert reading.failure or reading.items or reading.links or reading.problems


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["identifier", "headline", "info", "area", "geocode", "sent", "references", "x"]), inner
            )
        ),
        max_leaves=25,
    )
)
def test_nothing_that_json_holds_raises(value: object) -> None:
    reading = read(json.dumps(value))
    assert reading.failure or reading.items or reading.problems
