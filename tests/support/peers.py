"""Counterparties that others wrote: installed by the tests that need them, once for a user, apart from our locks.

What each consists of stands in `tests/peers`: exact versions with their hashes. Nothing of a package runs while it is
installed, except for pycmpp and cmppy, which come as source only: their build scripts are pinned by the hash as well.
Where no package index answers, the tests that need a counterparty skip and say so.

The lists name no place to fetch from: `uv pip compile --no-deps --generate-hashes --no-annotate --no-header`, and
`npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_LISTS = Path(__file__).resolve().parents[1] / "peers"
#: Not in `.venv`, which CI makes anew each time. Folders are named after the digest of what they hold.
_KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gov-pusher-peers"

#: Seconds that an installation may take: the limit of a test is 120.
_PATIENCE = 60.0
#: Seconds after a failed installation in which no other test tries again.
_GIVEN_UP = 600.0

_PIP = (
    *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "1", "--timeout", "15"),
    *("install", "--no-deps", "--require-hashes", "--no-compile", "--only-binary", ":all:"),
)
_FROM_SOURCE = ("--no-binary", ":all:", "--no-build-isolation")
_NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=15000")


def python(name: str) -> dict[str, str]:
    """The environment in which our interpreter finds the packages of `tests/peers/NAME.txt`; skips without them."""
    listed, building = _LISTS / f"{name}.txt", _LISTS / f"{name}-build.txt"
    from_source = building.exists()
    env = python(building.stem) if from_source else dict(os.environ)
    command = (*_PIP, *(_FROM_SOURCE if from_source else ()), "-r", str(listed), "--target")
    folder = _kept(name, [listed], lambda made: _ran((*command, str(made)), env))
    return {**os.environ, "PYTHONPATH": str(folder)}


def node(name: str) -> dict[str, str]:
    """The environment in which Node.js finds the packages of `tests/peers/NAME/package.json`; skips without them."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"NOT TESTED AGAINST {name}: npm is not installed")
    lists = [_LISTS / name / "package.json", _LISTS / name / "package-lock.json"]

    def install(made: Path) -> bool:
        for each in lists:
            shutil.copy(each, made)
        return _ran((npm, *_NPM, "--prefix", str(made)), dict(os.environ))

    return {**os.environ, "NODE_PATH": str(_kept(name, lists, install) / "node_modules")}


def node_program() -> str:
    """Node.js; skips where it is not installed."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("NOT TESTED AGAINST npm PEERS: Node.js is not installed")
    return found


def _kept(name: str, lists: list[Path], install: Callable[[Path], bool]) -> Path:
    """The folder with the packages, installed by the first who asks: the others, in other processes, wait."""
    version = hashlib.sha256(b"".join(each.read_bytes() for each in lists)).hexdigest()[:12]
    folder, failed = _KEPT / f"{name}-{version}", _KEPT / f"{name}-{version}.failed"
    with _alone(name):
        if not folder.is_dir() and not (failed.exists() and time.time() - failed.stat().st_mtime < _GIVEN_UP):
            made = Path(tempfile.mkdtemp(dir=_KEPT))
            if install(made):
                # As a whole, so that nobody finds half of it.
                made.rename(folder)
            else:
                shutil.rmtree(made)
                failed.touch()
    if not folder.is_dir():
        pytest.skip(f"NOT TESTED AGAINST {name}: its packages (tests/peers) could not be installed; no package index?")
    return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ran(command: tuple[str, ...], env: dict[str, str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=_PATIENCE, env=env).returncode == 0
    except subprocess.TimeoutExpired:
        return False
