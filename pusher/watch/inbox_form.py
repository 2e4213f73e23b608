"""The shapes of a posted item: the plain fields, and a CloudEvents 1.0 envelope around them. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pusher.clock import CHINA
from pusher.watch.plain_text import fold, paragraphs_of_markup
from subscribers.topic import Severity, area_code

_LEVELS = {"蓝色": Severity.BLUE, "黄色": Severity.YELLOW, "橙色": Severity.ORANGE, "红色": Severity.RED}
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\\\"<>^`{|}]")
_DIVISION_LENGTHS = frozenset({2, 4, 6, 9, 12})


def _web_address(text: str) -> str:
    stripped = text.strip()
    try:
        parts = urlsplit(stripped)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        is_web = is_web and (parts.port is None or parts.port > 0)
    except ValueError:
        is_web = False
    if stripped and (not is_web or _UNSAFE.search(stripped)):
        raise ValueError("must be an absolute http or https address without blanks and without a user name")
    return stripped


def _aware(time: str) -> datetime:
    try:
        found = datetime.fromisoformat(time.strip())
    except ValueError:
        raise ValueError('must be a time in ISO 8601, such as "2026-11-22T09:00:00+08:00"') from None
    if not 1949 <= found.year <= 2999:
        raise ValueError("must be a time since 1949")
    return found if found.tzinfo else found.replace(tzinfo=CHINA)


def _severity(value: object) -> Severity:
    if isinstance(value, str):
        name = value.strip()
        if name.upper() in Severity.__members__:
            return Severity[name.upper()]
        if name in _LEVELS:
            return _LEVELS[name]
    elif isinstance(value, int) and not isinstance(value, bool) and value in set(Severity):
        return Severity(value)
    raise ValueError("must be notice, blue, yellow, orange or red, or a number from 0 to 4")


def _division(code: str) -> str:
    if not (code.isascii() and code.isdigit() and len(code) in _DIVISION_LENGTHS):
        raise ValueError("must be a division code of 2, 4, 6, 9 or 12 digits")
    return area_code(code)


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _pair(value: object) -> object:
    """Attachments may be written as ["name", "address"] too."""
    if isinstance(value, list) and len(value) == 2:
        return {"name": value[0], "url": value[1]}
    return value


_Line = Annotated[str, AfterValidator(fold)]
Name = Annotated[_Line, Field(max_length=100)]
Key = Annotated[_Line, Field(max_length=200), AfterValidator(_not_blank)]
WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]
Instant = Annotated[datetime, BeforeValidator(lambda value: _aware(value) if isinstance(value, str) else _aware(""))]
Code = Annotated[str, Field(max_length=12), AfterValidator(_division)]
DomainCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(max_length=200_000), AfterValidator(paragraphs_of_markup)]


class _Form(BaseModel):
    """An unknown field is an error that names itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AttachmentForm(_Form):
    """A file that belongs to the item."""

    name: Annotated[_Line, Field(max_length=200), AfterValidator(_not_blank)]
    url: Annotated[WebAddress, AfterValidator(_not_blank)]


class ItemForm(_Form):
    """The plain fields of an item; all but the title may be left out."""

    title: Annotated[_Line, Field(max_length=500), AfterValidator(_not_blank)]
    #: What it says; plain text or HTML, which becomes plain text. `text` is another word for it.
    body: Text | None = None
    text: Text | None = None
    summary: Annotated[_Line, Field(max_length=2000)] = ""
    url: WebAddress = ""
    issuer: Name = ""
    column: Name = ""
    #: A time without zone is Chinese time.
    published: Instant | None = None
    domains: Annotated[list[DomainCode], Field(max_length=20)] = []
    areas: Annotated[list[Code], Field(max_length=500)] = []
    severity: Annotated[Severity, BeforeValidator(_severity)] = Severity.NOTICE
    #: What makes it the same thing when it is posted again; `id` is another word for it.
    key: Key | None = None
    id: Key | None = None
    kind: Annotated[str, Field(pattern=r"^[\w-]{1,40}$")] = "notice"
    attachments: Annotated[list[Annotated[AttachmentForm, BeforeValidator(_pair)]], Field(max_length=50)] = []
    document_number: Name = ""
    #: Keys of earlier items that this one updates or ends.
    follows: Annotated[list[Key], Field(max_length=200)] = []
    #: Further facts, by the names of the poster (CAP: status, msgType …).
    facts: Annotated[
        dict[Annotated[_Line, Field(max_length=60)], Annotated[_Line, Field(max_length=2000)]], Field(max_length=50)
    ] = {}

    @model_validator(mode="after")
    def _one_word_each(self) -> "ItemForm":
        for one, other in (("body", "text"), ("key", "id")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"{one} and {other} mean the same; send one of them")
        return self


class EnvelopeForm(BaseModel):
    """CloudEvents 1.0, structured mode. Extension attributes are allowed by the specification and not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: Key
    source: Key
    type: Annotated[_Line, Field(max_length=200), AfterValidator(_not_blank)]
    #: Stands for the title where the data have none.
    subject: Annotated[_Line, Field(max_length=500)] | None = None
    #: Stands for `published` where the data have none.
    time: Instant | None = None
    #: The plain fields.
    data: Mapping[str, Any]
