"""What the items of one place can be about: domains, departments and rules, and the names of its areas."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pusher.review.phrases import Phrases, plain


@dataclass(frozen=True, slots=True)
class Domain:
    """One of the domains; the meaning of its lists stands at the top of `presets/domains.toml`."""

    #: Code that settings, subscriptions and JSON use ("education").
    code: str
    #: As residents read it ("教育").
    name: str
    #: One sentence for residents: what it brings.
    description: str
    #: Responsible departments, as the plan of the place names them and in its order.
    departments: tuple[str, ...]
    columns: Phrases
    words: Phrases
    hints: Phrases
    only: Phrases
    exceptions: Phrases


@dataclass(frozen=True, slots=True)
class Department:
    """A department by any of its names, and the domains that its notices belong to."""

    #: Its present name.
    name: str
    #: Former and short names.
    also: tuple[str, ...] = ()
    #: Codes of domains that its notices belong to unless the title says otherwise.
    leads: frozenset[str] = frozenset()
    #: Codes of domains that its notices belong to where the title has a hint of them.
    helps: frozenset[str] = frozenset()
    #: Whether the name also says what a notice is about (图书馆), so that it stays in the title.
    content: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """A matter that is none of the domains' (procurement, recruitment, land …)."""

    #: As the reasons name it ("采购招标").
    name: str
    words: Phrases
    columns: Phrases
    #: With any of these in the title it does not hold.
    unless: Phrases
    #: Whether even the words of the title do not count any more; else only column and department do not.
    beats_words: bool


@dataclass(frozen=True, slots=True)
class Place:
    """An area by its name."""

    name: str
    #: Division code without trailing zeros.
    code: str
    #: Further names ("甘棠街道办事处").
    also: tuple[str, ...] = ()
    #: Names one of which must stand right before it; empty for places of the own area.
    after: tuple[str, ...] = ()


class TaxonomyError(ValueError):
    """A taxonomy that cannot be used; `problems` has one sentence for each thing that is wrong, with its place."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The domains, departments and areas of one place, compiled once and used for every item."""

    #: Name of the place ("浔阳区").
    name: str
    #: Title of the plan that names the responsible departments; "" where there is none.
    plan: str
    #: Division code of the place itself, without trailing zeros; "" in the rules that the presets share.
    area: str
    domains: tuple[Domain, ...]
    departments: tuple[Department, ...]
    nothing: tuple[Nothing, ...]
    #: The place itself first.
    places: tuple[Place, ...] = ()
    #: Names of wider or neighbouring areas under which the own places may be named ("九江市").
    under: tuple[str, ...] = ()
    #: Names of departments to departments, for the search in a text.
    by_name: Mapping[str, Department] = field(default_factory=dict, repr=False)
    names: re.Pattern[str] = field(default=re.compile(r"(?!)"), repr=False)

    @classmethod
    def load(cls, source: str | Path) -> "Taxonomy":
        """Read a shipped preset by name ("xunyang") or a file by path, with all that it extends.

        Raises TaxonomyError: a missing file, broken TOML, or entries that are wrong, each in one sentence.
        """
        from pusher.review.taxonomy_file import read  # noqa: PLC0415  # the file's shape is built upon these records

        return read(source)

    def departments_in(self, text: str) -> list[tuple[int, Department]]:
        """The departments that `text` names, with where, in order of appearance; longer names win."""
        return [(found.start(), self.by_name[found.group()]) for found in self.names.finditer(text)]

    def name_of(self, code: str) -> str:
        """A domain's or an area's name as residents read it; the code itself where the taxonomy does not know it."""
        names = [(one.code, one.name) for one in self.domains] + [(one.code, one.name) for one in self.places]
        return next((name for known, name in names if known == code), code)


def named(departments: Iterable[Department]) -> dict[str, Department]:
    """Departments by every one of their names, in plain form."""
    return {plain(name): department for department in departments for name in (department.name, *department.also)}


def search_for(names: Iterable[str]) -> re.Pattern[str]:
    """An expression that finds any of the names, the longest first; "规划局" is not found in "规划局部调整"."""
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile("|".join(re.escape(name) + ("(?![部面势限])" * name.endswith("局")) for name in longest_first))
