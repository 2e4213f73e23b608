"""Tries every template of every folder with sample notices, as `pusher templates check` reports it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from channels.slots import KEY, LIKE_A_KEY, slot
from channels.sms_text import segments, signed, units
from templates.failure import TemplateError
from templates.render import DEFAULT_SLOTS, Renderer, Told
from templates.sample import DIGEST, NOTICE, SAMPLES, WARNING

#: Most characters of a short message with its signature (platforms' limit).
LONGEST_SMS = 500

#: What a link is for, by its slot.
_ACTS = {"unsubscribe_url": "leave", "confirm_url": "confirm"}

#: Forms in which people read whose link opens their own page as well, and folders whose words need none: what the law
#: has told, and what is no news.
_PERSONAL = ("sms", "card", "wechat")
_WITHOUT_KEY = ("warning", "roll_call", "duty", "confirmation", "answer")

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
    checked = [
        each for folder in library.folders() for each in _checked(renderer, folder, forms, sign or _LONGEST_SIGN)
    ]
    strays = [Checked(path.parent.name, "", ok=False, problem=f"{path} {why}") for path, why in library.strays()]
    return [*checked, *strays]


def _checked(renderer: Renderer, folder: str, forms: Sequence[str], sign: str) -> Iterator[Checked]:
    """One entry for each form of a folder."""

    @cache
    def told(sample: str) -> tuple[Told, Told]:
        """A notice on our board in the words for all, and in those with a link of one's own. Raises TemplateError."""
        posted = replace(SAMPLES[sample], board_url=f"{renderer.public_url}/n/100000")
        own = renderer.told(posted, folder=folder, slots=DEFAULT_SLOTS | {KEY})
        return renderer.told(posted, folder=folder), own

    return (_check(told, folder, form, sign) for form in forms)


def _check(told: Callable[[str], tuple[Told, Told]], folder: str, form: str, sign: str) -> Checked:
    typical = {"warning": WARNING, "digest": DIGEST}.get(folder, NOTICE)
    costs: dict[str, int] = {}
    typical_cost = 0
    for name, notice in SAMPLES.items():
        try:
            (plain, _), (own, _) = (each.parts(form) for each in told(name))
        except TemplateError as error:
            return Checked(folder, form, ok=False, problem=f"{error} (with the sample “{name}”)")
        problem = next(chain(_problems(plain, folder, form, sign), _problems(own, folder, form, sign, is_own=True)), "")
        if problem:
            place = f"{folder}/{form}.*"
            return Checked(folder, form, ok=False, problem=f"{place}: {problem} (with the sample “{name}”)")
        usual = plain if folder == "warning" else own
        costs[name] = segments(_filled(usual["text"]), sign) if form == "sms" else 0
        if notice is typical:
            typical_cost = costs[name]
    return Checked(folder, form, ok=True, problem="", segments=typical_cost, most_segments=max(costs.values()))


def _problems(parts: Mapping[str, str], folder: str, form: str, sign: str, *, is_own: bool = False) -> Iterator[str]:
    """What a channel or a reader would refuse."""
    needed_slot = _slot_of_mail(folder) if form == "mail" else ""
    for name in ("text", "html") if needed_slot else ():
        if slot(needed_slot) not in parts[name]:
            yield f"the part {name} has no {{{{ slot.{needed_slot} }}}}; readers must be able to {_ACTS[needed_slot]}"
    needs_key = is_own and form in _PERSONAL and folder not in _WITHOUT_KEY
    if needs_key and not any(slot(KEY) in part for part in parts.values()):
        yield "there is no {{ link }} or {{ own_link }}; readers must be able to change and end what they get"
    if folder == "confirmation" and form == "sms" and slot("confirm_code") not in parts["text"]:
        yield "the text has no {{ slot.confirm_code }}; readers must be able to confirm"
    if form == "sms" and units(signed(_filled(parts["text"]), sign)) > LONGEST_SMS:
        yield f"the text is longer than {LONGEST_SMS} characters with its signature; use cut"


def _filled(text: str) -> str:
    """With a key as long as they get, which counts in every message."""
    return text.replace(slot(KEY), LIKE_A_KEY)


def _slot_of_mail(folder: str) -> str:
    """What a mail of this folder must have a link for; "" for nothing."""
    # Wardens and schools get warnings by duty, so there a town may leave the link out.
    if folder in ("warning", "roll_call"):
        return ""
    return "confirm_url" if folder == "confirmation" else "unsubscribe_url"
