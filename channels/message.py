"""What is handed to a channel: the rendered words (`Message`) and one place they go to (`Address`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Lane(StrEnum):
    """How urgent a broadcast is; `WARNING` overtakes everything and has connections of its own."""

    WARNING = "warning"
    PERSONAL = "personal"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class File:
    """Something that goes out with a message, where its channel carries files (e-mail does)."""

    #: What it is called ("通知.pdf"): one line without folders.
    name: str
    #: Its media type ("application/pdf").
    type: str
    #: SHA-256 of the content, by which two are told apart.
    digest: bytes = field(repr=False)
    content: bytes = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    """The words of one broadcast for one channel and language, rendered once; personal parts are slots."""

    #: Stable name, unique per broadcast, channel and language ("b17-mail"); at most 40 ASCII letters, digits and "-".
    id: str
    lane: Lane
    #: The folder its words came from (a domain, "warning" or "default"); settings map it to a provider's template id.
    template: str
    #: Rendered texts by name; which names there are is the form's business (mail: subject, text, html; sms: text …).
    #: May contain slots (see `channels.slots`).
    parts: Mapping[str, str]
    #: Values of a provider's filed template by field name, in the template's order; may contain slots.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: Aware time after which it must not be handed out any more; None = never too late.
    expires: datetime | None = None
    #: Files that go with it; a channel that cannot carry them leaves them out.
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """Where one channel reaches one recipient, with the values of the recipient's slots."""

    #: Number of the address in the subscribers' store; the only part of it that may be logged. 0 = a public place.
    id: int
    #: E-mail address, +86… number, openid, bot URL …; "" for a public place. Personal: never in a log, error or URL.
    value: str = field(repr=False)
    #: Slot values by name, plain text (the channel escapes them for the part they stand in).
    slots: Mapping[str, str] = field(default_factory=dict, repr=False)
