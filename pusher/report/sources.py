"""How the sources of the settings stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.watch import source_store
from pusher.watch.source import SourceSettings
from pusher.watch.standing import Standing, Verdict

_TIMES = ("last_look", "last_success", "last_new", "next_look", "alarm_since")


@dataclass(frozen=True, slots=True)
class Watched:
    """One source of the settings, and what the watcher knows of it."""

    name: str
    settings: SourceSettings
    known: Standing

    @property
    def state(self) -> str:
        """ "ok", "silent", "broken"; "new" = never looked at; "inbox" = not looked at, programs post there."""
        if self.settings.kind == "inbox":
            return "inbox"
        return "new" if self.known.last_look is None else self.known.verdict.value

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should look after it."""
        return self.known.verdict is not Verdict.OK


async def standing(connection: AsyncConnection, sources: Mapping[str, SourceSettings]) -> Sequence[Watched]:
    """All sources in the order of the settings; what is known under another address says nothing of this one."""
    stored = await source_store.standings(connection)
    found = []
    for name, settings in sources.items():
        known = stored.get(name)
        current = known if known is not None and known.url == settings.url else Standing(name, settings.url)
        found.append(Watched(name, settings, current))
    return found


def to_json(watched: Watched) -> dict[str, Any]:
    """One source for programs; times in ISO 8601 or null."""
    times = {name: getattr(watched.known, name) for name in _TIMES}
    return {
        "name": watched.name,
        "kind": watched.settings.kind,
        "url": watched.settings.url,
        "state": watched.state,
        **{name: at and at.isoformat() for name, at in times.items()},
        "failures": watched.known.failures,
        "rows": watched.known.row_count,
        "problem": watched.known.problem,
    }
