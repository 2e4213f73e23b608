"""What codes and reports mean."""

from datetime import UTC, datetime

import pytest

from channels.carrier.layout import WireError
from channels.carrier.pieces import Pieces
from channels.carrier.said import End
from channels.cmpp import pdus
from channels.cmpp.reports import end, number_of, outcome_of, written
from channels.cmpp.results import login_refusal, refusal
from channels.cmpp.wire import encode_report
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome

_NUMBER = "13800000001"


@pytest.mark.parametrize(
    ("results", "kind"),
    [
        ((1, 2, 4, 5, 6, 7, 10, 11, 12), TechnicalFailure),
        ((3, 8, 9, 14, 99, 100, 199, 255), TemporaryFailure),
        ((13,), PermanentFailure),
    ],
)
def test_every_result_has_its_fate(results: tuple[int, ...], kind: type[SendError]) -> None:
    for result in results:
        failure = refusal(result)
        assert (type(failure), failure.code) == (kind, str(result))
        assert not getattr(failure, "in_doubt", False)


def test_flow_control_asks_for_a_pause() -> None:
    failure = refusal(8)
    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after == 1.0


@pytest.mark.parametrize(
    ("status", "kind"), [*((each, TechnicalFailure) for each in (1, 2, 3, 4)), (5, TemporaryFailure)]
)
def test_every_status_of_the_login_has_its_fate(status: int, kind: type[SendError]) -> None:
    assert type(login_refusal(status)) is kind


@pytest.mark.parametrize(
    ("stats", "outcome"),
    [
        (("DELIVRD",), Outcome.DELIVERED),
        (("EXPIRED", "DELETED", "UNDELIV", "REJECTD", "UNKNOWN", "MA:0001", "IC:0151", "XX:9", ""), Outcome.TEMPORARY),
        (("MBBLACK",), Outcome.PERMANENT),
        (("CA:0001", "CB:0001", "DA:0001", "DB:0141", "SA:0001", "SB:0001"), Outcome.TECHNICAL),
    ],
)
def test_every_stat_has_its_outcome(stats: tuple[str, ...], outcome: Outcome) -> None:
    assert {outcome_of(stat) for stat in stats} == {outcome}


def _report(stat: str, done: str = "2611220931", size: int = 60) -> pdus.Deliver:
    content = encode_report(pdus.Report(0xBB05E301E2400001, stat, "2611220930", done, _NUMBER), size)
    return pdus.Deliver(9, "106900001", "GOVTZ", 0, _NUMBER, content, registered_delivery=1)


@pytest.mark.parametrize("size", [60, 71])
def test_a_report_says_what_when_and_of_which_message(size: int) -> None:
    at = datetime(2026, 11, 22, 1, 31, tzinfo=UTC)
    assert end(_report("DELIVRD", size=size)) == End("bb05e301e2400001", Outcome.DELIVERED, "DELIVRD", at)
    assert number_of(0xBB05E301E2400001) == "bb05e301e2400001"
    assert not number_of(0)


def test_accepted_is_no_end() -> None:
    assert end(_report("ACCEPTD")) is None


def test_a_time_that_is_none_is_left_out() -> None:
    told = end(_report("UNDELIV", done="9999999999"))
    assert told is not None
    assert told.at is None


def test_a_report_of_an_unknown_size_is_refused() -> None:
    with pytest.raises(WireError):
        end(pdus.Deliver(9, "", "", 0, _NUMBER, b"stat:DELIVRD", registered_delivery=1))


@pytest.mark.parametrize(
    ("content", "msg_fmt", "udhi", "act", "text"),
    [
        ("退订".encode("utf-16-be"), 8, 0, "stop", "退订"),
        (b"td", 0, 0, "stop", "td"),
        ("退订".encode("gbk"), 0, 0, "stop", "退订"),
        ("收到".encode("gbk"), 15, 0, "text", "收到"),
        (b"\x05\x00\x03\x01\x01\x01" + "谢谢".encode("utf-16-be"), 8, 1, "text", "谢谢"),
    ],
)
def test_what_people_write_is_read(content: bytes, msg_fmt: int, udhi: int, act: str, text: str) -> None:
    for source in (_NUMBER, f"86{_NUMBER}", f"+86{_NUMBER}"):
        deliver = pdus.Deliver(9, "106900001", "GOVTZ", msg_fmt, source, content, tp_udhi=udhi)
        (said,) = Pieces().put(written(deliver), 0.0)
        assert (said.act, said.text, said.address) == (act, text, f"+86{_NUMBER}")
        assert said.event_id == "0000000000000009"
