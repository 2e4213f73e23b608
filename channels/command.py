"""Telephone calls by a program of the town's own, for those without a call server: it is told one call and dials.

Number and words stand on its standard input, where no list of processes and no log shows them.
"""

from pydantic import Field
from typing_extensions import override

from channels import call
from channels.channel import CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Message
from channels.program import run
from channels.receipt import Outcome, Receipt
from channels.seats import Seats
from channels.standard_webhooks import SigningSettings

#: Exit codes that say more than "it did not work" (sysexits.h).
_LATER = 75
_NOT_THIS_ONE = {65: "the program cannot say these words", 67: "the program cannot dial this number"}


class CommandSettings(SigningSettings):
    """What is run for each call; the secret is for what it reports back."""

    #: A program and its arguments, without a shell.
    command: tuple[str, ...] = Field(min_length=1)
    #: Seconds that the program may take.
    timeout: float = Field(default=60.0, gt=0, le=600)
    #: Programs that run at a time: as many as there are lines.
    concurrency: int | None = Field(default=4, ge=1, le=1000)


class Command(Channel, Reporting):
    """One program. Who was being called when it was stopped may have been reached, so that is in doubt."""

    def __init__(self, settings: CommandSettings, outside: Outside) -> None:
        del outside
        self.concurrency = settings.concurrency or 4
        self._settings = settings
        self._keys = settings.keys()
        self._lines = Seats(self.concurrency)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        told = call.told(message, to, key)
        await self._lines.take(message.lane)
        try:
            code = await run(
                self._settings.command, seconds=self._settings.timeout, what="the command that dials", given=told
            )
        finally:
            self._lines.leave()
        failure = _refusal(code)
        if failure is not None:
            raise failure
        return Receipt(Outcome.SENT, key=key)

    @override
    async def close(self) -> None:
        """There is nothing to let go of."""

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """What became of a call, signed with the secret."""
        return call.heard(request, self._keys)


def _refusal(code: int | None) -> SendError | None:
    if code is None:
        return TemporaryFailure("the command that dials has not ended in time", in_doubt=True)
    if code == 0:
        return None
    if code < 0:
        return TechnicalFailure("the command that dials was killed", code=f"signal {-code}", in_doubt=True)
    name = f"exit {code}"
    if code == _LATER:
        return TemporaryFailure("the command that dials asks to come back later", code=name)
    if code in _NOT_THIS_ONE:
        return PermanentFailure(_NOT_THIS_ONE[code], code=name, suppresses=False)
    return TechnicalFailure("the command that dials failed", code=name)


def _build(_name: str, settings: CommandSettings, outside: Outside) -> Channel:
    return Command(settings, outside)


KIND = Kind(
    name="command",
    form="script",
    address="phone",
    settings=CommandSettings,
    build=_build,
    summary="telephone calls by a program of your own, which is told number and words",
    receipts=True,
    inbound=True,
)
