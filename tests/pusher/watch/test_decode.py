"""Bytes become text whatever the server says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.watch.decode import decode

TEXT = "浔阳区人民政府关于做好2026年困难群众救助工作的通知"


@pytest.mark.parametrize(
    ("body", "header", "encoding"),
    [
        (TEXT.encode(), "", "utf-8"),
        (TEXT.encode(), "text/html; charset=ISO-8859-1", "utf-8"),
        (TEXT.encode(), "text/html; charset=gbk", "utf-8"),
        (TEXT.encode("gb18030"), "text/html; charset=GB2312", "gb18030"),
        (TEXT.encode("gb18030"), "text/html", "gb18030"),
        (TEXT.encode("gb18030"), "text/html; charset=utf-8", "gb18030"),
        (TEXT.encode("gb18030"), "text/html; charset=no-such-thing", "gb18030"),
        (TEXT.encode("gb18030"), "text/html; charset=hex", "gb18030"),
        (b'<meta charset="utf-8">' + TEXT.encode("gb18030"), "", "gb18030"),
        (
            b"<meta http-equiv='Content-Type' content='text/html; charset=gb2312' />" + TEXT.encode("gb18030"),
            "text/html; charset=utf-8",
            "gb18030",
        ),
        (b"<?xml version='1.0' encoding='GB2312'?>" + TEXT.encode("gb18030"), "", "gb18030"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=gbk", "utf-8"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "", "utf-16-le"),
        (b'<meta charset="big5">' + "臺北縣政府公告".encode("big5"), "", "big5hkscs"),
        (b"plain", "", "utf-8"),
        (b"", "", "utf-8"),
    ],
)
def test_every_way_to_say_an_encoding(body: bytes, header: str, encoding: str) -> None:
    text, found = decode(body, header)
    assert found == encoding
    assert "\ufffd" not in text


def test_a_page_with_a_few_broken_bytes_is_still_what_it_says() -> None:
    text, encoding = decode(b'<meta charset="utf-8">' + (TEXT * 50).encode() + b"\xe6\xb5")
    assert encoding == "utf-8"
    assert text.count(TEXT) == 50


def test_json_says_nothing_of_its_encoding_whatever_it_quotes() -> None:
    body = '{"html": "<meta charset=gbk>", "t": "通知"}'.encode()
    assert decode(body) == (body.decode(), "utf-8")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=12, max_size=200))
def test_chinese_in_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    assert decode(text.encode(), "text/html; charset=gb2312") == (text, "utf-8")


@given(st.binary(max_size=500), st.text(max_size=40))
def test_no_bytes_and_no_header_raise(body: bytes, header: str) -> None:
    text, encoding = decode(body, header)
    assert isinstance(text, str)
    assert encoding
