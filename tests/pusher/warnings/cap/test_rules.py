"""What CAP demands, one thing wrong at a time."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pusher.warnings.cap import shape, write
from pusher.warnings.cap.block import Block, Text, block
from pusher.warnings.cap.check import check
from pusher.warnings.cap.error import InvalidError
from subscribers.region import Point

_GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>36040341600000_20261127183000</identifier>
  <sender>36040341600000</sender>
  <sent>2026-11-27T18:30:00+08:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>zh-CN</language>
    <category>Met</category>
    <event>暴雨</event>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Likely</certainty>
    <onset>2026-11-27T19:00:00+08:00</onset>
    <expires>2026-11-28T07:00:00+08:00</expires>
    <area>
      <areaDesc>浔阳区</areaDesc>
      <polygon>29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9</polygon>
      <circle>29.7,115.9 5</circle>
      <geocode><valueName>CPEAS Geographic Code</valueName><value>360403000000</value></geocode>
    </area>
  </info>
</alert>
"""


def test_a_good_alert_is_ok() -> None:
    assert check(_GOOD.encode()).errors == ()


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("<identifier>36040341600000_20261127183000<", "<identifier>two words<", "identifier", 3),
        ("<sender>36040341600000<", "<sender>a,b<", "identifier", 4),
        ("18:30:00+08:00", "18:30:00Z", "time", 5),
        ("18:30:00+08:00", "18:30:00.5+08:00", "time", 5),
        ("2026-11-27T18:30:00+08:00", "2026-13-27T18:30:00+08:00", "time", 5),
        ("<status>Actual", "<status>Real", "word", 6),
        ("<msgType>Alert<", "<msgType>Cancel<", "references", 2),
        ("<scope>Public</scope>", "<scope>Private</scope>", "scope", 8),
        ("<scope>Public</scope>", "", "missing", 2),
        ("<event>暴雨</event>", "<event>暴雨</event>\n<event>大风</event>", "repeated", 13),
        ("<category>Met</category>", "<colour>red</colour><category>Met</category>", "unknown", 11),
        ("<language>zh-CN</language>", "<language>Chinese!</language>", "language", 10),
        ("2026-11-28T07:00:00", "2026-11-27T18:59:59", "time-order", 17),
        ("29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9", "29.7,115.9 29.8,115.9 29.8,116.0", "polygon", 20),
        ("29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9", "29.7,115.9 29.8,115.9 29.8,116.0 29.9,116", "polygon", 20),
        ("29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9", "115.9,29.7 115.9,29.8 116,29.8 115.9,29.7", "polygon", 20),
        ("29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9", "0,0 1,1 1,0 0,1 0,0", "polygon", 20),
        ("<circle>29.7,115.9 5<", "<circle>29.7,115.9<", "circle", 21),
        ("<circle>29.7,115.9 5<", "<circle>29.7,115.9 -5<", "circle", 21),
        ("<valueName>CPEAS Geographic Code</valueName>", "", "missing", 22),
    ],
)
def test_each_rule_names_the_line(old: str, new: str, rule: str, line: int) -> None:
    assert old in _GOOD
    errors = check(_GOOD.replace(old, new).encode()).errors
    assert [(error.rule, error.line) for error in errors] == [(rule, line)]


def test_elements_in_the_wrong_order_are_told() -> None:
    swapped = _GOOD.replace("  <sender>36040341600000</sender>\n", "").replace(
        "  <status>", "  <sender>36040341600000</sender>\n  <status>"
    )
    assert [(error.rule, error.element) for error in check(swapped.encode()).errors] == [("order", "alert/sender")]


def test_two_languages_must_say_the_same() -> None:
    begin, end = _GOOD.index("  <info>"), _GOOD.index("</info>") + len("</info>\n")
    english = _GOOD[begin:end].replace("zh-CN", "en-US").replace("<category>Met", "<category>Geo")
    errors = check((_GOOD[:end] + english + _GOOD[end:]).encode()).errors
    assert [error.rule for error in errors] == ["parallel"]


def test_a_message_cannot_refer_to_itself() -> None:
    itself = "36040341600000,36040341600000_20261127183000,2026-11-27T18:30:00+08:00"
    document = _GOOD.replace("  <info>", f"  <references>{itself}</references>\n  <info>", 1)
    assert [error.rule for error in check(document.encode()).errors] == ["references"]


def test_an_invalid_alert_is_never_written() -> None:
    with pytest.raises(InvalidError, match="status"):
        write.write(block(("identifier", "x"), ("sender", "y"), ("sent", "2026-11-27T18:30:00+08:00")))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"<alert/>", b"<a><alert/></a>", b"<alert", b"\x00" * 50])
def test_whatever_comes_is_answered(body: bytes) -> None:
    checked = check(body)
    assert not checked.ok
    assert all(error.text for error in checked.errors)


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=3, max_size=12))
@example([(0.0, -0.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0)])
def test_a_written_polygon_is_closed_and_read_again(points: list[Point]) -> None:
    written = shape.write_polygon(points)
    assert written.split()[0] == written.split()[-1]
    try:
        read = shape.polygon(written)
    except ValueError:
        return
    assert shape.write_polygon(read) == written


@given(st.recursive(st.text(max_size=20), lambda below: st.lists(st.tuples(st.text(max_size=8), below), max_size=4)))
def test_no_block_of_whatever_shape_breaks_the_rules(tree: object) -> None:
    from pusher.warnings.cap import national, rules, structure

    alert = _block(tree)
    for errors in (rules.errors(alert), structure.errors(alert, "cap-1.2"), national.errors(alert)):
        assert all(error.text for error in errors)


def _block(tree: object) -> Block:
    children = tree if isinstance(tree, list) else [("identifier", tree)]
    return Block(tuple((name, Text(below) if isinstance(below, str) else _block(below)) for name, below in children), 1)
