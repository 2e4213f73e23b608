"""Databases that one test after another opens at the same address: what was compiled for them is kept."""

import shutil
from functools import cache
from pathlib import Path
from typing import TypeVar

from pusher.database import Database

_Opened = TypeVar("_Opened", bound=Database)

_first_opened = cache(Database.open)


def opened_again(url: str, kind: type[_Opened]) -> _Opened:
    """The database at this address, with no connection yet: as `Database`, or as one that makes trouble.

    Whoever is done with it closes it. An engine compiles each statement once, and asks a server once what it can: that
    took as long as many a test.
    """
    kept = _first_opened(url)
    return kind(kept._readers, kept._writer)


def copied(template: Path) -> str:
    """Address of a new copy of a SQLite file, which is the same each time: the copy before it is gone."""
    folder = template.parent / "copied"
    folder.mkdir(exist_ok=True)
    for each in folder.iterdir():
        each.unlink()
    shutil.copyfile(template, folder / template.name)
    return f"sqlite+aiosqlite:///{folder / template.name}"
