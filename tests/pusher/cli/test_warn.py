"""Warnings from the command line, from the draft to the end."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.pusher.cli.town import Town

_SETTINGS = """
[warnings]
channels = ["board", "log"]
groups = ["值守"]

[warnings.organisations.met]
name = "浔阳区气象台"
code = "36040341600000"
hazards = ["11B"]
areas = ["360403"]
contact = "0792-8888888"

[warnings.officers.li]
organisations = ["met"]
roles = ["draft"]

[warnings.officers.wang]
organisations = ["met"]
roles = ["check", "approve"]

[warnings.officers.zhao]
organisations = ["met"]
roles = ["approve"]
"""

_DRAFT = """
organisation = "met"
hazard = "暴雨"
level = "{level}"
areas = ["360403"]
area_words = "浔阳区全区"
description = "预计未来3小时降雨量将达100毫米以上。"
instruction = "停止户外活动，远离河边和低洼处。"
hours = 6
"""


@pytest.fixture
def warned(town: Town) -> Town:
    """A town with officers and one subscriber of disasters."""
    town.add(_SETTINGS)
    words = ("--address", "email:wang@example.com", "--subscribe", "disaster:360403", "--confirmed")
    town.run("subscriber", "add", *words)
    return town


def _draft(town: Town, tmp_path: Path, *words: str, level: str = "red") -> int:
    file = tmp_path / "draft.toml"
    file.write_text(_DRAFT.format(level=level), encoding="utf-8")
    return int(town.json("warn", "draft", str(file), "--as", "li", *words)["id"])


def test_a_warning_from_draft_to_end(warned: Town, tmp_path: Path) -> None:
    number = _draft(warned, tmp_path)
    shown = warned.json("warn", "show", str(number))
    assert (shown["mode"], shown["by_channel"], shown["approvers"]) == ("live", {"board": 0, "log": 1}, 2)
    assert shown["headline"] == "浔阳区气象台发布暴雨红色预警"
    missing = warned.run("warn", "send", str(number), fails=2).stderr
    assert "draft and has not been sent: somebody must check it (复核), then 2 more must approve it" in missing
    warned.run("warn", "check", str(number), "--as", "wang")
    assert "1 more" in warned.run("warn", "approve", str(number), "--as", "wang", "--level", "red").stdout
    assert (
        "not orange" in warned.run("warn", "approve", str(number), "--as", "zhao", "--level", "orange", fails=2).stderr
    )
    assert warned.json("warn", "approve", str(number), "--as", "zhao", "--level", "red")["state"] == "issued"
    assert f"warning {number} was sent as 36040341600000_" in warned.run("warn", "send", str(number)).stdout
    warned.pass_once()
    status = warned.json("warn", "status", str(number), "--areas")
    assert (status["over"], status["channels"]["log"]["sent"], status["alarms"]) == (True, 1, [])
    district = status["areas"]["360403"]
    assert (district["people"], district["reached"], district["channels"]["log"]["sent"]) == (1, 1, 1)
    assert "360403" in warned.run("warn", "status", str(number), "--areas").stdout
    assert status["channels"]["log"]["most_sent_s"] is not None
    worse = tmp_path / "worse.toml"
    worse.write_text(_DRAFT.format(level="orange"), encoding="utf-8")
    # A drill that is asked for is never drafted as live.
    asked = ("--update", str(number), "--status", "exercise", "--as", "li")
    assert "leave them out with --update" in warned.run("warn", "draft", str(worse), *asked, fails=2).stderr
    updated = warned.json("warn", "update", str(number), str(worse), "--as", "li")
    assert updated["headline"] == "浔阳区气象台降级发布暴雨橙色预警"
    warned.run("warn", "reject", str(updated["id"]), "--as", "li")
    ended = warned.json("warn", "end", str(number), "--reason", "降雨结束。", "--as", "li")["id"]
    warned.run("warn", "approve", str(ended), "--as", "wang", "--level", "red")
    warned.pass_once()
    assert warned.json("warn", "status", str(ended))["left_out"] == 0
    assert [row["state"] for row in warned.json("warn", "list")] == ["ended", "rejected", "ended"]


def test_a_prepared_draft_is_filled_in_and_shown_with_its_map(warned: Town, tmp_path: Path) -> None:
    prepared = warned.run("warn", "prepared", "暴雨", "yellow").stdout
    said = {"area_words": "浔阳区沿江", "description": "预计未来6小时降雨量将达50毫米以上。"}
    for name, words in said.items():
        prepared = prepared.replace(f'{name} = ""', f'{name} = "{words}"')
    file, picture = tmp_path / "draft.toml", tmp_path / "area.svg"
    ring = "29.70,115.98 29.70,116.00 29.72,116.00 29.70,115.98"
    file.write_text(f'{prepared}polygons = ["{ring}"]\n', encoding="utf-8")
    number = str(warned.json("warn", "draft", str(file), "--as", "li")["id"])
    shown = warned.json("warn", "show", number, "--map", str(picture))
    assert shown["problems"] == []
    assert shown["instruction"].startswith("减少外出")
    assert "<polygon" in picture.read_text(encoding="utf-8")
    assert "hazard is a code" in warned.run("warn", "prepared", "流星雨", "red", fails=2).stderr
    missing = warned.run("warn", "show", number, "--map", str(tmp_path / "no" / "area.svg"), fails=2)
    assert "No such file" in missing.stderr


def test_a_draft_says_where_its_page_is_as_long_as_there_is_something_to_decide(warned: Town, tmp_path: Path) -> None:
    warned.settings.write_text(
        re.sub('public_url = ".*"', 'public_url = "https://tz.example.gov.cn"', warned.settings.read_text("utf-8")),
        encoding="utf-8",
    )
    file = tmp_path / "draft.toml"
    file.write_text(_DRAFT.format(level="orange"), encoding="utf-8")
    drafted = warned.run("warn", "draft", str(file), "--as", "li").stdout
    found = re.search(r"https://tz\.example\.gov\.cn/approve/1\.\S{12}", drafted)
    assert found is not None
    assert found.group() in warned.run("warn", "check", "1", "--as", "wang").stdout
    assert warned.json("warn", "show", "1")["page"] == found.group()
    assert warned.json("warn", "reject", "1", "--as", "wang")["page"] == ""
    assert "/approve/" not in warned.run("warn", "show", "1").stdout


def test_the_documents_of_a_warning_are_sound(warned: Town, tmp_path: Path) -> None:
    number = str(_draft(warned, tmp_path, level="blue"))
    assert "has not gone out" in warned.run("warn", "document", number, fails=2).stderr
    warned.run("warn", "approve", number, "--as", "wang", "--level", "blue")
    for form in ("cap", "12379"):
        file = tmp_path / f"{form}.xml"
        file.write_bytes(warned.run("warn", "document", number, "--form", form).stdout_bytes)
        told = json.loads(warned.run("cap", "check", str(file), "--json").stdout)
        assert told["ok"], told["errors"]


def test_whoever_is_no_officer_is_told_so(warned: Town, tmp_path: Path) -> None:
    number = str(_draft(warned, tmp_path))
    assert "审核" in warned.run("warn", "check", number, "--as", "zhao", fails=2).stderr
    assert "no officer" in warned.run("warn", "check", number, "--as", "nobody", fails=2).stderr


def test_an_officer_with_a_key_must_show_it(warned: Town, tmp_path: Path) -> None:
    key = "a-long-key-of-the-officer"
    digest = hashlib.sha256(key.encode()).hexdigest()
    text = warned.settings.read_text(encoding="utf-8")
    with_key = text.replace("[warnings.officers.zhao]", f'[warnings.officers.zhao]\nkey = "{digest}"')
    warned.settings.write_text(with_key, encoding="utf-8")
    number = str(_draft(warned, tmp_path, level="blue"))
    words = ("warn", "approve", number, "--as", "zhao", "--level", "blue")
    assert "PUSHER_OFFICER_KEY" in warned.run(*words, fails=2).stderr
    shown = Town(warned.folder, {**warned.environment, "PUSHER_OFFICER_KEY": key})
    assert "goes out" in shown.run(*words).stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('hazard = "暴雨"', 'hazard = "外星人"', "hazard is a code"),
        ('level = "red"', 'level = "pink"', "level is one of"),
        ("hours = 6", "hours = -1", "hours is a number"),
        ("hours = 6", 'onset = "soon"', "onset is a time"),
        ("hours = 6", "colour = 6", "there is no 'colour'"),
        ("hours = 6", "= 6", "not TOML"),
    ],
)
def test_a_draft_that_is_wrong_is_a_sentence(warned: Town, tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "draft.toml"
    file.write_text(_DRAFT.format(level="red").replace(old, new), encoding="utf-8")
    stderr = warned.run("warn", "draft", str(file), "--as", "li", fails=2).stderr
    assert said in stderr
    assert "draft.toml" in stderr


def test_a_drill_shows_that_it_is_one(warned: Town, tmp_path: Path) -> None:
    number = str(_draft(warned, tmp_path, "--status", "exercise", level="blue"))
    assert "【演练】" in warned.run("warn", "show", number).stdout
    warned.run("warn", "approve", number, "--as", "wang", "--level", "blue")
    warned.pass_once()
    assert warned.json("warn", "status", number)["channels"]["log"]["planned"] == 0
