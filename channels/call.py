"""A telephone call: what the program that dials is told of it, and what it tells later. Pure.

The words are a script to be read aloud. Picking up is no answer to a roll-call; what is pressed may be one.
"""

import json
import re
from collections.abc import Mapping, Sequence

from channels.card import Card
from channels.channel import CallbackAnswer, CallbackRequest
from channels.message import Address, Message
from channels.receipt import Inbound, Outcome, Receipt
from channels.standard_webhooks import is_signed

#: What became of a call. None of these closes a number: whoever is not reached by voice reads what is written to him,
#: and a busy line is no sign that a number was given up, as a short message that comes back for now would be.
ENDS: Mapping[str, Outcome] = {
    "call.answered": Outcome.DELIVERED,
    "call.busy": Outcome.PERMANENT,
    "call.no_answer": Outcome.PERMANENT,
    "call.rejected": Outcome.PERMANENT,
    "call.unreachable": Outcome.PERMANENT,
    "call.failed": Outcome.TECHNICAL,
}

_ANSWERED = "call.answered"
#: What can be pressed on a telephone.
_DIGITS = re.compile(r"[0-9*#]{0,32}", re.ASCII)
_KEY = re.compile(r"[!-~]{1,64}", re.ASCII)
#: Longest callback that is read, in bytes.
_LONGEST = 1 << 16


def told(message: Message, to: Address, key: str) -> bytes:
    """The call as JSON: whom to ring up, what to say, and the name under which it is spoken of later."""
    card = Card.of(message, to)
    call = {
        "type": f"call.{message.lane.value}",
        "data": {
            "id": key,
            "broadcast": message.id,
            "folder": message.template,
            "to": to.value,
            "title": card.title,
            "words": card.text,
            "expires": None if message.expires is None else message.expires.isoformat(),
        },
    }
    return json.dumps(call, ensure_ascii=False, separators=(",", ":")).encode()


def heard(request: CallbackRequest, keys: Sequence[bytes]) -> CallbackAnswer:
    """What became of one call, and what was pressed in it. See `Reporting.callback`."""
    if not is_signed(request, keys):
        return CallbackAnswer(status=401, body="the signature is wrong or too old")
    if request.method != "POST" or len(request.body) > _LONGEST:
        return CallbackAnswer(status=400, body="post what became of one call")
    try:
        said = json.loads(request.body)
        end, data = str(said["type"]), said["data"]
        key, pressed = str(data["id"]), str(data.get("digits") or "")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return CallbackAnswer(status=400, body='not {"type": "call.…", "data": {"id": …}}')
    if end not in ENDS or not _KEY.fullmatch(key) or not _DIGITS.fullmatch(pressed):
        return CallbackAnswer(status=400, body="not the end of a call")
    if pressed and end != _ANSWERED:
        return CallbackAnswer(status=400, body="nobody presses digits in a call that was not answered")
    receipt = Receipt(ENDS[end], key=key, code=end, suppresses=False)
    event_id = request.headers["webhook-id"]
    inbound = [Inbound("text", address="", text=pressed, event_id=event_id, key=key)] if pressed else []
    return CallbackAnswer([receipt], inbound, status=204)
