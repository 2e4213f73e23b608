"""Reads taxonomy files (TOML) and what they extend, and says in one sentence each what is wrong with them."""

import functools
import tomllib
from collections.abc import Container, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from pusher.review.phrases import GAP, Phrases, plain
from pusher.review.taxonomy import Department, Domain, Nothing, Place, Taxonomy, TaxonomyError, named, search_for
from pusher.review.taxonomy_shape import (
    DepartmentShape,
    DomainShape,
    FileShape,
    NothingShape,
    merged,
)

#: A file extends one that extends one …: more than this is a circle.
MOST_FILES = 8


def read(source: str | Path) -> Taxonomy:
    """See `Taxonomy.load`."""
    return _shipped(source) if isinstance(source, str) and _is_shipped(source) else _read(_locate(source))


@functools.cache
def _shipped(name: str) -> Taxonomy:
    """What came with this version stays as it is while the process lives."""
    return _read(_preset(name))


def _read(file: Traversable) -> Taxonomy:
    whole = merged(list(_chain(file))[::-1])
    problems = [*_domain_problems(whole), *_department_problems(whole), *_place_problems(whole)]
    if problems:
        raise TaxonomyError(f"{file.name}: {problem}" for problem in problems)
    by_name = named(_department(shape) for shape in _with_plan(whole))
    return Taxonomy(
        name=whole.name,
        plan=whole.plan,
        area=whole.area,
        domains=tuple(map(_domain, whole.domain)),
        departments=tuple(dict.fromkeys(by_name.values())),
        nothing=tuple(map(_nothing, whole.none)),
        places=tuple(Place(one.name, one.code, tuple(one.also), tuple(one.after)) for one in whole.place),
        under=tuple(whole.under),
        by_name=by_name,
        names=search_for(by_name),
    )


def _locate(source: str | Path, beside: Path | None = None) -> Traversable:
    """The shipped file of that name, or the path; a path in `extends` starts at the extending file."""
    if isinstance(source, str) and _is_shipped(source):
        return _preset(source)
    return (beside or Path()) / source


def _is_shipped(name: str) -> bool:
    return name.isidentifier() and _preset(name).is_file()


def _preset(name: str) -> Traversable:
    return resources.files("pusher.review.presets") / f"{name}.toml"


def _chain(file: Traversable) -> Iterator[FileShape]:
    """The file and all that it extends, the file itself first."""
    for _ in range(MOST_FILES):
        shape = _parsed(file)
        yield shape
        if not shape.extends:
            return
        file = _locate(shape.extends, file.parent if isinstance(file, Path) else None)
    raise TaxonomyError([f"{file.name}: extends: the files extend one another in a circle; one must stand by itself."])


def _parsed(file: Traversable) -> FileShape:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise TaxonomyError([f"{file.name}: the file is not UTF-8; save it as UTF-8."]) from None
    except (OSError, ValueError) as error:
        why = f"this is not TOML: {error}" if isinstance(error, tomllib.TOMLDecodeError) else "it cannot be read"
        raise TaxonomyError([f"{file}: {why}; give a shipped name (xunyang, songshanhu) or a TOML file."]) from None
    try:
        return FileShape.model_validate(table)
    except ValidationError as error:
        problems = [f"{file.name}: {_place(one['loc'], table)}: {one['msg']}." for one in error.errors()]
        raise TaxonomyError(problems) from None


def _place(steps: tuple[int | str, ...], table: dict[str, object]) -> str:
    """Where it is, as a person counts: `("domain", 1, "words", 2)` → "domain 2 (aid), words, 3"."""
    shown = [str(step + 1) if isinstance(step, int) else step for step in steps]
    entries = table.get(str(steps[0]))
    if isinstance(entries, list) and len(steps) > 1 and isinstance(steps[1], int):
        shown[:2] = [f"{steps[0]} {shown[1]} ({_name_of(entries[steps[1]], steps[0])})"]
    return ", ".join(shown)


