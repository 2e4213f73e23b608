"""Every command is there, explains itself, and turns mistakes into a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pusher.cli.root import _COMMANDS, pusher
from tests.pusher.cli.town import Town

_READERS = [
    ("item", "list"),
    ("source", "list"),
    ("group", "list"),
    ("broadcast", "list"),
    ("audit", "list"),
    ("route", "list"),
    ("channel", "list"),
    ("report",),
]


def test_help_names_every_command_and_imports_none_of_them() -> None:
    code = "import sys; from pusher.cli.root import pusher; pusher(['--help'], standalone_mode=False);" + (
        "print([name for name in ('sqlalchemy', 'aiohttp', 'pydantic', 'rich') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"
    assert all(f"\n  {name} " in shown for name in _COMMANDS)


@pytest.mark.parametrize("name", _COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(pusher, [name, "--help"])
    assert result.exit_code == 0
    command = pusher.get_command(click.Context(pusher), name)
    assert command is not None
    assert command.help


def test_an_unknown_command_is_a_sentence() -> None:
    result = CliRunner().invoke(pusher, ["pusch"])
    assert result.exit_code == 2
    assert "pusch" in result.stderr


@pytest.mark.parametrize("words", _READERS, ids=" ".join)
def test_what_only_reads_works_on_a_fresh_installation(town: Town, words: tuple[str, ...]) -> None:
    town.run(*words)
    assert isinstance(town.json(*words), list)


@pytest.mark.parametrize("words", [*_READERS, ("status",), ("check",), ("db", "upgrade")], ids=" ".join)
def test_without_settings_every_command_says_how_to_get_them(tmp_path: Path, words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(pusher, ["-s", str(tmp_path / "none.toml"), *words])
    assert result.exit_code in (1, 2)
    assert "`pusher init` writes one" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("url", ["nonsense", "mongodb://pusher:Geheim1234@127.0.0.1/pusher"])
def test_an_address_that_is_no_database_is_a_sentence(town: Town, url: str) -> None:
    elsewhere = Town(town.folder, {"PUSHER_DATABASE__URL": url})
    result = elsewhere.run("status", fails=2)
    assert "database.url: must begin with" in result.stderr
    assert "Geheim1234" not in result.output
    assert [each["name"] for each in elsewhere.json("check", fails=1) if not each["ok"]] == ["settings"]


def test_a_folder_where_a_file_belongs_is_a_sentence(town: Town) -> None:
    assert "Is a directory" in town.run("route", "try", str(town.folder), fails=2).stderr


def test_a_database_that_does_not_answer_is_a_sentence_without_its_password(town: Town) -> None:
    url = "postgresql+psycopg://pusher:Geheim1234@127.0.0.1:9/pusher"
    elsewhere = Town(town.folder, {**os.environ, "PUSHER_DATABASE__URL": url})
    result = elsewhere.run("status", fails=2)
    assert "the database cannot be reached" in result.stderr
    assert "Geheim1234" not in result.output


@pytest.mark.parametrize(
    "words",
    [
        *(("item", act, "9" * 23) for act in ("show", "release", "withdraw")),
        *(("broadcast", act, "9" * 23) for act in ("show", "approve", "halt", "resume", "cancel")),
        ("report", "--broadcast", "9" * 23),
        ("report", "--since", "0001-01-01"),
        ("route", "try", "9" * 23),
        ("route", "try", "9" * 5000),
        ("item", "list", "--limit", "9" * 23),
        ("audit", "list", "--limit", "9" * 23),
        ("broadcast", "list", "--limit", "-1"),
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_a_number_that_no_database_takes_is_a_sentence(town: Town, words: tuple[str, ...]) -> None:
    assert town.run(*words, fails=2).stderr


@pytest.mark.parametrize("words", [("status",), ("once",), ("check",)], ids=" ".join)
def test_a_damaged_database_file_is_a_sentence(town: Town, words: tuple[str, ...]) -> None:
    (town.folder / "data" / "pusher.db").write_bytes(b"no database at all, " * 100)
    result = town.run(*words, fails=1 if words == ("check",) else 2)
    assert "is damaged" in result.output


def test_a_variable_for_a_whole_table_that_is_not_json_is_a_sentence_without_its_value(town: Town) -> None:
    odd = Town(town.folder, {**town.environment, "PUSHER_SERVICE": "{hush"})
    said = odd.run("status", fails=2).stderr
    assert "must be JSON" in said
    assert "hush" not in said


def test_a_network_that_is_none_is_named_by_its_place_alone(town: Town) -> None:
    town.add('[sources.x]\nurl = "http://www.example.gov.cn/"\nallow_private = ["office"]')
    said = town.run("status", fails=2).stderr
    assert "sources.x.allow_private.0: " in said
    assert "[" not in said


def test_a_port_that_there_cannot_be_is_a_sentence() -> None:
    result = CliRunner().invoke(pusher, ["demo", "--once", "--port", "99999"])
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
