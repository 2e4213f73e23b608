"""The call list of a warning: role × area × hazard from the departments' lists, with deputies and the duty roster."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import CHINA
from pusher.warnings.hazard import hazard, named
from subscribers import address_form
from subscribers.keys import KeyRing
from subscribers.reachable import in_force
from subscribers.recipients import COLUMNS
from subscribers.tables import address, group, membership
from subscribers.topic import area_code, areas_meet

_SPAN = re.compile(r"(\d{1,2}:\d\d)\s*[-–—~至到]+\s*(?:次日|翌日|第二天)?\s*(\d{1,2}:\d\d)")
_LISTED = re.compile(r"[\s,;，；、/]+")
#: Of what a column may hold, at most so much is kept.
_ROLE = 60


@dataclass(frozen=True, slots=True)
class Responsible:
    """Somebody who must answer."""

    person_id: int
    role: str
    area: str
    #: Numbers of subscribers; 0 = nobody.
    deputy_id: int
    superior_id: int
    #: Whether they are on duty at this moment.
    is_on_duty: bool

    @property
    def called_id(self) -> int:
        """Who is called first: whoever is off duty only where there is no deputy."""
        return self.person_id if self.is_on_duty or not self.deputy_id else self.deputy_id


async def roster(
    connection: AsyncConnection,
    ring: KeyRing,
    groups: Sequence[str],
    *,
    areas: Sequence[str],
    hazard_code: str,
    at: datetime,
) -> Sequence[Responsible]:
    """Who of these lists must answer a warning of this hazard for these areas.

    Who names no area is responsible everywhere, who names no hazard for every one. Of several lists that name somebody
    the first one counts.
    """
    rows = await connection.execute(
        sa.select(membership.c.subscriber_id, membership.c.columns)
        .join(group, group.c.id == membership.c.group_id)
        .where(group.c.name.in_(groups), in_force(at))
        .order_by(group.c.id, membership.c.subscriber_id)
    )
    listed = {row.subscriber_id: _columns(ring, row.columns) for row in reversed(rows.all())}
    wanted = {
        number: columns
        for number, columns in sorted(listed.items())
        if _is_for(columns, areas=areas, hazard_code=hazard_code)
    }
    numbers = await _named(connection, ring, wanted.values())
    return [
        Responsible(
            person_id=number,
            role=columns.get("role", "")[:_ROLE],
            area=_area(columns),
            deputy_id=numbers.get(columns.get("deputy", ""), 0),
            superior_id=numbers.get(columns.get("superior", ""), 0),
            is_on_duty=is_on_duty(columns.get("duty", ""), at),
        )
        for number, columns in wanted.items()
    ]


def is_on_duty(duty: str, at: datetime) -> bool:
    """Whether spans such as "08:00-20:00" (over midnight too) hold at `at`; nothing that is understood = always.

    What ends when it begins ("08:00-08:00", "00:00-24:00") is the whole day.
    """
    found = _SPAN.findall(unicodedata.normalize("NFKC", duty))
    spans = [(time.fromisoformat(_padded(one)), time.fromisoformat(_padded(two))) for one, two in found]
    now = at.astimezone(CHINA).time()
    return not spans or any(begin <= now < end if begin < end else now >= begin or now < end for begin, end in spans)


def _padded(text: str) -> str:
    hour, _, minute = text.partition(":")
    return f"{int(hour) % 24:02}:{int(minute) % 60:02}"


def _columns(ring: KeyRing, stored: bytes | None) -> Mapping[str, str]:
    return json.loads(ring.decrypt(stored, COLUMNS)) if stored else {}


def _area(columns: Mapping[str, str]) -> str:
    stated = columns.get("area", "").strip()
    return area_code(stated) if stated.isascii() and stated.isdigit() else ""


def _is_for(columns: Mapping[str, str], *, areas: Sequence[str], hazard_code: str) -> bool:
    own = _area(columns)
    if own and not any(areas_meet(own, area) for area in areas):
        return False
    hazards = [word for word in _LISTED.split(columns.get("hazards", "")) if word]
    return not hazards or any(_is_hazard(word, hazard_code) for word in hazards)


def _is_hazard(word: str, code: str) -> bool:
    known = hazard(word) or named(word)
    family = known.code if known else word.upper()
    return code.startswith(family.rstrip("0") or family)


async def _named(connection: AsyncConnection, ring: KeyRing, people: Iterable[Mapping[str, str]]) -> Mapping[str, int]:
    """The subscribers behind the telephone numbers that the lists name as deputies and superiors."""
    stated = {columns.get(name, "") for columns in people for name in ("deputy", "superior")} - {""}
    prints: dict[bytes, str] = {}
    for text in stated:
        try:
            value = address_form.normalise("phone", text)
        except address_form.AddressError:
            continue
        prints[ring.fingerprint("phone", address_form.identity("phone", value))] = text
    found = await connection.execute(
        sa.select(address.c.fingerprint, address.c.subscriber_id).where(
            address.c.kind == "phone", address.c.fingerprint.in_(list(prints))
        )
    )
    return {prints[bytes(row.fingerprint)]: row.subscriber_id for row in found}
