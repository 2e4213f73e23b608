"""A worker in a process of its own: `python -m tests.support.worker_process` with its task as JSON on standard input.

It delivers over real SMTP until it is killed.
"""

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import structlog
import uvloop

from channels.smtp import KIND, SmtpSettings
from pusher import clock
from pusher.database import Database
from pusher.deliver.bell import Bell
from pusher.deliver.dispatch import Desk
from pusher.deliver.postman import Postman
from subscribers.keys import KeyRing
from tests.support.outside import outside


async def work(task: dict[str, str]) -> None:
    """Deliver whatever is due in the database, for ever."""
    database = Database.open(task["database"])
    ring = KeyRing.load(Path(task["keys"]))
    settings = SmtpSettings.model_validate(
        {"host": "127.0.0.1", "port": int(task["port"]), "security": "none", "sender": "tz@example.gov.cn"}
    )
    async with aiohttp.ClientSession() as http:
        channel = KIND.build("mail", settings, outside(http))
        lease = timedelta(seconds=float(task["lease"]))
        desk = Desk(database, ring, Bell(), f"worker-{os.getpid()}", clock.now, {}, lease)
        postman = Postman(desk, {"mail": channel})
        await postman.scout.renew_and_recover(alone=database.is_sqlite)
        await postman.run(asyncio.Event())


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(json.loads(sys.stdin.readline())))
