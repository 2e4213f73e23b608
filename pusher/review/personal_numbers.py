"""Finds identity card, mobile and bank card numbers. Pure.

An identity number has a birth date and the check digit of GB 11643 (mod 11-2). Luhn alone is a false alarm on pages of
governments, so a bank card needs a key word. A mobile beside 联系人 or 咨询 is an office's and stays.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from pusher.review.personal import Kind, Span, digits_of

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
#: What an identity number begins with: the province of GB/T 2260.
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_GAP = "[ -]{0,2}"
_ID = re.compile(rf"(?<!\d)(?=((?:\d{_GAP}){{17}}[\dXx])(?!\d))")
_KEYED_ID = re.compile(rf"(?:身份证|证件)件?(?:号码|号)?[^\d\n]{{0,6}}((?:\d{_GAP}){{14,17}}[\dXx])(?![\dXx])")
_CREDIT_CODE = re.compile(r"(?:信用代码|索引号|机构代码|税号|识别号)[^\d\n]{0,8}$")
_BANK = re.compile(r"(?<![\dA-Za-z])(?=((?:\d[ -]?){15,18}\d)(?![\dA-Za-z]))")
_BANK_KEY = re.compile(r"(?:卡号|账号|帐号|账户|帐户|开户|银行卡|一卡通|存折|收款)[^\n]{0,20}$")
#: In one piece or cut 3-4-4, 3-3-5, 4-3-4, or digit by digit; other cuts are columns of figures.
_MOBILE_SHAPES = (
    r"1[3-9]\d{9}",
    r"1[3-9]\d[ -]{1,2}\d{4}[ -]{1,2}\d{4}",
    r"1[3-9]\d[ -]{1,2}\d{3}[ -]{1,2}\d{5}",
    r"1[3-9]\d{2}[ -]{1,2}\d{3}[ -]{1,2}\d{4}",
    r"1[3-9]\d[._]\d{4}[._]\d{4}",
    r"1[3-9]\d[ -]\d{8}",
    r"1 [3-9](?: \d){9}",
)
_MOBILE = re.compile(rf"(?<![\dA-Za-z])(?:(?:\+|00)?86[ -]?)?({'|'.join(_MOBILE_SHAPES)})(?![\dA-Za-z])")
#: Beside these a number is an office's.
_OFFICIAL = re.compile(
    r"(?:联系人|联系电话|联系方式|联系科室|咨询|监督|举报|投诉|热线|服务电话|办公电话|值班|受理电话|报名电话|电话:|传真"
    r"|经办人|工作人员|负责人)[^\n]{0,30}$"
)
#: With one of these before it on its line a number is a person's, whatever else stands there.
_PERSONS = re.compile(
    r"姓名|户主|申请人|申报人|监护人|法定代表人|受助人|家长|学生|考生|患者|身份证|本人|持卡人|领取人|残疾人:|救助对象:"
)
#: So much of the line before a number is read.
_CONTEXT = 200
_RUN = re.compile(rf"\d(?:{_GAP}[\dXx])*")


def number_spans(flat: str) -> list[Span]:
    """The numbers of persons in a narrowed text; what is personal in one place is so wherever it stands again."""
    taken = bytearray(len(flat))
    spans = list(_free((*_ids(flat), *_banks(flat), *_mobiles(flat)), taken))
    secrets = {digits_of(flat[span.start : span.end]).upper(): span for span in spans}
    return [*spans, *_free(_again(flat, secrets), taken)]


def is_identity_number(digits: str) -> bool:
    """Whether 18 characters are an identity card number: province, birth date and check digit."""
    if len(digits) != 18 or not _PROVINCE.match(digits) or not _is_date(digits[6:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:17], strict=True))
    return _CHECKS[total % 11] == digits[17].upper()


def _free(spans: Iterable[Span], taken: bytearray) -> Iterator[Span]:
    """The spans that overlap no earlier one."""
    for span in spans:
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            yield span


def _ids(flat: str) -> Iterator[Span]:
    for found in _ID.finditer(flat):
        if is_identity_number(digits_of(found.group(1))) and not _CREDIT_CODE.search(_before(flat, found.start(1))):
            yield Span(Kind.ID, *found.span(1), head=6, tail=4)
    for found in _KEYED_ID.finditer(flat):
        yield Span(Kind.ID, *found.span(1), head=6, tail=4, key="身份证")


def _banks(flat: str) -> Iterator[Span]:
    for found in _BANK.finditer(flat):
        if _passes_luhn(digits_of(found.group(1))) and _BANK_KEY.search(_before(flat, found.start(1))):
            yield Span(Kind.BANK, *found.span(1), head=4, tail=4, key="账号")


def _mobiles(flat: str) -> Iterator[Span]:
    for found in _MOBILE.finditer(flat):
        before = _before(flat, found.start(1))
        if _PERSONS.search(before) or not _OFFICIAL.search(before):
            yield Span(Kind.MOBILE, *found.span(1), head=3, tail=4)


def _again(flat: str, secrets: dict[str, Span]) -> Iterator[Span]:
    """Every place where the digits of a secret stand, whatever is beside them."""
    lengths = sorted({len(digits) for digits in secrets}, reverse=True)
    for run in _RUN.finditer(flat) if secrets else ():
        places = [place for place in range(*run.span()) if flat[place] not in " -"]
        digits = "".join(flat[place] for place in places).upper()
        for length in lengths:
            for start in range(len(digits) - length + 1):
                known = secrets.get(digits[start : start + length])
                if known:
                    end = places[start + length - 1] + 1
                    yield Span(known.kind, places[start], end, known.head, known.tail, known.key)


def _before(flat: str, place: int) -> str:
    """What stands before it on its line."""
    start = max(flat.rfind("\n", 0, place) + 1, place - _CONTEXT)
    return flat[start:place]


def _is_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
