"""Who is meant, as people write it: lists and attributes joined by 且, 或, 非 (and, or, not). Pure.

    低保户 且 (残疾人 或 高龄) 且 非 已搬迁 且 地区=360403 且 年龄段=80以上

A word is the name of a list; `column=value` asks what one of the named lists says of a person, `list.column=value` what
that list says; `地区=` (area) takes a division code, `订阅=` (domain) the code of a domain. Names with blanks or signs
in them stand in quotation marks.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Union

from subscribers.topic import area_code

L = TypeVar("L")
M = TypeVar("M")

#: Bounds of what is read.
LONGEST = 2_000
MOST_WORDS = 60
DEEPEST = 12

_WORDS = {
    "且": "and", "并且": "and", "and": "and", "&": "and", "&&": "and",
    "或": "or", "或者": "or", "or": "or", "|": "or", "||": "or",
    "非": "not", "不是": "not", "not": "not", "!": "not", "！": "not",
}  # fmt: skip
_AREA_WORDS = frozenset({"地区", "区域", "area"})
_DOMAIN_WORDS = frozenset({"订阅", "领域", "domain"})
_QUOTES = {'"': '"', "“": "”", "'": "'", "「": "」"}
_TOKEN = re.compile(r"""[()（）=＝]|"[^"]*"|'[^']*'|“[^”]*”|「[^」]*」|[^\s()（）=＝"“”'「」]+""")
_FOLDED = str.maketrans("（）＝", "()=")


class SelectionError(ValueError):
    """The expression cannot be understood or used; one sentence that says where and what to do."""


@dataclass(frozen=True, slots=True)
class Not(Generic[L]):
    """Whoever is not meant by `of`."""

    of: "Tree[L]"


@dataclass(frozen=True, slots=True)
class All(Generic[L]):
    """Whoever is meant by all of these."""

    of: "tuple[Tree[L], ...]"


@dataclass(frozen=True, slots=True)
class Either(Generic[L]):
    """Whoever is meant by one of these."""

    of: "tuple[Tree[L], ...]"


Tree = Union[L, "Not[L]", "All[L]", "Either[L]"]


@dataclass(frozen=True, slots=True)
class Listed:
    """The members of a list."""

    name: str


@dataclass(frozen=True, slots=True)
class Valued:
    """Those of whom a list says so."""

    column: str
    value: str
    #: Name of the list; "" = any of those that the expression names.
    list: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """Those who live within an area by what a list says, or subscribed to something in it."""

    #: Division code without trailing zeros.
    area: str


@dataclass(frozen=True, slots=True)
class Subscribing:
    """Those who subscribed to a domain."""

    domain: str


#: What stands at the ends of an expression.
Said = Listed | Valued | Within | Subscribing


def parse(text: str) -> Tree[Said]:
    """The expression as a tree. Raises SelectionError."""
    if len(text) > LONGEST:
        raise SelectionError(f"an expression has at most {LONGEST} characters")
    reader = _Reader(text)
    tree = reader.either(0)
    reader.end()
    if not is_bounded(tree):
        raise SelectionError(
            "this says only who is not meant, and would mean everybody else there is: name a list first (名单 且 非 …)"
        )
    return tree


def leaves(tree: Tree[L]) -> Iterator[L]:
    """What stands at the ends, in order."""
    match tree:
        case Not(of):
            yield from leaves(of)
        case All(several) | Either(several):
            for each in several:
                yield from leaves(each)
        case leaf:
            yield leaf


def changed(tree: Tree[Any], change: Callable[[Any], M]) -> Tree[M]:
    """The same tree with other ends."""
    match tree:
        case Not(of):
            return Not(changed(of, change))
        case All(several):
            return All(tuple(changed(each, change) for each in several))
        case Either(several):
            return Either(tuple(changed(each, change) for each in several))
        case leaf:
            return change(leaf)


