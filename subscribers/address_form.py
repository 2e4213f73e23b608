"""How an address of each kind is written: checking it, its one normal form, and what of it may be shown. Pure.

The sentences are for residents and for the departments that keep lists, so they are Chinese; none repeats the value.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

#: Most characters of an address (RFC 3986 sets none; RFC 5321 allows 254 for mail).
LONGEST = 2048

#: Characters without width that phones and web pages put around copied numbers.
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF))
_PHONE_SEPARATORS = dict.fromkeys(map(ord, " \t-()./·‐‑‒–—―−"))
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})", re.ASCII)
_DIALLED = re.compile(r"\+?\d{5,20}", re.ASCII)
_OPENID = re.compile(r"[-_A-Za-z0-9]{16,64}", re.ASCII)
#: A member's account (userid). "|" separates several, "@all" is everybody.
_USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", re.ASCII)
#: A place at a push service; nothing that could lead elsewhere ("@", "\\", blanks).
_ENDPOINT = re.compile(r"https://[A-Za-z0-9.-]{3,200}(?::\d{1,5})?/[A-Za-z0-9._~:/?&=%+-]{1,1200}", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
#: What nearly every mailbox looks like; anything else takes the long way through email-validator.
_PLAIN_MAILBOX = re.compile(
    r"(?=.{1,64}@.{1,189}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?!.*--)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}",
    re.ASCII,
)


class AddressError(ValueError):
    """The text is not an address of its kind; `str()` says what is wrong with it, in Chinese, without the text."""


def normalise(kind: str, text: str) -> str:
    """The one form in which an address is stored and sent to. Raises AddressError.

    phone → E.164 ("+8613800138000"); email → domain in lower case and ASCII; openid, wecom and url → as they are.
    """
    form = _FORMS.get(kind)
    if form is None:
        raise AddressError(f"没有“{kind}”这种地址，可用的有：{'、'.join(_FORMS)}")
    cleaned = (text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_INVISIBLE)).strip()
    if not cleaned:
        raise AddressError(f"{form.name}是空的")
    if len(cleaned) > LONGEST:
        raise AddressError(f"{form.name}太长")
    return form.normalise(cleaned)


def identity(kind: str, value: str) -> str:
    """What equal addresses share: `value` (normalised), for mail in lower case as every provider treats it.

    A browser is known by its place at the push service: its keys may change.
    """
    if kind == "web_push":
        return str(json.loads(value)["endpoint"])
    return value.lower() if kind == "email" else value


def hint(kind: str, value: str) -> str:
    """What staff may see of a normalised address: "138****8000", "z***@example.com", "oABC…"; ≤ 64 characters."""
    form = _FORMS.get(kind)
    return (form.hint(value) if form else mask(value))[:64]


def mask(text: str) -> str:
    """What a report may show of any text: its ends ("330****34"), of short ones only the first character."""
    if len(text) < 9:
        return text[:1] + "*" * min(len(text) - 1, 3) if text else ""
    return f"{text[:3]}****{text[-2:]}"


def _phone(text: str) -> str:
    if mobile := _MOBILE.fullmatch(text):
        return "+86" + mobile[1]
    dialled = text.translate(_PHONE_SEPARATORS)
    if mobile := _MOBILE.fullmatch(dialled):
        return "+86" + mobile[1]
    if not _DIALLED.fullmatch(dialled):
        raise AddressError("电话号码里有数字以外的字符，或位数不对")
    return _other_phone(dialled)


def _other_phone(dialled: str) -> str:
    # Imported when first needed: its tables take 23 MB, and nearly all numbers are Chinese mobile ones.
    import phonenumbers  # noqa: PLC0415

    try:
        number = phonenumbers.parse(dialled, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise AddressError("没有这样的电话号码：手机号应为 11 位，固定电话要带区号")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _phone_hint(value: str) -> str:
    if value.startswith("+861") and len(value) == 14:
        return f"{value[3:6]}****{value[-4:]}"
    return f"{value[:3]}****{value[-3:]}"


def _email(text: str) -> str:
    if _PLAIN_MAILBOX.fullmatch(text):
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    if text.count("@") != 1:
        raise AddressError("邮箱地址里应当正好有一个 @")
    try:
        # Mail domains of an intranet ("….local") are real ones here; whether a server answers shows when sending.
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise AddressError("邮箱地址的写法不对") from None
    if "." not in found.ascii_domain or found.ascii_domain[-1].isdigit():
        raise AddressError("邮箱地址 @ 后面的域名不完整")
    return f"{found.local_part}@{found.ascii_domain.lower()}"


def _email_hint(value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}***@{domain}"


def _openid(text: str) -> str:
    if not _OPENID.fullmatch(text):
        raise AddressError("openid 应为 28 位左右的字母、数字、- 或 _")
    return text


def _openid_hint(value: str) -> str:
    return value[:4] + "…"


def _wecom(text: str) -> str:
    if not _USERID.fullmatch(text):
        raise AddressError("企业微信账号应为 1 至 64 位的字母、数字、_、-、@ 或 .")
    return text


def _url(text: str) -> str:
    if any(character.isspace() or not character.isprintable() for character in text):
        raise AddressError("网址里有空白或不可见的字符")
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise AddressError("网址应以 https:// 或 http:// 开头，并写明主机")
    if parts.username is not None:
        raise AddressError("网址里不要写用户名和密码")
    return text


def _url_hint(value: str) -> str:
    # The path of a robot's address is its secret.
    return f"{urlsplit(value).scheme}://{urlsplit(value).hostname}/…"


def _web_push(text: str) -> str:
    """What a browser's PushSubscription gives as JSON, in one form: {"endpoint", "keys": {"p256dh", "auth"}}."""
    try:
        given = json.loads(text)
        endpoint, keys = given["endpoint"], given["keys"]
        p256dh, auth = (keys[name].rstrip("=") for name in ("p256dh", "auth"))
        is_right = _ENDPOINT.fullmatch(endpoint) and (len(p256dh), len(auth)) == (87, 22)
        is_right = is_right and _BASE64URL.fullmatch(p256dh + auth) and p256dh.startswith("B")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        is_right = None
    if not is_right:
        raise AddressError("不是浏览器给出的推送地址")
    return json.dumps({"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}, separators=(",", ":"))


def _web_push_hint(value: str) -> str:
    return f"{urlsplit(json.loads(value)['endpoint']).hostname}/…"


def _apprise(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    if not mark or not rest or not (scheme.isascii() and scheme.isalnum()):
        raise AddressError("Apprise 网址应写成 ntfys://… 的样子")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise AddressError("Apprise 网址里有空白或不可见的字符")
    return text


def _apprise_hint(value: str) -> str:
    # Everything behind it may be a secret.
    return f"{value.partition('://')[0]}://…"


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    normalise: Callable[[str], str]
    hint: Callable[[str], str]


_FORMS: Mapping[str, _Form] = {
    "phone": _Form("电话号码", _phone, _phone_hint),
    "email": _Form("邮箱地址", _email, _email_hint),
    "openid": _Form("openid", _openid, _openid_hint),
    "url": _Form("网址", _url, _url_hint),
    "web_push": _Form("浏览器推送地址", _web_push, _web_push_hint),
    "wecom_bot": _Form("企业微信机器人网址", _url, _url_hint),
    "dingtalk_bot": _Form("钉钉机器人网址", _url, _url_hint),
    "feishu_bot": _Form("飞书机器人网址", _url, _url_hint),
    "apprise": _Form("Apprise 网址", _apprise, _apprise_hint),
    "wecom": _Form("企业微信账号", _wecom, mask),
}

#: The kinds of address that a person can have, in no order.
KINDS = tuple(_FORMS)
