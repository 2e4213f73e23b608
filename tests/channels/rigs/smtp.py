"""The e-mail channel beside aiosmtpd, over STARTTLS and with a login."""

import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

import aiohttp

from channels import smtp
from channels.message import Lane, Message
from channels.slots import slot, strip_marks
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.support.certificates import certificate
from tests.support.mail import HANG_UP, SAY_NOTHING, MailServer, mail_server
from tests.support.outside import outside

_PASSWORD = "correct horse battery"

_ANSWERS: Mapping[Trouble, Mapping[str, str]] = {
    Trouble.LATER: {"RCPT": "451 4.3.0 <{address}>: try again, {address}"},
    Trouble.GONE: {"RCPT": "550 5.1.1 <{address}>: no mailbox {local} here"},
    Trouble.REFUSED: {"CONTENT": "554 5.7.1 this mail to {address} looks like spam"},
    Trouble.DROPPED: {"RCPT": HANG_UP},
    Trouble.LOST: {"CONTENT": HANG_UP},
    Trouble.SILENT: {"CONTENT": SAY_NOTHING},
}

_MESSAGE = Message(
    id="b17-mail",
    lane=Lane.ROUTINE,
    template="education",
    parts={
        "subject": f"给{slot('name')}的通知：停水",
        "text": f"{slot('name')}：\n.\n您好，明天停水。\n",
        "html": f'<p title="{slot("name")}">{slot("name")}：您好。</p>',
    },
)


@dataclass(frozen=True)
class _Mails:
    """The mails that a server has taken, as the contract reads them."""

    server: MailServer

    def __iter__(self) -> Iterator[Taken]:
        for mail in self.server.taken:
            (to,) = mail.recipients
            words = {"subject": str(mail.message["Subject"]), "text": mail.text("plain"), "html": mail.text("html")}
            yield Taken(to, words, mark=mail.message["Message-ID"], shape=mail.shape)


def _expected(name: str) -> Mapping[str, str]:
    """What a mail program shows where the slot holds `name`: no control characters, line ends as CRLF."""
    shown = strip_marks(name)
    line = re.sub("[\x00-\x1f]+", " ", shown)
    text = shown.replace("\x00", "")
    return {
        "subject": f"给{line}的通知：停水",
        "text": f"{text}：\r\n.\r\n您好，明天停水。\r\n",
        "html": f'<p title="{escape(text)}">{escape(text)}：您好。</p>',
    }


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        shown = certificate(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        state = MailServer()
        running = await stack.enter_async_context(AsyncExitStack())
        up = False

        async def make(trouble: Trouble | None) -> None:
            nonlocal up
            state.behave(_ANSWERS.get(trouble) if trouble else None)
            if up and trouble is Trouble.DOWN:
                await running.aclose()
            elif not up and trouble is not Trouble.DOWN:
                serving = mail_server(certificate=shown, password=_PASSWORD, port=state.port, server=state)
                await running.enter_async_context(serving)
            up = trouble is not Trouble.DOWN

        await make(None)
        settings = smtp.SmtpSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": state.port,
                "authorities": shown.path,
                "user": "tz",
                "password": _PASSWORD,
                "sender": "某区政府 <tz@example.gov.cn>",
                "connections": 4,
                "warning_connections": 1,
                "timeout": patience,
            }
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        channel = smtp.KIND.build("mail", settings, outside(session))
        stack.push_async_callback(channel.close)
        yield Rig(
            kind=smtp.KIND,
            settings=settings,
            channel=channel,
            message=_MESSAGE,
            address=lambda number: f"zhang.san.{number}@example.cn",
            expected=_expected,
            make=make,
            troubles=frozenset(Trouble) - {Trouble.ODD, Trouble.BLANK},
            taken=_Mails(state),
            holding=state.holding,
            secrets=(_PASSWORD,),
        )


RIGS: Mapping[str, Maker] = {"smtp": _rig}
