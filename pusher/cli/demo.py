"""`pusher demo`: everything on this machine, with stand-ins for the world."""

import asyncio
import logging
import signal
import sys
from contextlib import suppress

import click
import structlog

from pusher import loop
from pusher.cli.session import as_json, fail, print_json
from pusher.cli.table import print_table

try:
    from pusher.demo.demo import PORT, DemoReport, Tell
    from pusher.demo.demo import demo as running_demo
except ModuleNotFoundError as error:
    fail(f"the demo needs the package {error.name}: install gov-pusher[demo]")

_PORT_HELP = "Where board and inbox are shown; taken: a free one."


@click.command()
@click.option("--once", is_flag=True, help="Publish everything, wait until all is delivered, print the report, exit.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help=_PORT_HELP)
@as_json
def demo(*, once: bool, port: int, as_json: bool) -> None:
    """Watch a small district publish, and the messages arrive: mail, SMS, WeChat, the public board.

    Nothing leaves this machine, nothing is kept. Exit code 1 if anything was lost.
    """
    _quiet()

    async def main() -> DemoReport:
        return await _demo(once=once, port=port, tell=_silent if as_json else click.echo)

    report: DemoReport | None = None
    with suppress(KeyboardInterrupt):
        report = loop.run(main)
    if report is None:
        return
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(f"\n{report.items} 条信息，{report.broadcasts} 次推送，{report.seconds} 秒")
        print_table(
            ("渠道", "已提交", "已送达", "未送达"),
            [(name, each["sent"], each["delivered"], each["failed"]) for name, each in report.deliveries.items()],
        )
    for sentence in report.lost:
        click.echo(f"LOST: {sentence}", err=True)
    sys.exit(1 if report.lost else 0)


async def _demo(*, once: bool, port: int, tell: Tell) -> DemoReport:
    async with running_demo(tell, port=port) as running:
        running.tell(f"公告栏 {running.url}/board\n收件箱 {running.url}/inbox\n")
        if once:
            await running.publish_everything()
        else:
            stopping = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stopping.set)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(running.service.run(stopping))
                await running.publish_slowly(stopping)
                if not stopping.is_set():
                    running.tell("\n全部发布完毕；页面继续开放，按 Ctrl-C 结束。")
                await stopping.wait()
        return await running.report()


def _silent(_line: str) -> None:
    return


def _quiet() -> None:
    """The demo speaks for itself: only what goes wrong is logged."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.ERROR)
