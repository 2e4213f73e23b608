"""Departments' lists: what is written down with them, who sees them, and what happens at their end."""

import asyncio
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from pusher.app import open_store
from pusher.clock import now
from pusher.settings.read import read
from subscribers import consent
from tests.pusher.cli.town import Town

_KEEPERS = """
[lists.keepers.wang]
departments = ["民政局"]
[lists.keepers.li]
departments = ["教育局"]
[lists.keepers.chen]
departments = ["*"]
key = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "list.csv"
    path.write_text("姓名,手机号,金额\n张三,13800138001,300\n李四,13800138002,200\n", encoding="utf-8")
    return str(path)


def test_purpose_and_end_are_asked_for_once_and_kept(town: Town, file: str) -> None:
    assert "--purpose" in town.run("group", "import", "低保户", file, fails=2).stderr
    town.run("group", "import", "低保户", file, "--purpose", "发放补助", "--until", "2099-12-31")
    town.run("group", "import", "低保户", file)
    [kept] = town.json("group", "list")
    assert (kept["purpose"], kept["until"]) == ("发放补助", "2099-12-31")
    town.run("group", "import", "低保户", file, "--until", "never")
    assert town.json("group", "list")[0]["until"] is None
    for until in ("tomorrow", "2026-11-01", "9999-12-31"):
        town.run("group", "import", "低保户", file, "--until", until, fails=2)


def test_nobody_outside_of_a_department_sees_its_lists(town: Town, file: str) -> None:
    town.add(_KEEPERS)
    town.run("group", "import", "低保户", file, "--purpose", "发放补助", "--as", "wang")
    assert [each["department"] for each in town.json("group", "list", "--as", "wang")] == ["民政局"]
    assert town.json("group", "list", "--as", "li") == []
    taken = town.run("group", "import", "低保户", file, "--purpose", "x", "--as", "li", fails=2).stderr
    assert "taken" in taken
    town.run("group", "import", "学生", file, "--purpose", "x", "--department", "民政局", "--as", "li", fails=2)
    town.run("group", "list", "--as", "zhao", fails=2)
    shown = town.json("subscriber", "show", "1", "--as", "li")
    assert shown["groups"] == ["a list of another department"]
    assert "低保户" not in str(shown)
    assert town.json("subscriber", "show", "1", "--as", "wang")["groups"] == ["低保户"]


def test_what_a_list_says_is_exported_by_its_department_and_by_whoever_sees_all(
    town: Town, file: str, tmp_path: Path
) -> None:
    town.add(_KEEPERS)
    located = tmp_path / "located.csv"
    located.write_text("手机号,金额,经度,纬度\n13800138001,300,115.99,29.71\n", encoding="utf-8")
    town.run("group", "import", "低保户", str(located), "--purpose", "发放补助", "--as", "wang")
    town.run("group", "import", "学生家长", file, "--purpose", "通知", "--as", "li")
    chief = Town(town.folder, {**town.environment, "PUSHER_OFFICER_KEY": "foo"})
    told = {}
    for number, (who, at) in enumerate({"li": town, "zhao": town, "chen": chief}.items()):
        to = tmp_path / f"{number}.json"
        said = at.run("subscriber", "export", "1", "--to", str(to), "--as", who).stdout
        told[who] = json.loads(to.read_text(encoding="utf-8"))
        assert ("left out: what 民政局 keeps" in said) == (who != "chen")
    assert "their own key" in town.run("subscriber", "export", "1", "--to", "x", "--as", "chen", fails=2).stderr
    assert [each["list"] for each in told["li"]["lists"]] == ["学生家长"]
    assert [each["department"] for each in told["li"]["left_out"]] == ["民政局"]
    assert [each["department"] for each in told["zhao"]["left_out"]] == ["教育局", "民政局"]
    assert {each["list"] for each in told["chen"]["lists"]} == {"低保户", "学生家长"}
    assert told["chen"]["left_out"] == []
    assert len(told["chen"]["positions"]) == 1
    for who, hidden in (("li", ("低保户",)), ("zhao", ("低保户", "学生家长", "300"))):
        assert told[who]["positions"] == []
        assert not any(word in str(told[who]) for word in hidden)
    log = [each for each in town.json("audit", "list") if each["action"] == "subscriber export"]
    assert {each["actor"]: "without" in each["detail"] for each in log} == {"li": True, "zhao": True, "chen": False}


def test_where_a_list_says_that_somebody_lives_is_shown_to_its_department_alone(town: Town, tmp_path: Path) -> None:
    town.add(_KEEPERS)
    file = tmp_path / "located.csv"
    file.write_text("手机号,经度,纬度\n13800138001,115.99,29.71\n", encoding="utf-8")
    town.run("group", "import", "低保户", str(file), "--purpose", "发放补助", "--as", "wang")
    assert town.json("subscriber", "show", "1", "--reveal", "--as", "li")["positions"] == []
    assert len(town.json("subscriber", "show", "1", "--reveal", "--as", "wang")["positions"]) == 1
    town.run("subscriber", "show", "1", "--as", "zhao")
    looked = [(each["actor"], each["action"]) for each in town.json("audit", "list")]
    assert looked[:3] == [
        ("zhao", "subscriber show"),
        ("wang", "subscriber reveal"),
        ("li", "subscriber reveal"),
    ]


def test_a_keeper_with_a_key_shows_it(town: Town, file: str) -> None:
    town.add(_KEEPERS)
    assert "their own key" in town.run("group", "list", "--as", "chen", fails=2).stderr
    at = Town(town.folder, {**town.environment, "PUSHER_OFFICER_KEY": "foo"})
    at.run("group", "import", "低保户", file, "--purpose", "x", "--department", "民政局", "--as", "chen")
    assert len(at.json("group", "list", "--as", "chen")) == 1


def test_the_end_of_a_list_is_told_beforehand(town: Town, file: str) -> None:
    town.run("group", "import", "责任人", file, "--purpose", "叫应", "--until", "2099-12-31")
    assert town.json("status")["ending"] == []
    town.add("[lists]\nremind_days = 365")
    soon = f"{now() + timedelta(days=100):%Y-%m-%d}"
    town.run("group", "import", "责任人", file, "--until", soon)
    told = town.run("status", fails=1).stderr
    assert f"list 责任人 (no department) ends on {soon}" in told


def test_a_list_that_outweighs_a_refusal_says_so(town: Town, file: str) -> None:
    said = ("--duty", "防汛责任人必须接收；咨询 12345")
    put = ("group", "import", "责任人", file, "--purpose", "叫应")
    assert "that the law makes" in town.run(*put, *said, fails=2).stderr
    town.run(*put, "--basis", "emergency", *said)
    asyncio.run(_refused(town))
    assert town.json(*put)["outweighed"] == 1
    assert "1 of them said 退订" in town.run(*put).stdout
    assert town.json("group", "list")[0]["duty"] == "防汛责任人必须接收；咨询 12345"
    assert "even after a 退订: 防汛责任人" in town.run("group", "list").stdout
    assert "outweighs 退订" in town.json("audit", "list")[0]["detail"]


async def _refused(town: Town) -> None:
    async with open_store(read(town.settings)) as opened, opened.database.write() as connection:
        await consent.refuse(connection, [1], source="sms TD", at=opened.now())


def test_columns_mean_what_the_list_says_that_they_mean(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("联络号,年龄分组,内部备注\n13800138001,80以上,密\n13800138002,70-79,密\n", encoding="utf-8")
    put = ("group", "import", "高龄", str(path))
    meaning = ("--column", "手机=联络号", "--column", "年龄段=年龄分组", "--column", "忽略=内部备注")
    town.run(*put, "--purpose", "高龄津贴", *meaning, "--select", "年龄段")
    again = town.json(*put)
    assert (again["people"], again["changed"]) == (2, 0)
    [kept] = town.json("group", "list")
    assert kept["slots"] == {"u5e74_u9f84_u6bb5": "年龄分组"}
    assert kept["selectable"] == ["u5e74_u9f84_u6bb5"]
    assert "no column '电话'" in town.run(*put, "--column", "手机=联络号", "--column", "姓名=电话", fails=2).stderr
    assert "MEANING=HEADING" in town.run(*put, "--column", "手机", fails=2).stderr
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('"手机" = "联络号"\nage = "年龄分组"\n- = "内部备注"\n', encoding="utf-8")
    assert town.json(*put, "--mapping", str(mapping), "--select", "age")["slots"] == {"age": "年龄分组"}
    assert "no such column" in town.run(*put, "--select", "金额", fails=2).stderr


def test_a_preview_says_what_would_change_and_changes_nothing(town: Town, tmp_path: Path, file: str) -> None:
    town.run("group", "import", "低保户", file, "--purpose", "发放补助")
    path = tmp_path / "next.csv"
    path.write_text("姓名,手机,金额\n张三,13800138001,350\n王五,13800138003,100\n", encoding="utf-8")
    told = town.json("group", "preview", "低保户", str(path), "--hints")
    assert [told[name] for name in ("people", "new", "changed", "same", "gone")] == [2, 1, 1, 0, 1]
    assert told["hints"] == {"new": ["138****8003"], "changed": ["138****8001"], "gone": ["138****8002"]}
    said = town.run("group", "preview", "低保户", str(path), "--hints").output
    assert "1380013800" not in said
    assert "gone: 138****8002" in said
    assert "hints" not in town.json("group", "preview", "低保户", str(path))
    assert town.json("group", "preview", "低保户", file)["same"] == 2


def test_refused_rows_come_back_as_a_file_for_their_owner_alone(town: Town, tmp_path: Path) -> None:
    path, mended = tmp_path / "list.csv", tmp_path / "refused.csv"
    path.write_text("手机,姓名,金额\n13800138001,张三,300\n1380013,李四,200\n,王五,\n", encoding="utf-8")
    put = ("group", "import", "低保户", "--purpose", "发放补助", "--skip-refused")
    said = town.run(*put, str(path), "--refused", str(mended), fails=1).stderr
    assert "2 refused rows" in said
    assert stat.S_IMODE(mended.stat().st_mode) == 0o600
    rows = mended.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "手机,姓名,金额,原文件行号,拒收原因"
    assert rows[1].startswith("1380013,李四,200,3,手机：")
    assert rows[2].startswith(",王五,,4,没有手机号")
    mended.write_text("\n".join(rows[:2]).replace("1380013,", "13800138002,"), encoding="utf-8")
    assert "--add" in town.run(*put, str(mended), fails=2).stderr
    told = town.json("group", "preview", "低保户", str(mended), "--add")
    assert (told["new"], told["gone"]) == (1, 0)
    again = town.json(*put, str(mended), "--add")
    assert [again[name] for name in ("people", "new", "gone", "others")] == [1, 1, 0, 1]
    assert again["slots"] == {"name": "姓名", "amount": "金额"}
    assert town.json("group", "list")[0]["members"] == 2
    assert "there already" in town.run(*put, str(path), "--refused", str(mended), fails=2).stderr


def test_an_expression_is_counted_for_whoever_may_see_its_lists(anywhere: Town, file: str) -> None:
    anywhere.add(_KEEPERS)
    anywhere.add(
        '[channels.sms]\nkind = "aliyun_sms"\naccess_key_id = "a"\nsecret = "b"\nsign_name = "浔阳"\ntemplate = "SMS_1"'
    )
    put = ("group", "import", "低保户", file, "--purpose", "发放补助", "--select", "金额", "--as", "wang")
    anywhere.run(*put)
    ask = ("group", "count", "低保户 且 金额=300", "--channel", "sms")
    told = anywhere.json(*ask, "--as", "wang")
    assert told == {"exact": True, "counts": {"phone": 1}, "margins": {"phone": 0}}
    assert anywhere.run(*ask, "--as", "wang").stdout == "phone 1\n"
    typed = f"低保户 且 金额=200\n\n低保户 且\n{ask[2]}\n"
    several = anywhere.run(*ask[:2], *ask[3:], "--as", "wang", typed=typed)
    assert several.stdout == "phone 1\nphone 1\n"
    assert "at the end" in several.stderr
    nowhere = anywhere.run("group", "count", "低保户 且 地区=360403", *ask[3:], "--as", "wang")
    assert nowhere.stdout == "phone 0\n"
    assert "where people live" in nowhere.stderr
    assert "no list '低保户' of yours" in anywhere.run(*ask, "--as", "li", fails=2).stderr
    assert "at the end" in anywhere.run("group", "count", "低保户 且", "--as", "wang", fails=2).stderr
    assert "no channel 'fax'" in anywhere.run(*ask[:3], "--channel", "fax", "--as", "wang", fails=2).stderr
