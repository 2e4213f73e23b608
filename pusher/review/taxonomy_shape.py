"""The shape of taxonomy files (TOML), and how a file adds to the one it extends. Pure."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class DomainShape(_Shape):
    """`[[domain]]`: the keys are explained at the top of `presets/domains.toml`."""

    code: Code
    name: str = ""
    description: str = ""
    departments: list[Words] = []
    columns: list[Words] = []
    words: list[Words] = []
    hints: list[Words] = []
    only: list[Words] = []
    exceptions: list[Words] = Field(default=[], alias="except")
    #: Phrases of the extended file that do not count here, in whatever list they stand.
    without: list[Words] = []

    def extended(self, more: "DomainShape") -> "DomainShape":
        """This domain with what a file further on says of it: texts replaced, lists added to."""
        replaced = {key: getattr(more, key) or getattr(self, key) for key in ("name", "description", "departments")}
        longer = _longer(self, more, ("columns", "words", "hints", "only", "exceptions"))
        return self.model_copy(update=replaced | longer)


class DepartmentShape(_Shape):
    """`[[department]]`."""

    name: Words
    also: list[Words] = []
    leads: list[Code] = []
    helps: list[Code] = []
    content: bool = False

    def extended(self, more: "DepartmentShape") -> "DepartmentShape":
        """This department with the further names and domains of `more`."""
        longer = {key: _joined(getattr(self, key), getattr(more, key)) for key in ("also", "leads", "helps")}
        return self.model_copy(update={**longer, "content": self.content or more.content})


class NothingShape(_Shape):
    """`[[none]]`."""

    name: Words
    beats: Literal["words", "department"] = "words"
    columns: list[Words] = []
    words: list[Words] = []
    unless: list[Words] = []
    without: list[Words] = []

    def extended(self, more: "NothingShape") -> "NothingShape":
        """This matter with the lists of `more` added; what it beats is said anew."""
        return self.model_copy(update={"beats": more.beats, **_longer(self, more, ("columns", "words", "unless"))})


class PlaceShape(_Shape):
    """`[[place]]`: a place of the own area, or with `after` one elsewhere that counts only behind such a name."""

    name: Words
    code: AreaCode
    also: list[Words] = []
    after: list[Words] = []


class FileShape(_Shape):
    """A whole taxonomy file."""

    extends: str = ""
    name: str = ""
    plan: str = ""
    area: AreaCode | Literal[""] = ""
    under: list[Words] = []
    #: Names that are taken out of titles and say nothing of a domain.
    other_departments: list[Words] = []
    domain: list[DomainShape] = []
    department: list[DepartmentShape] = []
    none: list[NothingShape] = []
    place: list[PlaceShape] = []


def merged(files: Sequence[FileShape]) -> FileShape:
    """One file in place of several, the extended ones first; area and places are the last one's."""
    return files[-1].model_copy(
        update={
            "other_departments": _joined(*(file.other_departments for file in files)),
            "domain": _merged_domains(shape for file in files for shape in file.domain),
            "department": _merged_departments(shape for file in files for shape in file.department),
            "none": _merged_nothing(shape for file in files for shape in file.none),
        }
    )


def _merged_domains(shapes: Iterable[DomainShape]) -> list[DomainShape]:
    by_code: dict[str, DomainShape] = {}
    for shape in shapes:
        by_code[shape.code] = by_code[shape.code].extended(shape) if shape.code in by_code else shape
    return list(by_code.values())


def _merged_departments(shapes: Iterable[DepartmentShape]) -> list[DepartmentShape]:
    by_name: dict[str, DepartmentShape] = {}
    for shape in shapes:
        by_name[shape.name] = by_name[shape.name].extended(shape) if shape.name in by_name else shape
    return list(by_name.values())


def _merged_nothing(shapes: Iterable[NothingShape]) -> list[NothingShape]:
    by_name: dict[str, NothingShape] = {}
    for shape in shapes:
        by_name[shape.name] = by_name[shape.name].extended(shape) if shape.name in by_name else shape
    return list(by_name.values())


def _longer(
    base: DomainShape | NothingShape, more: DomainShape | NothingShape, keys: Iterable[str]
) -> dict[str, list[str]]:
    lists = {key: _joined(getattr(base, key), getattr(more, key)) for key in keys}
    return {key: [phrase for phrase in phrases if phrase not in more.without] for key, phrases in lists.items()}


def _joined(*lists: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(phrase for phrases in lists for phrase in phrases))
