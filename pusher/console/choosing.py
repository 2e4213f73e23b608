"""What people choose on our pages: from the fields of a form to choices, and from choices to lines to read. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from multidict import MultiMapping

from pusher.console.hazard_groups import HAZARD_GROUPS
from pusher.console.language import to_say
from pusher.console.places import Areas
from pusher.warnings.hazard import hazards
from subscribers.choices import Choices, Frequency, Quiet
from subscribers.enrol import Subscription
from subscribers.topic import Severity

T = TypeVar("T")

#: Areas that one form may name.
MOST_AREAS = 10
#: Levels of warnings by the word that forms use, the least first.
LEVELS: Mapping[str, Severity] = {level.name.lower(): level for level in Severity if level > Severity.NOTICE}
#: What stands before the code of a hazard where subscriptions name it.
_HAZARD = "hazard:"

#: Under which heading a field stands, where that is not its own name.
_FIELDSETS = {"hour": "frequency", "least": "warn", "quiet_from": "quiet", "quiet_until": "quiet", "urgent": "quiet"}

NOTHING_CHOSEN = to_say("请至少选一件想知道的事，或者选择接收灾害预警。")
NO_HAZARD = to_say("请选择要接收哪些灾害的预警，或者改选“所有灾害”。")
NO_WARNING = to_say("您选了“只要灾害预警”，请在“灾害预警”里选择要接收哪些。")
TOO_MANY_AREAS = to_say("地区选得太多了：请取消几个，或者选大一级的地区。")
SAME_HOURS = to_say("安静时间的开始和结束不能相同。")
CHOOSE_AGAIN = to_say("这一项没有选对，请重新选择。")


@dataclass(frozen=True, slots=True)
class Subject:
    """A domain as it is offered."""

    code: str
    name: str
    #: One sentence: what it brings.
    description: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from."""

    subjects: Sequence[Subject]
    #: Code of the domain that warnings belong to.
    warnings: str
    areas: Areas

    def name(self, code: str) -> str:
        """What a domain or hazard is called."""
        if code.startswith(_HAZARD):
            known = code.removeprefix(_HAZARD)
            found = hazards().get(known) or hazards().get(known.ljust(5, "0"))
            return found.name if found else code
        return next((each.name for each in self.subjects if each.code == code), code)

    def is_of_warnings(self, code: str) -> bool:
        """Whether a domain is that of warnings, or a hazard."""
        return code == self.warnings or code.startswith(_HAZARD)


class Form:
    """The fields of a form as sent; nothing of them is believed."""

    def __init__(self, fields: MultiMapping[object]) -> None:
        self._fields = fields

    def one(self, name: str, otherwise: str = "") -> str:
        """The first value of a field."""
        return next(iter(self.all(name)), otherwise)

    def all(self, name: str) -> list[str]:
        """All values of a field; files are none."""
        return [value for value in self._fields.getall(name, []) if isinstance(value, str)]

    def has(self, name: str, value: str, *, otherwise: bool = False) -> bool:
        """Whether a field has this value; `otherwise` where the form was not sent yet."""
        return value in self.all(name) if self._fields else otherwise


@dataclass(frozen=True, slots=True)
class Read:
    """What a form came to."""

    choices: Choices
    #: A sentence in Chinese by the name of the field that it belongs to.
    errors: Mapping[str, str]


def read(form: Form, offer: Offer, *, language: str, needs_wish: bool = True) -> Read:
    """The choices of a form, as far as they are right; `needs_wish`: whether it must name something to hear of."""
    errors: dict[str, str] = {}
    frequency = _one_of(form, "frequency", {each.value: each for each in Frequency}, Frequency.AT_ONCE, errors)
    hour = _one_of(form, "hour", {str(hour): hour for hour in range(24)}, 8, errors)
    urgent = _one_of(form, "urgent", LEVELS, Severity.BLUE, errors)
    wishes = _wishes(form, offer, errors)
    if not wishes and needs_wish:
        errors.setdefault("domain", NOTHING_CHOSEN)
    if frequency is Frequency.URGENT and needs_wish and form.one("warn") not in ("all", "some"):
        errors.setdefault("warn", NO_WARNING)
    choices = Choices(wishes, frequency, hour=hour, quiet=_quiet(form, errors), urgent=urgent, language=language)
    return Read(choices, errors)


