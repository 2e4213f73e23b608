"""`pusher check` says what is wrong and what to do, each thing by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from subscribers.keys import KeyRing
from tests.pusher.cli.town import Town
from tests.support.certificates import signing_pair


def _wrong(town: Town) -> dict[str, str]:
    return {each["name"]: each["text"] for each in town.json("check", fails=1) if not each["ok"]}


def test_a_fresh_installation_is_sound(anywhere: Town) -> None:
    found = anywhere.json("check")
    assert [each["name"] for each in found if not each["ok"]] == []
    assert {"packages", "settings", "templates", "disk", "keys", "database", "clock"} < {each["name"] for each in found}
    assert "WRONG" not in anywhere.run("check").stdout


def test_who_sees_the_lists_of_departments_is_told(town: Town) -> None:
    def said() -> str:
        [text] = [each["text"] for each in town.json("check") if each["name"] == "lists"]
        return str(text)

    assert "sees the lists of all departments" in said()
    town.add('[lists.keepers.wang]\ndepartments = ["民政局"]')
    assert "he is wang" in said()
    town.add(f'key = "{"0" * 64}"')
    assert said() == "1 keepers, each with a key"


def test_every_wrong_setting_is_named(town: Town) -> None:
    town.add('[channels.mail]\nkind = "smtp"\nhots = "x"\n[routes.more]\nchannels = ["nowhere"]')
    texts = [each["text"] for each in town.json("check", fails=1) if not each["ok"]]
    assert any("channels.mail.hots" in text for text in texts)
    assert any("nowhere" in text for text in texts)


@pytest.mark.parametrize(
    ("source", "is_sound"),
    [
        ("", False),
        ('[sources.weather]\nkind = "feed"\nurl = "https://alerts.example/feed"\n', False),
        ('[sources.weather]\nkind = "cap"\nurl = "http://alerts.example/feed"\n', False),
        ('[sources.weather]\nkind = "cap"\nurl = "https://alerts.example/feed"\n', True),
    ],
)
def test_a_sender_that_counts_as_an_approver_is_who_it_says(town: Town, source: str, *, is_sound: bool) -> None:
    office = (
        'channels = ["board"]\n[warnings.organisations.met]\nname = "气象台"\ncode = "36040341600000"\n'
        'hazards = ["11B"]\nareas = ["360403"]\ncontact = "0792-8888888"\n'
    )
    sender = '[warnings.automatic.rain]\nsource = "weather"\nsender = "x"\norganisation = "met"\nhazards = ["11B03"]\n'
    town.add(f"[warnings]\n{office}{sender}{source}")
    found = town.json("check", fails=0 if is_sound else 1)
    said = " ".join(each["text"] for each in found)
    assert ("automatic.rain.source" in said) is not is_sound


def test_a_step_of_a_roll_call_that_would_call_nobody_is_refused(town: Town) -> None:
    town.add(
        "[[warnings.roll_call.ladders.red]]\nminutes = 0\nchannels = ['smss']\n"
        "[[warnings.roll_call.ladders.red]]\nminutes = 3\nchannels = ['board']\n"
    )
    texts = [each["text"] for each in town.json("check", fails=1) if not each["ok"]]
    assert any("roll_call.ladders: there is no channel 'smss'" in text for text in texts)
    assert any("'board' is read by everybody and calls nobody" in text for text in texts)


def test_a_sender_s_certificate_that_is_missing_or_about_to_end_is_told(town: Town) -> None:
    office = (
        'channels = ["board"]\n[warnings.organisations.met]\nname = "气象台"\ncode = "36040341600000"\n'
        'hazards = ["11B"]\nareas = ["360403"]\ncontact = "0792-8888888"\n'
    )
    file = town.folder / "met.pem"
    sender = (
        '[warnings.automatic.rain]\nsource = "weather"\nsender = "x"\norganisation = "met"\nhazards = ["11B03"]\n'
        f'certificates = ["{file}"]\n[sources.weather]\nkind = "cap"\nurl = "https://alerts.example/feed"\n'
    )
    town.add(f"[warnings]\n{office}{sender}")
    assert "warnings.automatic.rain.certificates.0: the certificate" in _wrong(town)["settings"]
    file.write_bytes(signing_pair(until=datetime.now(UTC) + timedelta(days=9))[1])
    assert "add the next one beside it" in _wrong(town)["warnings.automatic.rain"]
    file.write_bytes(signing_pair()[1])
    town.json("check")


def test_a_key_ring_that_others_can_read_is_refused(town: Town) -> None:
    (town.folder / "data" / "keys").chmod(0o644)
    assert "chmod 600" in _wrong(town)["keys"]


def test_a_missing_key_ring_does_not_hide_the_rest(town: Town) -> None:
    (town.folder / "data" / "keys").unlink()
    assert set(_wrong(town)) == {"keys"}


def test_a_wrong_template_of_the_town_is_named(town: Town) -> None:
    own = town.folder / "words" / "default"
    own.mkdir(parents=True)
    (own / "sms.text.txt.j2").write_text("{{ notice.titel }}", encoding="utf-8")
    text = town.settings.read_text(encoding="utf-8").replace('# folder = "templates"', 'folder = "words"')
    town.settings.write_text(text, encoding="utf-8")
    assert "titel" in _wrong(town)["templates"]
    assert "titel" in town.run("templates", "check", fails=1).stderr


def test_a_database_of_another_version_is_told(bare: Town) -> None:
    (bare.folder / "data" / "pusher.db").touch()
    assert "pusher db upgrade" in _wrong(bare)["database"]


def test_settings_without_a_route_tell_nobody(town: Town) -> None:
    text = town.settings.read_text(encoding="utf-8")
    town.settings.write_text(text[: text.index("[routes.notices]")], encoding="utf-8")
    assert "without a route" in _wrong(town)["settings"]


def test_the_key_ring_of_another_database_is_told(anywhere: Town) -> None:
    anywhere.run("subscriber", "add", "--address", "email:wang@example.com", "--confirmed")
    assert all(each["ok"] for each in anywhere.json("check") if each["name"] == "keys")
    keys = anywhere.folder / "data" / "keys"
    keys.unlink()
    KeyRing.generate().save(keys)
    assert "does not open" in _wrong(anywhere)["keys"]


def test_a_database_file_that_cannot_be_opened_is_not_called_unreachable(bare: Town) -> None:
    (bare.folder / "data" / "pusher.db").mkdir()
    assert "the database file is locked or cannot be opened" in bare.run("status", fails=2).stderr
