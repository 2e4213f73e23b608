"""Everything else that Apprise knows (extra `apprise`): for operations and rare ways, not for proof of who was reached.

Apprise says only whether it believes that a message went out. So a message that it could not bring is in doubt, and
nobody but a warning's receiver gets it twice. It blocks, for as long as a service likes: in threads of its own, so that
nothing else of this process waits for one.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pydantic import Field, field_validator
from typing_extensions import override

from channels.card import Card
from channels.channel import Channel, Kind, Outside
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.limits import Limits
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt

if TYPE_CHECKING:
    from apprise import Apprise as Library

#: Ways that do something on this machine itself: nobody may ask for these by an address.
_LOCAL = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows", "file", "gpio"})


class AppriseSettings(Limits):
    """Which of Apprise's ways may be used."""

    #: Beginnings of addresses that are let through ("ntfys", "bark", "mailtos"); others are refused.
    schemes: tuple[str, ...] = Field(min_length=1)

    @field_validator("schemes")
    @classmethod
    def _are_remote(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if local := sorted(set(given) & _LOCAL):
            raise ValueError(f"{local[0]} does something on this machine itself and is never allowed")
        return given


class Apprise(Channel):
    """Any way of the library, by its own addresses (`ntfys://…`), which hold the secrets."""

    def __init__(self, settings: AppriseSettings, outside: Outside) -> None:
        del outside
        self.concurrency = settings.concurrency or 4
        self._schemes = settings.schemes
        self._timeout = settings.timeout
        self._threads: ThreadPoolExecutor | None = None

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if to.value.partition("://")[0].lower() not in self._schemes:
            raise PermanentFailure("the settings allow no addresses that begin like this one", suppresses=False)
        card = Card.of(message, to)
        text = f"{card.text}\n{card.url}".strip()
        job = self._opened().submit(_notify, to.value, card.title, text)
        try:
            async with asyncio.timeout(self._timeout):
                went_out = await asyncio.wrap_future(job)
        except TimeoutError:
            if job.cancelled():
                # Slow services have all threads; it was never begun, so nothing is in doubt.
                wait = self._timeout
                raise TemporaryFailure("waits for a thread", retry_after=wait, by_address=True, untried=True) from None
            went_out = None
        if not went_out:
            detail = "Apprise could not bring it" if went_out is False else "Apprise has not ended in time"
            raise TemporaryFailure(detail, in_doubt=True, by_address=True)
        return Receipt(Outcome.SENT, key=key)

    @override
    async def close(self) -> None:
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)

    def _opened(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.concurrency, thread_name_prefix="apprise")
        return self._threads


def _notify(address: str, title: str, text: str) -> bool:
    library = _library()
    # One address is one way: the library itself would cut a text at its commas, and the settings may forbid the rest.
    way = library.instantiate(address)
    if way is None or not library.add(way):
        raise PermanentFailure("Apprise does not understand this address", suppresses=False)
    try:
        return bool(library.notify(title=title, body=text, body_format="text", interpret_escapes=False))
    # Whatever a plugin raises: its text may hold the address.
    except Exception:
        return False


def _library() -> "Library":
    try:
        # Costs half a second and a dozen packages: only who uses it pays.
        from apprise import Apprise as Library  # noqa: PLC0415
    except ModuleNotFoundError:
        raise TechnicalFailure("install gov-pusher[apprise] for channels of this kind") from None
    # Both write addresses and words into the log.
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return Library()


def _build(_name: str, settings: AppriseSettings, outside: Outside) -> Channel:
    return Apprise(settings, outside)


KIND = Kind(
    name="apprise",
    form="card",
    address="apprise",
    settings=AppriseSettings,
    build=_build,
    summary="whatever Apprise can reach: ntfy, Bark, Matrix, Slack …",
    extra="apprise",
)
