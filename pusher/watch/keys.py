"""What makes two published things the same thing: their keys. Pure.

A key is the 索引号 where there is one, else site and path: the number by which the CMS knows the article if its address
shows one (the same article stands in several columns, and so at several paths), else the path itself.
"""

import hashlib
import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

#: Parts of a query that say who asked, not for what.
_TRACKING = re.compile(
    r"utm_\w+|from|spm|share\w*|isappinstalled|scene|nsukey|jsessionid|phpsessionid|session\w*|csrf\w*|callback|jsonp|"
    r"referr?er|fbclid|gclid|_",
    re.IGNORECASE,
)
#: Parts of a query that say when: they carry a clock or a random number.
_MOMENT = re.compile(r"(?:_?ts?|time\w*|r|rnd|rand\w*|v|ver\w*)=(?:\d{8,}|0?\.\d+|\d{1,2}\.[\d.]+)", re.IGNORECASE)
#: The number of an article inside its address, by CMS (facts of eleven address dialects).
_NUMBERS = (
    re.compile(r"/(t(?:19|20)\d{6}_\d{3,})(?:_\d+)?\.\w+$"),  # TRS
    re.compile(r"/(art_)\d+_(\d{4,})\.\w+$"),  # JCMS: column and article
    re.compile(r"/(art_[0-9a-f]{24,})\.\w+$"),  # JCMS, newer
    re.compile(r"/(post_\d{4,})\.\w+$"),  # Guangdong
    re.compile(r"/(content_\d{5,})\.\w+$"),
    re.compile(r"/([0-9a-f]{32})(?:/c)?\.\w+$"),
    re.compile(r"/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.\w+$"),
)
_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:s?html?|jsp|aspx?|php)$", re.IGNORECASE)
_INDEX_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z/._ -]{7,}", re.IGNORECASE)
#: 统一社会信用代码: an index number that begins with it is unique in the whole country.
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}[^0-9A-Z]", re.IGNORECASE)


def keys(
    url: str = "", *, index_number: str = "", identifier: str = "", title: str = "", page: str = ""
) -> tuple[str, ...]:
    """Every name of one thing, the one to store first; never empty, each at most 200 characters.

    What has no address is named by its `identifier`, else its title, on the list at `page`.
    """
    site = _site(url or page)
    found = [_index_key(index_number, site), url_key(url) if url else ""]
    if identifier and not url:
        found.append(f"{site}#{identifier}")
    if not any(found):
        found.append(f"{url_key(page)}#{_digest(title)}")
    return tuple(dict.fromkeys(_short(key) for key in found if key))


def url_key(url: str) -> str:
    """Site and article number, else site, path and the meaningful part of the query; without scheme and "www."."""
    parts = _split(url)
    path = _SESSION.sub("", parts.path)
    site = _site(url)
    for number in _NUMBERS:
        match = number.search(path.lower())
        if match:
            return f"{site}/{''.join(match.groups())}"
    path = quote(unquote(re.sub(r"/{2,}", "/", path)), safe="/:@!$&'()*+,;=~")
    asked = sorted((name, value) for name, value in parse_qsl(parts.query) if _is_asked_for(name, value))
    query = f"?{urlencode(asked)}" if asked else ""
    route = f"#{parts.fragment}" if parts.fragment.startswith(("/", "!")) else ""
    return site + (_INDEX_PAGE.sub("", path).rstrip("/") or "/") + query + route


def _is_asked_for(name: str, value: str) -> bool:
    return bool(value) and not _TRACKING.fullmatch(name) and not _MOMENT.fullmatch(f"{name}={value}")


def is_index_number(text: str) -> bool:
    """Whether `text` can be a 索引号: it names an office and a serial number, and is not a lone word or year."""
    return bool(_INDEX_NUMBER.fullmatch(text)) and sum(letter.isdigit() for letter in text) >= 8


def _index_key(number: str, site: str) -> str:
    """Older index numbers are unique only at their own site."""
    if not is_index_number(number):
        return ""
    return number.upper() if _CREDIT_CODE.match(number + "/") else f"{site}#{number.upper()}"


def _split(url: str) -> SplitResult:
    """The parts of an address; what is none is all path."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def _site(url: str) -> str:
    parts = _split(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}:{port}" if port not in {None, 80, 443} else host


def _short(key: str) -> str:
    return key if len(key) <= 200 else f"{key[:160]}~{_digest(key)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
