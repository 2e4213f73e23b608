"""The JSON of a template message or a subscription notice: built once a message, filled for each follower. Pure.

Sources: developers.weixin.qq.com, `message/template/send` and `message/subscribe/bizsend`.
"""

import json
import re
from dataclasses import dataclass
from hashlib import blake2b

from channels.fields import Fields, prepare
from channels.message import Address, Message
from channels.slots import Pattern
from channels.wechat.settings import FiledTemplate

#: Most characters by the kind of a field, which its name begins with ("thing1").
LONGEST = {"thing": 20, "character_string": 32, "letter": 32, "phrase": 5, "name": 10}

#: Most characters of a 客服消息 (2,048 bytes, three a character).
_LONGEST_FREE = 600

#: How a follower is named.
OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")

_KIND = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True)
class Form:
    """One message made ready for one call of the platform."""

    path: str
    #: The platform recognises a repetition (template messages only, by client_msg_id, for ten minutes).
    repeatable: bool
    fields: Fields
    link: Fields
    #: The JSON after its opening brace and the parts that name the follower and the delivery.
    rest: Pattern

    @classmethod
    def of(cls, message: Message, template: FiledTemplate) -> "Form":
        """`message` for `template`; its part "url", if there is one, is what a tap opens."""
        if template.kind == "customer":
            return cls._free(message)
        is_notice = template.kind == "subscribe"
        fields = prepare(message.fields, names=template.fields, longest=_longest)
        url = {"page" if is_notice else "url": message.parts["url"]} if message.parts.get("url") else {}
        link = prepare(url, names={}, longest=lambda _: None, place="link")
        rest = {
            "template_id": template.id,
            **link.texts,
            "data": {name: {"value": text} for name, text in fields.texts.items()},
        }
        return cls(
            path="/cgi-bin/message/subscribe/bizsend" if is_notice else "/cgi-bin/message/template/send",
            repeatable=not is_notice,
            fields=fields,
            link=link,
            rest=Pattern.of(json.dumps(rest, ensure_ascii=False, separators=(",", ":"))[1:]),
        )

    @classmethod
    def _free(cls, message: Message) -> "Form":
        """客服消息: what the filed template would say, and the link."""
        lines = [text for text in (*message.fields.values(), message.parts.get("url", "")) if text]
        words = prepare({"content": " ".join(lines)}, names={}, longest=lambda _: _LONGEST_FREE)
        rest = {"msgtype": "text", "text": {"content": words.texts["content"]}}
        return cls(
            path="/cgi-bin/message/custom/send",
            repeatable=False,
            fields=words,
            link=Fields({}, {}),
            rest=Pattern.of(json.dumps(rest, ensure_ascii=False, separators=(",", ":"))[1:]),
        )

    def body(self, to: Address, key: str) -> bytes:
        """The JSON for one follower; `to.value` is an openid (letters, digits, "-", "_")."""
        mark = f'"client_msg_id":"{client_msg_id(key)}",' if self.repeatable else ""
        values = {**self.fields.of(to.slots), **self.link.of(to.slots)} if self.rest.names else {}
        return f'{{"touser":"{to.value}",{mark}{self.rest.fill(values, _in_json)}'.encode()


def client_msg_id(key: str) -> str:
    """A short name of the delivery: the platform sends the same one to the same follower only once in ten minutes."""
    return blake2b(key.encode(), digest_size=16).hexdigest()


def _longest(field: str) -> int | None:
    kind = _KIND.match(field)
    return LONGEST.get(kind[0]) if kind else None


def _in_json(value: str) -> str:
    return json.encoder.encode_basestring(value)[1:-1]
