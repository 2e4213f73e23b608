"""A new installation runs as it is, and is closed to others."""

import hashlib
import stat
import tomllib
from pathlib import Path

from pusher.settings.read import read
from tests.pusher.cli.town import Town


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_writes_settings_that_are_right_as_they_are(bare: Town) -> None:
    plan = read(bare.settings)
    assert set(plan.channels) == {"board", "log"}
    assert set(plan.settings.routes) == {"notices", "warnings"}


def test_init_lets_nobody_else_read_what_it_makes(bare: Town) -> None:
    assert _mode(bare.settings) == 0o600
    assert _mode(bare.folder / "data") == 0o700
    assert _mode(bare.folder / "data" / "keys") == 0o600


def test_init_writes_into_a_named_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "place"
    Town(tmp_path).run("init", "--folder", str(folder))
    Town(folder).run("check")
    assert list(tmp_path.iterdir()) == [folder.parent]


def test_init_never_writes_over_anything(bare: Town) -> None:
    before = bare.settings.read_bytes(), (bare.folder / "data" / "keys").read_bytes()
    assert "is there already" in bare.run("init", fails=2).stderr
    bare.settings.unlink()
    assert "is there already" in bare.run("init", fails=2).stderr
    assert (bare.folder / "data" / "keys").read_bytes() == before[1]
    assert not bare.settings.exists()


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


def test_a_new_key_is_shown_once_and_its_digest_belongs_in_the_settings(bare: Town) -> None:
    shown = bare.run("key", "new", "hospital").stdout.splitlines()
    key = shown[0].rpartition(" ")[2]
    line = tomllib.loads(shown[-1])
    assert line == {"hospital": hashlib.sha256(key.encode()).hexdigest()}
    assert key not in bare.run("audit", "list").stdout
    [entry] = bare.json("audit", "list")
    assert (entry["actor"], entry["action"], entry["target"]) == ("wang", "key new", "program hospital")


def test_a_program_needs_a_name_that_settings_can_hold(town: Town) -> None:
    assert "letters, digits" in town.run("key", "new", "a b", fails=2).stderr


def test_the_database_is_brought_up_to_date_once(bare: Town) -> None:
    assert "is up to date now" in bare.run("db", "upgrade").stdout
    assert "was up to date already" in bare.run("db", "upgrade").stdout
