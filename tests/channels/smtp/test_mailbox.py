import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from channels.smtp.mailbox import wire_mailbox


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("zhang.san+1@example.gov.cn", b"zhang.san+1@example.gov.cn"),
        ("zhang@例子.中国", b"zhang@xn--fsqu00a.xn--fiqs8s"),
        ("张三@例子.中国", "张三@".encode() + b"xn--fsqu00a.xn--fiqs8s"),
    ],
)
def test_an_address_goes_over_the_wire_with_its_domain_in_ascii(address: str, wire: bytes) -> None:
    assert wire_mailbox(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@example.cn",
        "a@",
        "a@b@c.cn",
        "a b@example.cn",
        "a@example.cn>\r\nRCPT TO:<b@example.cn",
        "a@example.cn\r\nBcc: b@example.cn",
        "<a@example.cn>",
        "a@example.cn,b@example.cn",
        '"a"@example.cn',
        "a@-example.cn",
        "张\u2028三@example.cn",
        "a@" + "x" * 64 + ".例子",
        "x" * 65 + "@example.cn",
        "a@" + "example." * 40 + "cn",
    ],
)
def test_what_is_no_address_has_no_way_over_the_wire(address: str) -> None:
    assert wire_mailbox(address) is None


@given(st.one_of(st.text(), st.emails(), st.text().map(lambda text: f"a{text}@example.cn")))
def test_nothing_gets_out_of_the_angle_brackets(text: str) -> None:
    wire = wire_mailbox(text)
    if wire is not None:
        assert wire.count(b"@") == 1
        assert not set(wire) & {*range(33), 127, *b'<>"\\,;:()[]'}


@given(st.emails())
def test_ordinary_addresses_are_taken(address: str) -> None:
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return
    assert wire_mailbox(address) == address.encode()
