"""The words of a short message as gateways take them: free text, or values for a template that they filed. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from channels.failure import TechnicalFailure
from channels.fields import PATH, Fields, prepare
from channels.message import Message
from channels.slots import Pattern

#: Control characters but the line feed, and halves of characters: no gateway takes them.
_ODD = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

#: Line breaks, other control characters and halves of characters.
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


class FiledTemplate(BaseModel):
    """A template that the gateway has approved, whose variables are numbered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: The gateway's number of the template.
    id: str = Field(min_length=1)
    #: Our field names in the order of the template's variables; None = all fields of the message but "path".
    fields: tuple[str, ...] | None = None
    #: Most characters of a variable; longer values are cut with "…". None = no limit.
    longest: int | None = Field(default=None, ge=1)

    def values(self, message: Message) -> "Values":
        """The values of `message` for this template. Raises TechnicalFailure for a field that it does not have."""
        names = [name for name in message.fields if name != PATH] if self.fields is None else self.fields
        if not names:
            return Values(Fields({}, {}), ())
        fields = prepare(message.fields, names={name: name for name in names}, longest=lambda _: self.longest)
        return Values(fields, tuple(Pattern.of(fields.texts[name]) for name in names))


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one message in the order of the template's variables."""

    fields: Fields
    patterns: tuple[Pattern, ...]

    @property
    def is_personal(self) -> bool:
        """Whether they differ between recipients."""
        return bool(self.fields.personal)

    def of(self, slots: Mapping[str, str]) -> list[str]:
        """One recipient's values."""
        personal = self.fields.of(slots)
        return [pattern.fill(personal) for pattern in self.patterns]


@dataclass(frozen=True, slots=True)
class FreeText:
    """The text of one message."""

    pattern: Pattern

    @classmethod
    def of_message(cls, message: Message) -> "FreeText":
        """The part `text` of `message`. Raises TechnicalFailure where it has none."""
        if not message.parts.get("text"):
            raise TechnicalFailure('the message has no part "text": its folder of templates lacks sms.text.txt.j2')
        return cls(Pattern.of(_ODD.sub("", message.parts["text"]).strip()))

    @property
    def is_personal(self) -> bool:
        """Whether it differs between recipients."""
        return bool(self.pattern.names)

    def of(self, slots: Mapping[str, str]) -> str:
        """One recipient's text; no value of his breaks the line."""
        return self.pattern.fill(slots, on_one_line)


def on_one_line(value: str) -> str:
    """`value` without line breaks, control characters and halves of characters."""
    return _SPACE.sub(" ", value).strip()