def _name_of(entry: object, kind: int | str) -> str:
    key = "code" if kind == "domain" else "name"
    return str(entry.get(key, "nameless")) if isinstance(entry, dict) else "not a table"


def _domain_problems(whole: FileShape) -> Iterator[str]:
    if not whole.domain:
        yield "domain: there is none; extend `domains` or describe your own."
    for domain in whole.domain:
        for key in ("name", "description"):
            if not getattr(domain, key).strip():
                yield f"domain ({domain.code}), {key}: it is missing; write what residents should read."
        yield from (f"domain ({domain.code}): {problem}" for problem in _empty(*_phrases_of(domain)))
    for nothing in whole.none:
        phrases = (*nothing.words, *nothing.unless, *nothing.columns)
        yield from (f"none ({nothing.name}): {problem}" for problem in _empty(*phrases))


def _phrases_of(domain: DomainShape) -> Iterator[str]:
    for phrases in (domain.columns, domain.words, domain.hints, domain.only, domain.exceptions):
        yield from phrases


def _empty(*phrases: str) -> Iterator[str]:
    for phrase in phrases:
        if not all(map(plain, phrase.split(GAP))):
            yield f"the phrase {phrase!r} needs words on both sides of {GAP!r}, or matches everything."


def _department_problems(whole: FileShape) -> Iterator[str]:
    codes = {domain.code for domain in whole.domain}
    owners: dict[str, str] = {}
    for department in whole.department:
        for code in (*department.leads, *department.helps):
            if code not in codes:
                yield f"department ({department.name}), leads or helps: there is no domain {code!r}."
        for name in (department.name, *department.also):
            owner = owners.setdefault(plain(name), department.name)
            if owner != department.name:
                yield f"department ({department.name}), also: {name!r} is a name of {owner!r} too."


def _place_problems(whole: FileShape) -> Iterator[str]:
    for place in whole.place:
        if not place.after and not (whole.area and place.code.startswith(whole.area)):
            outside = f"{place.code} is not inside area {whole.area!r}"
            yield f"place ({place.name}), code: {outside}; a place elsewhere needs `after`."


def _with_plan(whole: FileShape) -> list[DepartmentShape]:
    """All departments; those that the plan makes responsible for a domain help it, whatever else is said of them."""
    every = [*whole.department, *(DepartmentShape(name=name) for name in whole.other_departments)]
    helping = {one.name: one for one in every}
    owner = {plain(name): one.name for one in every for name in (one.name, *one.also)}
    for domain in whole.domain:
        for written in domain.departments:
            name = _own_name(plain(written), owner)
            known = owner.setdefault(name, name)
            one = helping.get(known, DepartmentShape(name=name))
            helping[known] = one.model_copy(update={"helps": [*one.helps, domain.code]})
    return list(helping.values())


def _own_name(written: str, known: Container[str]) -> str:
    """ "区教体局" → "教体局": the level is no part of a department's name; "市监局" stays whole."""
    bare = written.removeprefix("各").removeprefix("区")
    return bare if bare in known else bare.removeprefix("市").removeprefix("县")


def _domain(shape: DomainShape) -> Domain:
    return Domain(
        code=shape.code,
        name=shape.name,
        description=shape.description,
        departments=tuple(shape.departments),
        columns=Phrases.of(shape.columns),
        words=Phrases.of(shape.words),
        hints=Phrases.of(shape.hints),
        only=Phrases.of(shape.only),
        exceptions=Phrases.of(shape.exceptions),
    )


def _department(shape: DepartmentShape) -> Department:
    return Department(shape.name, tuple(shape.also), frozenset(shape.leads), frozenset(shape.helps), shape.content)


def _nothing(shape: NothingShape) -> Nothing:
    words, columns, unless = (Phrases.of(phrases) for phrases in (shape.words, shape.columns, shape.unless))
    return Nothing(shape.name, words, columns, unless, beats_words=shape.beats == "words")
