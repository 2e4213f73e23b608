"""Fields of a provider's filed template: reading `name: value` lines, and what providers accept as values. Pure."""

import re
from collections.abc import Mapping

from channels.slots import OPEN
from channels.sms_text import units
from templates.filters import cut

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\s*[:：]\s*(.*)")
#: What Alibaba Cloud takes in no value (its pages on template variables); others are no more lenient.
_ODD = re.compile("[\U0001f000-\U0001faff•①★※→❤™²]")
_ADDRESS = re.compile(r"https?://[!-~]*", re.IGNORECASE)
_BRACKETS = str.maketrans("【】〖〗「」『』", "（）（）“”‘’")
_TYPE = re.compile(r"([a-z_]+?)[0-9]+")

#: Most characters of WeChat's typed values; types that are not listed have no documented limit.
_LIMITS = {"thing": 20, "number": 32, "symbol": 5, "character_string": 32, "phrase": 5}
#: Types whose values are not free text, so that nothing can be printed before them.
_TIGHT = frozenset(
    {"amount", "car_number", "character_string", "date", "letter", "name", "number", "phone_number", "phrase"}
    | {"symbol", "time"}
)


def read_fields(text: str) -> dict[str, str]:
    """The fields in their order. Raises ValueError for a line that is not `name: value` and for a repeated name."""
    fields: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(line)
        if not found:
            raise ValueError(f"renders a line that is not “name: value” but begins with “{line[:20]}”")
        name, value = found.groups()
        if name in fields:
            raise ValueError(f"names the field {name} twice; keep one of them")
        fields[name] = value
    return fields


def first_free(fields: Mapping[str, str]) -> str:
    """The name of the first field that takes any text. Raises ValueError if there is none."""
    for name in fields:
        if _wechat_type(name) not in _TIGHT:
            return name
    raise ValueError("has no field of free text, so a drill cannot be marked; begin with a field like thing1")


def wechat_value(name: str, value: str) -> str:
    """`value` as WeChat takes it for the field `name` ("thing1"): things are cut. Raises ValueError for the rest."""
    kind = _wechat_type(name)
    if kind == "thing":
        return cut(value, _LIMITS["thing"])
    if OPEN not in value and units(value) > _LIMITS.get(kind, units(value)):
        raise ValueError(f"makes {name} longer than the {_LIMITS[kind]} characters that WeChat takes; use cut")
    return value


def sms_value(_name: str, value: str) -> str:
    """`value` as SMS gateways take it: addresses, emoji and the brackets of signatures have them refuse the message."""
    return " ".join(_ODD.sub("", _ADDRESS.sub("", without_signs(value))).split())


def without_signs(text: str) -> str:
    """`text` with other brackets for 【】, in which an SMS names its sender: a title must not pass for a signature."""
    return text.translate(_BRACKETS)


def _wechat_type(name: str) -> str:
    found = _TYPE.fullmatch(name)
    return found.group(1) if found else ""
