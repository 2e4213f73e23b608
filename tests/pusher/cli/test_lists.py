"""Departments' lists: what is written down with them, who sees them, and what happens at their end."""

import asyncio
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
