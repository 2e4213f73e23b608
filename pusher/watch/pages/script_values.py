"""The values that a script is written with: JSON in it, object literals that are no JSON, mark-up in its strings. Pure.

Nothing is run. What is more than a literal (a call, an addition) ends the value that is being read.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

#: A longer script is a library.
_LONGEST = 2_000_000
#: No more characters than this are read of what turns out to be no literal.
_MOST_WASTED = 200_000
_START = re.compile(r"(?:[=:(,]|return)\s*(?=\[\s*[\[{]|\{\s*[\"'\w$/])")
_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_$][\w$]*)
    |(?P<mark>[\[\]{},:])""",
    re.VERBOSE | re.DOTALL,
)
_STRING = re.compile(r"""'((?:[^'\\]|\\.){8,})'|"((?:[^"\\]|\\.){8,})"|`((?:[^`\\]|\\.){8,})`""", re.DOTALL)
_WORDS = {"true": "true", "false": "false", "null": "null", "undefined": "null", "NaN": "null"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "\n": ""}


def values(script: str) -> Iterator[Any]:
    """The arrays and objects in a script, outermost first, each once."""
    end, wasted = 0, 0
    for start in _START.finditer(script[:_LONGEST]):
        if start.end() < end:
            continue
        value, place = _json(script, start.end()) or _literal(script, start.end())
        if value:
            end = place
            yield value
        else:
            wasted += place - start.end()
        if wasted > _MOST_WASTED:
            return


def markup(script: str) -> str:
    """The strings of a script that hold links or rows, put together; "" if it writes none."""
    found = (match[1] or match[2] or match[3] for match in _STRING.finditer(script[:_LONGEST]))
    pieces = [_unescaped(text) for text in found if "<" in text]
    whole = "\n".join(pieces)
    return whole if re.search(r"<a\s[^>]*href", whole) and not re.search(r"\{\{|\$\{|<%", whole) else ""


def _json(script: str, start: int) -> tuple[Any, int] | None:
    try:
        return json.JSONDecoder().raw_decode(script, start)
    except (ValueError, RecursionError):
        return None


def _literal(script: str, start: int) -> tuple[Any, int]:
    """A literal with bare names, single quotes or commas too many, by way of JSON; None if it is none, and its end."""
    written: list[str] = []
    depth, place = 0, start
    while match := _TOKEN.match(script, place):
        place = match.end()
        piece = _as_json(match)
        if piece in {"]", "}"} and written and written[-1] == ",":
            written.pop()
        if piece:
            written.append(piece)
        depth += (piece in {"[", "{"}) - (piece in {"]", "}"})
        if depth == 0 and piece:
            return _loaded(written), place
    return None, place


def _as_json(match: re.Match[str]) -> str:
    if match["string"]:
        return json.dumps(_unescaped(match["string"][1:-1]))
    if match["word"]:
        return _WORDS.get(match["word"], json.dumps(match["word"]))
    return "" if match["blank"] else match[0]


def _loaded(written: list[str]) -> Any:
    try:
        return json.loads("".join(written))
    except (ValueError, RecursionError):
        return None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", _character, text, flags=re.DOTALL)


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _ESCAPES.get(match[3], match[3])
