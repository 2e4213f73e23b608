"""The guard against foreign packages, tried with real ones on the path of a new interpreter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pusher.foreign import HOME, PACKAGES, foreign_packages


def _told_with(*search: Path) -> list[str]:
    """What the guard prints in an interpreter that looks into these folders first, in their order."""
    script = "import pusher.foreign; print(*pusher.foreign.foreign_packages(), sep='\\n')"
    told = subprocess.run(
        # Without site, so that the environment of the tests adds nothing to the path.
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": os.pathsep.join(map(str, search))},
        cwd=search[0],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.split("\n")[:-1] if told.stdout.strip() else []


def _package(folder: Path, name: str, content: str = "") -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(content)
    return folder / name


def _installed(folder: Path, distribution: str, name: str) -> None:
    info = folder / f"{distribution}-4.3.1.dist-info"
    info.mkdir()
    (info / "RECORD").write_text(f"{distribution}-4.3.1.dist-info/METADATA,,\n{name}/__init__.py,sha256=x,0\n")


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    """A folder into which our packages (hollow but for the guard) are installed."""
    for name in PACKAGES:
        _package(tmp_path, name)
        _installed(tmp_path, "gov_pusher" if name == "pusher" else f"gov_pusher-{name}", name)
    shutil.copy(HOME / "pusher" / "foreign.py", tmp_path / "pusher")
    return tmp_path


def test_our_own_packages_are_not_foreign() -> None:
    assert foreign_packages() == []


def test_installed_packages_of_our_own_are_not_foreign(site_packages: Path) -> None:
    assert _told_with(site_packages) == []


@pytest.mark.parametrize("name", ["channels", "templates", "subscribers"])
def test_a_package_of_our_name_that_comes_first_on_the_path_is_named_with_its_folder(tmp_path: Path, name: str) -> None:
    foreign = _package(tmp_path, name, "raise RuntimeError('foreign code must not run')\n")
    [told] = _told_with(tmp_path, HOME)
    assert told.startswith(f"The package '{name}' is taken from {foreign} and not from {HOME / name}")
    assert "virtual environment of its own" in told


def test_a_distribution_that_lies_in_our_folder_is_named(site_packages: Path) -> None:
    _installed(site_packages, "channels", "channels")
    [told] = _told_with(site_packages)
    assert told.startswith("The package 'channels' is also installed by channels")


def test_a_distribution_with_a_package_of_a_similar_name_is_none_of_our_business(site_packages: Path) -> None:
    _installed(site_packages, "my_channels", "my_channels")
    _installed(site_packages, "nested", "nested/channels")
    assert _told_with(site_packages) == []


def test_a_foreign_pusher_is_seen_by_the_folder_of_its_file(tmp_path: Path) -> None:
    assert len(foreign_packages(tmp_path)) == len(PACKAGES)


def test_a_missing_package_is_told(site_packages: Path) -> None:
    shutil.rmtree(site_packages / "templates")
    [told] = _told_with(site_packages)
    assert told.startswith("The package 'templates' of gov-pusher is missing")
