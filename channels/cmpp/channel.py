"""The CMPP channel: parts become SUBMITs, and DELIVERs what they say."""

from collections.abc import Callable, Sequence

from typing_extensions import override

from channels.carrier.channel import Carrier
from channels.carrier.frames import Pdu
from channels.carrier.lines import Lines
from channels.carrier.link import Link, opened
from channels.carrier.parts import Part
from channels.carrier.said import End, Written
from channels.carrier.times import absolute
from channels.channel import Outside
from channels.cmpp import reports
from channels.cmpp.link import CmppLink
from channels.cmpp.pdus import Deliver, Submit
from channels.cmpp.settings import CmppSettings
from channels.cmpp.words import parts
from channels.message import Message
from channels.secret import secret


class Cmpp(Carrier):
    """One account. The gateway does not recognise repeats; `provider_id` is the Msg_Id of the last part."""

    def __init__(self, settings: CmppSettings, outside: Outside) -> None:
        """Raises ValueError if the secret's file cannot be read."""
        super().__init__(settings)
        self._settings = settings
        self._secret = secret(settings.secret, settings.secret_file)
        self._now = outside.now
        self.lines = Lines(settings, self._open)

    @override
    def submits(self, message: Message, number: str, text: str, reference: int) -> Sequence[Pdu]:
        pieces = parts(text, self._settings.encoding, reference)
        return [self._submit(message, number, piece, at, len(pieces)) for at, piece in enumerate(pieces, start=1)]

    @override
    def read_brought(self, brought: Pdu) -> End | Written | None:
        assert isinstance(brought, Deliver)
        return reports.end(brought) if brought.registered_delivery else reports.written(brought)

    async def _open(self, freed: Callable[[], None]) -> Link:
        settings, at = self._settings, self._now()
        return await opened(
            lambda: CmppLink(settings, self._secret, at, heard=self.hear, freed=freed),
            *(settings.host, settings.port),
            within=settings.answer_within,
        )

    def _submit(self, message: Message, number: str, piece: Part, at: int, total: int) -> Submit:
        settings = self._settings
        expires = message.expires if settings.tell_expiry else None
        return Submit(
            service_id=settings.service_id,
            msg_src=settings.sp_id,
            src_id=settings.src_id,
            destinations=(number,),
            content=piece.content,
            msg_fmt=piece.coding,
            tp_udhi=int(piece.is_joined),
            # More parts than an octet counts are refused in front of the wire.
            pk_total=total,
            pk_number=at,
            fee_user_type=settings.fee_user_type,
            fee_type=settings.fee_type,
            fee_code=settings.fee_code,
            valid_time=absolute(expires) if expires else "",
        )
