"""Packages of npm as counterparties: installed once into pytest's cache, or found by NODE_PATH."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def program() -> str:
    """Node.js; skips where it is not installed."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("NOT TESTED AGAINST npm PEERS: Node.js is not installed")
    return found


def folder_with(cache: pytest.Cache, name: str, version: str) -> Path:
    """A folder `node_modules` that has the package `name`; skips where it cannot be had."""
    if _works(program(), "-e", f"require.resolve({json.dumps(name)})"):
        return Path(os.environ.get("NODE_PATH", ""))
    kept = Path(cache.mkdir("npm")) / f"{name}-{version}"
    if not kept.is_dir():
        _install(kept, f"{name}@{version}")
    return kept / "node_modules"


def _install(kept: Path, package: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"NOT TESTED AGAINST {package}: npm is not installed")
    made = Path(tempfile.mkdtemp(dir=kept.parent))
    # Its scripts do not run: what is wanted are its files.
    if not _works(npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(made), package):
        shutil.rmtree(made)
        pytest.skip(f"NOT TESTED AGAINST {package}: npm could not install it")
    try:
        # As a whole, so that nobody finds half of it.
        made.rename(kept)
    except OSError:
        # Another test process was quicker.
        shutil.rmtree(made)


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=100).returncode == 0
    except subprocess.TimeoutExpired:
        return False
