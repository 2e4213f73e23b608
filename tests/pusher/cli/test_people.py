"""Groups and subscribers: nothing half-imported, nothing personal printed, every act in the audit log."""

import asyncio
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from pusher.app import open_store
from pusher.settings.read import read
from pusher.sign_up.tables import page_use
from tests.pusher.cli.town import Town

_GOOD = "姓名,手机号,邮箱,金额\n张三,13800138001,zhang@example.com,300\n李四,13800138002,li@example.com,200\n"
#: What a list is for is asked for once.
_FOR = ("--purpose", "发放补助")
_BAD = "姓名,手机号\n张三,13800138001\n王五,1380013\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def test_a_list_becomes_a_group(anywhere: Town, file: Path) -> None:
    file.write_text(_GOOD, encoding="utf-8")
    done = anywhere.json(
        "group", "import", "低保户", str(file), "--department", "民政局", "--basis", "statutory", *_FOR
    )
    assert (done["applied"], done["people"], done["new"], done["refused"]) == (True, 2, 2, [])
    [group] = anywhere.json("group", "list")
    assert (group["name"], group["department"], group["basis"], group["members"]) == (
        "低保户",
        "民政局",
        "statutory",
        2,
    )
    assert "2 people" in anywhere.run("group", "import", "低保户", str(file)).stdout
    log = anywhere.json("audit", "list")
    assert [entry["target"] for entry in log] == ["group 低保户", "group 低保户"]
    assert "2 people, 0 gone, 0 refused, statutory, of 民政局, for " in log[0]["detail"]


def test_a_refused_row_is_reported_masked_and_nothing_is_changed(anywhere: Town, file: Path) -> None:
    file.write_text(_BAD, encoding="utf-8")
    done = anywhere.json("group", "import", "低保户", str(file), *_FOR, fails=1)
    [refused] = done["refused"]
    assert (refused["line"], refused["column"], refused["value"]) == (3, "手机号", "1***")
    assert not done["applied"]
    assert anywhere.json("group", "list") == []
    said = anywhere.run("group", "import", "低保户", str(file), *_FOR, fails=1)
    assert "1380013" not in said.output
    assert "nothing was changed" in said.stderr


def test_refused_rows_can_be_left_out(town: Town, file: Path) -> None:
    file.write_text(_BAD, encoding="utf-8")
    done = town.json("group", "import", "低保户", str(file), "--skip-refused", *_FOR, fails=1)
    assert (done["applied"], done["people"], len(done["refused"])) == (True, 1, 1)


@pytest.mark.parametrize("shown", [True, False], ids=["terminal", "program"])
def test_only_a_terminal_sees_a_bar(town: Town, file: Path, *, shown: bool) -> None:
    file.write_text(_GOOD, encoding="utf-8")
    at = Town(town.folder, {**town.environment, "FORCE_COLOR": "1"}) if shown else town
    assert ("reading rows" in at.run("group", "import", "低保户", str(file), *_FOR).stderr) == shown


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [("低保户", None, "打不开文件"), ("低保户", "姓名\n张三\n", "找不到标题行"), ("", _GOOD, "a group's name")],
)
def test_what_is_no_list_is_a_sentence(town: Town, file: Path, name: str, text: str | None, sentence: str) -> None:
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert sentence in town.run("group", "import", name, str(file), *_FOR, fails=2).stderr


def _added(town: Town, *words: str) -> None:
    town.run("subscriber", "add", "--name", "王小明", "--address", "phone:13800138000", *words)


def test_somebody_may_choose_single_hazards_and_their_least_level(anywhere: Town) -> None:
    _added(anywhere, "--address", "email:wang@example.com", "--subscribe", "hazard:11B03::orange", "--confirmed")
    [wish] = anywhere.json("subscriber", "show", "1")["subscriptions"]
    assert (wish["domain"], wish["least"]) == ("hazard:11B03", "orange")
    words = ("subscriber", "add", "--address", "phone:13800138001", "--subscribe", "hazard:99X")
    assert "there is no hazard '99X'" in anywhere.run(*words, fails=2).stderr


