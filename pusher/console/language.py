"""The languages of residents' pages: they are written in Chinese; catalogues (gettext's .po) have the others.

A catalogue lies in `languages/` beside this module, or in the folder `languages` of the town's own templates, where one
of the same name goes before ours. It is read at the start, so a translator needs no further tool.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

#: The language that the pages are written in, and what it is called.
SOURCE = "zh"
#: The message that gives a language its own name ("English").
_NAME = "中文"
_TAGS = {SOURCE: "zh-CN"}


def to_say(text: str) -> str:
    """`text` itself: marks a sentence that a page will say, so that catalogues have it."""
    return text


class CatalogueError(ValueError):
    """A catalogue cannot be read; one sentence with file and line."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages."""

    #: "zh", "en" …: what subscribers are stored with.
    code: str
    #: Its name in itself.
    name: str
    messages: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def tag(self) -> str:
        """What stands in `lang` of a page (BCP 47)."""
        return _TAGS.get(self.code, self.code)

    def __call__(self, text: str) -> str:
        """`text` in this language; itself where the catalogue has no words for it."""
        return self.messages.get(text, text)


#: The language of the pages themselves.
CHINESE = Language(SOURCE, _NAME)

#: By code, Chinese first.
Languages = Mapping[str, Language]


def languages(own: Path | None = None) -> Languages:
    """All languages there are catalogues for; `own`: the town's folder of templates. Raises CatalogueError."""
    files = {Path(str(each.name)).stem: each.read_text("utf-8") for each in _ours()}
    folder = own / "languages" if own is not None else None
    for path in sorted(folder.glob("*.po")) if folder is not None and folder.is_dir() else ():
        files[path.stem] = path.read_text("utf-8")
    found = {code: read_catalogue(text, code) for code, text in sorted(files.items())}
    named = {code: Language(code, messages.get(_NAME, code), messages) for code, messages in found.items()}
    return {SOURCE: CHINESE, **named}


def read_catalogue(text: str, name: str) -> dict[str, str]:
    """The messages of a .po file that have words; plurals and contexts are not used here. Raises CatalogueError."""
    messages: dict[str, str] = {}
    for number, entry in _entries(text, name):
        original, translated = entry.get("msgid", ""), entry.get("msgstr", "")
        if original and translated:
            if original in messages:
                raise CatalogueError(f"{name}.po, line {number}: this message stands there twice: remove one")
            messages[original] = translated
    return messages


def _ours() -> Iterator[Path]:
    for each in resources.files("pusher.console").joinpath("languages").iterdir():
        if each.name.endswith(".po"):
            yield Path(str(each))


def _entries(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each entry's last line and texts, by keyword."""
    entry: dict[str, str] = {}
    word = ""
    number = 0
    for number, line in enumerate(text.splitlines(), start=1):
        keyword, _, rest = line.strip().partition(" ")
        if keyword in ("msgid", "msgstr"):
            if keyword == "msgid" and entry:
                yield number, entry
                entry = {}
            word, entry[keyword] = keyword, _text(rest, name, number)
        elif line.strip().startswith('"') and word:
            entry[word] += _text(line.strip(), name, number)
        elif line.strip() and not line.startswith("#"):
            raise CatalogueError(f'{name}.po, line {number}: only comments, msgid "…" and msgstr "…" are understood')
    if entry:
        yield number, entry


def _text(quoted: str, name: str, number: int) -> str:
    try:
        text = ast.literal_eval(quoted)
    except (SyntaxError, ValueError):
        text = None
    if not isinstance(text, str) or not quoted.startswith('"'):
        raise CatalogueError(f"{name}.po, line {number}: a text must stand between double quotes")
    return text
