"""A fictional district that publishes: what stands on its site, and what happens there next. Pure."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pusher.clock import CHINA

#: Domains, departments and places of the district, for `Taxonomy.load`.
TAXONOMY = Path(__file__).with_name("xinghu.toml")

_DAYS_AHEAD = re.compile(r"\{\+(\d+)\}")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Shape):
    """A column of the site and the form in which it is to be watched; the keys are explained in town.toml."""

    code: str
    name: str
    form: Literal["html", "gb18030", "rss", "json", "cap"]

    @property
    def path(self) -> str:
        """The address to watch, below the site's."""
        return f"/{self.code}/" + {"rss": "rss.xml", "json": "list.json", "cap": "feed.xml"}.get(self.form, "")

    @property
    def kind(self) -> str:
        """The kind of source that it is in the settings."""
        return {"html": "listing", "gb18030": "listing", "rss": "feed"}.get(self.form, self.form)


class Hazard(_Shape):
    """What makes a notice a warning."""

    event: str
    event_code: str
    hours: int
    areas: list[str]
    area: str
    description: str
    instruction: str
    contact: str


class _Act(_Shape):
    id: int = 0
    edits: int = 0
    column: str = ""
    also: list[str] = []
    days_ago: int = 0
    title: str
    issuer: str = ""
    document: str = ""
    body: str
    attachments: list[str] = []
    warning: Hazard | None = None


class _Script(_Shape):
    town: str
    site: str
    site_code: str
    area: str
    column: list[Column]
    notice: list[_Act]
    act: list[_Act]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that the town has published."""

    id: int
    #: Codes of its columns, the one in its address first.
    columns: tuple[str, ...]
    title: str
    issuer: str
    #: Paragraphs of plain text.
    body: tuple[str, ...]
    #: Aware, +08:00, as the page states it; back-dated ones state an earlier time than they appeared.
    published: datetime
    document: str = ""
    attachments: tuple[str, ...] = ()
    hazard: Hazard | None = None

    @property
    def path(self) -> str:
        """Its address below the site's."""
        return f"/{self.columns[0]}/{self.published:%Y%m}/t{self.published:%Y%m%d}_{self.id}.html"


class Town:
    """The site's content as it grows: `publish_next` makes the next thing happen."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """`now` gives the aware present."""
        self._now = now
        self._script = _script()
        self._acts = list(self._script.act)
        self._standing: dict[int, Announcement] = {}
        for notice in self._script.notice:
            self._add(notice)

    @property
    def name(self) -> str:
        """The district's name."""
        return self._script.town

    @property
    def site(self) -> str:
        """The site's name."""
        return self._script.site

    @property
    def site_code(self) -> str:
        """The site's identification code (网站标识码)."""
        return self._script.site_code

    @property
    def area(self) -> str:
        """The district's division code."""
        return self._script.area

    @property
    def columns(self) -> Sequence[Column]:
        """The columns in the order of the menu."""
        return self._script.column

    @property
    def remaining(self) -> int:
        """How many things are still to happen."""
        return len(self._acts)

    def publish_next(self) -> Announcement | None:
        """Publish or edit the next thing and return it as it stands now; None once all has happened."""
        if not self._acts:
            return None
        act = self._acts.pop(0)
        return self._edit(act) if act.edits else self._add(act)

    def standing(self, column: str = "") -> Sequence[Announcement]:
        """What stands in a column ("" = anywhere), the newest stated date first."""
        found = [one for one in self._standing.values() if not column or column in one.columns]
        return sorted(found, key=lambda one: (one.published, one.id), reverse=True)

    def find(self, number: int) -> Announcement | None:
        """The announcement of this number; None if it is not (yet) published."""
        return self._standing.get(number)

    def _add(self, act: _Act) -> Announcement:
        at = self._now().astimezone(CHINA).replace(microsecond=0) - timedelta(days=act.days_ago)
        fill = partial(_filled, at=at)
        self._standing[act.id] = Announcement(
            id=act.id,
            columns=(act.column, *act.also),
            title=fill(act.title),
            issuer=act.issuer,
            body=_paragraphs(fill(act.body)),
            published=at,
            document=fill(act.document),
            attachments=tuple(act.attachments),
            hazard=act.warning,
        )
        return self._standing[act.id]

    def _edit(self, act: _Act) -> Announcement:
        former = self._standing[act.edits]
        fill = partial(_filled, at=former.published)
        self._standing[former.id] = replace(former, title=fill(act.title), body=_paragraphs(fill(act.body)))
        return self._standing[former.id]


def _script() -> _Script:
    text = resources.files("pusher.demo").joinpath("town.toml").read_text(encoding="utf-8")
    return _Script.model_validate(tomllib.loads(text))


def _filled(text: str, *, at: datetime) -> str:
    """`text` with its dates; `at` is the time of publication."""

    def day(found: re.Match[str]) -> str:
        then = at + timedelta(days=int(found[1]))
        return f"{then.month}月{then.day}日"

    return _DAYS_AHEAD.sub(day, text).replace("{year}", str(at.year)).replace("{month}", str(at.month))


def _paragraphs(body: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in body.strip().split("\n\n"))
