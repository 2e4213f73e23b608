"""What is said between us and a message centre, field by field, in the order of the wire. Pure.

The names are the specification's (SMPP 3.4, section 4). What only the centre says and we need not read has no class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.carrier.frames import Pdu


@dataclass(frozen=True, slots=True)
class Bind(Pdu):
    """We log in."""

    system_id: str
    password: str = field(repr=False)
    system_type: str
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(frozen=True, slots=True)
class BindReceiver(Bind):
    """To hear only."""


@dataclass(frozen=True, slots=True)
class BindTransmitter(Bind):
    """To send only."""


@dataclass(frozen=True, slots=True)
class BindTransceiver(Bind):
    """For both."""


@dataclass(frozen=True, slots=True)
class SubmitSm(Pdu):
    """One short message, or one part of a long one."""

    service_type: str
    source_addr_ton: int
    source_addr_npi: int
    source_addr: str
    dest_addr_ton: int
    dest_addr_npi: int
    #: Personal.
    destination_addr: str = field(repr=False)
    #: 0x40 = the message begins with a user data header.
    esm_class: int
    data_coding: int
    short_message: bytes = field(repr=False)
    protocol_id: int = 0
    #: 0–3.
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    #: An absolute time ("261122203000032+"); "" = the centre's default.
    validity_period: str = ""
    #: 1 = a receipt of the end is wanted, good or bad.
    registered_delivery: int = 1
    replace_if_present_flag: int = 0
    sm_default_msg_id: int = 0


@dataclass(frozen=True, slots=True)
class SubmitSmResp(Pdu):
    """The centre has taken it."""

    message_id: str


@dataclass(frozen=True, slots=True)
class DeliverSm(Pdu):
    """The centre brings what somebody wrote, or a receipt; as deliver_sm or as data_sm."""

    #: Who wrote; in a receipt the receiver of our message. Personal.
    source_addr: str = field(repr=False)
    destination_addr: str
    esm_class: int
    data_coding: int
    short_message: bytes = field(default=b"", repr=False)
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    sm_default_msg_id: int = 0
    #: Optional parameters by their tag.
    options: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    @property
    def words(self) -> bytes:
        """What it says, wherever it stands."""
        return self.short_message or self.options.get(MESSAGE_PAYLOAD, b"")


@dataclass(frozen=True, slots=True)
class Resp(Pdu):
    """Base of our answers."""

    #: command_status, 0 = good.
    status: int = 0


@dataclass(frozen=True, slots=True)
class DeliverSmResp(Resp):
    """We have it, or not."""

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class DataSmResp(Resp):
    """We have it, or not."""

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class GenericNack(Resp):
    """What was asked is nothing that we do."""


@dataclass(frozen=True, slots=True)
class EnquireLink(Pdu):
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class EnquireLinkResp(Resp):
    """I am."""


@dataclass(frozen=True, slots=True)
class Unbind(Pdu):
    """Either side takes leave."""


@dataclass(frozen=True, slots=True)
class UnbindResp(Resp):
    """And the other one lets it go."""


#: Tags of the optional parameters that we read.
RECEIPTED_MESSAGE_ID, MESSAGE_STATE, NETWORK_ERROR_CODE = 0x001E, 0x0427, 0x0423
MESSAGE_PAYLOAD = 0x0424
SAR_MSG_REF_NUM, SAR_TOTAL_SEGMENTS, SAR_SEGMENT_SEQNUM = 0x020C, 0x020E, 0x020F
