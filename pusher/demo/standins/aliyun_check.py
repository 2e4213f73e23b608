"""Whether Alibaba Cloud would take a short message: numbers, sign, template, values. Gives a code, "" = good."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"(?:(?:\+|00)?86)?1[3-9]\d{9}|(?!86)[1-9]\d{6,14}")

#: Variables of a filed template: "${name}".
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")

_LINK = re.compile(r"https?://", re.IGNORECASE)

#: Characters that the platform takes neither in templates nor in values.
_ODD = re.compile("[\U0001f000-\U0001faff【】〖〗『』「」²•①★※→❤™]")

#: Most numbers of SendSms and of SendBatchSms, and characters of a variable and of an OutId.
MOST_NUMBERS, MOST_PERSONAL, LONGEST_VALUE, LONGEST_OUT_ID = 1000, 100, 35, 255


#: A run of percent-encoded bytes.
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def form(*encoded: str) -> dict[str, str]:
    """The values of a query and a form body; urllib's own decoder is slow on Chinese."""
    pairs = (pair.partition("=") for part in encoded for pair in part.split("&") if pair)
    return {_decoded(name): _decoded(value) for name, _, value in pairs}


def _decoded(text: str) -> str:
    return _ENCODED.sub(
        lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace"), text.replace("+", " ")
    )


def bare(number: str) -> str:
    """The number without the mainland's prefix."""
    digits = number.removeprefix("+").removeprefix("00")
    return digits[2:] if digits.startswith("86") and len(digits) == 13 else digits


@dataclass(frozen=True, slots=True)
class Letter:
    """What one number is to get."""

    #: As it was asked for, without the mainland's prefix.
    number: str
    sign: str
    #: TemplateParam: a JSON object.
    param: str
    #: Whether it is a number at all.
    is_good: bool


def single(told: Mapping[str, str]) -> list[Letter] | str:
    """What SendSms asks for; a code where it is too much."""
    numbers = told.get("PhoneNumbers", "").split(",")
    if len(numbers) > MOST_NUMBERS:
        return "isv.MOBILE_COUNT_OVER_LIMIT"
    sign, param = told.get("SignName", ""), told.get("TemplateParam", "{}")
    return [_letter(number, sign, param) for number in numbers]


def several(told: Mapping[str, str]) -> list[Letter] | str:
    """What SendBatchSms asks for: three JSON arrays of one length; a code where they are not that."""
    numbers, signs = (_array(told.get(name, "")) for name in ("PhoneNumberJson", "SignNameJson"))
    params = _array(told.get("TemplateParamJson", "[]"))
    if numbers is None or signs is None or params is None:
        return "isv.INVALID_JSON_PARAM"
    if len(numbers) > MOST_PERSONAL:
        return "isv.MOBILE_COUNT_OVER_LIMIT"
    if len(numbers) != len(signs) or len(params) not in (0, len(numbers)):
        return "isv.INVALID_PARAMETERS"
    written = [json.dumps(each, ensure_ascii=False) for each in params] or ["{}"] * len(numbers)
    return [_letter(str(number), str(sign), param) for number, sign, param in zip(numbers, signs, written, strict=True)]


def _letter(number: str, sign: str, param: str) -> Letter:
    return Letter(bare(number), sign, param, bool(_NUMBER.fullmatch(number)))


def _array(text: str) -> list[object] | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, list) else None


def code_of(
    told: Mapping[str, str], letters: Sequence[Letter], *, signs: frozenset[str], templates: Mapping[str, str]
) -> str:
    """`signs` and `templates` (code → wording) of the account; empty = any will do."""
    if not all(letter.is_good for letter in letters):
        return "isv.MOBILE_NUMBER_ILLEGAL"
    if not all(letter.sign and (not signs or letter.sign in signs) for letter in letters):
        return "isv.SMS_SIGNATURE_ILLEGAL"
    if not told.get("TemplateCode") or (templates and told["TemplateCode"] not in templates):
        return "isv.SMS_TEMPLATE_ILLEGAL"
    if len(told.get("OutId", "")) > LONGEST_OUT_ID:
        return "isv.INVALID_PARAMETERS"
    wording = templates.get(told["TemplateCode"], "")
    return next(filter(None, (_code_of_values(param, wording) for param in {each.param for each in letters})), "")


def values(param: str) -> dict[str, str] | None:
    """The values of TemplateParam; None where it is no JSON object of texts."""
    try:
        told = json.loads(param)
    except ValueError:
        return None
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        return None
    return told


def _code_of_values(param: str, wording: str) -> str:
    told = values(param)
    if told is None:
        return "isv.INVALID_JSON_PARAM"
    if set(_VARIABLE.findall(wording)) - told.keys():
        return "isv.TEMPLATE_MISSING_PARAMETERS"
    if not all(1 <= len(value) <= LONGEST_VALUE for value in told.values()):
        return "isv.PARAM_LENGTH_LIMIT"
    if any(_LINK.search(value) for value in told.values()):
        return "isv.PARAM_NOT_SUPPORT_URL"
    return "isv.UNSUPPORTED_CONTENT" if any(_ODD.search(value) for value in told.values()) else ""


def text(sign: str, wording: str, told: Mapping[str, str]) -> str:
    """What stands on the phone."""
    words = _VARIABLE.sub(lambda found: told.get(found[1], ""), wording) if wording else "，".join(told.values())
    return f"【{sign}】{words}"
