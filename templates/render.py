"""Puts a notice into the words of each channel, once a broadcast; what differs between recipients stays a slot."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from channels.message import Lane, Message
from channels.slots import KEY, slot
from templates import phrases
from templates.drill import marked, marked_fields, marked_html
from templates.failure import TemplateError
from templates.fields import read_fields, sms_value, wechat_value, without_signs
from templates.inline_css import with_inline_css
from templates.library import PIECES, Library, Part
from templates.notice import Notice
from templates.plain import flat, fold, harmless, plain

#: The parts without which a form says nothing.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "mail": ("subject", "text"),
    "sms": ("text",),
    "board": ("title",),
    "card": ("title", "text"),
    "script": ("text",),
}

#: The slot that ends all messages to its recipient; messages of a list that nobody may leave do not have it.
LEAVE = "unsubscribe_url"

#: The slot that says, to whoever refused and gets a warning all the same, why and whom to ask; empty for all others.
STILL_COMES = "still_comes"

#: What stands for the key in the path of a link that is nobody's own.
NO_KEY = "-"

#: The slots that every recipient may have.
DEFAULT_SLOTS = frozenset({"name", LEAVE, STILL_COMES})
#: Further slots that the service fills for the words of one folder.
FOLDER_SLOTS: Mapping[str, frozenset[str]] = {
    "roll_call": frozenset({"answer_url"}),
    "confirmation": frozenset({"confirm_url", "confirm_code"}),
}

#: Most that a digest tells in a mail, and in forms of few words; the rest is on the board.
LONGEST_DIGEST, SHORT_DIGEST = 40, 6

#: What a provider makes of the values of its filed template, by form: (field's name, value) → value.
_VALUES: Mapping[str, Callable[[str, str], str]] = {"sms": sms_value, "wechat": wechat_value}


class Renderer:
    """Renders notices with our templates and the town's own."""

    def __init__(
        self,
        overrides: Path | None = None,
        *,
        service: str = "",
        contact: str = "",
        public_url: str = "http://127.0.0.1:8080",
    ) -> None:
        """`overrides`: folder of the town's own templates; `service`, `contact`: name of the service as residents know
        it, and whom to ask where the notice does not say; `public_url`: where they reach it, without trailing slash.
        Raises TemplateError if the folder is missing.
        """
        #: All templates.
        self.library = Library(overrides)
        self._service = fold(harmless(service))
        self._contact = fold(harmless(contact))
        #: Where residents reach the service, without trailing slash.
        self.public_url = public_url

    def shipped(self) -> "Renderer":
        """The same without the town's own templates."""
        return Renderer(service=self._service, contact=self._contact, public_url=self.public_url)

    def message(
        self,
        form: str,
        notice: Notice,
        *,
        folder: str,
        id: str,
        lane: Lane,
        expires: datetime | None,
        slots: frozenset[str] = DEFAULT_SLOTS,
    ) -> Message:
        """`notice` in the words of `form` ("mail", "sms", …) and `folder` (a domain's code, "warning" or "default").

        `slots`: names that templates may use as `{{ slot.name }}`. Raises TemplateError.
        """
        parts, fields = self.told(notice, folder=folder, slots=slots).parts(form)
        return Message(id=id, lane=lane, template=folder, parts=parts, fields=fields, expires=expires)

    def told(self, notice: Notice, *, folder: str, slots: frozenset[str] = DEFAULT_SLOTS) -> "Told":
        """What all forms of `folder` have to say of `notice`; see `message`. Raises TemplateError."""
        said = plain(notice)
        values = self._values(said, folder, slots | FOLDER_SLOTS.get(folder, frozenset()))
        return Told(self.library, folder, said, values)

    def _values(self, notice: Notice, folder: str, slots: frozenset[str]) -> dict[str, object]:
        """What the templates are given; see `templates.library.VARIABLES`."""
        path = f"{slot(KEY) if KEY in slots else NO_KEY}/{self._place(notice)}"
        own_link = f"{self.public_url}/o/{path}" if KEY in slots else ""
        values: dict[str, object] = {
            "notice": notice,
            "slot": Slots(slots),
            "service": self._service,
            "contact": notice.contact or self._contact,
            # Our own page goes first: it also shows what followed, above all the end of a warning.
            "link": (own_link or notice.board_url) if notice.board_url else notice.url,
            "own_link": own_link,
            "path": path,
            "headline": phrases.headline(notice),
            "short": phrases.short(notice),
            "badge": phrases.badge(notice),
            "statement": phrases.statement(notice),
            "content": phrases.content(notice),
            "whole": phrases.whole(notice),
            "facts": phrases.facts(notice),
            "published": phrases.published(notice),
            "attachments": phrases.attachments(notice),
            "entries": phrases.entries(notice, LONGEST_DIGEST),
            "first_entries": phrases.entries(notice, SHORT_DIGEST),
            "count": len(notice.entries),
            **dict.fromkeys(PIECES, ""),
        }
        for piece in PIECES:
            values[piece] = fold(self.library.find(folder, f"{piece}.txt.j2").render(values))
        if notice.advice:
            values["advice"] = notice.advice
        return values

    def _place(self, notice: Notice) -> str:
        """Where a link of somebody's own leads: a notice on our board, the board, or his own page alone."""
        if not notice.board_url:
            return "my"
        return notice.board_url.removeprefix(f"{self.public_url}/").removeprefix("n/") or "all"


