"""A whole service with its web server: mails reach a real SMTP server, short messages a gateway's stand-in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from pusher.app import Store
from pusher.clock import now
from pusher.database import Database
from pusher.demo.standins import wechat
from pusher.demo.standins.any_sms import Account, AnySmsStandIn
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import WeChatStandIn
from pusher.demo.standins.wechat_push import PushTo
from pusher.item import Item
from pusher.service import Service, open_service, web_application
from pusher.settings.read import read
from subscribers.links import Links
from subscribers.people import find_by_address
from subscribers.person import Person, show
from tests.support.engine import Engine
from tests.support.mail import MailServer, mail_server

_SETTINGS = """
[service]
name = "浔阳区政务公开"
public_url = "https://tz.example.gov.cn"
trusted_proxies = ["127.0.0.0/8"]

[sign_up]
channels = ["mail", "sms"{account}]
disposable = ["throw.example"]
per_ip_hour = 6

[channels.mail]
kind = "smtp"
host = "127.0.0.1"
port = {mail_port}
security = "none"
sender = "tz@example.gov.cn"

[channels.sms]
kind = "http_sms"
url = "{sms}/send"
headers = {{ Authorization = "Bearer {{secret}}" }}
json_body = {{ message = {{ mobile = "{{number}}", content = "【{{sign}}】{{text}}", id = "{{key}}" }} }}
secret = "stand-in-secret"
sign_name = "浔阳区政府"
answer = {{ code = "results.0.code", good = ["0"], id = "results.0.msgid", dead = {{ "3" = "no mobile number" }} }}

[channels.board]
kind = "board"

[channels.push]
kind = "web_push"

[routes.all]
channels = ["board", "mail", "sms", "push"]
"""

_ACCOUNT = """
[channels.wx]
kind = "wechat"
base_url = "{platform}"
appid = "{appid}"
secret = "{secret}"
callback_token = "{token}"
aes_key = "{key}"
template = {{ id = "T1" }}
"""
_TOKEN, _KEY = "callback-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass
class TownService:
    """What a test of residents' pages holds in its hands."""

    engine: Engine
    service: Service
    #: Where the pages are, on loopback.
    url: str
    mails: MailServer
    sms: AnySmsStandIn
    #: The platform, where the town has an official account there.
    platform: WeChatStandIn

    async def deliver(self) -> None:
        """Send everything that is due."""
        await self.service.postman.once()

    async def tell(self, title: str) -> None:
        """Take an item of education in the district, and send what comes of it."""
        topic = {"domains": "education", "areas": "360403"}
        item = Item(
            "inbox", title, title, url="https://www.example.gov.cn/1.html", body=f"浔阳区{title}。", facts=topic
        )
        await self.service.accept(item, [title], "test")
        await self.service.settle_once()

    async def person(self, kind: str, address: str) -> Person | None:
        """Who has this address."""
        async with self.engine.database.read() as connection:
            number = await find_by_address(connection, self.engine.ring, kind, address)
            return None if number is None else await show(connection, self.engine.ring, number)


@asynccontextmanager
async def town_service(database: Database, folder: Path, *, has_account: bool = False) -> AsyncIterator[TownService]:
    """Such a service over `database`; `folder` is for its settings.

    `has_account`: with an official account whose codes residents scan; its time is the platform's, the real one.
    """
    async with AsyncExitStack() as stack:
        mails = await stack.enter_async_context(mail_server())
        sms = AnySmsStandIn(Account())
        base = await stack.enter_async_context(running(sms))
        settings = folder / "pusher.toml"
        platform = WeChatStandIn(wechat.Account(appid=wechat.APPID))
        text = _SETTINGS.format(mail_port=mails.port, sms=base, account=', "wx"' if has_account else "")
        engine = Engine(database)
        if has_account:
            engine.at = now()
            address = await stack.enter_async_context(running(platform))
            given = {"appid": wechat.APPID, "secret": wechat.PLAYED, "token": _TOKEN, "key": _KEY}
            text += _ACCOUNT.format(platform=address, **given)
        settings.write_text(text, encoding="utf-8")
        store = Store(read(settings), database, engine.ring, Links([engine.ring.derive("links")]), engine.now)
        service = await stack.enter_async_context(open_service(store))
        runner = web.AppRunner(web_application(service), access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        push = PushTo(f"{url}/callback/wx", _TOKEN, wechat.APPID, _KEY)
        platform.account = replace(platform.account, push=push)
        yield TownService(engine, service, url, mails, sms, platform)
