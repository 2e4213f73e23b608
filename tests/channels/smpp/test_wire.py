"""The frames of SMPP against octets that were put together by hand from the specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.carrier.frames import Frame, Pdu
from channels.carrier.layout import WireError
from channels.smpp import pdus
from channels.smpp.wire import FRAMING, LONGEST, decode_brought, decode_taken, encode

#: The example of the specification's section 3.2.2, its interface version made 3.4's.
_BIND = bytes.fromhex("0000002f000000020000000000000001534d50503354455354007365637265743038005355424d4954310034010100")

_SUBMIT = pdus.SubmitSm("", 0, 1, "10690", 1, 1, "8613800000001", 0x40, 8, b"\x05\x00\x03\x07\x02\x01\x50\x5c")


def test_the_example_of_the_specification_is_written_as_it_stands_there() -> None:
    bind = pdus.BindTransmitter("SMPP3TEST", "secret08", "SUBMIT1", 0x34, 1, 1, "")
    assert encode(bind, 1) == _BIND


def test_a_message_stands_field_by_field() -> None:
    body = (
        b"\0" + b"\x00\x0110690\0" + b"\x01\x018613800000001\0" + b"\x40\0\0" + b"\0" + b"\0"
        b"\x01\0\x08\0" + b"\x08\x05\x00\x03\x07\x02\x01\x50\x5c"
    )
    header = (16 + len(body)).to_bytes(4, "big") + b"\0\0\0\x04" + b"\0\0\0\0" + b"\0\0\0\x07"
    assert encode(_SUBMIT, 7) == header + body


@pytest.mark.parametrize(
    ("pdu", "octets"),
    [
        (pdus.EnquireLink(), "00000010000000150000000000000009"),
        (pdus.EnquireLinkResp(), "00000010800000150000000000000009"),
        (pdus.Unbind(), "00000010000000060000000000000009"),
        (pdus.UnbindResp(), "00000010800000060000000000000009"),
        (pdus.GenericNack(3), "00000010800000000000000300000009"),
        (pdus.DeliverSmResp(0x64), "0000001180000005000000640000000900"),
        (pdus.DataSmResp(), "0000001180000103000000000000000900"),
    ],
)
def test_answers_bear_the_number_of_what_they_answer(pdu: Pdu, octets: str) -> None:
    assert encode(pdu, 9) == bytes.fromhex(octets)


def test_a_value_that_does_not_fit_names_its_field_and_not_itself() -> None:
    with pytest.raises(WireError, match="password") as raised:
        encode(pdus.BindTransceiver("gov", "geheim" * 20, ""), 1)
    assert "geheim" not in str(raised.value)
    with pytest.raises(WireError, match="password"):
        encode(pdus.BindTransceiver("gov", "密码", ""), 1)
    with pytest.raises(WireError, match="system_id"):
        encode(pdus.BindTransceiver("g\0v", "x", ""), 1)


_RECEIPT_BODY = (
    b"\0\x01\x018613800000001\0\0\x0110690\0\x04\0\0\0\0\0\0\0\0\x05words\x00\x1e\x00\x03A1\0" + b"\x04\x27\x00\x01\x02"
)


def test_what_is_brought_is_read_with_its_optional_parameters() -> None:
    brought = decode_brought(Frame(0x05, 1, _RECEIPT_BODY))
    assert (brought.source_addr, brought.destination_addr, brought.esm_class) == ("8613800000001", "10690", 4)
    assert (brought.words, brought.options) == (b"words", {0x1E: b"A1\0", 0x427: b"\x02"})


def test_data_sm_brings_the_same_in_another_order() -> None:
    body = b"\0\x01\x018613800000001\0\0\x0110690\0\x04\x00\x03" + b"\x04\x24\x00\x05words"
    brought = decode_brought(Frame(0x103, 1, body))
    assert (brought.source_addr, brought.data_coding, brought.words) == ("8613800000001", 3, b"words")


def test_rubbish_behind_the_parameters_is_left_unread() -> None:
    assert decode_brought(Frame(0x05, 1, _RECEIPT_BODY + b"\x04\x27\x00\x09\x01")).options[0x427] == b"\x02"


@pytest.mark.parametrize("length", range(38))
def test_a_body_that_is_too_short_is_refused(length: int) -> None:
    with pytest.raises(WireError):
        decode_brought(Frame(0x05, 1, _RECEIPT_BODY[:length]))


def test_an_answer_may_lack_its_number_but_not_its_end() -> None:
    assert decode_taken(Frame(0x80000004, 1, b"A1\0")).message_id == "A1"
    assert decode_taken(Frame(0x80000004, 1, b"")).message_id == ""
    with pytest.raises(WireError):
        decode_taken(Frame(0x80000004, 1, b"A1"))


@given(st.lists(st.binary(max_size=60), max_size=5), st.integers(1, 40))
def test_frames_are_cut_out_of_any_slices(bodies: list[bytes], size: int) -> None:
    octets = b"".join(
        (16 + len(body)).to_bytes(4, "big") + b"\0\0\0\x05" + b"\0\0\0\x03" + bytes((0, 0, 0, at)) + body
        for at, body in enumerate(bodies)
    )
    buffer, frames = bytearray(), []
    for at in range(0, len(octets), size):
        buffer += octets[at : at + size]
        frames += list(FRAMING.split(buffer))
    assert frames == [Frame(5, at, body, status=3) for at, body in enumerate(bodies)]
    assert not buffer


@pytest.mark.parametrize("length", [0, 15, LONGEST + 1, 0xFFFFFFFF])
def test_a_frame_of_an_impossible_length_is_refused(length: int) -> None:
    with pytest.raises(WireError):
        list(FRAMING.split(bytearray(length.to_bytes(4, "big") + bytes(12))))


@given(st.binary(max_size=300))
def test_whatever_is_brought_is_read_or_refused(body: bytes) -> None:
    for command in (0x05, 0x103):
        try:
            decode_brought(Frame(command, 1, body))
        except WireError:
            continue