def test_a_subscriber_is_shown_masked(anywhere: Town) -> None:
    _added(anywhere, "--address", "email:wang@example.com", "--subscribe", "education::blue", "--confirmed")
    for who in ("1", "13800138000", "wang@example.com", "phone:+86 138 0013 8000"):
        shown = anywhere.json("subscriber", "show", who)
        assert [each["address"] for each in shown["addresses"]] == ["138****8000", "w***@example.com"]
        assert shown["subscriptions"] == [{"domain": "education", "area": "360403", "least": "blue"}]
        assert shown["name"] == "王**"
    printed = anywhere.run("subscriber", "show", "1").output
    assert "13800138000" not in printed
    assert "王小明" not in printed
    assert "education in 360403 from blue on" in printed
    assert "hears at once" in printed


def test_revealing_a_person_is_written_down(town: Town) -> None:
    _added(town)
    shown = town.json("subscriber", "show", "1", "--reveal")
    assert (shown["name"], shown["addresses"][0]["address"]) == ("王小明", "+8613800138000")
    assert [entry["action"] for entry in town.json("audit", "list")] == ["subscriber reveal", "subscriber add"]
    assert "13800138000" not in town.run("audit", "list").output


def test_who_did_not_agree_provably_is_not_confirmed(town: Town) -> None:
    said = town.run("subscriber", "add", "--address", "phone:13800138000").stdout
    assert "not confirmed" in said
    assert town.json("subscriber", "show", "1")["addresses"][0]["standing"] == "unconfirmed"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--address", "13800138000"), "KIND:VALUE"),
        (("--address", "phone:138"), "电话号码"),
        (("--address", "phone:13800138000", "--subscribe", "schools"), "there is no domain 'schools'"),
        (("--address", "phone:13800138000", "--subscribe", "education:x"), "division code"),
        (("--address", "phone:13800138000", "--subscribe", "education:360403:pink"), "least severity"),
        (("--address", "phone:13800138000", "--subscribe", "education:360499"), "nothing comes from the area 360499"),
    ],
)
def test_a_subscriber_that_cannot_be_is_a_sentence(town: Town, words: tuple[str, ...], sentence: str) -> None:
    said = town.run("subscriber", "add", *words, fails=2)
    assert sentence in said.stderr
    assert "13800138000" not in said.stderr
    assert town.json("audit", "list") == []


def test_an_erased_person_is_gone(anywhere: Town) -> None:
    _added(anywhere)
    assert "add --yes" in anywhere.run("subscriber", "erase", "1", fails=2).stderr
    anywhere.run("subscriber", "erase", "13800138000", "--yes")
    assert "nobody has this address" in anywhere.run("subscriber", "show", "13800138000", fails=2).stderr
    assert "there is no subscriber 1" in anywhere.run("subscriber", "show", "1", fails=2).stderr
    assert "there is no subscriber 1" in anywhere.run("subscriber", "erase", "1", "--yes", fails=2).stderr


def test_an_operator_lifts_a_suppression_and_it_is_in_the_audit_log(town: Town) -> None:
    import sqlite3

    _added(town)
    assert "not suppressed" in town.run("subscriber", "restore", "13800138000", fails=2).stderr
    with sqlite3.connect(town.folder / "data" / "pusher.db") as connection:
        connection.execute(
            "INSERT INTO suppression (fingerprint, kind, reason, source, at)"
            " SELECT fingerprint, kind, 'mailbox unknown', 'test', 0 FROM address"
        )
        connection.execute("UPDATE address SET standing = 2")
    assert "138****8000 is no longer suppressed" in town.run("subscriber", "restore", "13800138000").stdout
    with sqlite3.connect(town.folder / "data" / "pusher.db") as connection:
        (standing,) = connection.execute("SELECT standing FROM address WHERE kind = 'phone'").fetchone()
    assert standing in (0, 1)
    assert "subscriber restore" in town.run("audit", "list").stdout


def test_an_altered_audit_log_is_noticed(town: Town) -> None:
    import sqlite3

    _added(town)
    assert "whole" in town.run("audit", "verify").stdout
    with sqlite3.connect(town.folder / "data" / "pusher.db") as connection:
        connection.execute("UPDATE audit_entry SET actor = 'somebody else'")
    connection.close()
    assert "entry 1" in town.run("audit", "verify", fails=1).stderr


