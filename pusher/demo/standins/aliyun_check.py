"""Whether Alibaba Cloud would take a short message: numbers, sign, template, values. Gives a code, "" = good."""

import json
import re
from collections.abc import Mapping

_NUMBER = re.compile(r"(?:(?:\+|00)?86)?1[3-9]\d{9}|(?!86)[1-9]\d{6,14}")

#: Variables of a filed template: "${name}".
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")

_LINK = re.compile(r"https?://", re.IGNORECASE)

#: Characters that the platform takes neither in templates nor in values.
_ODD = re.compile("[\U0001f000-\U0001faff【】〖〗『』「」²•①★※→❤™]")

#: Most numbers of a request, and characters of a variable and of an OutId.
MOST_NUMBERS, LONGEST_VALUE, LONGEST_OUT_ID = 1000, 35, 255


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


def code_of(told: Mapping[str, str], *, signs: frozenset[str], templates: Mapping[str, str]) -> str:
    """`signs` and `templates` (code → wording) of the account; empty = any will do."""
    numbers = told.get("PhoneNumbers", "").split(",")
    if len(numbers) > MOST_NUMBERS:
        return "isv.MOBILE_COUNT_OVER_LIMIT"
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        return "isv.MOBILE_NUMBER_ILLEGAL"
    if not told.get("SignName") or (signs and told["SignName"] not in signs):
        return "isv.SMS_SIGNATURE_ILLEGAL"
    if not told.get("TemplateCode") or (templates and told["TemplateCode"] not in templates):
        return "isv.SMS_TEMPLATE_ILLEGAL"
    if len(told.get("OutId", "")) > LONGEST_OUT_ID:
        return "isv.INVALID_PARAMETERS"
    return _code_of_values(told.get("TemplateParam", "{}"), templates.get(told["TemplateCode"], ""))


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
