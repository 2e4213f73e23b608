"""What the tests install of others is pinned by version and digest, and its lists name no place to fetch it from."""

import json
import re
from pathlib import Path

import pytest

LISTS = Path(__file__).parent / "peers"


@pytest.mark.parametrize("listed", sorted(LISTS.glob("*.txt")), ids=lambda each: each.stem)
def test_each_package_of_python_is_one_version_with_its_digests(listed: Path) -> None:
    told = listed.read_text(encoding="utf-8")
    assert re.fullmatch(r"([a-z0-9-]+==[0-9.]+( \\\n    --hash=sha256:[0-9a-f]{64})+\n)+", told)


@pytest.mark.parametrize("locked", sorted(LISTS.glob("*/package-lock.json")), ids=lambda each: each.parent.name)
def test_each_package_of_node_is_one_version_with_its_digest(locked: Path) -> None:
    packages = json.loads(locked.read_text(encoding="utf-8"))["packages"]
    assert packages
    for name, package in packages.items():
        assert not name or (package["integrity"].startswith("sha512-") and "resolved" not in package), name