def is_bounded(tree: Tree[Any]) -> bool:
    """Whether it says who is meant, and not only who is not."""
    match tree:
        case Not(Not(of)):
            return is_bounded(of)
        case Not():
            return False
        case All(several):
            return any(map(is_bounded, several))
        case Either(several):
            return all(map(is_bounded, several))
        case _:
            return True


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    #: Place in the expression, from 1.
    at: int
    is_quoted: bool

    @property
    def word(self) -> str:
        """What joins or turns round, or a sign; "" for a name."""
        return "" if self.is_quoted else _WORDS.get(self.text.lower(), self.text if self.text in "()=" else "")


class _Reader:
    """Reads from left to right; 非 binds closest, then 且, then 或."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        if len(self._tokens) > MOST_WORDS * 3:
            raise SelectionError(f"an expression has at most {MOST_WORDS} lists and values")

    def either(self, depth: int) -> Tree[Said]:
        found = [self.all(depth)]
        while self._take("or"):
            found.append(self.all(depth))
        return found[0] if len(found) == 1 else Either(tuple(found))

    def all(self, depth: int) -> Tree[Said]:
        found = [self.one(depth)]
        while self._take("and"):
            found.append(self.one(depth))
        return found[0] if len(found) == 1 else All(tuple(found))

    def one(self, depth: int) -> Tree[Said]:
        if depth > DEEPEST:
            raise SelectionError(f"brackets and 非 may stand {DEEPEST} deep")
        if self._take("not"):
            return Not(self.one(depth + 1))
        if self._take("("):
            inner = self.either(depth + 1)
            if not self._take(")"):
                raise SelectionError(f"a closing bracket is missing {self._where()}")
            return inner
        return self._leaf()

    def end(self) -> None:
        if self._next < len(self._tokens):
            raise SelectionError(f"且, 或 or nothing was expected {self._where()}")

    def _leaf(self) -> Said:
        name = self._name("the name of a list or a column")
        if not self._take("="):
            return Listed(name.text)
        value = self._name(f"a value of {name.text}")
        if name.text.lower() in _AREA_WORDS:
            return Within(_area(value))
        if name.text.lower() in _DOMAIN_WORDS:
            return Subscribing(value.text)
        of, dot, column = name.text.rpartition(".")
        return Valued(column, value.text, of) if dot and of and column else Valued(name.text, value.text)

    def _name(self, expected: str) -> _Token:
        if self._next >= len(self._tokens) or self._tokens[self._next].word:
            raise SelectionError(f"{expected} was expected {self._where()}")
        self._next += 1
        return self._tokens[self._next - 1]

    def _take(self, word: str) -> bool:
        is_there = self._next < len(self._tokens) and self._tokens[self._next].word == word
        self._next += is_there
        return is_there

    def _where(self) -> str:
        if self._next >= len(self._tokens):
            return "at the end"
        found = self._tokens[self._next]
        return f"at character {found.at}, where {found.text!r} stands"


def _tokens(text: str) -> Iterator[_Token]:
    end = 0
    for found in _TOKEN.finditer(text):
        if text[end : found.start()].strip():
            break
        end = found.end()
        written = found[0]
        if written[0] in _QUOTES:
            inside = written[1:-1].strip()
            if not inside:
                raise SelectionError(f"the quotation marks at character {found.start() + 1} hold nothing")
            yield _Token(inside, found.start() + 1, is_quoted=True)
        else:
            yield _Token(written.translate(_FOLDED), found.start() + 1, is_quoted=False)
    rest = text[end:].strip()
    if rest:
        raise SelectionError(f"a quotation mark at character {text.index(rest, end) + 1} is not closed")


def _area(value: _Token) -> str:
    if not (value.text.isascii() and value.text.isdecimal() and 2 <= len(value.text) <= 12):
        raise SelectionError(f"地区 takes a division code such as 360403, at character {value.at}")
    return area_code(value.text)
