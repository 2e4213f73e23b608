"""Who owns an SQLite file: one process at a time runs the service on it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OwnedError(Exception):
    """Another process runs the service on this database."""


class NoDataError(Exception):
    """The data folder is not there. It is never made here: without the key ring in it nobody could be reached."""


@contextmanager
def owning(data: Path) -> Iterator[None]:
    """Hold the data folder's lock; the system gives it back when the process ends, however it ends.

    Raises OwnedError, and NoDataError where there is no such folder.
    """
    if not data.is_dir():
        raise NoDataError(
            f"the data folder {data} does not exist: mount it, or put it back with its key ring from a backup; "
            "a new installation is made by `pusher init` in an empty folder"
        )
    path = data / "owner.lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            process = file.read().strip() or "unknown"
            raise OwnedError(
                f"another pusher (process {process}) already runs on the SQLite database in {data}: "
                "stop it first, or use PostgreSQL to share the work"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
