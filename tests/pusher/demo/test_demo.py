"""The demo, as a newcomer runs it: everything is published, delivered over real protocols, and nothing is lost."""

import json
import re
import subprocess
import sys

import aiohttp
import pytest

from pusher.demo.demo import demo


@pytest.mark.timeout(90)
def test_the_demo_delivers_everything_and_says_so() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pusher", "demo", "--once", "--json", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout.splitlines()[-1])
    assert report["lost"] == []
    assert report["items"] >= 21
    assert report["broadcasts"] >= report["items"]
    for channel in ("smtp", "aliyun_sms", "wechat", "board"):
        assert report["deliveries"][channel]["sent"] > 0, channel
    # Gateways that report have reported; a relay only says that it took a mail.
    assert report["deliveries"]["wechat"]["delivered"] == report["deliveries"]["wechat"]["sent"]
    assert report["deliveries"]["smtp"]["delivered"] == 0
    # As in life, a number has gone and a follower has left.
    assert report["deliveries"]["aliyun_sms"]["failed"] > 0


@pytest.mark.timeout(90)
async def test_what_people_see_is_masked_marked_and_theirs() -> None:
    told: list[str] = []
    async with demo(told.append, port=0) as running:
        await running.publish_everything()
        report = await running.report()
        received = running.around.received()
        async with aiohttp.ClientSession() as http:
            board = await (await http.get(f"{running.url}/board")).text()
            feed = await (await http.get(f"{running.url}/board/feed.atom")).text()
            inbox = await (await http.get(f"{running.url}/inbox")).text()
    assert report.lost == ()
    everything = "".join(shown.text + shown.title + shown.html for shown in received)
    published = everything + board + feed + inbox
    for secret in ("36049919520314402X", "360499198809112317", "13800009527", "13800009528", "张守田"):
        assert secret not in published
    assert "暴雨蓝色预警" in board
    assert "暴雨蓝色预警" in feed
    warned = [shown for shown in received if "暴雨蓝色预警" in shown.text + shown.title + str(shown.fields)]
    assert {shown.form for shown in warned} == {"sms", "wechat", "mail"}
    assert all("/u/" in shown.text for shown in received if shown.form == "mail")
    links = {shown.text.partition("/u/")[2].split()[0] for shown in received if shown.form == "mail"}
    mails = {shown.receiver for shown in received if shown.form == "mail"}
    assert len(links) == len(mails), "everybody has a link of his own, the same in all his mails"


async def test_a_visitor_subscribes_with_the_wechat_of_the_demo() -> None:
    async with demo(lambda _: None, port=0) as running, aiohttp.ClientSession() as http:
        form = await (await http.get(f"{running.url}/subscribe")).text()
        [question] = re.findall(r'name="question" value="([^"]+)"', form)
        [(one, other)] = re.findall(r"请算一算：(\d) 加 (\d) 等于几", form)
        told = {"question": question, "answer": str(int(one) + int(other))}
        filled = {"domain": "education", "kind": "openid", "agree": "on", **told}
        async with http.post(f"{running.url}/subscribe", data=filled) as answer:
            assert "请用微信扫一扫" in await answer.text()
            waits = answer.url
        async with http.post(f"{running.url}/inbox/scan") as answer:
            assert "扫码成功，订阅已经生效" in await answer.text()
        assert "订阅已经生效" in await (await http.get(waits.with_query(look="1"))).text()
