"""The pages about commands and settings, and the sample file, keep step with the program."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from channels.wechat.settings import FiledTemplate
from pusher.cli.root import pusher
from pusher.kinds import KINDS
from pusher.plan.routes import Route
from pusher.review.privacy import PrivacyPolicy
from pusher.settings.model import Api, DatabaseSettings, Service, Settings, Templates
from pusher.sign_up.settings import SignUpSettings
from pusher.warnings.settings import Officer, Organisation, PlannedTest, WarningSettings
from pusher.watch.selectors import ArticleSelectors, JsonNames, Selectors
from pusher.watch.source import SourceSettings

_DOCS = Path(__file__).resolve().parents[3] / "docs"
_TABLES: list[type[BaseModel]] = [
    Service,
    DatabaseSettings,
    Templates,
    SignUpSettings,
    Api,
    SourceSettings,
    Selectors,
    ArticleSelectors,
    JsonNames,
    FiledTemplate,
    Route,
    WarningSettings,
    Organisation,
    Officer,
    PlannedTest,
]


def _commands(command: click.Command, name: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            child = command.get_command(context, word)
            assert child is not None
            yield from _commands(child, f"{name} {word}".strip())
    else:
        yield name


@pytest.mark.parametrize("table", _TABLES, ids=lambda table: table.__name__)
def test_every_setting_is_explained(table: type[BaseModel]) -> None:
    page = (_DOCS / "settings.md").read_text(encoding="utf-8")
    assert [name for name in table.model_fields if f"{name}`" not in page] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_a_channel_is_explained_on_the_general_page_or_its_own(kind: str) -> None:
    pages = (_DOCS / "settings.md", _DOCS / "channels" / f"{kind}.md")
    said = "".join(page.read_text(encoding="utf-8") for page in pages)
    # A table of settings is explained by its own settings: `answer.code`.
    assert [
        name for name in KINDS[kind].settings.model_fields if f"{name}`" not in said and f"`{name}." not in said
    ] == []


def test_the_other_settings_are_explained() -> None:
    page = (_DOCS / "settings.md").read_text(encoding="utf-8")
    names = [*Settings.model_fields, *PrivacyPolicy.__dataclass_fields__, *KINDS]
    assert [name for name in names if name not in page] == []


def test_every_command_is_explained() -> None:
    page = (_DOCS / "cli.md").read_text(encoding="utf-8").replace("\\|", "|")
    said = {word for line in page.splitlines() if line.startswith("| `") for word in _said(line)}
    assert set(_commands(pusher, "")) == said


def _said(line: str) -> Iterator[str]:
    """The commands that a row is about: `broadcast halt|resume NUMBER` is about two."""
    words = line.removeprefix("| `").partition("`")[0].split()
    *group, last = takewhile(_is_plain, words)
    yield from (" ".join((*group, each)) for each in last.split("|"))


def _is_plain(word: str) -> bool:
    letters = re.sub("[|-]", "", word)
    return letters.islower() and letters.isalpha() and not word.startswith("-")
