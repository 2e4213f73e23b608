"""Each mistake of real alerts, and each way to say that it is over, in small alerts of our own."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.item import Item
from pusher.watch.cap_feed import CapReading, read_cap
from pusher.watch.found import Page
from pusher.watch.items import item_of_alert
from pusher.watch.source import SourceSettings
from subscribers.topic import Severity

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
NAMESPACE = ' xmlns="urn:oasis:names:tc:emergency:cap:1.2"'
HEAD = {
    "identifier": "XH-1",
    "sender": "qx@xinghu.example",
    "sent": "2026-11-22T11:00:00+08:00",
    "status": "Actual",
    "msgType": "Alert",
    "scope": "Public",
}
INFO = "<language>zh-CN</language><event>暴雨</event><headline>星湖气象台发布暴雨橙色预警</headline>"


def alert(info: str | None = INFO, *, namespace: str = NAMESPACE, more: str = "", **head: str | None) -> bytes:
    parts = "".join(f"<{name}>{value}</{name}>" for name, value in {**HEAD, **head}.items() if value is not None)
    inner = f"<info>{info}</info>" if info is not None else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><alert{namespace}>{parts}{more}{inner}</alert>'.encode()


def read(body: bytes, content_type: str = "") -> CapReading:
    return read_cap(Page("https://alerts.example/now.xml", body, content_type), at=AT)


def item_of(body: bytes) -> Item:
    reading = read(body)
    assert reading.failure == ""
    [item] = reading.items
    return item


def geocode(value: str, name: str | None = None) -> str:
    named = f"<valueName>{name}</valueName>" if name is not None else ""
    return f"{INFO}<area><areaDesc>星湖</areaDesc><geocode>{named}<value>{value}</value></geocode></area>"


def test_an_alert_becomes_a_warning_of_the_domain_of_disasters() -> None:
    text = "<description>预计3小时雨量达100毫米。</description><instruction>请勿外出。\n\n远离低洼处。</instruction>"
    item = item_of(alert(f"{INFO}{text}<senderName>星湖气象台</senderName><contact>12121</contact>"))
    assert (item.kind, item.title, item.issuer) == ("warning", "星湖气象台发布暴雨橙色预警", "星湖气象台")
    assert item.topic.domains == {"disaster"}
    assert item.body == "预计3小时雨量达100毫米。\n\n请勿外出。\n\n远离低洼处。"
    assert item.key == "cap:qx@xinghu.example,XH-1"
    assert item.published == datetime(2026, 11, 22, 11, tzinfo=CHINA)
    assert (item.facts["status"], item.facts["msgType"], item.facts["contact"]) == ("Actual", "Alert", "12121")
    assert "allClear" not in item.facts


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://www.incident.com/cap/1.0"', ' xmlns="urn:nobody:knows"'])
def test_any_namespace_and_none_will_do(namespace: str) -> None:
    assert item_of(alert(namespace=namespace)).title == "星湖气象台发布暴雨橙色预警"


def test_a_prefix_and_elements_out_of_order_do_no_harm() -> None:
    body = (
        '<c:alert xmlns:c="urn:oasis:names:tc:emergency:cap:1.2"><c:info><c:headline>蓝色预警</c:headline></c:info>'
        "<c:status>Actual</c:status><c:sender>a</c:sender><c:identifier>1</c:identifier></c:alert>"
    )
    item = item_of(body.encode())
    assert (item.key, item.topic.severity) == ("cap:a,1", Severity.BLUE)


@pytest.mark.parametrize(
    ("info", "severity"),
    [
        ("<headline>发布暴雨红色预警信号</headline><severity>Minor</severity>", Severity.RED),
        ("<headline>由黄色升级为橙色预警</headline>", Severity.ORANGE),
        ("<headline>大风预警</headline><event>大风蓝色预警</event><severity>Severe</severity>", Severity.BLUE),
        ("<headline>issued a blue gale warning</headline><severity>Severe</severity>", Severity.BLUE),
        ("<headline>Red Flag Warning</headline><severity>Severe</severity>", Severity.ORANGE),
        ("<headline>黄河洪水预警</headline><severity>Extreme</severity>", Severity.RED),
        (
            "<event>Wind</event><severity>Severe</severity><parameter><valueName>awareness_level</valueName>"
            "<value>2; yellow; Moderate</value></parameter>",
            Severity.YELLOW,
        ),
        ("<event>大风</event><severity>Blue</severity>", Severity.BLUE),
        ("<event>大风</event><severity>Minor</severity>", Severity.BLUE),
        ("<event>大风</event><severity>Moderate</severity>", Severity.YELLOW),
        ("<event>大风</event><severity>Severe</severity>", Severity.ORANGE),
        ("<event>大风</event><severity>Extreme</severity>", Severity.RED),
        ("<event>大风</event><severity>Unknown</severity>", Severity.NOTICE),
        ("<event>大风</event><severity/>", Severity.NOTICE),
    ],
)
def test_the_colour_goes_before_the_word(info: str, severity: Severity) -> None:
    assert item_of(alert(info)).topic.severity == severity


@pytest.mark.parametrize(
    ("name", "value", "areas"),
    [
        ("CPEAS Geographic Code", "360403000000", {"360403"}),
        (None, "410000000000,410100000000", {"41", "4101"}),
        ("行政区划代码", "360403001", {"360403001"}),
        ("anything in a Chinese alert", "500101", {"500101"}),
        ("CPEAS Geographic Code", "000000000000", set()),
        ("CPEAS Geographic Code", "36040", set()),
    ],
)
def test_division_codes_become_areas(name: str | None, value: str, areas: set[str]) -> None:
    assert item_of(alert(geocode(value, name))).topic.areas == areas


@pytest.mark.parametrize(("name", "value"), [("SAME", "112033"), ("WARNCELLID", "113053000"), ("CLC", "350600")])
def test_codes_of_other_countries_are_no_division_codes(name: str, value: str) -> None:
    assert item_of(alert(geocode(value, name).replace("zh-CN", "en-US"))).topic.areas == frozenset()


def test_a_geocode_of_cap_1_0_is_one_text() -> None:
    info = f"{INFO}<area><areaDesc>a</areaDesc><geocode>adcode=360403</geocode></area>"
    assert item_of(alert(info)).topic.areas == {"360403"}


def test_a_national_alert_without_area_counts_for_the_area_of_its_office() -> None:
    assert item_of(alert(identifier="36040041600000_20261122110000")).topic.areas == {"3604"}


def test_chinese_goes_before_other_languages() -> None:
    english = "<language>en-US</language><headline>orange rainstorm warning</headline>"
    body = alert(f"{english}</info><info><language>zh-HK</language><headline>黃雨</headline></info><info>{INFO}")
    item = item_of(body)
    assert (item.title, item.facts["languages"], item.facts["language"]) == (
        "星湖气象台发布暴雨橙色预警",
        "en-US zh-HK zh-CN",
        "zh-CN",
    )


def test_blocks_of_one_language_add_to_each_other() -> None:
    second = "<language>zh-CN</language><event>暴雨</event><severity>Extreme</severity><description>乙</description>"
    item = item_of(alert(f"{INFO}<description>甲</description></info><info>{second}"))
    assert (item.body, item.topic.severity) == ("甲\n\n乙", Severity.RED)


@pytest.mark.parametrize(
    ("sent", "published"),
    [
        ("2026-11-22 10:45:00+08:00", datetime(2026, 11, 22, 10, 45, tzinfo=CHINA)),
        ("2026-11-22T02:45:00-00:00", datetime(2026, 11, 22, 10, 45, tzinfo=CHINA)),
        ("2026-11-22T02:45:00Z", datetime(2026, 11, 22, 10, 45, tzinfo=CHINA)),
        ("2026-11-22T10:45:00.123", datetime(2026, 11, 22, 10, 45, 0, 123000, tzinfo=CHINA)),
        ("2569-11-22T09:45:00+07:00", datetime(2026, 11, 22, 9, 45, tzinfo=timezone(timedelta(hours=7)))),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_read_in_all_their_forms(sent: str, published: datetime | None) -> None:
    reading = read(alert(sent=sent))
    assert reading.items[0].published == published
    assert bool(reading.problems) is (published is None)


def test_times_stand_in_the_facts_with_their_zone() -> None:
    facts = item_of(alert(f"{INFO}<onset/><expires>2026-11-22 18:00:00</expires>")).facts
    assert facts["expires"] == "2026-11-22T18:00:00+08:00"
    assert "onset" not in facts


@pytest.mark.parametrize(
    ("references", "follows"),
    [
        ("a,1,2026-11-22T10:00:00+08:00", ("cap:a,1", "cap:qx@xinghu.example,1")),
        ("qx@xinghu.example,1,t\n\tqx@xinghu.example,2,t", ("cap:qx@xinghu.example,1", "cap:qx@xinghu.example,2")),
        ("qx@xinghu.example,1,t,qx@xinghu.example,2,t", ("cap:qx@xinghu.example,1", "cap:qx@xinghu.example,2")),
        ("36040041600000_20261122100000", ("cap:qx@xinghu.example,36040041600000_20261122100000",)),
        (
            "36040041600000_20261122100000,36040041600000_20261122090000",
            (
                "cap:qx@xinghu.example,36040041600000_20261122100000",
                "cap:qx@xinghu.example,36040041600000_20261122090000",
            ),
        ),
    ],
)
def test_references_lead_to_the_keys_of_what_is_updated(references: str, follows: tuple[str, ...]) -> None:
    assert item_of(alert(msgType="Update", more=f"<references>{references}</references>")).follows == follows


def test_an_update_that_names_itself_follows_what_had_its_identifier_before() -> None:
    own = "<references>qx@xinghu.example,XH-1,2026-11-22T10:00:00+08:00</references>"
    assert item_of(alert(msgType="Update", more=own)).follows == ("cap:qx@xinghu.example,XH-1",)
    assert item_of(alert(msgType="Alert", more=own)).follows == ()


def test_a_changed_time_of_sending_is_the_same_alert() -> None:
    assert item_of(alert()).key == item_of(alert(sent="2026-11-22T11:30:00+08:00")).key


@pytest.mark.parametrize("references", ["", "<references/>"])
def test_a_cancel_that_names_nothing_is_doubtful(references: str) -> None:
    reading = read(alert(msgType="Cancel", more=references))
    assert reading.items[0].follows == ()
    assert any("no references" in problem for problem in reading.problems)


@pytest.mark.parametrize(
    "body",
    [
        alert(None, msgType="Cancel", more="<references>a,1,t</references>"),
        alert(msgType="Cancel", more="<references>a,1,t</references>"),
        alert(f"{INFO}<responseType>AllClear</responseType><urgency>Past</urgency>", msgType="Update"),
        alert("<event>Tsunami Cancellation</event><urgency>Past</urgency><responseType>None</responseType>"),
        alert(
            f"{INFO}<parameter><valueName>layer:EC-MSC-SMC:1.1:Alert_Location_Status</valueName>"
            "<value>ended</value></parameter>"
        ),
    ],
    ids=["cancel without info", "cancel", "all-clear", "cancellation by event", "parameter"],
)
def test_every_way_to_say_that_it_is_over_is_understood(body: bytes) -> None:
    assert item_of(body).facts["allClear"] == "yes"


def test_what_ends_in_one_area_only_is_not_over() -> None:
    ended = f"{INFO}<parameter><valueName>Alert_Location_Status</valueName><value>ended</value></parameter>"
    assert "allClear" not in item_of(alert(f"{ended}</info><info>{INFO}")).facts


@pytest.mark.parametrize("status", ["Exercise", "Test", "Draft", "System"])
def test_what_is_not_real_says_so(status: str) -> None:
    assert item_of(alert(status=status)).facts["status"] == status


def test_an_alert_without_status_is_doubtful() -> None:
    assert any("no status" in problem for problem in read(alert(status=None)).problems)


def test_mark_up_and_slot_marks_do_not_reach_the_words() -> None:
    info = (
        "<headline>a\ue000name\ue001 &lt;b&gt;b&lt;/b&gt;</headline>"
        "<description>&lt;p&gt;一&lt;/p&gt;&lt;p&gt;二&lt;/p&gt;</description>"
    )
    item = item_of(alert(info))
    assert (item.title, item.body) == ("aname b", "一\n\n二")


@pytest.mark.parametrize("web", ["javascript:alert(1)", "/relative", "ftp://a.example/", "http://["])
def test_only_web_addresses_are_linked(web: str) -> None:
    assert item_of(alert(f"{INFO}<web>{web}</web>")).url == "https://alerts.example/now.xml"


def test_the_address_that_an_alert_gives_goes_first() -> None:
    assert item_of(alert(f"{INFO}<web>https://qx.example/1</web>")).url == "https://qx.example/1"


def test_resources_become_attachments() -> None:
    resource = "<resource><resourceDesc>雨量图</resourceDesc><mimeType>image/png</mimeType><uri>https://qx.example/a.png</uri></resource>"
    embedded = "<resource><resourceDesc>a</resourceDesc><derefUri>QUJD</derefUri></resource>"
    assert item_of(alert(INFO + resource + embedded)).attachments == (("雨量图", "https://qx.example/a.png"),)


def test_the_officer_on_duty_is_nobodys_business() -> None:
    body = alert(f"{INFO}<senderName>张三</senderName>", identifier="36040041600000_20261122110000")
    item = item_of(body)
    assert "张三" not in repr(item)
    assert item.issuer == "星湖气象台"


def test_alerts_without_identifier_are_told_apart_by_their_words() -> None:
    one, other = item_of(alert(identifier=None)), item_of(alert("<headline>别的</headline>", identifier=None))
    assert one.key != other.key
    assert any("no identifier" in problem for problem in read(alert(identifier=None)).problems)


def test_what_contradicts_itself_is_said_and_read_all_the_same() -> None:
    times = "<onset>2026-11-22T12:00:00+08:00</onset><expires>2026-11-22T11:00:00+08:00</expires>"
    reading = read(alert(f"{INFO}{times}<effective>soon</effective>"))
    assert len(reading.items) == 1
    assert [problem.partition(": ")[2] for problem in reading.problems] == [
        "effective cannot be read as a time",
        "it expires before it begins",
    ]


def test_geometry_of_any_kind_is_passed_over() -> None:
    area = (
        "<area><areaDesc>a</areaDesc><polygon/><polygon>8.7),-68.1 1,2</polygon><polygon>1,190 2,3</polygon>"
        "<circle>1,2 0</circle><geocode><valueName>EXCLUDE_POLYGON</valueName><value>1,2 3,4</value></geocode></area>"
    )
    assert item_of(alert(INFO + area)).facts["areaDesc"] == "a"


ELEMENTS = [
    *("identifier", "sender", "sent", "status", "msgType", "references", "info", "event"),
    *("headline", "severity", "area", "geocode", "web", "language"),
]


@given(
    st.recursive(
        st.text(alphabet="a1,:-+TZ年红 \ue000é\u202e", max_size=12),
        lambda inner: st.lists(st.tuples(st.sampled_from(ELEMENTS), inner), max_size=5).map(
            lambda children: "".join(f"<{name}>{text}</{name}>" for name, text in children)
        ),
        max_leaves=20,
    )
)
def test_alerts_of_any_make_are_read(inner: str) -> None:
    reading = read(f"<alert>{inner}</alert>".encode())
    assert reading.kind == "alert"
    for item in reading.items:
        assert 0 < len(item.key) <= 200
        assert item.title
        assert "\ue000" not in repr(item)


def test_outlines_of_all_areas_are_kept_whole_and_circles_in_kilometres() -> None:
    ring = "29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9"
    areas = f"<area><areaDesc>一</areaDesc><polygon>{ring}</polygon></area><area><circle>29.7,115.9 5</circle></area>"
    facts = item_of(alert(f"{INFO}{areas}<area><polygon>{ring}</polygon><polygon/></area>")).facts
    assert (facts["polygons"], facts["circles"]) == (ring, "29.7,115.9 5")
    national = item_of(alert(f"{INFO}{areas}", identifier="36040341600000_20261122110000")).facts
    assert national["circles"] == "29.7,115.9 0.005"
    too_long = item_of(alert(f"{INFO}<area><polygon>{ring * 5_000}</polygon></area>")).facts
    assert "polygons" not in too_long


def test_what_a_source_draws_on_a_chinese_map_is_put_right() -> None:
    settings = SourceSettings(kind="cap", url="https://alerts.example/now.xml", datum="gcj-02")
    found = item_of(alert(f"{INFO}<area><circle>29.71,115.99 5</circle></area>"))
    item, _ = item_of_alert("weather", settings, found)
    assert item.facts["circles"].startswith("29.712")
    assert item.facts["circles"].endswith(" 5")
    assert item.facts["event"] == "暴雨"
