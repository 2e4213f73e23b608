"""The e-mail channel beside a real SMTP server, for what is not in the contract of all channels."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from channels import smtp
from channels.channel import Channel
from tests.support.mail import MailServer, mail_server
from tests.support.outside import outside

#: Makes a channel to the relay at a port, with further settings; it is closed after the test.
MakeChannel = Callable[..., Channel]


@pytest.fixture
async def relay() -> AsyncIterator[MailServer]:
    """A server without TLS and login."""
    async with mail_server() as server:
        yield server


@pytest.fixture
async def channel_to() -> AsyncIterator[MakeChannel]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        def make(port: int, **more: Any) -> Channel:
            given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "tz@example.gov.cn", **more}
            settings = smtp.SmtpSettings.model_validate({"timeout": 60, **given})
            channel = smtp.KIND.build("mail", settings, outside(session))
            stack.push_async_callback(channel.close)
            return channel

        yield make
