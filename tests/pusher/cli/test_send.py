"""Items from the command line: sent, tried against routes, held, released and withdrawn."""

import json
from pathlib import Path

import pytest

from tests.pusher.cli.town import Town

_TITLE = "关于2026年秋季义务教育招生工作的通知"


def _subscribed(town: Town) -> None:
    words = ("--address", "email:wang@example.com", "--subscribe", "education:360403", "--confirmed")
    town.run("subscriber", "add", *words)


def test_what_is_sent_is_reviewed_and_reaches_its_subscribers(anywhere: Town) -> None:
    _subscribed(anywhere)
    told = anywhere.json("send", "--title", _TITLE)
    assert told["domains"] == ["education"]
    anywhere.pass_once()
    counts = {row["channel"]: (row["sent"], row["delivered"]) for row in anywhere.json("report")}
    assert counts == {"board": (1, 1), "log": (1, 0)}
    assert anywhere.json("item", "show", str(told["item"]))["broadcasts"] == [1]


def test_sending_the_same_again_changes_nothing(town: Town) -> None:
    first, second = (town.json("send", "--title", _TITLE) for _ in range(2))
    assert first["item"] == second["item"]
    assert (first["new"], second["new"]) == (True, False)


def test_a_text_comes_from_a_file_or_from_standard_input(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("第一段。\n\n第二段。", encoding="utf-8")
    number = town.json("send", "--title", _TITLE, "--body", str(file))["item"]
    assert "第二段。" in town.run("item", "show", str(number)).stdout
    assert town.json("send", "--title", "另一个通知", "--body", "-", typed="自己写的话。")["item"] == number + 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--title", " "), "must not be empty"),
        (("--title", "x", "--domain", "schools"), "there is no domain 'schools'"),
        (("--title", "x", "--area", "3604030"), "division code"),
        (("--title", "x", "--url", "javascript:1"), "http"),
        (("--title", "x", "--body", "/nowhere/at-all"), "No such file"),
    ],
)
def test_what_cannot_be_sent_is_a_sentence(town: Town, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in town.run("send", *words, fails=2).stderr
    assert town.json("item", "list") == []


def test_a_text_that_is_no_text_is_a_sentence(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "text.bin"
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in town.run("send", "--title", "x", "--body", str(file), fails=2).stderr


def test_a_warning_waits_for_somebody_else(town: Town) -> None:
    said = town.run("send", "--title", "暴雨红色预警", "--severity", "red").stdout
    assert "somebody else must approve it" in said
    town.pass_once()
    [proposed] = town.json("status")["proposed"]
    assert proposed["lane"] == "warning"


def test_an_item_with_a_list_of_people_is_held_until_it_is_released(town: Town) -> None:
    held = "\n".join(f"姓名：{name}" for name in ("张三", "李四", "王五", "赵六"))
    told = town.json("send", "--title", _TITLE, "--body", "-", typed=held)
    assert told["state"] == "held"
    assert town.json("status")["held"] == 1
    number = str(told["item"])
    assert "张三" not in town.run("item", "show", number).stdout
    town.run("item", "release", number)
    assert [item["number"] for item in town.json("item", "list", "--state", "ready")] == [told["item"]]
    assert "only a held item" in town.run("item", "release", number, fails=2).stderr


def test_a_withdrawn_item_goes_nowhere_any_more(anywhere: Town) -> None:
    number = str(anywhere.json("send", "--title", "暴雨红色预警", "--severity", "red")["item"])
    anywhere.pass_once()
    assert "1 broadcasts cancelled" in anywhere.run("item", "withdraw", number).stdout
    [broadcast] = anywhere.json("broadcast", "list")
    assert broadcast["state"] == "cancelled"
    assert "withdrawn already" in anywhere.run("item", "withdraw", number, fails=2).stderr
    assert [entry["action"] for entry in anywhere.json("audit", "list")] == ["item withdraw", "send"]


def test_a_withdrawn_item_leaves_the_board(town: Town) -> None:
    number = str(town.json("send", "--title", _TITLE)["item"])
    town.pass_once()
    assert "its post is off the board" in town.run("item", "withdraw", number).stdout


def test_an_item_that_is_not_there_is_a_sentence(town: Town) -> None:
    for act in ("show", "release", "withdraw"):
        assert "there is no item 7" in town.run("item", act, "7", fails=2).stderr


def test_a_route_is_tried_without_telling_anybody(anywhere: Town) -> None:
    _subscribed(anywhere)
    number = str(anywhere.json("send", "--title", _TITLE)["item"])
    told = anywhere.json("route", "try", number)
    [broadcast] = told["broadcasts"]
    assert broadcast["channels"] == {"board": 1, "log": 1}
    assert broadcast["lists"] == {"subscribers": {"log": 1}}
    assert broadcast["areas"] == {"360403": {"log": 1}}
    assert not broadcast["approval"]
    assert "everybody once" in anywhere.run("route", "try", number).stdout
    assert anywhere.json("broadcast", "list") == []


def test_a_group_counts_by_itself_and_once_in_all(town: Town, tmp_path: Path) -> None:
    _subscribed(town)
    file = tmp_path / "list.csv"
    file.write_text("邮箱\nwang@example.com\nli@example.com\n", encoding="utf-8")
    town.run("group", "import", "家长", str(file), "--purpose", "入学通知")
    text = town.settings.read_text(encoding="utf-8")
    wanted = 'to = ["subscribers", "group:家长", "group:没有"]'
    town.settings.write_text(text.replace('to = ["subscribers"]', wanted, 1), encoding="utf-8")
    [broadcast] = town.json("route", "try", "-", typed=json.dumps({"title": _TITLE}))["broadcasts"]
    assert broadcast["lists"] == {"subscribers": {"log": 1}, "group:家长": {"log": 2}}
    assert broadcast["channels"]["log"] == 2
    assert broadcast["unknown_groups"] == ["没有"]
    assert "nobody is meant by 没有" in town.run("route", "try", "-", typed=json.dumps({"title": _TITLE})).stdout


def test_an_item_that_is_only_tried_is_not_stored(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "item.json"
    file.write_text(json.dumps({"title": "暴雨红色预警", "severity": "red", "kind": "warning"}), encoding="utf-8")
    told = town.json("route", "try", str(file))
    assert told["item"]["number"] is None
    assert told["broadcasts"][0]["approval"]
    assert town.json("item", "list") == []


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        ("99", "", "there is no item 99"),
        ("-", "{}", "title"),
        ("-", "no JSON", "not JSON"),
        ("/nowhere.json", "", "No such file"),
    ],
)
def test_what_cannot_be_tried_is_a_sentence(town: Town, words: str, typed: str, sentence: str) -> None:
    assert sentence in town.run("route", "try", words, typed=typed, fails=2).stderr


def test_an_item_that_no_route_takes_is_told(town: Town) -> None:
    text = town.settings.read_text(encoding="utf-8").replace('kinds = ["notice"]', 'kinds = ["other"]')
    town.settings.write_text(text, encoding="utf-8")
    typed = json.dumps({"title": _TITLE})
    assert town.json("route", "try", "-", typed=typed)["broadcasts"] == []
    assert "nobody would be told" in town.run("route", "try", "-", typed=typed).stdout


def test_titles_that_look_like_markup_are_printed_as_they_are(town: Town) -> None:
    town.run("send", "--title", "[/red]关于[bold]招生:smile:的通知")
    assert "[/red]关于[bold]招生:smile:的通知" in town.run("item", "list").stdout


def test_what_is_for_some_people_alone_reaches_them_and_no_board(anywhere: Town, tmp_path: Path) -> None:
    _subscribed(anywhere)
    file = tmp_path / "list.csv"
    file.write_text("邮箱,年级\nli@example.com,三\nzhao@example.com,四\n", encoding="utf-8")
    anywhere.run("group", "import", "家长", str(file), "--purpose", "入学通知", "--select", "年级")
    assert "no list '没有'" in anywhere.run("send", "--title", _TITLE, "--to", "没有", fails=2).stderr
    number = anywhere.json("send", "--title", _TITLE, "--to", "家长 且 年级=三")["item"]
    [broadcast] = anywhere.json("route", "try", str(number))["broadcasts"]
    assert (broadcast["channels"], broadcast["areas"]) == ({"log": 1}, {})
    anywhere.pass_once()
    assert {row["channel"]: row["sent"] for row in anywhere.json("report")} == {"log": 1}
    [sent] = [entry for entry in anywhere.json("audit", "list") if entry["action"] == "send"]
    assert sent["detail"] == "only to 家长 且 年级=三"


def test_routes_that_send_alike_are_tried_as_the_one_broadcast_that_they_are(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("邮箱\nli@example.com\n", encoding="utf-8")
    town.run("group", "import", "家长", str(file), "--purpose", "入学通知")
    town.add(
        '[routes.one]\nto = ["group:家长"]\nchannels = ["log"]\n[routes.two]\nto = ["select:家长"]\nchannels = ["log"]'
    )
    told = town.json("route", "try", "-", typed=json.dumps({"title": _TITLE}))["broadcasts"]
    [joined] = [each for each in told if each["route"] == "one + two"]
    assert joined["lists"] == {"group:家长": {"log": 1}, "select:家长": {"log": 1}}
    assert joined["channels"] == {"log": 1}
