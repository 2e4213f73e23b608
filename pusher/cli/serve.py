"""`pusher run`, `worker` and `once`: the service itself."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import click
import structlog
from aiohttp import web

from pusher import loop
from pusher.app import Store, open_store
from pusher.cli.mistakes import sentence_for
from pusher.cli.session import fail
from pusher.journal import configure
from pusher.owner import owning
from pusher.service import Service, open_service, web_application
from pusher.settings.read import Plan, read

_log = structlog.get_logger()


@click.command()
@click.pass_obj
def run(settings: Path) -> None:
    """Run the whole service: watch, plan, deliver, web pages, callbacks. Ctrl-C or SIGTERM ends it in good order."""
    _drive(settings, _run)


@click.command()
@click.pass_obj
def worker(settings: Path) -> None:
    """Only deliver; any number of these, on any hosts, share a PostgreSQL database."""
    _drive(settings, _work)


@click.command()
@click.pass_obj
def once(settings: Path) -> None:
    """One pass of every loop (watch, plan, deliver what is due), then exit."""
    _drive(settings, _once)


def _drive(settings: Path, work: Callable[[Plan], Awaitable[None]]) -> None:
    """Run `work`; what the operator can mend becomes one sentence."""
    configure()

    async def main() -> None:
        await work(read(settings))

    try:
        loop.run(main)
    except KeyboardInterrupt:
        return
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        fail(sentence)


async def _run(plan: Plan) -> None:
    async with _owned(plan) as store, open_service(store) as service:
        stopping = _stopping()
        async with serving(service, plan.settings.service.host, plan.settings.service.port) as port:
            _log.info("running", port=port, sources=len(plan.settings.sources), channels=len(plan.channels))
            await service.run(stopping)


async def _work(plan: Plan) -> None:
    async with open_store(plan) as store:
        if store.database.is_sqlite:
            fail("an SQLite database has one owner, `pusher run`: use PostgreSQL to share the work among workers")
        async with open_service(store) as service:
            await service.run(_stopping(), watching=False)


async def _once(plan: Plan) -> None:
    async with _owned(plan) as store, open_service(store) as service:
        await service.postman.scout.renew_and_recover(alone=store.database.is_sqlite)
        await service.once()
        await service.postman.scout.leave()


@asynccontextmanager
async def _owned(plan: Plan) -> AsyncIterator[Store]:
    """The open store; on SQLite held against every other process that would run the service."""
    on_sqlite = plan.database_url.startswith("sqlite")
    with owning(plan.data) if on_sqlite else nullcontext():
        async with open_store(plan, upgrading=True) as store:
            yield store


@asynccontextmanager
async def serving(service: Service, host: str, port: int) -> AsyncIterator[int]:
    """The web server, while the block runs; yields its port."""
    runner = web.AppRunner(web_application(service), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            fail(f"the web server cannot listen on {host}:{port} ({error.strerror}): change [service] host and port")
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _stopping() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping
