"""What a provider says of a delivery, at once or later, and what people send back."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of it. *sent* = the provider took it; *delivered* = it says that the person has it."""

    SENT = "sent"
    DELIVERED = "delivered"
    #: The same may work later.
    TEMPORARY = "temporary"
    #: This message will never arrive; mostly the address will never work: stop writing to it.
    PERMANENT = "permanent"
    #: Our side is at fault (password, signature, template, balance): the address is good.
    TECHNICAL = "technical"


@dataclass(slots=True)
class Receipt:
    """One statement of a provider about one delivery. Not frozen, which would double the time to make one."""

    outcome: Outcome
    #: The provider's number of the message; None where it gives none.
    provider_id: str | None = None
    #: Our key, where the provider echoes it (see `Channel.send`); None where it does not.
    key: str | None = None
    #: The address it speaks of, where the provider names it; personal.
    address: str | None = field(default=None, repr=False)
    #: The provider's own code ("250", "isv.BUSINESS_LIMIT_CONTROL", "43004"); "" where there is none.
    code: str = ""
    #: The provider's words in one line, free of addresses and secrets.
    detail: str = ""
    #: Aware time of the event as the provider states it; None = now.
    at: datetime | None = None
    #: With `PERMANENT`: whether the address will never work; False = only this message never reaches it.
    suppresses: bool = True
    #: It speaks of all deliveries with this `provider_id`: the provider reports once for a request of many.
    whole: bool = False


class Said(StrEnum):
    """What is said of a person's agreement to notices of one template."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    #: A notice went out on it.
    USED = "used"
    #: The provider says that there is none (any more).
    USED_UP = "used up"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One statement about the agreement to notices of one template (订阅通知)."""

    template: str
    said: Said


@dataclass(frozen=True, slots=True)
class Inbound:
    """Something a person sent or did towards the service over a channel."""

    #: "start" (followed), "stop" (refused, left, sent TD), "complaint" (told the provider that it is spam), "text"
    #: (anything else they wrote or pressed), "agreement" (nothing but what `agreements` say).
    act: str
    #: Who: number, openid or e-mail address; personal; "" where `key` says it.
    address: str = field(repr=False)
    #: What they wrote, or the key of the button or scene; "" for start and stop without words.
    text: str = field(default="", repr=False)
    #: Aware time as the provider states it; None = now.
    at: datetime | None = None
    #: The provider's number of this event, so that a repeated push is recognised; "" where there is none.
    event_id: str = ""
    #: How they did it: "" = in words; "follow" (a "start"), "scan", "click", "location" (the words are the place's).
    how: str = ""
    #: Our key of the delivery that it answers, where nothing else says who it is; None = see `address`.
    key: str | None = None
    #: What became of their agreements to notices of single templates.
    agreements: tuple[Agreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an address that keeps failing for the time being is taken for a good one."""

    #: Days with such a failure after which it is closed.
    days: int
    #: Within so many days.
    within: int
