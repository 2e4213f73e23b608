"""The files of templates: where each is found, and what it was compiled to.

`messages/<folder>/<form>.<part>.<ext>.j2` says one part of one form ("mail.subject.txt.j2", "mail.html.j2");
`messages/<folder>/<piece>.txt.j2` says what all forms of a folder share (see `PIECES`). A file is looked for in the
folder, then in "default"; in each, the town's own file goes before ours.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from channels.slots import strip_marks
from templates import sandbox
from templates.failure import TemplateError, located
from templates.filters import FILTERS

#: The folder that has everything.
DEFAULT = "default"

#: What to do next and whom to ask · the words on the button · what became of an earlier notice.
PIECES = ("advice", "action", "change")

#: What every template is given.
VARIABLES = frozenset(
    {
        "notice",
        "slot",
        "service",
        "contact",
        "link",
        "own_link",
        "path",
        "headline",
        "short",
        "badge",
        "statement",
        "content",
        "whole",
    }
    | {"facts", "published", "attachments", "entries", "first_entries", "count", *PIECES}
)

#: Most characters of a rendered part: the longest notice with every character escaped; more is a mistake or an attack.
LONGEST = 400_000

_OURS = Path(__file__).parent / "messages"
_FOLDER = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a form."""

    form: str
    #: Its key in `Message.parts`; "fields" becomes `Message.fields`.
    name: str
    #: Name of its file.
    file: str

    @property
    def is_html(self) -> bool:
        """Whether it is HTML, and what is printed in it is escaped."""
        return self.file.endswith(".html.j2")

    @property
    def is_line(self) -> bool:
        """Whether it is one line, so that a line break would begin something else."""
        return self.form == "sms" or not (self.is_html or self.name == "text")

    @classmethod
    def of(cls, file: str) -> "Part":
        """The part that `file` ("mail.subject.txt.j2") says."""
        form, name, *_ = file.split(".")
        return cls(form, name, file)


class Text:
    """A compiled template."""

    def __init__(self, template: jinja2.Template, file: str) -> None:
        self._template = template
        #: As errors name it.
        self.file = file

    def render(self, values: Mapping[str, object]) -> str:
        """The text. Raises TemplateError, also for a text that grows without end."""
        try:
            return self._bounded(self._template.generate(values))
        except Exception as error:
            raise located(error, self.file) from None

    def _bounded(self, printed: Iterator[str]) -> str:
        pieces: list[str] = []
        size = 0
        for piece in printed:
            pieces.append(piece)
            size += len(piece)
            if size > LONGEST:
                raise TemplateError(self.file, None, f"prints more than {LONGEST} characters; use cut")
        return "".join(pieces)


class Library:
    """All templates, compiled when they are first asked for and kept; a changed file is read at the next start."""

    def __init__(self, overrides: Path | None) -> None:
        """`overrides`: the town's own folder. Raises TemplateError if there is none."""
        if overrides is not None and not overrides.is_dir():
            raise TemplateError(str(overrides), None, "is no folder; create it, or take it out of the settings")
        self._overrides = overrides
        self._theirs = _prepared(ImmutableSandboxedEnvironment)
        self._found: dict[tuple[str, str], Text] = {}
        self._default_files = sorted(path.name for path in (_OURS / DEFAULT).glob("*.j2"))
        pieces = {f"{piece}.txt.j2" for piece in PIECES}
        self._parts = [Part.of(file) for file in self._default_files if file not in pieces]

    def parts(self, form: str) -> Sequence[Part]:
        """The parts of a form, the order is that of their names. Raises TemplateError for an unknown form."""
        parts = [part for part in self._parts if part.form == form]
        if not parts:
            raise TemplateError(f"{DEFAULT}/{form}.*", None, f"there are no templates for the form “{form}”")
        return parts

    def all_parts(self) -> Sequence[Part]:
        """The parts of all forms."""
        return self._parts

    def folders(self) -> Sequence[str]:
        """The folders that there are, ours and the town's, "default" first."""
        rooms = [room for room in (_OURS, self._overrides) if room]
        names = {path.name for room in rooms for path in room.iterdir() if path.is_dir()}
        return sorted(filter(_FOLDER.fullmatch, names), key=lambda name: (name != DEFAULT, name))

    def strays(self) -> Iterator[tuple[Path, str]]:
        """The town's files that nothing asks for, each with a sentence that says so."""
        for path in sorted(self._overrides.rglob("*.j2")) if self._overrides else ():
            place = path.relative_to(self._overrides or path)
            if len(place.parts) != 2 or not _FOLDER.fullmatch(place.parts[0]):
                yield path, "is in the wrong place; put it at <folder>/<file>, the folder being a domain or default"
            elif path.name not in self._default_files:
                yield path, f"has a name that nothing asks for; the names are {', '.join(self._default_files)}"

    def find(self, folder: str, file: str) -> Text:
        """The template `file` of a folder, or of "default". Raises TemplateError for one that cannot be used."""
        known = self._found.get((folder, file))
        if known is None:
            known = self._found[folder, file] = self._compile(folder, file)
        return known

    def _compile(self, folder: str, file: str) -> Text:
        for room in (folder, DEFAULT) if _FOLDER.fullmatch(folder) else (DEFAULT,):
            if self._overrides and (self._overrides / room / file).is_file():
                return self._compile_theirs(self._overrides / room / file)
            if (_OURS / room / file).is_file():
                name = f"{room}/{file}"
                return Text(_OURS_COMPILED.get_template(name), _name_of_ours(name))
        raise TemplateError(f"{folder}/{file}", None, "there is no such template")

    def _compile_theirs(self, path: Path) -> Text:
        name = str(path)
        try:
            source = _read_theirs(path)
            sandbox.inspect(self._theirs, source, name, variables=VARIABLES)
            code = self._theirs.compile(source, name, name)
            return Text(jinja2.Template.from_code(self._theirs, code, {}), name)
        except UnicodeDecodeError:
            raise TemplateError(name, None, "is not in UTF-8; save it again in that encoding") from None
        except Exception as error:
            raise located(error, name) from None


def _read_theirs(path: Path) -> str:
    """A town's file as far as it may reach; slots are asked for by name, so marks that were typed in are none."""
    with path.open(encoding="utf-8-sig") as file:
        return strip_marks(file.read(sandbox.LONGEST + 1))


def is_html(name: str | None) -> bool:
    """Whether what a template of this name prints is escaped. Jinja's own rule does not know "….html.j2"."""
    return name is not None and name.endswith(".html.j2")


def _prepared(kind: Callable[..., jinja2.Environment], **settings: Any) -> jinja2.Environment:
    environment = kind(
        autoescape=is_html,
        undefined=jinja2.StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        **settings,
    )
    environment.filters.update(FILTERS)
    return environment


def _printable(value: object) -> object:
    """`value` if people can read it: never None, a list or an object, whose names in Python say nothing to them."""
    if isinstance(value, (str, int, jinja2.Undefined)) and not isinstance(value, bool):
        return value
    raise TypeError(f"prints a value that is no text ({type(value).__name__}); use join, date, or if before it")


def _load_ours(name: str) -> tuple[str, str, Callable[[], bool]] | None:
    path = _OURS / name
    return (path.read_text(encoding="utf-8"), _name_of_ours(name), lambda: True) if path.is_file() else None


def _name_of_ours(name: str) -> str:
    return f"templates/messages/{name}"


#: What is shipped is the same for every town: each of its templates is compiled once a process.
_OURS_COMPILED = _prepared(jinja2.Environment, loader=jinja2.FunctionLoader(_load_ours))