class Told:
    """One notice in the words of one folder, of which each form takes what it has room for."""

    def __init__(self, library: Library, folder: str, said: Notice, values: Mapping[str, object]) -> None:
        self._library = library
        self._folder = folder
        self._drill = said.drill
        self._values = values
        in_line = {name: fold(str(values[name])) for name in ("content", "whole")}
        self._in_line = {**values, "notice": flat(said), **in_line}

    def parts(self, form: str) -> tuple[dict[str, str], dict[str, str]]:
        """The parts and the fields of a message of this form. Raises TemplateError."""
        parts: dict[str, str] = {}
        fields: dict[str, str] = {}
        for part in self._library.parts(form):
            template = self._library.find(self._folder, part.file)
            text = template.render(self._in_line if part.is_line else self._values)
            try:
                if part.name == "fields":
                    fields = _fields(part, text, self._drill)
                else:
                    parts[part.name] = _finished(part, text, self._drill)
            except ValueError as error:
                raise TemplateError(template.file, None, str(error)) from None
        return parts, fields


class Slots:
    """`slot` in templates: `{{ slot.unsubscribe_url }}` prints the mark that each recipient's own value fills.

    One of `DEFAULT_SLOTS` that this message does not have is empty, so that templates can ask for it.
    """

    __slots__ = ("_names",)

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> str:
        if name not in self._names:
            if name in DEFAULT_SLOTS:
                return ""
            raise ValueError(f"there is no slot “{name}”; there are {', '.join(sorted(self._names)) or 'none'}")
        return slot(name)


def _fields(part: Part, text: str, drill: str) -> dict[str, str]:
    """The values of a filed template, as the provider takes them. Raises ValueError."""
    fields = read_fields(text)
    if drill:
        fields = marked_fields(fields, drill)
    convert = _VALUES.get(part.form)
    return {name: convert(name, value) for name, value in fields.items()} if convert else fields


def _finished(part: Part, text: str, drill: str) -> str:
    """The text without the white space of its template, and marked; an address takes no mark.

    Raises ValueError where nothing is left and people should read something.
    """
    if part.is_html:
        html = re.sub(r"\n\s*\n", "\n", with_inline_css(text) if part.form == "mail" else text).strip()
        return marked_html(html, drill) if drill else html
    tidy = fold(text) if part.is_line else _tidy(text)
    if part.form == "sms":
        tidy = without_signs(tidy)
    if not tidy and part.name in _NEEDED.get(part.form, ()):
        raise ValueError(f"the part {part.name} is empty; print at least {{{{ headline }}}}")
    return marked(tidy, drill) if drill and part.name != "url" else tidy


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
