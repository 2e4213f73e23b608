"""The page of each channel can be followed: what it says to write into the settings is taken as it stands."""

import base64
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pusher.kinds import KINDS
from pusher.settings.channels import configure

_PAGES = Path(__file__).resolve().parents[3] / "docs" / "channels"
_BLOCK = re.compile(r"^(?P<indent> *)```toml\n(?P<text>.*?)^ *```", re.DOTALL | re.MULTILINE)
_FOLDER = "/etc/pusher/"


def test_every_kind_has_a_page_and_every_page_a_kind() -> None:
    assert {page.stem for page in _PAGES.glob("*.md")} == {*KINDS}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_page_says_how_to_begin_what_every_setting_means_and_what_failures_become(kind: str) -> None:
    page = (_PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert f'kind = "{kind}"' in page
    assert "pusher channel test" in page
    assert "## Settings" in page
    if kind not in {"board", "log"}:
        assert re.search(r"^## From .* to (the )?first (message|mail)$", page, re.MULTILINE)
        assert re.search(r"^## (When it fails|Codes|What .* become|What the platform reports)$", page, re.MULTILINE)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_examples_of_the_page_are_settings(kind: str, tmp_path: Path) -> None:
    page = (_PAGES / f"{kind}.md").read_text(encoding="utf-8").replace(_FOLDER, f"{tmp_path}/")
    _write_secrets(page, tmp_path)
    tables: dict[str, dict[str, Any]] = {}
    for found in _BLOCK.finditer(page):
        block = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
        given: Mapping[str, Any] = tomllib.loads(block)
        for name, table in given.get("channels", {}).items():
            # A later example adds to the first one of the same name.
            tables[name] = {**tables.get(name, {}), **table}
    channels, problems = configure(tables)
    assert problems == []
    assert kind in {each.kind.name for each in channels.values()}


def _write_secrets(page: str, folder: Path) -> None:
    """A file of every name that the page has below our folder, with something of its kind in it."""
    for name in set(re.findall(rf"{re.escape(str(folder))}/([a-z0-9.-]+)", page)):
        (folder / name).write_text(_secret(name))


def _secret(name: str) -> str:
    if "dkim" in name or name.endswith(".pem"):
        key = rsa.generate_private_key(65537, 2048)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    if "webhook" in name:
        return f"whsec_{base64.b64encode(bytes(32)).decode()}"
    if "aes" in name:
        return base64.b64encode(bytes(range(32))).decode().rstrip("=")
    return "0123456789abcdef-secret"
