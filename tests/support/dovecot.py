"""Dovecot in a process of its own: an IMAP server of other authors, over TLS, with one mailbox for all its users."""

import asyncio
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificates import Certificate
from tests.support.smtp_sink import free_port, until_it_listens

_FOLDERS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])

#: The program; None where Dovecot is not installed.
PROGRAM = shutil.which("dovecot", path=_FOLDERS)

PASSWORD = "mailbox-battery"

_SETTINGS = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
auth_failure_delay = 0
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # Whoever gives a wrong password is not kept waiting.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Mailbox:
    """The mailbox, as its server's files show it."""

    port: int
    folder: Path

    def deliver(self, name: str, content: bytes) -> None:
        """A new mail, as a mail server leaves it."""
        path = self.folder / "tmp" / name
        path.write_bytes(content)
        path.chmod(0o666)
        path.replace(self.folder / "new" / name)

    def marks(self) -> dict[str, str]:
        """The mails that are there, with the letters of their flags ("S" = seen)."""
        found = [path.name for room in ("new", "cur") for path in (self.folder / room).iterdir()]
        return {
            name.partition(":")[0].partition(",")[0]: name.rpartition(",")[2] if ":" in name else "" for name in found
        }


@asynccontextmanager
async def dovecot(shown: Certificate) -> AsyncIterator[Mailbox]:
    """A running server that shows `shown`."""
    assert PROGRAM is not None
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    entry = pwd.getpwnam(user)
    port = free_port()
    # Its sockets' names must be short, and its user must reach them.
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        for room in ("", "mail", "mail/new", "mail/cur", "mail/tmp"):
            (folder / room).mkdir(exist_ok=True)
            (folder / room).chmod(0o777)
        settings = folder / "dovecot.conf"
        settings.write_text(
            _SETTINGS.format(
                folder=folder,
                user=user,
                group=entry.pw_gid if os.geteuid() else "nogroup",
                certificate=shown.path,
                key=shown.path.with_name("key.pem"),
                password=PASSWORD,
                port=port,
            )
        )
        process = await asyncio.create_subprocess_exec(PROGRAM, "-F", "-c", str(settings), start_new_session=True)
        try:
            await until_it_listens(process, port)
            yield Mailbox(port, folder / "mail")
        finally:
            # All of its processes: asked to end, it takes a second to see that they have.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
