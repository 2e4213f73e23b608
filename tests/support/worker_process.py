"""Workers in processes of their own, which deliver over real SMTP until they are killed.

They are forks of one process that has imported everything and runs no loop: to import it again would take each of them
longer than what it is killed in.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from multiprocessing.process import BaseProcess
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

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def worker(task: Mapping[str, str]) -> BaseProcess:
    """A worker, not started yet: its `task` names the database, the keys, the port, the lease, and where it talks."""
    return _FORKS.Process(target=_live, args=(task,), daemon=True)


def _live(task: Mapping[str, str]) -> None:
    with Path(task["said"]).open("a") as said:
        os.dup2(said.fileno(), sys.stderr.fileno())
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(task))


async def _work(task: Mapping[str, str]) -> None:
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
