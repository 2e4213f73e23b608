"""The guard against foreign packages, tried with real ones on the path of a new interpreter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pusher.foreign import PACKAGES, co_owned, foreign_packages, misplaced

HOME = Path(__file__).resolve().parents[2]


def _told_with(path: Path) -> str:
    """What the guard prints in an interpreter that looks into `path` first."""
    script = "import pusher.foreign; print(*pusher.foreign.foreign_packages(), sep='\\n')"
    search = os.pathsep.join([str(path), str(HOME)])
    told = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": search}, cwd=path, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


def test_our_own_packages_are_not_foreign() -> None:
    assert foreign_packages() == []


@pytest.mark.parametrize("name", ["channels", "templates", "subscribers"])
def test_a_package_of_our_name_that_comes_first_on_the_path_is_named_with_its_folder(tmp_path: Path, name: str) -> None:
    foreign = tmp_path / name
    foreign.mkdir()
    (foreign / "__init__.py").write_text("raise RuntimeError('foreign code must not run')\n")
    told = _told_with(tmp_path)
    assert told.startswith(f"The package '{name}' is taken from {foreign} and not from {HOME / name}")
    assert "virtual environment of its own" in told


def test_a_distribution_that_lies_in_our_folder_is_named(tmp_path: Path) -> None:
    info = tmp_path / "channels-4.3.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: channels\nVersion: 4.3.1\n")
    (info / "top_level.txt").write_text("channels\n")
    (info / "RECORD").write_text("channels/__init__.py,,\n")
    told = _told_with(tmp_path)
    assert told.startswith("The package 'channels' is also installed by channels")


def test_a_foreign_pusher_is_seen_by_the_folder_of_its_file(tmp_path: Path) -> None:
    sentences = misplaced({"pusher": tmp_path / "pusher", "channels": HOME / "channels"}, HOME)
    assert len(sentences) == 1
    assert str(tmp_path / "pusher") in sentences[0]


def test_a_missing_package_is_told() -> None:
    assert misplaced({"templates": None}, HOME) == [
        "The package 'templates' of gov-pusher is missing: install gov-pusher in a virtual environment of its own."
    ]


def test_our_own_distribution_does_not_count_as_foreign() -> None:
    assert co_owned(PACKAGES, {name: ["gov-pusher"] for name in PACKAGES}) == []
