"""A card: title, text and link of a message in plain words, as people on duty read it in a group. Pure.

Plain text, never markup: what was published, or what a list says of a person, can then open no link and call nobody.
"""

from dataclasses import dataclass

from channels.message import Address, Message
from channels.slots import Pattern

#: Everything that is no character, but line breaks.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)])
del _CONTROLS[ord("\n")]


@dataclass(frozen=True, slots=True)
class Card:
    """The words of one message for one recipient."""

    title: str
    #: May have several lines.
    text: str
    #: "" = there is none.
    url: str

    @classmethod
    def of(cls, message: Message, to: Address) -> "Card":
        """The parts of `message` with the slots of `to`."""
        title, text, url = (
            Pattern.of(message.parts.get(name, "")).fill(to.slots).translate(_CONTROLS)
            for name in ("title", "text", "url")
        )
        return cls(title.replace("\n", " ").strip(), text.strip(), url.replace("\n", "").strip())

    def whole(self, longest: int) -> str:
        """All of it in at most `longest` bytes of UTF-8; what is too long loses the end of its text, never the link."""
        head, tail = f"{self.title}\n", f"\n{self.url}" if self.url else ""
        room = longest - len((head + tail).encode())
        if room < 0:
            return cut(self.title, longest)
        return f"{head}{cut(self.text, room)}{tail}".strip()


def cut(text: str, longest: int) -> str:
    """`text` in at most `longest` bytes of UTF-8, cut between characters with "…"."""
    encoded = text.encode()
    if len(encoded) <= longest:
        return text
    return encoded[: max(0, longest - 3)].decode(errors="ignore") + "…" if longest >= 3 else ""


def within(address: str, base: str) -> bool:
    """Whether an address that somebody typed names something at the provider at `base` ("https://host/path?key=")."""
    named = address.startswith(base) and len(address) > len(base)
    return named and "@" not in address and "\\" not in address and "/../" not in address
