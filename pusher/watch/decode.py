"""Bytes to text, in the order in which Chinese sites can be believed. Pure; never raises.

Byte order mark, what the document declares, what the header says (unless it says ISO-8859-1 or ASCII, which servers
send for everything), and only then what the bytes look like. gb2312 and gbk are read as gb18030, which holds both.
"""

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: A declaration stands in the head of the document; some heads hold long styles before it.
_HEAD = 65536
_DECLARED = re.compile(
    rb"""<meta\b[^>]{0,200}?\bcharset\s*=\s*["']?\s*([\w.:-]{2,20})|<\?xml\b[^>]{0,100}?\bencoding\s*=\s*["']([\w.:-]{2,20})""",
    re.I,
)
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,20})""", re.IGNORECASE)

#: Chinese encodings that gb18030 contains.
_GB = frozenset({"gb2312", "gbk", "gb18030", "hz"})
#: What servers send without having looked.
_MEANINGLESS = frozenset({"iso8859-1", "ascii", "cp1252"})
#: Encodings that the detector may choose from (UTF-16 is never sent without its mark, and fits any short title).
_PLAUSIBLE = ["utf_8", "gb18030", "big5"]
_SAMPLE = 32768
#: Share of letters that may be broken before another encoding is tried.
_BROKEN = 0.002
#: So many characters outside ASCII cannot be valid UTF-8 by chance.
_NO_CHANCE = 8


def decode(body: bytes, content_type: str = "") -> tuple[str, str]:
    """The text, without byte order mark, and the name of the encoding that was read ("utf-8", "gb18030" …)."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), encoding
    for encoding in (*_surely_utf8(body), *_declared(body), *_in_header(content_type), *_looks_like(body)):
        text = body.decode(encoding, "replace")
        if text.count("\ufffd") <= len(text) * _BROKEN:
            return text, encoding
    return _least_broken(body)


def _surely_utf8(body: bytes) -> tuple[str, ...]:
    """Pages moved to UTF-8 keep their old declaration; long text that is valid UTF-8 is nothing else."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return ()
    return ("utf-8",) if len(body) - len(text) >= 2 * _NO_CHANCE else ()


def _declared(body: bytes) -> tuple[str, ...]:
    """What the document says of itself; JSON says nothing, whatever pages it may quote."""
    if body.lstrip()[:1] in {b"{", b"["}:
        return ()
    match = _DECLARED.search(body[:_HEAD])
    return _known((match[1] or match[2]).decode("ascii", "replace")) if match else ()


def _in_header(content_type: str) -> tuple[str, ...]:
    match = _IN_HEADER.search(content_type)
    return tuple(name for name in _known(match[1]) if name not in _MEANINGLESS) if match else ()


def _known(name: str) -> tuple[str, ...]:
    """Python's name of the encoding, widened to the one that contains it; empty if there is none of that name."""
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, ValueError):
        return ()
    if not isinstance(found, codecs.CodecInfo) or not getattr(found, "_is_text_encoding", True):
        return ()
    if found.name in _GB:
        return ("gb18030",)
    return ("big5hkscs",) if found.name == "big5" else (found.name,)


def _looks_like(body: bytes) -> tuple[str, ...]:
    """UTF-8 where the bytes are that, else the detector's word."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(body[:_SAMPLE], cp_isolation=_PLAUSIBLE).best()
        return _known(best.encoding) if best else ()
    return ("utf-8",)


def _least_broken(body: bytes) -> tuple[str, str]:
    """Damaged bytes: the reading with the fewest losses."""
    texts = [(body.decode(encoding, "replace"), encoding) for encoding in ("utf-8", "gb18030")]
    return min(texts, key=lambda read: read[0].count("\ufffd"))
