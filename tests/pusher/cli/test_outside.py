"""Commands that talk to the outside: a real site is tried, a real mail is sent."""

import json
from dataclasses import replace

from tests.pusher.cli.town import Town
from tests.support.mail import mail_server
from tests.support.site import Posted, Site, running

_PAGES = [Posted(1, "关于开展秋季学期学生资助申请工作的通知"), Posted(2, "关于湖滨路停水的公告")]


async def test_a_source_is_tried_without_settings(town: Town) -> None:
    bare = replace(town, folder=town.folder / "nowhere")
    async with running(Site()) as site:
        site.publish(_PAGES)
        finished = await bare.process("source", "try", f"{site.base}/tzgg/", "--allow-private", "--json")
    assert (finished.exit_code, finished.stderr) == (0, "")
    found = json.loads(finished.stdout)
    assert found["kind"] == "listing"
    assert [item["title"] for item in found["items"]] == [each.title for each in _PAGES]
    assert found["items"][0]["domains"]
    assert set(found["items"][0]) == {"title", "url", "published", "issuer", "domains", "areas", "text_chars"}


async def test_a_tried_source_is_shown_to_people(town: Town) -> None:
    async with running(Site()) as site:
        site.publish(_PAGES)
        finished = await town.beside("source", "try", f"{site.base}/tzgg/", "--allow-private")
    assert all(each.title in finished.stdout for each in _PAGES)


async def test_a_page_without_rows_is_not_recognised(town: Town) -> None:
    async with running(Site()) as site:
        site.pages["/"] = b"<html><body><p>x</p></body></html>"
        finished = await town.beside("source", "try", f"{site.base}/", "--allow-private", "--json", fails=3)
    assert json.loads(finished.stdout)["items"] == []
    assert len(finished.stderr.splitlines()) == 1


async def test_a_source_that_cannot_be_fetched_is_one_sentence(town: Town) -> None:
    async with running(Site()) as site:
        refused = await town.beside("source", "try", f"{site.base}/tzgg/", "--json", fails=2)
        missing = await town.beside("source", "try", f"{site.base}/nothing/", "--allow-private", fails=2)
    assert "allow_private" in refused.stderr
    assert "404" in missing.stderr
    assert refused.stdout == missing.stdout == ""


def test_no_address_is_one_sentence(town: Town) -> None:
    finished = town.run("source", "try", "gov.cn", fails=2)
    assert finished.stderr.startswith("the address must begin with")


async def test_a_broken_source_stands_in_list_and_status(town: Town) -> None:
    async with running(Site()) as site:
        town.add(f'[sources.notices]\nurl = "{site.base}/gone/"\nallow_private = true')
        await town.beside("once")
        listed = await town.beside("source", "list", "--json")
        shown = await town.beside("source", "list")
    [source] = json.loads(listed.stdout)
    assert source["failures"] == 1
    assert "404" in source["problem"]
    assert "404" in shown.stdout


async def test_one_real_mail_is_sent_and_its_answer_printed(town: Town) -> None:
    async with mail_server() as server:
        town.add(
            f'[channels.mail]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
            'sender = "tz@example.gov.cn"'
        )
        finished = await town.process("channel", "test", "mail", "wang@example.com", "--json")
        [mail] = server.taken
    assert (finished.exit_code, json.loads(finished.stdout)["outcome"]) == (0, "sent")
    assert mail.recipients == ("wang@example.com",)
    assert "测试" in str(mail.message["Subject"])
    assert "wang@example.com" not in finished.stdout + finished.stderr


async def test_a_refused_test_message_says_what_came_back(town: Town) -> None:
    async with mail_server() as server:
        server.behave({"RCPT": "550 5.1.1 no such user"})
        town.add(
            f'[channels.mail]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
            'sender = "tz@example.gov.cn"'
        )
        finished = await town.beside("channel", "test", "mail", "nobody@example.com", "--json", fails=2)
    answer = json.loads(finished.stdout)
    assert answer["outcome"] == "permanent"
    assert "550" in answer["code"]
    assert len(finished.stderr.splitlines()) == 1


def test_the_board_is_tested_and_left_empty(town: Town) -> None:
    assert town.run("channel", "test", "board").stdout == "delivered\n"


def test_a_test_needs_a_channel_and_an_address(town: Town) -> None:
    nowhere = town.run("channel", "test", "pigeon", "x@example.com", fails=2)
    nobody = town.run("channel", "test", "log", "not an address", fails=2)
    assert "there is no channel 'pigeon'" in nowhere.stderr
    assert "not an address" not in nobody.stderr