def test_what_is_wrong_is_put_right_without_showing_it(anywhere: Town) -> None:
    _added(anywhere, "--confirmed")
    words = ("--name", "王晓明", "--replace", "13800138000", "13800138001", "--confirmed")
    assert "corrected: name, address" in anywhere.run("subscriber", "correct", "1", *words).stdout
    shown = anywhere.json("subscriber", "show", "1", "--reveal")
    assert (shown["name"], [each["address"] for each in shown["addresses"]]) == ("王晓明", ["+8613800138001"])
    assert (
        "before it is confirmed"
        in anywhere.run("subscriber", "correct", "1", "--replace", "13800138001", "13800138002").stdout
    )
    assert "nothing to correct" in anywhere.run("subscriber", "correct", "1", fails=2).stderr
    assert "1380013" not in anywhere.run("audit", "list").stdout


def test_a_person_gets_all_that_is_stored_in_a_file_of_his_own(anywhere: Town, tmp_path: Path) -> None:
    import json

    _added(anywhere, "--subscribe", "education", "--confirmed")
    roster = tmp_path / "list.csv"
    roster.write_text("姓名,手机号,补贴金额\n王小明,13800138000,300\n", encoding="utf-8")
    anywhere.run("group", "import", "低保户", str(roster), "--department", "民政局", "--basis", "statutory", *_FOR)
    file = tmp_path / "export.json"
    anywhere.run("subscriber", "export", "13800138000", "--to", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["addresses"][0]["address"] == "+8613800138000"
    [listed] = told["lists"]
    assert (listed["list"], listed["department"], listed["says"]["补贴金额"]) == ("低保户", "民政局", "300")
    assert (told["messages"], told["roll_calls"]) == ([], [])
    assert [each["act"] for each in told["history"]][:1] == ["confirmed"]
    assert "File exists" in anywhere.run("subscriber", "export", "1", "--to", str(file), fails=2).stderr


def test_periods_are_shown_and_kept_by_hand_as_well(anywhere: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    periods = {each["what"]: each["days"] for each in anywhere.json("retention")}
    assert periods["deliveries of broadcasts that are over"] == 730
    anywhere.add("[retention]\nunconfirmed_days = 7")
    assert {each["what"]: each["days"] for each in anywhere.json("retention")}[
        "people who never confirmed an address"
    ] == 7
    assert not any(each["forgotten"] for each in anywhere.json("retention", "--now"))
    assert "nothing was forgotten yet" in anywhere.run("retention").stdout
    for name, value in anywhere.environment.items():
        monkeypatch.setenv(name, value)
    asyncio.run(_use_the_page(anywhere))
    anywhere.run("retention", "--now")
    assert re.search(
        r"^forgotten \d{4}-.*: uses of the sign-up page: 1$", anywhere.run("retention").stdout, re.MULTILINE
    )
    anywhere.add("consent_days = 3")
    assert "consent_days" in anywhere.run("retention", fails=2).stderr


async def _use_the_page(town: Town) -> None:
    """Long ago."""
    async with open_store(read(town.settings)) as opened, opened.database.write() as connection:
        await connection.execute(sa.insert(page_use).values(what="ip", who=b"f", at=0))


def test_an_import_says_of_how_many_people_a_list_says_where_they_live(town: Town, file: Path) -> None:
    file.write_text("手机号,经度(GCJ-02),纬度(GCJ-02)\n13800138001,115.99,29.71\n13800138002,,\n", encoding="utf-8")
    assert town.json("group", "import", "沿河住户", str(file), "--basis", "emergency", *_FOR)["located"] == 1
    assert "of 1 it says where they live" in town.run("group", "import", "沿河住户", str(file)).stdout


def test_where_somebody_lives_is_kept_coarsely_and_shown_to_whoever_may_see_all(anywhere: Town) -> None:
    anywhere.run("subscriber", "add", "--address", "phone:13800138001", "--confirmed")
    anywhere.run("subscriber", "locate", "13800138001", "29.71,115.99", "--datum", "gcj-02")
    assert anywhere.json("subscriber", "show", "1")["positions"] == []
    shown = anywhere.json("subscriber", "show", "1", "--reveal")
    assert shown["positions"] == [{"latitude": 29.713, "longitude": 115.985}]
    assert "写反" in anywhere.run("subscriber", "locate", "1", "115.99,29.71", fails=2).stderr
    anywhere.run("subscriber", "locate", "1", "none")
    assert anywhere.json("subscriber", "show", "1", "--reveal")["positions"] == []
    assert [entry["action"] for entry in anywhere.json("audit", "list")].count("subscriber locate") == 2
