"""Failures that the user can mend, and the sentence for each; anything else is a bug and shows as one."""

import sqlite3

import sqlalchemy.exc

from channels.failure import SendError
from pusher.migrations.upgrade import SchemaError
from pusher.owner import NoDataError, OwnedError
from pusher.plan.broadcast import RefusedError
from pusher.review.files import FileError
from pusher.review.taxonomy import TaxonomyError
from pusher.settings.read import SettingsError
from pusher.warnings.draft_file import DraftFileError
from pusher.warnings.life import RefusedActError
from pusher.watch.fetch_error import FetchError
from pusher.watch.inbox import InboxError
from subscribers.address_form import AddressError
from subscribers.expression import SelectionError
from subscribers.group_cells import GroupFileError
from subscribers.groups import GroupError
from subscribers.keys import KeyRingError
from subscribers.people import SubscriberError
from subscribers.position import PositionError
from templates.failure import TemplateError

_SPEAK_FOR_THEMSELVES = (
    SettingsError,
    TaxonomyError,
    KeyRingError,
    NoDataError,
    OwnedError,
    SchemaError,
    RefusedError,
    RefusedActError,
    DraftFileError,
    SubscriberError,
    PositionError,
    AddressError,
    GroupError,
    SelectionError,
    GroupFileError,
    InboxError,
    FetchError,
    FileError,
    TemplateError,
    SendError,
)

#: For an address that no driver understands; the address itself may hold a password.
DATABASE_ADDRESS = (
    "the address in [database] cannot be used: write postgresql+psycopg://user@host/name, "
    "and install gov-pusher[postgres]"
)

_LOCKED_FILE = (
    "the database file is locked or cannot be opened or written: check that the data folder and every file in it "
    "belong to who runs this, and that its disk is not full"
)


def sentence_for(error: BaseException) -> str | None:
    """What to tell the user; None for a bug."""
    if isinstance(error, BaseExceptionGroup):
        sentences = [sentence_for(each) for each in error.exceptions]
        return None if None in sentences else "\n".join(dict.fromkeys(filter(None, sentences)))
    if isinstance(error, _SPEAK_FOR_THEMSELVES):
        return str(error)
    if isinstance(error, sqlalchemy.exc.DatabaseError):
        return _of_database(error)
    if isinstance(error, sqlalchemy.exc.ArgumentError) or _lacks_a_driver(error):
        return DATABASE_ADDRESS
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return None


def _of_database(error: sqlalchemy.exc.DatabaseError) -> str | None:
    # The driver's own text may hold the address with the password.
    if isinstance(error.orig, sqlite3.OperationalError):
        return _LOCKED_FILE
    if type(error.orig) is sqlite3.DatabaseError:
        return "the database file is damaged, or is no SQLite database: put a backup in its place"
    if isinstance(error, sqlalchemy.exc.OperationalError):
        return "the database cannot be reached or is locked: check that it runs, and the address in [database]"
    return None


def _lacks_a_driver(error: BaseException) -> bool:
    return isinstance(error, ModuleNotFoundError) and (error.name or "").startswith(("psycopg", "asyncpg"))
