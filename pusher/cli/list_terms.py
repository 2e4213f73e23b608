"""What is stated with a list: what the command names, else what is kept with the list already."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from pusher.cli.session import fail

_NEVER = "never"


def terms_of(
    kept: Any,
    *,
    purpose: str | None,
    basis: str | None,
    department: str | None,
    until: str | None,
    duty: str | None,
    selectable: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
) -> Any:
    """The terms (`subscribers.terms.Terms`) of a list; `kept`: those that it has, None for a new list."""
    from subscribers.headings import slot_of
    from subscribers.terms import Terms

    before = kept or Terms(purpose="", basis="consent")
    return Terms(
        purpose=before.purpose if purpose is None else purpose,
        basis=basis or before.basis,
        department=before.department if department is None else department,
        ends_at=before.ends_at if until is None else ends_at(until),
        duty=before.duty if duty is None else duty,
        selectable=tuple(sorted(map(slot_of, selectable))) if selectable else before.selectable,
        mapping=before.mapping if mapping is None else mapping,
    )


def check_selectable(listed: Any, terms: Any, *, stated: bool) -> None:
    """End the command if people are to be selected by a column that the file does not have."""
    missing = [slot for slot in terms.selectable if slot not in listed.slots]
    if stated and missing:
        columns = ", ".join(listed.slots.values())
        fail(f"--select: the file has no such column among those for slots ({columns or 'it has none'})")


def ends_at(until: str) -> datetime | None:
    """The end of the day `until` in China, aware; None for "never"."""
    from pusher.clock import CHINA

    if until == _NEVER:
        return None
    try:
        return datetime.combine(date.fromisoformat(until) + timedelta(days=1), time(), CHINA)
    except (ValueError, OverflowError):
        fail(f"--until {until!r} is neither a day such as 2027-12-31 nor {_NEVER}")


def last_day(ends: datetime | None) -> str:
    """The last day on which a list is used, in China; "" for one without end."""
    from pusher.clock import CHINA

    return "" if ends is None else f"{ends.astimezone(CHINA) - timedelta(days=1):%Y-%m-%d}"
