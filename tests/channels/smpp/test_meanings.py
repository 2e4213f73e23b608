"""What statuses and receipts mean."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import consts

from channels.carrier.layout import WireError
from channels.carrier.said import End, Written
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome
from channels.smpp import pdus
from channels.smpp.reports import Habits, Writing, number_of, read
from channels.smpp.statuses import login_refusal, refusal

_NUMBER = "8613800000001"
_TEXT = "id:A1 sub:001 dlvrd:001 submit date:2611220930 done date:2611220931 stat:{} err:{} text:stat:DELIVRD"

_TEMPORARY = (0x05, 0x08, 0x14, 0x45, 0x58, 0x64, 0x65, 0x66, 0xFE, 0xFF)

#: Every status of SMPP 3.4, as a foreign library lists them.
_ALL = {
    value: name
    for name, value in vars(consts).items()
    if name.startswith("SMPP_ESME_R") and isinstance(value, int) and 0 < value <= 0xFF
}


def test_every_status_of_a_foreign_list_has_its_fate() -> None:
    assert len(_ALL) > 40
    for status, name in _ALL.items():
        failure = refusal(status, {})
        expected: type[SendError] = TechnicalFailure
        if status in _TEMPORARY:
            expected = TemporaryFailure
        elif status == 0x0B:
            expected = PermanentFailure
        assert type(failure) is expected, name
        assert failure.code.startswith("ESME_R"), name
        assert failure.detail


@pytest.mark.parametrize("status", [0x09, 0x10, 0x34000, 0x400, 0x4FF])
def test_an_unknown_status_passes_by(status: int) -> None:
    failure = refusal(status, {})
    assert (type(failure), failure.code) == (TemporaryFailure, f"{status:#06x}")


@pytest.mark.parametrize("status", [0x14, 0x58])
def test_a_centre_that_has_too_much_is_given_peace(status: int) -> None:
    failure = refusal(status, {})
    assert isinstance(failure, TemporaryFailure)
    assert (failure.retry_after, failure.in_doubt) == (1.0, False)


def test_the_operator_says_what_a_centres_own_statuses_mean() -> None:
    own = {0x401: "dead", 0x402: "slower", 0x403: "ours", 0x0B: "later"}
    kinds: list[type[SendError]] = [PermanentFailure, TemporaryFailure, TechnicalFailure, TemporaryFailure]
    assert [type(refusal(status, own)) for status in own] == kinds  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((each, TechnicalFailure) for each in (0x04, 0x0B, 0x0D, 0x0E, 0x0F, 0x53)),
        *((each, TemporaryFailure) for each in (0x05, 0x08, 0x58, 0x401)),
    ],
)
def test_a_refused_login_closes_no_address(status: int, kind: type[SendError]) -> None:
    assert type(login_refusal(status, {})) is kind


def _receipt(text: str = "", **options: bytes) -> pdus.DeliverSm:
    tags = {"number": 0x1E, "state": 0x427, "network": 0x423}
    given = {tags[name]: value for name, value in options.items()}
    return pdus.DeliverSm(_NUMBER, "10690", 0x04, 0, text.encode(), options=given)


def _end(deliver: pdus.DeliverSm, habits: Habits | None = None) -> End:
    end = read(deliver, habits or Habits())
    assert isinstance(end, End)
    return end


@pytest.mark.parametrize(
    ("state", "stat", "outcome"),
    [
        (2, "DELIVRD", Outcome.DELIVERED),
        (3, "EXPIRED", Outcome.TEMPORARY),
        (4, "DELETED", Outcome.TEMPORARY),
        (5, "UNDELIV", Outcome.TEMPORARY),
        (7, "UNKNOWN", Outcome.TEMPORARY),
        (8, "REJECTD", Outcome.TEMPORARY),
    ],
)
def test_a_receipt_says_the_same_in_parameters_and_in_words(state: int, stat: str, outcome: Outcome) -> None:
    at = datetime(2026, 11, 22, 1, 31, tzinfo=UTC)
    in_words = _end(_receipt(_TEXT.format(stat, "000")))
    assert in_words == End("A1", outcome, stat, at)
    assert _end(_receipt(number=b"A1\0", state=bytes((state,)))) == End("A1", outcome, stat, None)
    both = _receipt(_TEXT.format(stat, "000"), number=b"A1\0", state=bytes((state,)))
    assert _end(both) == in_words


@pytest.mark.parametrize("state", [0, 1, 6])
def test_what_is_on_its_way_is_no_end(state: int) -> None:
    assert read(_receipt(number=b"A1\0", state=bytes((state,))), Habits()) is None
    words = {0: "SCHEDLD", 1: "ENROUTE", 6: "ACCEPTD"}[state]
    assert read(_receipt(_TEXT.format(words, "000")), Habits()) is None


def test_a_notice_from_underway_is_passed_over() -> None:
    assert read(pdus.DeliverSm(_NUMBER, "10690", 0x20, 0, _TEXT.format("DELIVRD", "000").encode()), Habits()) is None


@pytest.mark.parametrize(
    ("network", "outcome", "code", "detail"),
    [
        (b"\x03\x00\x01", Outcome.PERMANENT, "UNDELIV:3-1", "nobody has this number"),
        (b"\x03\x00\x1b", Outcome.TEMPORARY, "UNDELIV:3-27", "the phone is switched off or out of reach"),
        (b"\x02\x00\x01", Outcome.TEMPORARY, "UNDELIV:2-1", ""),
        (b"\x03\x01\x00", Outcome.TEMPORARY, "UNDELIV:3-256", ""),
        (b"\x03\x00\x00", Outcome.TEMPORARY, "UNDELIV", ""),
        (b"\x03", Outcome.TEMPORARY, "UNDELIV", ""),
    ],
)
def test_the_networks_error_says_why(network: bytes, outcome: Outcome, code: str, detail: str) -> None:
    end = _end(_receipt(number=b"A1\0", state=b"\x05", network=network))
    assert (end.outcome, end.code, end.detail) == (outcome, code, detail)


def test_a_delivered_message_is_delivered_whatever_the_network_adds() -> None:
    end = _end(_receipt(number=b"A1\0", state=b"\x02", network=b"\x03\x00\x01"))
    assert (end.outcome, end.code) == (Outcome.DELIVERED, "DELIVRD")


def test_an_error_in_words_closes_a_number_only_where_the_operator_says_so() -> None:
    receipt = _receipt(_TEXT.format("UNDELIV", "069"))
    assert (_end(receipt).outcome, _end(receipt).code) == (Outcome.TEMPORARY, "UNDELIV:069")
    assert _end(receipt, Habits(dead_errors=frozenset({"069"}))).outcome is Outcome.PERMANENT


def test_the_words_of_our_message_are_no_part_of_its_receipt() -> None:
    text = "ID:A1 Stat:UNDELIV Err:001 Text:id:B2 stat:DELIVRD"
    assert (_end(_receipt(text)).number, _end(_receipt(text)).outcome) == ("A1", Outcome.TEMPORARY)


@pytest.mark.parametrize("text", ["", "id:A1", "stat:DELIVRD", "text:id:A1 stat:DELIVRD"])
def test_a_receipt_that_says_too_little_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        read(_receipt(text), Habits())


def test_whoever_writes_what_looks_like_a_receipt_has_written_words() -> None:
    forged = pdus.DeliverSm(_NUMBER, "10690", 0, 0, _TEXT.format("DELIVRD", "000").encode())
    assert isinstance(read(forged, Habits()), Written)


@pytest.mark.parametrize(
    ("answer", "receipt", "in_answer", "in_receipt"),
    [
        ("A1", "161", "hex", "decimal"),
        ("161", "a1", "decimal", "hex"),
        ("000161", "161", "decimal", "decimal"),
        ("zz", "zz", "hex", "decimal"),
        ("A1", "A1", "as_is", "as_is"),
    ],
)
def test_numbers_that_are_written_in_two_ways_are_alike(
    answer: str, receipt: str, in_answer: Writing, in_receipt: Writing
) -> None:
    assert number_of(answer, in_answer) == number_of(receipt, in_receipt)


@pytest.mark.parametrize(
    "deliver",
    [
        pdus.DeliverSm(_NUMBER, "1", 0x40, 8, b"\x05\x00\x03\x07\x02\x01" + "退订".encode("utf-16-be")),
        pdus.DeliverSm(_NUMBER, "1", 0x40, 8, b"\x06\x08\x04\x00\x07\x02\x01" + "退订".encode("utf-16-be")),
        pdus.DeliverSm(
            *(_NUMBER, "1", 0, 8),
            options={0x20C: b"\x00\x07", 0x20E: b"\x02", 0x20F: b"\x01", 0x424: "退订".encode("utf-16-be")},
        ),
    ],
)
def test_a_piece_of_a_long_text_says_where_it_belongs(deliver: pdus.DeliverSm) -> None:
    written = read(deliver, Habits())
    assert isinstance(written, Written)
    assert (written.reference, written.total, written.at) == (7, 2, 1)
    assert written.content.decode(written.codec) == "退订"


def test_a_piece_that_belongs_nowhere_is_whole() -> None:
    options = {0x20C: b"\x00\x07", 0x20E: b"\xff" * 9, 0x20F: b"\x01"}
    written = read(pdus.DeliverSm(_NUMBER, "1", 0, 0, b"TD", options=options), Habits())
    assert isinstance(written, Written)
    assert (written.total, written.at) == (1, 1)


@given(
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=200),
    st.dictionaries(st.sampled_from([0x1E, 0x427, 0x423, 0x424, 0x20C, 0x20E, 0x20F]), st.binary(max_size=80)),
)
def test_whatever_is_brought_is_read_or_refused(
    esm_class: int, coding: int, words: bytes, options: dict[int, bytes]
) -> None:
    try:
        said = read(pdus.DeliverSm(_NUMBER, "1", esm_class, coding, words, options=options), Habits())
    except WireError:
        return
    assert said is None or isinstance(said, (End, Written))
