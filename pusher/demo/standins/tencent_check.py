"""Whether Tencent Cloud would take a short message: numbers, sign, template, values. Gives a code, "" = good."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})", re.ASCII)
_ABROAD = re.compile(r"\+(?!86)[1-9]\d{6,14}", re.ASCII)

#: Variables of a filed template: "{1}".
_VARIABLE = re.compile(r"\{(\d+)\}")

_LINK = re.compile(r"https?://", re.IGNORECASE)

#: Most numbers of a request, and bytes of a session context.
MOST_NUMBERS, LONGEST_CONTEXT = 200, 511

#: The fields of SendSms; the gateway refuses any other.
_FIELDS = frozenset(
    {"PhoneNumberSet", "SmsSdkAppId", "SignName", "TemplateId", "TemplateParamSet"}
    | {"SessionContext", "ExtendCode", "SenderId"}
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, read."""

    names: frozenset[str]
    numbers: list[str]
    app_id: str
    sign: str
    template: str
    values: list[str]
    context: str

    def text(self, wording: str) -> str:
        """What stands on the phone, without the sign."""
        if not wording:
            return "，".join(self.values)
        return _VARIABLE.sub(lambda found: self.values[int(found[1]) - 1], wording)


def sent(body: bytes) -> Sent | None:
    """The request; None where it is no JSON object, or its lists are none of texts."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    numbers, values = told.get("PhoneNumberSet", []), told.get("TemplateParamSet", [])
    if not all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in (numbers, values)):
        return None
    app_id, sign, template, context = (
        str(told.get(name, "")) for name in ("SmsSdkAppId", "SignName", "TemplateId", "SessionContext")
    )
    return Sent(frozenset(told), numbers, app_id, sign, template, values, context)


def full(number: str) -> str:
    """The number as the gateway writes it ("+86…")."""
    found = _MAINLAND.fullmatch(number)
    return f"+86{found[1]}" if found else number


def code_of_request(
    told: Sent, *, app_id: str, signs: frozenset[str], templates: Mapping[str, str], longest: int
) -> str:
    """What refuses a request as a whole; `signs` and `templates` (number → wording): empty = any will do."""
    if told.names - _FIELDS:
        return "UnknownParameter"
    if told.app_id != app_id:
        return "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
    if not told.sign or (signs and told.sign not in signs):
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    if not told.template or (templates and told.template not in templates):
        return "FailedOperation.TemplateIncorrectOrUnapproved"
    if len(told.context.encode()) > LONGEST_CONTEXT:
        return "InvalidParameter.InvalidParameters"
    return _code_of_numbers(told.numbers) or _code_of_values(told.values, templates.get(told.template), longest)


def code_of_number(number: str) -> str:
    """What refuses one number of a good request."""
    is_number = _MAINLAND.fullmatch(number) or _ABROAD.fullmatch(number)
    return "" if is_number else "InvalidParameterValue.IncorrectPhoneNumber"


def _code_of_numbers(numbers: list[str]) -> str:
    if not numbers:
        return "MissingParameter.EmptyPhoneNumberSet"
    if len(numbers) > MOST_NUMBERS:
        return "LimitExceeded.PhoneNumberCountLimit"
    abroad = [bool(_ABROAD.fullmatch(number)) for number in numbers]
    return "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber" if any(abroad) != all(abroad) else ""


def _code_of_values(values: list[str], wording: str | None, longest: int) -> str:
    if wording is not None and len(set(_VARIABLE.findall(wording))) != len(values):
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    if any(len(value) > longest for value in values):
        return "InvalidParameterValue.TemplateParameterLengthLimit"
    if any(_LINK.search(value) for value in values):
        return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
    return ""
