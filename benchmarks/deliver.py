"""The whole engine over a real protocol, to a server in another process: one message a recipient.

`smtp`: text and HTML with the recipient's name and unsubscribe link in both, 2.2 KB as it goes over the wire.
`aliyun_sms`, `tencent_sms`: the same words for all, so many numbers a request as `--numbers` says (1: a signed request
for each). `wechat`: one request with a token a recipient. `cmpp`, `smpp`: one message a recipient over two
connections, windows of 16 kept full.

Without `--to` a server of our own is started: a sink that takes every mail, or the provider's stand-in, which checks
every signature. The broadcast is planned beforehand; measured is from the first claim to the last record.
`--workers`: so many processes share it, as they can on PostgreSQL.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.answer import answer, reset_peak, say, work_peak_mb
from benchmarks.town import Town, database_url, opened, town
from channels.channel import Channel, Outside
from channels.message import Lane, Message
from channels.slots import slot
from pusher import clock
from pusher.deliver.postman import Postman
from pusher.deliver.token_store import DatabaseTokens
from pusher.kinds import KINDS
from pusher.loop import run

_NAME, _LINK = slot("name"), slot("unsubscribe_url")
_PARAGRAPH = "区教体局通知：2026年秋季义务教育阶段新生登记自6月20日开始，请家长携带户口簿、房产证明到片区学校办理。"
_MAIL = Message(
    "benchmark",
    Lane.ROUTINE,
    "education",
    {
        "subject": "关于做好2026年秋季招生登记工作的通知",
        "text": f"{_NAME}您好：\n\n{_PARAGRAPH * 2}\n\n退订：{_LINK}\n",
        "html": f'<!DOCTYPE html><html lang="zh-CN"><body style="font:16px/1.6 sans-serif"><p>{_NAME}您好：</p>'
        f'<p>{_PARAGRAPH * 3}</p><p><a href="{_LINK}">退订</a></p></body></html>',
    },
)
_FIELDS = Message(
    "benchmark",
    Lane.ROUTINE,
    "education",
    {"text": f"{_NAME}您好：秋季招生登记开始。", "url": "https://tz.example.gov.cn/board/1"},
    {"thing1": "秋季招生登记开始", "thing2": "区教体局"},
)


@dataclass(frozen=True, slots=True)
class Wire:
    """How one channel is measured."""

    message: Message
    #: Kind of address that it reaches.
    address: str
    #: Module that is started where no server is given, with its arguments.
    server: tuple[str, ...]
    #: Settings for a server at (host, port).
    settings: Callable[[str, int], Mapping[str, Any]]
    #: The setting for the numbers of a request, and how many the gateway takes at most; "" = it has none.
    numbers: tuple[str, int] = ("", 1)


WIRES: Mapping[str, Wire] = {
    "smtp": Wire(
        _MAIL,
        "email",
        ("benchmarks.smtp_sink", "--port", "0"),
        lambda host, port: {
            "host": host,
            "port": port,
            "security": "none",
            "sender": "区政府 <tz@example.gov.cn>",
            "connections": 12,
        },
    ),
    "aliyun_sms": Wire(
        _FIELDS,
        "phone",
        ("pusher.demo.standins.aliyun", "--port", "0", "--keep", "0", "--number-limit", "0"),
        lambda host, port: {
            "endpoint": f"{host}:{port}",
            "scheme": "http",
            "access_key_id": "stand-in-key",
            "secret": "stand-in-secret",
            "sign_name": "星湖区政府",
            "template": "SMS_100000001",
            "per_second": None,
            "concurrency": 32,
        },
        numbers=("numbers_per_request", 1000),
    ),
    "tencent_sms": Wire(
        _FIELDS,
        "phone",
        ("pusher.demo.standins.tencent", "--port", "0", "--keep", "0"),
        lambda host, port: {
            "endpoint": f"{host}:{port}",
            "scheme": "http",
            "secret_id": "stand-in-id",
            "secret": "stand-in-secret",
            "app_id": "1400000000",
            "sign_name": "星湖区政府",
            "template": {"id": "1000001", "longest": 6},
            "per_second": None,
            "concurrency": 32,
        },
        numbers=("numbers_per_request", 200),
    ),
    "cmpp": Wire(
        _FIELDS,
        "phone",
        ("pusher.demo.standins.cmpp", "--port", "0", "--keep", "0", "--report-after", "-1"),
        lambda host, port: {
            "version": "3.0",
            "host": host,
            "port": port,
            "sp_id": "901234",
            "secret": "stand-in-secret",
            "service_id": "GOVTZ",
            "src_id": "106900001",
            "sign": "星湖区政府",
            "per_second": None,
            "window": 16,
            "connections": 2,
        },
    ),
    "smpp": Wire(
        _FIELDS,
        "phone",
        ("pusher.demo.standins.smpp", "--port", "0", "--keep", "0", "--report-after", "-1"),
        lambda host, port: {
            "host": host,
            "port": port,
            "system_id": "gov",
            "password": "standin",
            "source": "106900001",
            "sign": "星湖区政府",
            "per_second": None,
            "window": 16,
            "connections": 2,
        },
    ),
    "wechat": Wire(
        _FIELDS,
        "openid",
        ("pusher.demo.standins.wechat", "--port", "0", "--keep", "0", "--daily-quota", "0"),
        lambda host, port: {
            "base_url": f"http://{host}:{port}",
            "appid": "wx0000000000000000",
            "secret": "stand-in-secret",
            "template": {"id": "TEMPLATE"},
            "per_second": None,
            "daily_quota": None,
            "concurrency": 32,
        },
    ),
}


def main() -> None:
    """`python -m benchmarks.deliver --channel smtp --recipients 40000 --to HOST:PORT --json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channel", choices=tuple(WIRES), default="smtp")
    parser.add_argument("--recipients", type=int, default=40_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--to", metavar="HOST:PORT", help="the server; none = one of our own in another process")
    parser.add_argument("--numbers", type=int, help="numbers of one request; none = as many as the gateway takes")
    parser.add_argument("--workers", type=int, default=1, help="processes that send (more than one: PostgreSQL)")
    parser.add_argument("--further", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.further:
        run(_work_along)
        return
    if options.workers > 1 and options.database == "sqlite":
        parser.error("SQLite has one worker: --workers needs --database postgresql")
    wire = WIRES[options.channel]
    with database_url(options.database) as url, server_of(wire, options.to) as (address, process):
        run(lambda: _measure(url, wire, address, process, options))


async def _measure(
    url: str, wire: Wire, address: tuple[str, int], process: psutil.Process | None, options: argparse.Namespace
) -> None:
    say(f"filling {options.database} with {options.recipients} people …")
    async with (
        town(url, options.recipients, addresses=wire.address) as here,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        number = await here.propose(wire.message, {options.channel: wire.address})
        await here.fan_out()
        setting, most = wire.numbers
        numbers = min(options.numbers or most, most)
        values = {**wire.settings(*address), **({setting: numbers} if setting else {})}
        channel = channel_of(options.channel, values, here, http)
        postman = Postman(here.desk, {options.channel: channel})
        task = {"url": url, "keys": str(here.keys), "channel": options.channel, "values": values}
        others = [await _further(task) for _ in range(options.workers - 1)]
        reset_peak()
        begin, cpu = time.perf_counter(), time.process_time()
        for each in others:
            _say_go(each)
        await postman.once()
        further = [float(await _heard(each)) for each in others]
        seconds, spent = time.perf_counter() - begin, time.process_time() - cpu + sum(further)
        for each in others:
            await each.wait()
        await channel.close()
        counters = await here.counters(number)
        sent = counters["sent"]
        answer(
            {
                "benchmark": "deliver",
                "channel": options.channel,
                "database": options.database,
                "workers": options.workers,
                "sent": sent,
                "not_sent": counters["planned"] - sent,
                "seconds": round(seconds, 3),
                "per_s": round(sent / seconds),
                "numbers": numbers,
                "cpu_seconds": round(spent, 3),
                "cpu_us_each": round(spent / max(sent, 1) * 1e6, 1),
                "peak_mb": work_peak_mb(),
                "server_mb": _memory_mb(process),
            },
            as_json=options.json,
        )


async def _further(task: Mapping[str, Any]) -> Process:
    """A further worker in a process of its own, ready to begin."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.deliver", "--further"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(task).encode() + b"\n")
    await _heard(process)
    return process


async def _work_along() -> None:
    """What a further worker does: the same as the first, from the word on; it says the seconds of CPU that it took."""
    task = json.loads(sys.stdin.readline())
    async with (
        opened(task["url"], Path(task["keys"]), 0) as here,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        channel = channel_of(task["channel"], task["values"], here, http)
        postman = Postman(here.desk, {task["channel"]: channel})
        print("ready", flush=True)
        sys.stdin.readline()
        cpu = time.process_time()
        await postman.once()
        print(time.process_time() - cpu, flush=True)
        await channel.close()


def _say_go(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")


async def _heard(process: Process) -> str:
    """The next line that a further worker says, past what it logs."""
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode().strip():
        if line == "ready" or line.replace(".", "", 1).isdigit():
            return line
    raise SystemExit("a further worker has ended")


def channel_of(kind: str, values: Mapping[str, Any], here: Town, http: aiohttp.ClientSession) -> Channel:
    """A channel of `kind` with these settings."""
    tokens = DatabaseTokens(here.database, here.ring)
    outside = Outside(http, tokens, _no_board, clock.now, "https://tz.example", here.ring.derive)
    offered = KINDS[kind]
    built: Channel = offered.build(kind, offered.settings.model_validate(dict(values)), outside)
    return built


async def _no_board(message: Message, key: str) -> None:
    raise RuntimeError(f"{message.id} {key}: there is no board here")


@contextmanager
def server_of(wire: Wire, to: str | None) -> Iterator[tuple[tuple[str, int], psutil.Process | None]]:
    """Where to send: the given server, or one of our own in another process, ended afterwards."""
    if to is not None:
        host, _, port = to.rpartition(":")
        yield (host or "127.0.0.1", int(port)), None
        return
    process = subprocess.Popen(
        [sys.executable, "-m", *wire.server], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    try:
        assert process.stdout is not None
        found = re.search(r"(\d+)\s*$", process.stdout.readline())
        if found is None:
            raise SystemExit("the server did not say its port")
        yield ("127.0.0.1", int(found[1])), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _memory_mb(process: psutil.Process | None) -> float | None:
    return None if process is None else round(process.memory_info().rss / 1048576, 1)


if __name__ == "__main__":
    main()
