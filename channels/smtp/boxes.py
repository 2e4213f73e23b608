"""The mailbox that mails come back to: over IMAP, or a Maildir on this machine. Blocking, for a thread."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4, IMAP4_SSL
from pathlib import Path
from typing import Protocol

from typing_extensions import override

from channels.secret import secret
from channels.smtp.returned import LONGEST
from channels.smtp.returns_settings import ReturnSettings

#: Mails that are read in one go.
AT_ONCE = 50

#: Seconds that the server may take for one answer.
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in a mailbox."""

    #: By which the mailbox knows it.
    name: str
    content: bytes


class Box(Protocol):
    """A mailbox. What reads it raises is `OSError`, `IMAP4.error` or `ValueError`."""

    def unread(self) -> Sequence[Found]:
        """The oldest mails that nobody has read yet, at most `AT_ONCE`."""
        ...

    def done(self, names: Sequence[str], *, delete: bool) -> None:
        """These were dealt with: they go, or stay as read. What is there no more is passed over."""
        ...


def box_of(settings: ReturnSettings) -> Box | None:
    """The mailbox of the settings; None if they name none. Raises ValueError if a file of them cannot be used."""
    if settings.imap is not None:
        return ImapBox(settings)
    return MaildirBox(settings.maildir) if settings.maildir is not None else None


class MaildirBox(Box):
    """A folder with `new`, `cur` and `tmp`, into which a mail server delivers."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError if it is no Maildir."""
        if not all((folder / room).is_dir() for room in ("new", "cur")):
            raise ValueError(
                f"{folder} is no Maildir: let the mail server deliver into it once, or make new, cur and tmp"
            )
        self._folder = folder

    @override
    def unread(self) -> Sequence[Found]:
        paths = sorted(path for path in (self._folder / "new").iterdir() if path.is_file())
        return list(_contents(paths[:AT_ONCE]))

    @override
    def done(self, names: Sequence[str], *, delete: bool) -> None:
        for name in names:
            path = self._folder / "new" / name
            if delete:
                path.unlink(missing_ok=True)
            elif path.exists():
                # "S": it was seen (maildir(5)).
                path.replace(self._folder / "cur" / f"{name}:2,S")


def _contents(paths: Sequence[Path]) -> Iterator[Found]:
    for path in paths:
        try:
            with path.open("rb") as file:
                yield Found(path.name, file.read(LONGEST))
        except FileNotFoundError:
            # Another process was quicker.
            continue


class ImapBox(Box):
    """A mailbox of an IMAP server (RFC 3501); each look is a connection of its own."""

    def __init__(self, settings: ReturnSettings) -> None:
        self._settings = settings
        self._password = secret(settings.password, settings.password_file)
        self._context = ssl.create_default_context(
            cafile=str(settings.authorities) if settings.authorities is not None else None
        )
        #: What the numbers of mails hold for (RFC 3501 section 2.3.1.1).
        self._validity: bytes | None = None

    @override
    def unread(self) -> Sequence[Found]:
        with self._open() as client:
            (numbers,) = _answer(client.uid("SEARCH", "UNSEEN"))
            wanted = numbers.split()[:AT_ONCE] if isinstance(numbers, bytes) else []
            return [found for number in wanted for found in _fetched(client, number.decode())]

    @override
    def done(self, names: Sequence[str], *, delete: bool) -> None:
        known = self._validity
        with self._open() as client:
            if not names or self._validity != known:
                return
            numbers = ",".join(names)
            _answer(client.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Seen \Deleted)" if delete else r"(\Seen)"))
            if delete and "UIDPLUS" in client.capabilities:
                _answer(client.uid("EXPUNGE", numbers))
            elif delete:
                _answer(client.expunge())

    @contextmanager
    def _open(self) -> Iterator[IMAP4]:
        settings = self._settings
        assert settings.imap is not None
        with IMAP4_SSL(settings.imap, settings.port, ssl_context=self._context, timeout=_PATIENCE) as client:
            client.login(settings.user, self._password)
            if "ID" in client.capabilities:
                # Some providers (163.com) open no mailbox to a program that does not say what it is (RFC 2971).
                client.xatom("ID", '("name" "gov-pusher")')
            _answer(client.select(f'"{settings.folder}"'))
            self._validity = client.response("UIDVALIDITY")[1][0]
            yield client


def _fetched(client: IMAP4, number: str) -> Iterator[Found]:
    # PEEK: it counts as read only when it was dealt with.
    for item in _answer(client.uid("FETCH", number, f"(BODY.PEEK[]<0.{LONGEST}>)")):
        if isinstance(item, tuple):
            yield Found(number, item[1])


def _answer(answered: tuple[str, Sequence[object]]) -> Sequence[object]:
    """The data of an answer. Raises IMAP4.error where the server says no."""
    status, data = answered
    if status != "OK":
        raise IMAP4.error("the server refused: " + " ".join(str(each) for each in data))
    return data
