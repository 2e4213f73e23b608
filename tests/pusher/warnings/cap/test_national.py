"""The profile of the national system, both ways."""

from datetime import datetime

import pytest

from pusher.clock import CHINA
from pusher.warnings.cap import national, write
from pusher.warnings.cap.block import Block, block
from pusher.warnings.cap.check import check
from pusher.warnings.cap.read import read

_AT = datetime(2026, 11, 27, 18, 30, tzinfo=CHINA)


def _alert(**changed: str) -> Block:
    said = {"identifier": "36040341600000_20261127183000", "msgType": "Alert", "references": "", **changed}
    return block(
        ("identifier", said["identifier"]),
        ("sender", "36040341600000"),
        ("sent", _AT.isoformat()),
        ("status", "Actual"),
        ("msgType", said["msgType"]),
        ("scope", "Public"),
        ("references", said["references"]),
        (
            "info",
            block(
                ("language", "zh-CN"),
                ("category", "Met"),
                ("event", "暴雨"),
                ("urgency", "Unknown"),
                ("severity", "Extreme"),
                ("certainty", "Unknown"),
                ("eventCode", block(("valueName", "12379"), ("value", "11B03"))),
                ("effective", _AT.isoformat()),
                ("senderName", "浔阳区气象台"),
                ("headline", "浔阳区气象台发布暴雨红色预警"),
                ("description", "预计未来3小时降雨量将达100毫米以上。"),
                ("instruction", "停止户外活动。"),
                ("parameter", block(("valueName", "ColorCode"), ("value", "Red"))),
                (
                    "area",
                    block(
                        ("areaDesc", "浔阳区"),
                        ("circle", "29.7,115.9 2.5"),
                        ("geocode", block(("valueName", "CPEAS Geographic Code"), ("value", "360403000000"))),
                    ),
                ),
            ),
        ),
    )


def test_what_goes_to_the_platform_and_back_says_the_same() -> None:
    document = national.write(_alert(), methods=[("SMS", "浔阳区发布暴雨红色预警")])
    assert check(document).errors == ()
    back = national.to_cap(read(document).alerts[0].block)
    assert read(write.write(back)).alerts[0].block.blocks("info") == _alert().blocks("info")


def test_times_have_a_blank_and_circles_metres() -> None:
    document = national.write(_alert()).decode()
    assert "<sendTime>2026-11-27 18:30:00+08:00</sendTime>" in document
    assert "<circle>29.7,115.9 2500</circle>" in document
    assert "<severity>Red</severity>" in document


def test_an_end_names_the_first_message_only() -> None:
    first = "36040341600000_20261127120000"
    second = "36040341600000_20261127150000"
    times = {first: "2026-11-27T12:00:00+08:00", second: "2026-11-27T15:00:00+08:00"}
    chain = " ".join(f"36040341600000,{identifier},{sent}" for identifier, sent in times.items())
    document = national.write(_alert(msgType="Cancel", references=chain), first=first).decode()
    assert f"<references>{first}</references>" in document
    assert "<msgType>Cancel</msgType>" in document


def test_the_officer_who_signed_is_not_passed_on() -> None:
    document = national.write(_alert()).decode().replace("<senderName/>", "<senderName>王某某</senderName>")
    assert b"\xe7\x8e\x8b\xe6\x9f\x90" not in write.write(national.to_cap(read(document.encode()).alerts[0].block))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("36040341600000_20261127183000", "2026-1", "form"),
        ("2026-11-27 18:30:00+08:00</sendTime>", "2026-11-27T18:30:00+08:00</sendTime>", "form"),
        ("<severity>Red<", "<severity>Extreme<", "word"),
        ("<eventType>11B03<", "<eventType><", "missing"),
        ("<geocode>360403000000<", "<geocode>36040<", "geocode"),
        ("<msgType>Alert<", "<msgType>Cancle<", "word"),
        ("<msgType>Alert<", "<msgType>Update<", "references"),
    ],
)
def test_a_message_that_the_platform_would_refuse_is_told(old: str, new: str, rule: str) -> None:
    document = national.write(_alert()).decode()
    assert old in document
    assert rule in {error.rule for error in check(document.replace(old, new).encode()).errors}


def test_an_identifier_is_made_of_sender_and_time() -> None:
    assert national.identifier("36040341600000", _AT) == "36040341600000_20261127183000"
    with pytest.raises(ValueError, match="14 digits"):
        national.identifier("3604", _AT)


def test_the_file_has_the_name_that_the_platform_wants() -> None:
    assert national.file_name(_alert()) == "36040341600000_20261127183000_11B03_RED_ALERT.XML"
