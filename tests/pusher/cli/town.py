"""A town's folder as `pusher init` makes it, and the commands that are run in it."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pusher.cli.root import pusher
from tests.support import log


@dataclass(frozen=True)
class Finished:
    """A command that ran in a process of its own."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Town:
    """One installation."""

    folder: Path
    #: Further environment variables of every command.
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        return self.folder / "pusher.toml"

    def add(self, text: str) -> None:
        """More settings."""
        with self.settings.open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    def run(self, *words: str, typed: str | bytes = "", fails: int = 0) -> Result:
        """Run a command here and now; it must end with the exit code `fails`."""
        try:
            result = CliRunner().invoke(
                pusher, ["-s", str(self.settings), *words], input=typed, env=dict(self.environment)
            )
        finally:
            # The command let the log write to its own standard error, which is gone now.
            log.configure()
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == fails, result.output
        return result

    def json(self, *words: str, typed: str = "", fails: int = 0) -> Any:
        """What a command prints for programs, on one line."""
        [line] = self.run(*words, "--json", typed=typed, fails=fails).stdout.splitlines()
        return json.loads(line)

    async def beside(self, *words: str, fails: int = 0) -> Result:
        """As `run`, in a thread of its own: the servers of the test go on answering."""
        return await asyncio.to_thread(self.run, *words, fails=fails)

    async def process(self, *words: str) -> Finished:
        """Run a command as a process of its own, as people do: seconds of loading, where `beside` proves as much."""
        command = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "pusher", "-s", str(self.settings), *words),
            env={"PATH": "/usr/bin:/bin", **self.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        stdout, stderr = await command.communicate()
        assert command.returncode is not None
        return Finished(command.returncode, stdout.decode(), stderr.decode())

    def pass_once(self) -> None:
        """One pass of the service over everything that is due."""
        self.run("once")
