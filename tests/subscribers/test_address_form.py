"""Addresses as people write them, and the one form in which they are kept."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from subscribers.address_form import KINDS, AddressError, hint, identity, mask, normalise


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "+86 138-0013-8000",
        "0086 13800138000",
        "8613800138000",
        "(+86)13800138000",
        "１３８００１３８０００",
        "\u202d13800138000\u202c",
        "138\u200b00138000",
    ],
)
def test_a_mobile_number_has_one_form_however_it_is_written(text: str) -> None:
    assert normalise("phone", text) == "+8613800138000"


@pytest.mark.parametrize(
    ("text", "number"),
    [("0792-8223456", "+867928223456"), ("+852 5123 4567", "+85251234567"), ("+1 (415) 555-2671", "+14155552671")],
)
def test_landlines_and_foreign_numbers_are_taken(text: str, number: str) -> None:
    assert normalise("phone", text) == number


@pytest.mark.parametrize(
    "text", ["1380013800", "110", "12345", "138****8000", "没有", "1-800-FLOWERS", "+", "23800138000"]
)
def test_what_is_no_telephone_number_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        normalise("phone", text)


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("Zhang.Wei@Example.COM", "Zhang.Wei@example.com"),
        ("zhang＠example．com", "zhang@example.com"),
        ("a@mail.local", "a@mail.local"),
        ("zhang@例子.中国", "zhang@xn--fsqu00a.xn--fiqs8s"),
        ("张三@例子.中国", "张三@xn--fsqu00a.xn--fiqs8s"),
    ],
)
def test_a_mailbox_keeps_its_local_part_and_gets_a_plain_domain(text: str, mailbox: str) -> None:
    assert normalise("email", text) == mailbox


@pytest.mark.parametrize(
    "text",
    ["zhang", "a@b", "a@localhost", "a@10.0.0.1", "a..b@c.cn", "<a@b.cn>", "a@b@c.cn", "a@b.cn;c@d.cn", "a@-b.cn"],
)
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        normalise("email", text)


@given(st.from_regex(r"[A-Za-z0-9_.+-]{1,12}@[A-Za-z0-9.-]{1,14}\.[a-z]{2,4}", fullmatch=True))
def test_the_short_way_for_plain_mailboxes_agrees_with_the_validator(text: str) -> None:
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
        expected = f"{found.local_part}@{found.ascii_domain}"
    except EmailNotValidError:
        expected = None
    try:
        assert normalise("email", text) == expected
    except AddressError:
        assert expected is None


def test_openids_are_taken_as_they_are() -> None:
    assert normalise("openid", " oABC-defGHI_jklMNOpqrSTUvwxY ") == "oABC-defGHI_jklMNOpqrSTUvwxY"
    for text in ("wxid_abc", "oABCdef GHIjklMNO1234", "o" * 65):
        with pytest.raises(AddressError):
            normalise("openid", text)


def test_web_addresses_need_a_scheme_and_a_host_and_no_password() -> None:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"
    assert normalise("url", url) == url
    for text in ("ftp://example.com/", "example.com", "https://u:p@example.com/", "https://[", "https://a b/"):
        with pytest.raises(AddressError):
            normalise("url", text)


def _outcome(kind: str, text: str) -> tuple[str, str]:
    try:
        return normalise(kind, text), ""
    except AddressError as error:
        return "", str(error)


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=40))
def test_whatever_is_typed_is_either_taken_or_refused_without_being_repeated(kind: str, text: str) -> None:
    value, sentence = _outcome(kind, text)
    assert bool(value) is not bool(sentence)
    if value:
        assert normalise(kind, value) == value
        assert len(hint(kind, value)) <= 64
    elif len(text.strip()) > 7:
        assert text.strip() not in sentence


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "  ", "\u200b", "x" * 5000])
def test_nothing_and_too_much_are_refused(kind: str, text: str) -> None:
    with pytest.raises(AddressError):
        normalise(kind, text)


def test_an_unknown_kind_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(AddressError, match="phone、email、openid、url"):
        normalise("fax", "1")


def test_case_makes_no_second_mailbox_but_a_second_openid() -> None:
    assert identity("email", "Zhang@example.com") == identity("email", "zhang@example.com")
    assert identity("openid", "oA") != identity("openid", "oa")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613800138000", "138****8000"),
        ("phone", "+867928223456", "+86****456"),
        ("email", "zhang@example.com", "z***@example.com"),
        ("openid", "oABCdefGHIjklMNOpqrSTUvwxYZ1", "oABC…"),
        ("url", "https://oapi.dingtalk.com/robot/send?access_token=x", "https://oapi.dingtalk.com/…"),
        ("fax", "0792822345678", "079****78"),
    ],
)
def test_hints_show_enough_to_recognise_and_too_little_to_use(kind: str, value: str, shown: str) -> None:
    assert hint(kind, value) == shown


@given(st.text(min_size=2))
def test_a_mask_never_shows_the_whole_text(text: str) -> None:
    assert mask(text) != text or set(text[1:]) == {"*"}


@pytest.mark.parametrize(
    ("text", "shown"), [("", ""), ("张", "张"), ("张三", "张*"), ("330602199001011234", "330****34")]
)
def test_masks_of_names_and_numbers(text: str, shown: str) -> None:
    assert mask(text) == shown
