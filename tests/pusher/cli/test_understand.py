"""Domains and their rules need no settings file."""

import json
from pathlib import Path

from tests.pusher.cli.town import Town


def test_the_seven_domains_are_printed_without_settings(tmp_path: Path) -> None:
    rows = Town(tmp_path).json("domains")
    assert [row["code"] for row in rows] == [
        "rural",
        "aid",
        "education",
        "health",
        "environment",
        "disaster",
        "culture",
    ]
    assert rows[2]["departments"] == ["区教体局"]


def test_another_place_has_other_departments(tmp_path: Path) -> None:
    town = Town(tmp_path)
    assert town.json("domains", "--taxonomy", "songshanhu") != town.json("domains")


def test_an_unknown_taxonomy_is_a_sentence(tmp_path: Path) -> None:
    result = Town(tmp_path).run("domains", "--taxonomy", "atlantis", fails=2)
    assert "atlantis" in result.stderr


def test_each_line_has_its_answer_and_a_bad_one_stops_nothing(tmp_path: Path) -> None:
    lines = b'{"title": "\xe4\xbd\x8e\xe4\xbf\x9d\xe5\x90\x8d\xe5\x8d\x95"}\nnonsense\n\xff\n\n{"title": "x"}\n'
    result = Town(tmp_path).run("classify", typed=lines, fails=1)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert answers[0]["domains"] == ["aid"]
    assert answers[1]["error"].startswith("line 2:")
    assert answers[2]["error"].startswith("line 3:")
    assert answers[3]["domains"] == []
    assert "lines that could not be read: 2" in result.stderr


def test_the_settings_name_the_taxonomy(town: Town) -> None:
    text = town.settings.read_text(encoding="utf-8")
    town.settings.write_text(text.replace('taxonomy = "xunyang"', 'taxonomy = "songshanhu"'), encoding="utf-8")
    assert town.json("domains") == town.json("domains", "--taxonomy", "songshanhu")
