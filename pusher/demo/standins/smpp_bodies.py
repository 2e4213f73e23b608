"""What the stand-in of a message centre brings: bodies of deliver_sm, put together octet by octet. Pure."""

import time
from collections.abc import Iterator
from typing import Final, Literal

#: How receipts say it: in optional parameters, in words, or both.
Form = Literal["both", "options", "words"]

#: message_state by the word of a textual receipt.
_STATES: Final = {"ENROUTE": 1, "DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "REJECTD": 8}

#: network_error_code of GSM.
_GSM: Final = b"\x03"


def receipt(message_id: str, *, of: str, to: str, end: str, form: Form) -> bytes:
    """How a message to `of` ended; `end` is its state and the network's error ("UNDELIV:001")."""
    stat, _, error = end.partition(":")
    now, count = time.strftime("%y%m%d%H%M"), "001" if stat == "DELIVRD" else "000"
    words = f"id:{message_id} sub:001 dlvrd:{count} submit date:{now} done date:{now} stat:{stat} "
    words += f"err:{error or '000'} text:"
    options = option(0x001E, message_id.encode() + b"\0") + option(0x0427, bytes((_STATES.get(stat, 7),)))
    if error.strip("0"):
        options += option(0x0423, _GSM + int(error).to_bytes(2, "big"))
    body = brought(of, to, 0x04, 0, words.encode() if form != "options" else b"")
    return body + (options if form != "words" else b"")


def written(sender: str, to: str, words: str) -> Iterator[bytes]:
    """What somebody writes, in as many pieces as it takes."""
    octets = words.encode("utf-16-be")
    if len(octets) <= 140:
        yield brought(sender, to, 0, 8, octets)
        return
    pieces = [octets[at : at + 134] for at in range(0, len(octets), 134)]
    for number, piece in enumerate(pieces, start=1):
        yield brought(sender, to, 0x40, 8, bytes((5, 0, 3, 9, len(pieces), number)) + piece)


def brought(source: str, to: str, esm_class: int, coding: int, words: bytes) -> bytes:
    """The body of a deliver_sm without its optional parameters."""
    addresses = b"\0\x01\x01" + source.encode() + b"\0\0\x01" + to.encode() + b"\0"
    return addresses + bytes((esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(words))) + words


def option(tag: int, value: bytes) -> bytes:
    """An optional parameter."""
    return tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
