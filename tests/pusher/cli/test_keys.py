"""`pusher keys`: staged, rotated, retired; refused wherever something would become unreadable."""

from pathlib import Path

from subscribers.keys import KeyRing
from tests.pusher.cli.town import Town


def _keys(town: Town) -> dict[str, tuple[str, int]]:
    return {each["key"]: (each["use"], each["values"]) for each in town.json("keys", "list")}


def _add(town: Town, phone: str) -> None:
    town.run("subscriber", "add", "--name", "王小明", "--address", f"phone:{phone}", "--confirmed")


def test_a_new_key_takes_over_everything_and_the_old_one_can_go(anywhere: Town) -> None:
    _add(anywhere, "13800138000")
    assert _keys(anywhere) == {"k1": ("active", 2)}
    assert "2 values" in anywhere.run("keys", "rotate").stdout
    assert _keys(anywhere) == {"k2": ("active", 2), "k1": ("reads", 0)}
    _add(anywhere, "13800138001")
    anywhere.run("keys", "retire", "k1")
    assert _keys(anywhere) == {"k2": ("active", 4)}
    assert anywhere.json("subscriber", "show", "13800138000")["addresses"][0]["address"] == "138****8000"
    acts = [entry["action"] for entry in anywhere.json("audit", "list")]
    assert acts[:3] == ["subscriber show", "keys retire", "subscriber add"]


def test_a_staged_key_only_reads_until_it_is_taken(town: Town) -> None:
    town.run("keys", "stage")
    _add(town, "13800138000")
    assert _keys(town) == {"k1": ("active", 2), "k2": ("staged", 0)}
    assert "staged already" in town.run("keys", "stage", fails=2).stderr
    town.run("keys", "rotate")
    assert _keys(town) == {"k2": ("active", 2), "k1": ("reads", 0)}


def test_a_change_that_was_broken_off_goes_on(town: Town) -> None:
    _add(town, "13800138000")
    file = town.folder / "data" / "keys"
    ring = KeyRing.load(file)
    ring.with_keys(["k2", "k1"], new="k2").replace(file)
    assert "going on with it" in town.run("keys", "rotate").stdout
    assert _keys(town) == {"k2": ("active", 2), "k1": ("reads", 0)}


def test_no_key_goes_that_something_needs(town: Town) -> None:
    _add(town, "13800138000")
    assert "active key" in town.run("keys", "retire", "k1", fails=2).stderr
    assert "no key 'k9'" in town.run("keys", "retire", "k9", fails=2).stderr
    file = town.folder / "data" / "keys"
    KeyRing.load(file).with_keys(["k2", "k1"], new="k2").replace(file)
    assert "2 stored values still need k1" in town.run("keys", "retire", "k1", fails=2).stderr


def test_the_file_stays_its_owners_alone(town: Town) -> None:
    town.run("keys", "rotate")
    file: Path = town.folder / "data" / "keys"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir() if "keys" in each.name] == ["keys"]