def _wishes(form: Form, offer: Offer, errors: dict[str, str]) -> list[Subscription]:
    areas = _areas(form, offer, errors)
    known = {each.code for each in offer.subjects}
    chosen = dict.fromkeys(code for code in form.all("domain") if code in known)
    least = _one_of(form, "least", LEVELS, Severity.BLUE, errors)
    warn = _one_of(form, "warn", {"all": "all", "some": "some", "none": "none"}, "none", errors)
    groups = [HAZARD_GROUPS[name] for name in dict.fromkeys(form.all("hazard")) if name in HAZARD_GROUPS]
    if warn == "some" and not groups:
        errors["hazard"] = NO_HAZARD
    levels: dict[str, Severity] = {}
    if warn == "all":
        levels[offer.warnings] = least
    elif warn == "some":
        levels |= {domain: least for group in groups for domain in group.domains}
        # Whatever the hazard: life is at stake, and what is called otherwise must not pass anybody by.
        levels[offer.warnings] = Severity.RED
    levels |= dict.fromkeys(chosen, Severity.NOTICE)
    return [Subscription(domain, area, level) for area in areas for domain, level in levels.items()]


def _areas(form: Form, offer: Offer, errors: dict[str, str]) -> list[str]:
    areas = areas_of(form, offer)
    if len(areas) > MOST_AREAS:
        errors["area"] = TOO_MANY_AREAS
    return areas[:MOST_AREAS]


def areas_of(form: Form, offer: Offer) -> list[str]:
    """The areas that a form names: those chosen before, and the one that is selected; without any, the whole town."""
    named = [*form.all("area"), form.one("place")]
    return list(dict.fromkeys(code for code in named if code in offer.areas)) or [offer.areas.town.code]


def _quiet(form: Form, errors: dict[str, str]) -> Quiet | None:
    hours = {str(hour): hour * 60 for hour in range(24)}
    start = _one_of(form, "quiet_from", hours, 22 * 60, errors)
    end = _one_of(form, "quiet_until", hours, 7 * 60, errors)
    if not form.has("quiet", "on"):
        return None
    if start == end:
        errors["quiet"] = SAME_HOURS
        return None
    return Quiet(start, end)


def _one_of(form: Form, name: str, known: Mapping[str, T], otherwise: T, errors: dict[str, str]) -> T:
    value = form.one(name)
    if value and value not in known:
        errors[_FIELDSETS.get(name, name)] = CHOOSE_AGAIN
    return known.get(value, otherwise)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody hears of, as people read it: a domain, or several codes that are one hazard to them."""

    #: What it is called, in Chinese.
    what: str
    area: str
    least: Severity
    #: All that it stands for.
    wishes: tuple[Subscription, ...]

    @property
    def key(self) -> str:
        """Names it in a form."""
        return f"{self.wishes[0].domain} {self.area} {int(self.least)}"


def lines(wishes: Sequence[Subscription], offer: Offer) -> list[Line]:
    """Wishes to read, by area; codes of hazards that are chosen together are one line."""
    by_place = sorted(wishes, key=lambda wish: (wish.area, wish.least))
    return [
        line
        for (area, least), same in groupby(by_place, key=lambda wish: (wish.area, wish.least))
        for line in _lines_of({wish.domain: wish for wish in same}, area, least, offer)
    ]


def _lines_of(left: dict[str, Subscription], area: str, least: Severity, offer: Offer) -> Iterator[Line]:
    for group in HAZARD_GROUPS.values():
        if all(domain in left for domain in group.domains):
            yield Line(group.name, area, least, tuple(left.pop(domain) for domain in group.domains))
    for domain, wish in left.items():
        yield Line(offer.name(domain), area, least, (wish,))
