"""A new installation runs as it is, and is closed to others."""

import hashlib
import stat
import tomllib
from pathlib import Path

from pusher.settings.read import read
from tests.pusher.cli.town import Town


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_writes_settings_that_are_right_as_they_are(town: Town) -> None:
    plan = read(town.settings)
    assert set(plan.channels) == {"board", "log"}
    assert set(plan.settings.routes) == {"notices", "warnings"}


def test_init_lets_nobody_else_read_what_it_makes(town: Town) -> None:
    assert _mode(town.settings) == 0o600
    assert _mode(town.folder / "data") == 0o700
    assert _mode(town.folder / "data" / "keys") == 0o600


def test_init_writes_into_a_named_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "place"
    Town(tmp_path).run("init", "--folder", str(folder))
    Town(folder).run("check")
    assert list(tmp_path.iterdir()) == [folder.parent]


def test_init_never_writes_over_anything(town: Town) -> None:
    before = town.settings.read_bytes(), (town.folder / "data" / "keys").read_bytes()
    assert "is there already" in town.run("init", fails=2).stderr
    town.settings.unlink()
    assert "is there already" in town.run("init", fails=2).stderr
    assert (town.folder / "data" / "keys").read_bytes() == before[1]
    assert not town.settings.exists()


def test_without_its_data_nothing_starts_and_nothing_is_made(town: Town) -> None:
    (town.folder / "data").rename(town.folder / "elsewhere")
    for command, missing in (
        ("run", "the data folder"),
        ("once", "the data folder"),
        ("status", "there is no key file"),
    ):
        [said] = town.run(command, fails=2).stderr.splitlines()
        assert missing in said
        assert "put" in said
        assert "back" in said
    assert not (town.folder / "data").exists()


def test_a_new_key_is_shown_once_and_its_digest_belongs_in_the_settings(town: Town) -> None:
    shown = town.run("key", "new", "hospital").stdout.splitlines()
    key = shown[0].rpartition(" ")[2]
    line = tomllib.loads(shown[-1])
    assert line == {"hospital": hashlib.sha256(key.encode()).hexdigest()}
    assert key not in town.run("audit", "list").stdout
    [entry] = town.json("audit", "list")
    assert (entry["actor"], entry["action"], entry["target"]) == ("wang", "key new", "program hospital")


def test_a_program_needs_a_name_that_settings_can_hold(town: Town) -> None:
    assert "letters, digits" in town.run("key", "new", "a b", fails=2).stderr


def test_the_database_is_brought_up_to_date_once(town: Town) -> None:
    assert "is up to date now" in town.run("db", "upgrade").stdout
    assert "was up to date already" in town.run("db", "upgrade").stdout
