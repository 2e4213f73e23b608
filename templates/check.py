"""Tries every template of every folder with sample notices, as `pusher templates check` reports it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from channels.message import Lane, Message
from channels.slots import slot
from channels.sms_text import segments, signed, units
from templates.failure import TemplateError
from templates.render import Renderer
from templates.sample import DIGEST, NOTICE, SAMPLES, WARNING

#: Most characters of a short message with its signature (platforms' limit).
LONGEST_SMS = 500

#: The parts without which a form says nothing.
_NEEDED = {
    "mail": ("subject", "text"),
    "sms": ("text",),
    "board": ("title",),
    "card": ("title", "text"),
    "script": ("text",),
}

#: What a link is for, by its slot.
_ACTS = {"unsubscribe_url": "leave", "confirm_url": "confirm"}

#: A signature as long as any that carriers register, where the real one is not known.
_LONGEST_SIGN = "签" * 12


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one form in one folder."""

    folder: str
    #: "" for a file that belongs to no form.
    form: str
    ok: bool
    #: One sentence with file, line and what to do; "" if all is well.
    problem: str
    #: Short messages that a typical notice (in "warning": a typical warning) costs, signature included; 0 if no SMS.
    segments: int = 0
    #: The same for the longest of the samples.
    most_segments: int = 0


def check_templates(renderer: Renderer, *, sign: str = "") -> Sequence[Checked]:
    """One entry for each form of each folder, then one for each of the town's files that nothing asks for.

    `sign`: the registered SMS signature without 【】; "" reckons with the longest that there may be.
    """
    library = renderer.library
    forms = list(dict.fromkeys(part.form for part in library.all_parts()))
    checked = [_check(renderer, folder, form, sign or _LONGEST_SIGN) for folder in library.folders() for form in forms]
    strays = [Checked(path.parent.name, "", ok=False, problem=f"{path} {why}") for path, why in library.strays()]
    return [*checked, *strays]


def _check(renderer: Renderer, folder: str, form: str, sign: str) -> Checked:
    typical = {"warning": WARNING, "digest": DIGEST}.get(folder, NOTICE)
    costs: dict[str, int] = {}
    typical_cost = 0
    for name, notice in SAMPLES.items():
        try:
            message = renderer.message(form, notice, folder=folder, id="check", lane=Lane.ROUTINE, expires=None)
        except TemplateError as error:
            return Checked(folder, form, ok=False, problem=f"{error} (with the sample “{name}”)")
        problem = next(_problems(message, folder, form, sign), "")
        if problem:
            place = f"{folder}/{form}.*"
            return Checked(folder, form, ok=False, problem=f"{place}: {problem} (with the sample “{name}”)")
        costs[name] = segments(message.parts["text"], sign) if form == "sms" else 0
        if notice is typical:
            typical_cost = costs[name]
    return Checked(folder, form, ok=True, problem="", segments=typical_cost, most_segments=max(costs.values()))


def _problems(message: Message, folder: str, form: str, sign: str) -> Iterator[str]:
    """What a channel or a reader would refuse."""
    needed = {
        "mail": ("subject", "text"),
        "sms": ("text",),
        "board": ("title",),
        "card": ("title", "text"),
        "script": ("text",),
    }
    for name in needed.get(form, ()):
        if not message.parts.get(name):
            yield f"the part {name} is empty; print at least {{{{ headline }}}}"
    needed_slot = _slot_of_mail(folder) if form == "mail" else ""
    for name in ("text", "html") if needed_slot else ():
        if slot(needed_slot) not in message.parts[name]:
            yield f"the part {name} has no {{{{ slot.{needed_slot} }}}}; readers must be able to {_ACTS[needed_slot]}"
    if folder == "confirmation" and form == "sms" and slot("confirm_code") not in message.parts["text"]:
        yield "the text has no {{ slot.confirm_code }}; readers must be able to confirm"
    if form == "sms" and units(signed(message.parts["text"], sign)) > LONGEST_SMS:
        yield f"the text is longer than {LONGEST_SMS} characters with its signature; use cut"


def _slot_of_mail(folder: str) -> str:
    """What a mail of this folder must have a link for; "" for nothing."""
    # Wardens and schools get warnings by duty, so there a town may leave the link out.
    if folder in ("warning", "roll_call"):
        return ""
    return "confirm_url" if folder == "confirmation" else "unsubscribe_url"
