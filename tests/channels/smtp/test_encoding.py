import base64
import email
import email.policy
import re
from email.header import decode_header
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from channels.slots import Pattern, as_is, slot, strip_marks
from channels.smtp.encoding import BodyText, HeaderText

#: Text as it may come from anywhere, with control characters, line ends of all kinds, halves of pairs and emoji.
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\r\n.=? 告\U0001f6b0")), max_size=200)

#: Words with slots in any places, side by side too.
WORDS = st.lists(st.one_of(ANY_TEXT.map(strip_marks), st.just(slot("name")), st.just(slot("area"))), max_size=8).map(
    "".join
)
VALUES = st.fixed_dictionaries({"name": ANY_TEXT, "area": ANY_TEXT})


def _shown(text: str) -> str:
    """What a text part is to say: line ends as CRLF, no other control characters, nothing that is not Unicode."""
    kept = "".join(char for char in text if char in "\t\r\n" or not (ord(char) < 32 or ord(char) == 127))
    lines = kept.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\r\n".join(lines).encode("utf-8", "replace").decode()


@given(WORDS, VALUES)
def test_a_body_decodes_to_the_filled_words(words: str, values: dict[str, str]) -> None:
    pattern = Pattern.of(words)
    encoded = BodyText(words, escape).fill(values)
    expected = "".join(
        _shown(piece)
        for literal, value in zip(
            pattern.literals, [*(escape(strip_marks(values[name])) for name in pattern.names), ""], strict=True
        )
        for piece in (literal, value)
    )
    assert base64.b64decode(encoded).decode() == expected


@given(WORDS, VALUES)
def test_a_body_is_nothing_but_short_ascii_lines(words: str, values: dict[str, str]) -> None:
    encoded = BodyText(words, as_is).fill(values)
    assert encoded == b"" or encoded.endswith(b"\r\n")
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert line.isascii()
        assert not line.startswith((b".", b"-"))
        assert b"\n" not in line
        assert b"\r" not in line


@given(WORDS, VALUES)
def test_a_header_reads_as_the_filled_words(words: str, values: dict[str, str]) -> None:
    raw = b"Subject: " + HeaderText(words).fill(values) + b"\r\n\r\n"
    for line in raw.split(b"\r\n")[:-2]:
        assert len(line) <= 76
        assert line.isascii()
        assert line.startswith((b"Subject: ", b" =?utf-8?b?"))
    (name,) = email.message_from_bytes(raw, policy=email.policy.default).keys()
    assert name == "Subject"
    folded = raw.removeprefix(b"Subject: ").removesuffix(b"\r\n\r\n").decode()
    assert _line(_decoded(folded)) == _line(Pattern.of(words).fill(values))


def _decoded(header: str) -> str:
    """The header as Python's own decoder reads it."""
    return "".join(
        word if isinstance(word, str) else word.decode(charset or "ascii") for word, charset in decode_header(header)
    )


def _line(text: str) -> str:
    """What a header is to say: control characters as white space, runs of it as one, nothing that is not Unicode."""
    return re.sub("[ \x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).encode("utf-8", "replace").decode()


def test_a_plain_header_stays_readable_and_others_are_encoded() -> None:
    assert HeaderText("Water off on Monday").fill({}) == b"Water off on Monday"
    for telling in ("停水", "=?utf-8?b?5YGc?=", "x" * 61, " padded"):
        assert HeaderText(telling).fill({}).startswith(b"=?utf-8?b?")


def test_white_space_beside_a_slot_is_kept() -> None:
    raw = b"Subject: " + HeaderText(f"Dear {slot('name')} , hello").fill({"name": "Zhang San"}) + b"\r\n\r\n"
    assert str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"]) == "Dear Zhang San , hello"


def test_a_missing_value_is_an_empty_one() -> None:
    assert base64.b64decode(BodyText(f"给{slot('name')}的", as_is).fill({})).decode() == "给的"
    assert HeaderText(slot("name")).fill({}) == b""
