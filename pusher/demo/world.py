"""The world around the demo, all on loopback: the town's site, a mail server, the SMS gateway, the WeChat platform."""

import asyncio
import email
import email.policy
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from pusher import clock
from pusher.demo.inbox import Shown
from pusher.demo.people import Resident, people
from pusher.demo.standins import aliyun, server, wechat
from pusher.demo.standins.wechat_push import PushTo
from pusher.demo.town import Town
from pusher.demo.town_site import town_app

#: What the demo signs its SMS with.
SIGN = "星湖区政府"
#: Secrets between the demo's service and its stand-ins; nothing outside this process ever sees them.
SMS_CALLBACK_TOKEN = "demo-sms-callback-token"  # noqa: S105 - plays a secret
#: The openid of whoever tries the demo out.
VISITOR = "oDEMO-visitor-of-the-demo-01"
WECHAT_TOKEN = "demo-wechat-token"  # noqa: S105 - plays a secret
WECHAT_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

#: The town's filed SMS templates: their codes, and their wording as the gateway has it.
NOTICE_TEMPLATE, WARNING_TEMPLATE, CODE_TEMPLATE = "SMS_100000001", "SMS_100000002", "SMS_100000003"
_WORDINGS = {
    NOTICE_TEMPLATE: "${issuer}${date}发布：${title}。详情、修改和退订 %s/o/${path} 咨询请拨12345。",
    WARNING_TEMPLATE: "${issuer}发布${title}（${date}）。${content}${advice}咨询电话：${contact}。",
    CODE_TEMPLATE: "订阅验证码${code}，10分钟内有效。不是您本人操作，请忽略。",
}


@dataclass
class Letters:
    """A mail server's state: everything that it took."""

    taken: list[tuple[datetime, str, bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take a mail, and show it once for each of its recipients."""
        for recipient in envelope.rcpt_tos:
            self.taken.append((clock.now(), recipient, envelope.original_content or b""))
        return "250 2.0.0 Ok: queued"


@dataclass
class World:
    """The counterparties while they run."""

    town: Town
    town_url: str
    letters: Letters
    smtp_port: int
    sms: aliyun.AliyunStandIn
    sms_url: str
    wechat: wechat.WeChatStandIn
    wechat_url: str
    residents: tuple[Resident, ...]

    def received(self) -> list[Shown]:
        """Everything that people have on their screens, oldest first."""
        names = {value: each.name for each in self.residents for _, value in each.addresses} | {VISITOR: "您"}
        sms = [
            Shown("sms", _name(names, one.to), _time(one.at), text=one.text, title="10690499")
            for one in self.sms.inbox.all()
        ]
        cards = [
            Shown(
                "wechat",
                _name(names, one.to),
                _time(one.at),
                title="政务通知",
                sender="星湖发布",
                fields=tuple(one.fields.items()),
                link=one.link,
            )
            for one in self.wechat.inbox.all()
        ]
        answers = [
            Shown("wechat", _name(names, one.to), _time(one.at), title="公众号的回复", sender="星湖发布", text=one.text)
            for one in self.wechat.answers
        ]
        mails = [_mail(_name(names, to), at, content) for at, to, content in self.letters.taken]
        return sorted([*sms, *cards, *answers, *mails], key=lambda shown: shown.at)

    async def scan(self) -> None:
        """The visitor's telephone scans the newest code that a page shows, if there is one."""
        codes = [code for code in self.wechat.side.scenes.codes if code.ends is not None and not code.is_over]
        if codes:
            await self.wechat.person({"from": VISITOR, "scan": codes[-1].url})

    def counts(self) -> dict[str, int]:
        """How many messages each counterparty took."""
        return {
            "smtp": len(self.letters.taken),
            "aliyun_sms": len(self.sms.inbox.all()),
            "wechat": len(self.wechat.inbox.all()),
        }


@asynccontextmanager
async def world(service_url: str) -> AsyncIterator[World]:
    """Start every counterparty; the gateways report to the service at `service_url`."""
    async with AsyncExitStack() as stack:
        town = Town(clock.now)
        town_url = await stack.enter_async_context(_serving(town_app(town)))
        letters = Letters()
        smtp_port = await stack.enter_async_context(_mail_server(letters))
        sms = aliyun.AliyunStandIn(
            aliyun.Account(
                signs=frozenset({SIGN}),
                templates={code: wording.replace("%s", service_url) for code, wording in _WORDINGS.items()},
                callback=f"{service_url}/callback/aliyun_sms?token={SMS_CALLBACK_TOKEN}",
            )
        )
        push = PushTo(f"{service_url}/callback/wechat", WECHAT_TOKEN, wechat.APPID, WECHAT_AES_KEY)
        account = wechat.WeChatStandIn(wechat.Account(push=push))
        residents = tuple(people())
        _make_trouble(sms, account, residents)
        yield World(
            town,
            town_url,
            letters,
            smtp_port,
            sms,
            await stack.enter_async_context(server.running(sms)),
            account,
            await stack.enter_async_context(server.running(account)),
            residents,
        )


def _make_trouble(sms: aliyun.AliyunStandIn, account: wechat.WeChatStandIn, residents: tuple[Resident, ...]) -> None:
    """As in life: a number that has gone, a follower who has left, a phone that is switched off."""
    phones = [value for each in residents for kind, value in each.addresses[:1] if kind == "phone"]
    openids = [value for each in residents for kind, value in each.addresses[:1] if kind == "openid"]
    sms.script.codes[phones[1].removeprefix("+86")] = "isv.MOBILE_NUMBER_ILLEGAL"
    account.script.codes[openids[1]] = "43004"


@asynccontextmanager
async def _serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _mail_server(letters: Letters) -> AsyncIterator[int]:
    """A real SMTP server on this loop; yields its port."""
    listener = await asyncio.get_running_loop().create_server(
        lambda: SMTP(letters, hostname="mail.xinghu.example", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    try:
        port: int = listener.sockets[0].getsockname()[1]
        yield port
    finally:
        listener.close()
        await listener.wait_closed()


def free_port(wanted: int) -> int:
    """`wanted` if it can be listened on, else a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _name(names: dict[str, str], address: str) -> str:
    return names.get(address) or names.get(f"+86{address}") or "?"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _mail(receiver: str, at: datetime, content: bytes) -> Shown:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return Shown(
        "mail",
        receiver,
        at,
        text=_part(message, "plain"),
        title=str(message["Subject"]),
        sender=str(message["From"]),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return "" if part is None else str(part.get_content())
