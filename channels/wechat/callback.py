"""What WeChat calls us with: the check of the address, events and messages. The one module that knows wechatpy.

Source: developers.weixin.qq.com, "receiving messages" and "message encryption". Within five seconds the platform wants
"success", else it calls twice more; so everything that a person did carries an event id for the caller to know again.
In plain mode the signature covers the token, the time and a nonce, but not the body: with an AES key set, plain bodies
are refused.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from xml.parsers.expat import ExpatError

from wechatpy import events
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.messages import LocationMessage, TextMessage
from wechatpy.parser import parse_message
from wechatpy.utils import WeChatSigner

from channels.channel import CallbackAnswer, CallbackRequest
from channels.receipt import Agreement, Inbound, Outcome, Receipt, Said
from channels.redaction import redact
from channels.stop_words import is_stop
from channels.wechat.codes import job_outcome, outcome

#: Seconds that a signed time may be off: a later repetition of a seen request is not ours to answer.
FRESH = 300

#: Longest body that is read, in bytes; the platform's are far below.
LONGEST = 1 << 16

#: Characters of the name of a place that somebody sends.
_LONGEST_PLACE = 100

#: Characters of an answer: the platform takes 2,048 bytes, three a character.
_LONGEST_ANSWER = 600

#: The only part of an encrypted body that counts; found without parsing what nobody has signed.
_ENCRYPTED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>")

#: What XML cannot hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_FORBIDDEN = CallbackAnswer(status=403, body="not signed by WeChat")
_MALFORMED = CallbackAnswer(status=400, body="not a message of WeChat in XML")

#: What wechatpy and its parsers are known to raise on malformed XML and on ciphertext under another key.
_UNREADABLE = (ExpatError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, OSError)
_UNDECIPHERED = (WeChatException, ValueError, IndexError, struct.error)


class Callbacks:
    """Checks and reads the callbacks of one account."""

    def __init__(self, *, token: str, appid: str, aes_keys: Sequence[str]) -> None:
        """`aes_keys`: the present key and the former one; none = plain mode."""
        self._token = token
        self._ciphers = [WeChatCrypto(token, key, appid) for key in aes_keys]

    def answer(self, request: CallbackRequest) -> CallbackAnswer:
        """See `Reporting.callback`."""
        if not self._is_signed(request, "signature") or not _is_fresh(request):
            return _FORBIDDEN
        if request.method == "GET":
            return CallbackAnswer(body=request.query.get("echostr", "")[:LONGEST])
        if request.method != "POST":
            return CallbackAnswer(status=405, body="GET or POST")
        if len(request.body) > LONGEST:
            return CallbackAnswer(status=413, body="too long")
        return self._read_encrypted(request) if self._ciphers else _read(request.body)

    def reply(self, request: CallbackRequest, words: str) -> CallbackAnswer:
        """See `Answering.reply`: as XML, encrypted with the key that the request was encrypted with."""
        opened = self._opened(request) if self._ciphers else (request.body, None)
        if isinstance(opened, CallbackAnswer):
            return opened
        body, cipher = opened
        message = parse_message(body.decode())
        xml = _answer(message, words, request.at)
        if cipher is not None:
            _, timestamp, nonce = _signed(request, "msg_signature")
            xml = cipher.encrypt_message(xml, nonce, timestamp)
        return CallbackAnswer(body=xml, content_type="text/xml")

    def _read_encrypted(self, request: CallbackRequest) -> CallbackAnswer:
        opened = self._opened(request)
        return opened if isinstance(opened, CallbackAnswer) else _read(opened[0])

    def _opened(self, request: CallbackRequest) -> tuple[bytes, WeChatCrypto] | CallbackAnswer:
        """What was encrypted and what opened it, or why it does not open."""
        found = _ENCRYPTED.search(request.body)
        if found is None:
            return CallbackAnswer(status=400, body="not encrypted: choose the safe or compatible mode in the console")
        encrypted = found[1].decode("ascii")
        if not self._is_signed(request, "msg_signature", encrypted):
            return _FORBIDDEN
        for cipher in self._ciphers:
            try:
                plain = cipher.decrypt_message({"Encrypt": encrypted}, *_signed(request, "msg_signature"))
            except _UNDECIPHERED:
                continue
            return plain.encode(), cipher
        return CallbackAnswer(status=400, body="encrypted with another key")

    def _is_signed(self, request: CallbackRequest, name: str, *more: str) -> bool:
        signature, timestamp, nonce = _signed(request, name)
        signer = WeChatSigner()
        signer.add_data(*(part.encode(errors="replace") for part in (self._token, timestamp, nonce, *more)))
        return compare_digest(signer.signature.encode(), signature.encode(errors="replace"))


def _signed(request: CallbackRequest, name: str) -> tuple[str, str, str]:
    query = request.query
    return query.get(name, ""), query.get("timestamp", ""), query.get("nonce", "")


def _is_fresh(request: CallbackRequest) -> bool:
    timestamp = request.query.get("timestamp", "")
    return timestamp.isascii() and timestamp.isdigit() and abs(request.at.timestamp() - float(timestamp)) <= FRESH


def _answer(message: Any, words: str, at: datetime) -> str:
    """A text message back to whoever wrote (passive reply)."""
    told = {"ToUserName": _text(message.source), "FromUserName": _text(message.target)}
    told |= {"CreateTime": str(int(at.timestamp())), "MsgType": "text", "Content": words[:_LONGEST_ANSWER]}
    # What stands in CDATA can end it, and what XML cannot hold breaks it.
    safe = {name: _UNFIT.sub("", text).replace("]]>", "]]]]><![CDATA[>") for name, text in told.items()}
    return "<xml>" + "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in safe.items()) + "</xml>"


def _read(body: bytes) -> CallbackAnswer:
    try:
        message = parse_message(body.decode())
        receipts, inbound = _receipts(message), _inbound(message)
    except _UNREADABLE:
        return _MALFORMED
    return CallbackAnswer(receipts, inbound, body="success") if message is not None else _MALFORMED


def _receipts(message: Any) -> list[Receipt]:
    """What became of messages that the platform had taken."""
    if isinstance(message, events.TemplateSendJobFinishEvent):
        status = _text(message.status)
        return [_receipt(message, job_outcome(status), str(message.id or ""), code=status)]
    if isinstance(message, events.MassSendJobFinishEvent):
        return _of_mass(message)
    if isinstance(message, events.SubscribeMsgSentEvent):
        return [
            _receipt(message, outcome(int(entry["ErrorCode"])), _text(entry["MsgID"]), code=_text(entry["ErrorCode"]))
            for entry in message.subscribes
        ]
    return []


def _of_mass(message: Any) -> list[Receipt]:
    """What became of a request of many; where only some got it nobody says who, so nothing is said of anybody."""
    status = _text(message.status)
    total, sent = int(message.total_count), int(message.sent_count)
    if status == "send success" and sent == total:
        what = Outcome.DELIVERED
    elif status != "send success":
        what = Outcome.PERMANENT
    else:
        return []
    return [
        Receipt(
            what,
            provider_id=str(message.id or "") or None,
            code=redact(status),
            at=_time(message),
            whole=True,
            suppresses=False,
        )
    ]


def _receipt(message: Any, what: Outcome, provider_id: str, *, code: str) -> Receipt:
    return Receipt(
        what, provider_id=provider_id or None, address=_text(message.source), code=redact(code), at=_time(message)
    )


def _inbound(message: Any) -> list[Inbound]:
    """What a person wrote or did, and what became of agreements."""
    agreements = _agreements(message)
    said = _of_agreements(message, agreements) if agreements else _met(message) or _wrote(message)
    return [replace(_did(message, *said), agreements=tuple(agreements))] if said else []


def _met(message: Any) -> tuple[str, str, str] | None:
    """Act, text and manner of whoever came or went."""
    match message:
        case events.SubscribeScanEvent():
            return "start", _text(message.scene_id), "follow"
        case events.SubscribeEvent():
            return "start", "", "follow"
        case events.UnsubscribeEvent():
            return "stop", "", ""
    return None


def _wrote(message: Any) -> tuple[str, str, str] | None:
    """Act, text and manner of whoever wrote, pressed or scanned."""
    match message:
        case events.ScanEvent():
            return "text", _text(message.scene_id), "scan"
        case events.ClickEvent():
            return _act(_text(message.key)), _text(message.key), "click"
        case TextMessage():
            return _act(_text(message.content)), _text(message.content), ""
        case LocationMessage():
            return "text", _text(message.label)[:_LONGEST_PLACE], "location"
    return None


def _of_agreements(message: Any, agreements: Sequence[Agreement]) -> tuple[str, str, str]:
    """Who agrees where he is asked wants to hear of us; notices are told apart by their numbers."""
    if isinstance(message, events.SubscribeMsgPopupEvent) and any(each.said is Said.ACCEPTED for each in agreements):
        return "start", "", ""
    return "agreement", ",".join(_text(entry.get("MsgID")) for entry in _entries(message)), ""


def _agreements(message: Any) -> list[Agreement]:
    """What is said of agreements to single templates; what people did to the window without choosing says nothing."""
    match message:
        case events.SubscribeMsgPopupEvent() | events.SubscribeMsgChangeEvent():
            found = [(entry, _CHOICES.get(_text(entry["SubscribeStatusString"]))) for entry in _entries(message)]
        case events.SubscribeMsgSentEvent():
            found = [(entry, _ENDS.get(_text(entry["ErrorCode"]))) for entry in _entries(message)]
        case _:
            return []
    return [Agreement(_text(entry["TemplateId"])[:_LONGEST_ID], said) for entry, said in found if said is not None]


def _entries(message: Any) -> list[Any]:
    return message.subscribes if message.subscribes_info else []


#: How a person chose, and how a notice ended, as far as it says something of the agreement.
_CHOICES = {"accept": Said.ACCEPTED, "reject": Said.REFUSED}
_ENDS = {"0": Said.USED, "43101": Said.USED_UP}
#: Characters of a template's id that are kept; the platform's have 43.
_LONGEST_ID = 64


def _act(words: str) -> str:
    return "stop" if is_stop(words) else "text"


def _did(message: Any, act: str, text: str, how: str) -> Inbound:
    address = _text(message.source)
    if not address:
        raise ValueError("nobody did it")
    return Inbound(act, address, text, at=_time(message), event_id=_event_id(message, address, text), how=how)


def _event_id(message: Any, address: str, text: str) -> str:
    """The platform's number of a message; for events, which have none, what the platform says makes them one."""
    if message.id:
        return str(message.id)
    told = f"{address}\n{message.time}\n{message.type}\n{getattr(message, 'event', '')}\n{text}"
    return sha256(told.encode()).hexdigest()[:32]


def _time(message: Any) -> datetime | None:
    return datetime.fromtimestamp(message.time, UTC) if message.time else None


def _text(value: object) -> str:
    """A text of the message; a repeated or nested element, which the platform never sends, is malformed."""
    if not isinstance(value, str | None):
        raise TypeError("not a text")
    return value or ""
