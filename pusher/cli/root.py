"""All commands by name; what a command needs is imported when it is called, so that `--help` answers at once."""

import importlib
from pathlib import Path

import click
from typing_extensions import override

#: Name → (module, one line). The module has a command or group of the same name ("-" as "_").
_COMMANDS = {
    "init": ("setup", "Write a commented settings file and a key ring."),
    "check": ("check", "Check settings, database, templates and channels; say what to do."),
    "run": ("serve", "Run the whole service: watch, plan, deliver, web pages."),
    "worker": ("serve", "Only deliver; any number of these share a PostgreSQL database."),
    "once": ("serve", "Do one pass of every loop, then exit."),
    "demo": ("demo", "Show everything on this machine, with stand-ins for the world."),
    "db": ("db", "Bring the database up to this version."),
    "domains": ("understand", "Print the domains, their departments and what they bring."),
    "classify": ("understand", "Say which domains titles belong to, and why."),
    "source": ("source", "List the sources; try an address without storing anything."),
    "item": ("item", "List, show, release and withdraw items."),
    "route": ("route", "Say who would be told of an item, without telling anybody."),
    "group": ("group", "Import and list the groups that departments keep."),
    "subscriber": ("subscriber", "Add, show and erase subscribers."),
    "templates": ("templates", "Render all templates with sample notices."),
    "channel": ("channel", "List the kinds of channel; send a test message."),
    "wechat": ("wechat", "An official account's menu, tags and quotas."),
    "qr": ("qr", "Make the QR code of a poster: who scans it subscribes to a domain."),
    "bounce": ("bounce", "Read a mail that came back, from a file or a pipe."),
    "send": ("send", "Send an item from the command line."),
    "broadcast": ("broadcast", "List, show, approve, halt, resume and cancel broadcasts."),
    "status": ("status", "What runs, what waits, what is wrong."),
    "report": ("status", "Who was reached."),
    "warn": ("warn", "Draft, check, approve, end and follow disaster warnings."),
    "cap": ("cap", "Check, convert, sign and verify CAP alerts in files."),
    "audit": ("audit", "Who did what; whether the log was altered."),
    "retention": ("retention", "What is forgotten, and when."),
    "keys": ("keys", "Show and change the keys that personal data are encrypted with."),
    "key": ("setup", "Make a key for a program that posts items."),
}

_EPILOG = """\
Exit codes: 0 done; 1 done, but something is wrong or was lost (it says what); 2 could not be done (one sentence on
standard error says why and what to do); 3 nothing was recognised.
"""


class _LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"pusher.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    "-s",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("pusher.toml"),
    envvar="PUSHER_SETTINGS",
    show_default=True,
    help="The settings file.",
)
@click.version_option(package_name="gov-pusher", prog_name="pusher")
@click.pass_context
def pusher(ctx: click.Context, settings: Path) -> None:
    """Watch what a local government publishes and deliver it to the people it concerns."""
    ctx.obj = settings
