"""The languages of residents' pages: they are written in Chinese; catalogues (gettext's .po) have the others.

A catalogue lies in `languages/` beside this module, or in the folder `languages` of the town's own templates, where one
of the same name goes before ours. It is compiled in memory at the start, so a translator needs no further tool.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

#: The language that the pages are written in, and what it is called.
SOURCE = "zh"
#: The message that gives a language its own name ("English").
_NAME = "中文"
_TAGS = {SOURCE: "zh-CN"}


def to_say(text: str) -> str:
    """`text` itself: marks a sentence that a page will say, so that catalogues have it."""
    return text


class CatalogueError(ValueError):
    """A catalogue cannot be read; one sentence with its name."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages."""

    #: "zh", "en" …: what subscribers are stored with.
    code: str
    #: Its name in itself.
    name: str
    translations: NullTranslations = field(default_factory=NullTranslations, repr=False, compare=False)

    @property
    def tag(self) -> str:
        """What stands in `lang` of a page (BCP 47)."""
        return _TAGS.get(self.code, self.code)

    def __call__(self, text: str) -> str:
        """`text` in this language; itself where the catalogue has no words for it."""
        # To gettext, no words are the catalogue's own head.
        return self.translations.gettext(text) if text else ""

    def count(self, text: str, count: int) -> str:
        """`text` for so many, which it names as `%(count)s`: in the plural form that the language has for them."""
        found = self.translations.ngettext(text, text, count)
        return (self(text) if found == text else found) % {"count": count}


#: The language of the pages themselves.
CHINESE = Language(SOURCE, _NAME)

#: By code, Chinese first.
Languages = Mapping[str, Language]


def languages(own: Path | None = None) -> Languages:
    """All languages there are catalogues for; `own`: the town's folder of templates. Raises CatalogueError."""
    files = {path.stem: path for path in _ours()}
    folder = own / "languages" if own is not None else None
    for path in sorted(folder.glob("*.po")) if folder is not None and folder.is_dir() else ():
        files[path.stem] = path
    found = {code: _language(code, path.read_text("utf-8")) for code, path in sorted(files.items())}
    return {SOURCE: CHINESE, **found}


def _ours() -> Iterator[Path]:
    for each in resources.files("pusher.console").joinpath("languages").iterdir():
        if each.name.endswith(".po"):
            yield Path(str(each))


@lru_cache(maxsize=16)
def _language(code: str, text: str) -> Language:
    compiled = BytesIO()
    try:
        write_mo(compiled, read_po(StringIO(text), locale=code, abort_invalid=True))
        compiled.seek(0)
        translations = GNUTranslations(compiled)
    except (PoFileError, ValueError, LookupError) as error:
        raise CatalogueError(f"{code}.po cannot be read: {error}") from None
    name = translations.gettext(_NAME)
    return Language(code, code if name == _NAME else name, translations)
