"""`pusher wechat` beside a stand-in of the platform."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pusher.app import open_store
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import APPID, PLAYED, WeChatStandIn
from pusher.demo.standins.wechat import Account as Played
from pusher.service import tag_keeper
from pusher.settings.read import read
from subscribers.tables import subscriber
from tests.pusher.cli.town import Town

_MENU = """
[[channels.wx.menu]]
name = "公告栏"
url = "https://tz.example.gov.cn/board"
[[channels.wx.menu]]
name = "我的"
sub = [{ name = "退订", key = "退订" }]
"""


@pytest.fixture
def platform() -> Iterator[tuple[WeChatStandIn, str]]:
    """The platform on a loop of its own: the commands run one themselves."""
    stand_in, found, ended = WeChatStandIn(Played()), threading.Event(), []
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()

    async def serve() -> None:
        async with running(stand_in) as address:
            ended.append(address)
            found.set()
            await stopping.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    found.wait(10)
    yield stand_in, ended[0]
    loop.call_soon_threadsafe(stopping.set)
    thread.join()
    loop.close()


@pytest.fixture
def account(town: Town, platform: tuple[WeChatStandIn, str]) -> Town:
    town.add(
        f'[channels.wx]\nkind = "wechat"\nappid = "{APPID}"\nsecret = "{PLAYED}"\nbase_url = "{platform[1]}"\n'
        f'keep_tags = true\ntemplate = {{ id = "T1" }}\n{_MENU}'
    )
    return town


def test_the_menu_of_the_settings_is_uploaded_and_shown(account: Town, platform: tuple[WeChatStandIn, str]) -> None:
    assert "2 of 3 places" in account.run("wechat", "menu", "upload", "wx").stdout
    assert platform[0].side.menu is not None
    shown = account.run("wechat", "menu", "show", "wx").stdout
    assert "公告栏" in shown
    assert "  退订: 退订" in shown
    assert account.json("audit", "list")[0]["action"] == "wechat menu"
    assert "unchanged" in account.run("wechat", "menu", "upload", "wx").stdout
    assert platform[0].counts["/cgi-bin/menu/create"] == 1


def test_what_is_left_of_the_calls_is_told(account: Town) -> None:
    [first, *_] = account.json("wechat", "quota", "wx")
    assert (first["call"], first["used"], first["left"]) == ("模板消息", 7, 99_993)


def test_tags_follow_who_subscribed_to_what(account: Town, platform: tuple[WeChatStandIn, str]) -> None:
    for number in range(60):
        who = f"openid:o6_bmjrPTlm6_2sgVt{number:010d}"
        account.run("subscriber", "add", "--address", who, "--subscribe", "education", "--confirmed")
    told = {each["tag"]: each for each in account.json("wechat", "tags", "wx")}
    assert sum(each["missing"] for each in told.values()) == 60
    assert platform[0].side.tags == {}
    account.run("wechat", "tags", "wx", "--apply")
    [(name, members)] = platform[0].side.tags.values()
    assert len(members) == 60
    calls = platform[0].counts.copy()
    account.run("wechat", "tags", "wx", "--apply")
    assert {path for path, count in (platform[0].counts - calls).items() if count} <= {
        "/cgi-bin/stable_token",
        "/cgi-bin/tags/get",
        "/cgi-bin/user/tag/get",
    }
    account.run("subscriber", "erase", "1", "--yes")
    asyncio.run(_keep_tags(account))
    asyncio.run(_keep_tags(account))
    assert len(members) == 59
    assert account.json("audit", "list")[0]["detail"] == "given 0, taken 1"
    assert name in {each["tag"] for each in account.json("wechat", "tags", "wx") if each["members"] == 59}


def test_messages_to_a_tag_go_to_who_wants_the_notices_of_its_domain_at_once(
    account: Town, platform: tuple[WeChatStandIn, str]
) -> None:
    account.add(
        f'[channels.all]\nkind = "wechat_mass"\nappid = "{APPID}"\nsecret = "{PLAYED}"\nbase_url = "{platform[1]}"\n'
        'tag = "教育"\n'
    )
    for number in range(3):
        who = f"openid:o6_bmjrPTlm6_2sgVt{number:010d}"
        account.run("subscriber", "add", "--address", who, "--subscribe", "education", "--confirmed")
    asyncio.run(_wants_digests(account, 3))
    kinds = {each["name"]: each["address"] for each in account.json("channel", "list")}
    assert (kinds["all"], kinds["wx"]) == ("public", "openid")
    assert "2 would be added" in account.run("channel", "test", "all").stdout
    assert platform[0].side.tags == {}


async def _wants_digests(town: Town, number: int) -> None:
    async with open_store(read(town.settings)) as store, store.database.write() as connection:
        await connection.execute(sa.update(subscriber).where(subscriber.c.id == number).values(frequency="daily"))


async def _keep_tags(town: Town) -> None:
    """What the service does once a day."""
    async with open_store(read(town.settings)) as store:
        await tag_keeper(store).once()


def test_agreements_are_told_by_template(account: Town) -> None:
    assert account.json("wechat", "agreements", "wx") == []
    assert "there is no channel 'nowhere'" in account.run("wechat", "agreements", "nowhere", fails=2).stderr


def test_a_channel_of_another_kind_is_refused(account: Town) -> None:
    assert "no channel of kind wechat" in account.run("wechat", "quota", "board", fails=2).stderr


def test_the_code_of_a_poster_carries_domain_and_area(
    account: Town, platform: tuple[WeChatStandIn, str], tmp_path: Path
) -> None:
    for name, begins in (("poster.svg", b"<?xml"), ("poster.png", b"\x89PNG")):
        file = tmp_path / name
        printed = account.run("qr", "环境保护", "甘棠街道", "--out", str(file), "--as", "wang")
        assert file.read_bytes().startswith(begins)
        assert "环境保护 in 甘棠街道" in printed.stdout
    assert [code.scene for code in platform[0].side.scenes.codes] == ["DY_environment_360403001"]
    assert "no area" in account.run("qr", "教育", "火星", "--out", str(tmp_path / "a.svg"), "--as", "w", fails=2).output
    assert ".png" in account.run("qr", "教育", "360403", "--out", str(tmp_path / "a.gif"), "--as", "w", fails=2).output
