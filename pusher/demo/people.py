"""Forty fictional residents of the demo's district, and the two lists that its departments keep. Pure."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from subscribers.topic import Severity


@dataclass(frozen=True, slots=True)
class Resident:
    """One person of the demo."""

    name: str
    #: (kind, address) in order of choice: "phone", "email", "openid".
    addresses: Sequence[tuple[str, str]]
    #: "first" or "all", see `subscribers.tables.subscriber`.
    preference: str
    #: (domain, area, least severity).
    subscriptions: Sequence[tuple[str, str, Severity]]
    #: Names of the lists that name this person.
    groups: Sequence[str]


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """One list that a department keeps."""

    name: str
    department: str
    #: "consent", "statutory" or "emergency", see `subscribers.tables.group`.
    basis: str
    purpose: str


GROUPS = (
    DemoGroup("值守人员", "星湖区应急管理局", "emergency", "灾害预警的值守与叫应"),
    DemoGroup("低保户", "星湖区民政局", "statutory", "发放低保金和救助通知"),
)


def people() -> Sequence[Resident]:
    """All forty, always the same."""
    text = resources.files("pusher.demo").joinpath("people.csv").read_text(encoding="utf-8")
    return [_resident(number, row) for number, row in enumerate(csv.DictReader(text.splitlines()), start=1)]


def _resident(number: int, row: dict[str, str]) -> Resident:
    # Numbers 138 0000 xxxx are given to nobody, example.com belongs to nobody, openids have 28 characters.
    reached = {
        "phone": f"+861380000{1000 + number}",
        "email": f"{row['mail']}@example.com",
        "openid": f"oXinghu_{number:020d}",
    }
    least = Severity(int(row["least"]))
    return Resident(
        name=row["name"],
        addresses=tuple((kind, reached[kind]) for kind in row["addresses"].split()),
        preference=row["preference"],
        subscriptions=tuple(
            (domain, area, least) for area in row["areas"].split() for domain in row["domains"].split()
        ),
        groups=tuple(row["groups"].split()),
    )
