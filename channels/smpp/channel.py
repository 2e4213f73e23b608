"""The SMPP channel: parts become submit_sm, and deliver_sm what they say."""

import ssl
from collections.abc import Callable, Sequence
from functools import partial

from typing_extensions import override

from channels.carrier.channel import Carrier
from channels.carrier.frames import Pdu
from channels.carrier.lines import Lines, Open
from channels.carrier.link import Link, opened
from channels.carrier.parts import Part
from channels.carrier.said import End, Written
from channels.carrier.times import absolute
from channels.channel import Outside
from channels.message import Lane, Message
from channels.phone import international_number
from channels.secret import secret
from channels.smpp import reports
from channels.smpp.link import SmppLink
from channels.smpp.pdus import Bind, BindReceiver, BindTransceiver, BindTransmitter, DeliverSm, SubmitSm
from channels.smpp.settings import SmppSettings
from channels.smpp.words import parts

#: esm_class of a part that begins with a user data header.
_JOINED = 0x40


class Smpp(Carrier):
    """One account. The centre does not recognise repeats; `provider_id` is the message_id of the last part."""

    def __init__(self, settings: SmppSettings, _outside: Outside) -> None:
        """Raises ValueError if the password's or the authorities' file cannot be read."""
        super().__init__(settings)
        self._settings = settings
        self._habits = settings.habits
        self._tls = _tls(settings)
        if settings.mode == "pair":
            self.lines = Lines(settings, self._opener(BindTransmitter), listen=self._opener(BindReceiver))
        else:
            self.lines = Lines(settings, self._opener(BindTransceiver))

    @override
    def number(self, address: str) -> str | None:
        return international_number(address) if self._settings.country_code else super().number(address)

    @override
    def submits(self, message: Message, number: str, text: str, reference: int) -> Sequence[Pdu]:
        return [self._submit(message, number, part) for part in parts(text, self._settings.encoding, reference)]

    @override
    def read_brought(self, brought: Pdu) -> End | Written | None:
        assert isinstance(brought, DeliverSm)
        return reports.read(brought, self._habits)

    def _opener(self, bind: type[Bind]) -> Open:
        settings = self._settings
        request = bind(settings.system_id, secret(settings.password, settings.password_file), settings.system_type)
        return partial(self._open, request)

    async def _open(self, bind: Bind, freed: Callable[[], None]) -> Link:
        settings = self._settings
        return await opened(
            lambda: SmppLink(settings, bind, heard=self.hear, freed=freed),
            *(settings.host, settings.port),
            within=settings.answer_within,
            tls=self._tls,
        )

    def _submit(self, message: Message, number: str, part: Part) -> SubmitSm:
        settings = self._settings
        expires = message.expires if settings.tell_expiry else None
        return SubmitSm(
            service_type=settings.service_type,
            source_addr_ton=settings.source_ton,
            source_addr_npi=settings.source_npi,
            source_addr=settings.source,
            dest_addr_ton=settings.dest_ton,
            dest_addr_npi=settings.dest_npi,
            destination_addr=number,
            esm_class=_JOINED if part.is_joined else 0,
            data_coding=part.coding,
            short_message=part.content,
            priority_flag=settings.warning_priority if message.lane is Lane.WARNING else 0,
            validity_period=absolute(expires) if expires else "",
        )


def _tls(settings: SmppSettings) -> ssl.SSLContext | None:
    """How the line is protected; None = not at all. Raises ValueError for a file of authorities that is none."""
    if settings.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=settings.authorities)
    except ssl.SSLError:
        raise ValueError(f"authorities: {settings.authorities} holds no certificates in PEM") from None
