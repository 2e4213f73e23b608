"""What is said between a sender and a gateway, field by field, in the order of the wire. Pure.

The names are the standard's; `channels.cmpp.wire` has their sizes. A field that one version lacks keeps its default.
"""

from dataclasses import dataclass, field

from channels.carrier.frames import Pdu


@dataclass(frozen=True, slots=True)
class Connect(Pdu):
    """A sender logs in."""

    #: SP_Id (企业代码), 6 characters.
    source_addr: str
    #: See `channels.cmpp.login.our_proof`.
    authenticator: bytes = field(repr=False)
    #: 0x20, 0x21, 0x30.
    version: int
    #: The digits MMDDHHMMSS as a number.
    timestamp: int


@dataclass(frozen=True, slots=True)
class ConnectResp(Pdu):
    """The gateway lets the sender in (`status` 0) or not."""

    #: 1 structure, 2 illegal source, 3 authentication, 4 version too high, 5 and more: other.
    status: int
    #: See `channels.cmpp.login.their_proof`; zeros after a failed login.
    authenticator: bytes = field(repr=False)
    #: The highest one that the gateway speaks.
    version: int


@dataclass(frozen=True, slots=True)
class Terminate(Pdu):
    """Either side takes leave."""


@dataclass(frozen=True, slots=True)
class TerminateResp(Pdu):
    """And the other one lets it go."""


@dataclass(frozen=True, slots=True)
class Submit(Pdu):
    """One short message, or one part of a long one."""

    service_id: str
    msg_src: str
    src_id: str
    #: Fewer than 100 numbers; personal.
    destinations: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)
    #: 0 ASCII, 3 card write, 4 binary, 8 UCS2, 15 GB.
    msg_fmt: int
    #: 0: the gateway makes it.
    msg_id: int = 0
    #: Parts, from 1, and which one this is, from 1.
    pk_total: int = 1
    pk_number: int = 1
    #: 1 = a status report is wanted.
    registered_delivery: int = 1
    msg_level: int = 0
    #: Who pays: 0 the receiver, 1 the sender's number, 2 the SP, 3 `fee_terminal_id`.
    fee_user_type: int = 2
    fee_terminal_id: str = field(default="", repr=False)
    #: 3.0 only: 0 a real number, 1 a pseudo code.
    fee_terminal_type: int = 0
    tp_pid: int = 0
    #: 1 = the content begins with a user data header (3GPP TS 23.040 section 9.2.3.24).
    tp_udhi: int = 0
    #: 01 free, 02 by message, 03 by month.
    fee_type: str = "01"
    #: In 分.
    fee_code: str = ""
    #: SMPP 3.3 time ("261122203000032+"); "" = the gateway's default.
    valid_time: str = ""
    at_time: str = ""
    destination_type: int = 0
    #: 2.0: Reserve; 3.0: LinkID, for services on demand only.
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class SubmitResp(Pdu):
    """What the gateway says of a SUBMIT: `result` 0 = taken."""

    msg_id: int
    result: int


@dataclass(frozen=True, slots=True)
class Deliver(Pdu):
    """The gateway brings what somebody wrote, or a status report."""

    msg_id: int
    #: Our service number.
    dest_id: str
    service_id: str
    msg_fmt: int
    #: Who wrote; in a report the receiver of our message. Personal.
    source: str = field(repr=False)
    content: bytes = field(repr=False)
    #: 1 = `content` is a status report.
    registered_delivery: int = 0
    tp_pid: int = 0
    tp_udhi: int = 0
    source_type: int = 0
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliverResp(Pdu):
    """We have it (`result` 0)."""

    msg_id: int
    result: int


@dataclass(frozen=True, slots=True)
class Report(Pdu):
    """What became of a message: the content of a DELIVER."""

    #: That of the SUBMIT_RESP.
    msg_id: int
    #: "DELIVRD", "UNDELIV", "MA:0001" …
    stat: str
    #: YYMMDDHHMM, China's time.
    submit_time: str
    done_time: str
    #: Personal.
    destination: str = field(repr=False)
    smsc_sequence: int = 0


@dataclass(frozen=True, slots=True)
class Query(Pdu):
    """How many messages there were on a day."""

    #: YYYYMMDD.
    time: str
    #: 0 all, 1 those of the service `query_code`.
    query_type: int = 0
    query_code: str = ""
    reserve: str = ""


#: The counts of a QUERY_RESP in their order.
QUERY_COUNTS = ("mt_messages", "mt_users", "mt_sent", "mt_waiting", "mt_failed", "mo_sent", "mo_waiting", "mo_failed")


@dataclass(frozen=True, slots=True)
class QueryResp(Pdu):
    """The counts: mt = to people, mo = from people."""

    time: str
    query_type: int
    query_code: str
    mt_messages: int
    mt_users: int
    mt_sent: int
    mt_waiting: int
    mt_failed: int
    mo_sent: int
    mo_waiting: int
    mo_failed: int


@dataclass(frozen=True, slots=True)
class Cancel(Pdu):
    """A message that waits in the gateway is to be dropped."""

    msg_id: int


@dataclass(frozen=True, slots=True)
class CancelResp(Pdu):
    """0 = dropped, 1 = not."""

    success: int


@dataclass(frozen=True, slots=True)
class ActiveTest(Pdu):
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class ActiveTestResp(Pdu):
    """I am."""

    reserved: int = 0
