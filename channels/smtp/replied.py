"""A person's answer to one of our mails: whether it says, and says nothing else, that they want no more. Pure."""

import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message

from channels.stop_words import is_stop

#: Further words of refusing, which people use in mails.
_MORE = frozenset({"unsubscribe", "取消订阅", "请退订", "stop"})

#: Where what somebody wrote ends: quotations, and what programs add below it.
_END = re.compile(
    r"^\s*(?:>|--\s*$|_{5,}|-{3,}.*(?:原始邮件|original message|forwarded)|on .{3,200}wrote:|在.{3,200}写道|"
    r"(?:from|发件人|sent|发送时间|寄件者)\s*[:：]|发自我的|sent from my|来自我的|获取 outlook)",
    re.IGNORECASE,
)
#: Where the programs of others put the quotation in HTML.
_QUOTED_HTML = re.compile(
    r"<(?:blockquote|hr|style|head)\b.*|<div[^>]{0,200}(?:quote|original|isReplyContent).*", re.I | re.S
)
_MARKUP = re.compile(r"<[^>]*>|&nbsp;", re.IGNORECASE)
_ANSWERED = re.compile(r"^(?:\s*(?:re|回复|答复|回覆)\s*[:：])+\s*", re.IGNORECASE)

#: Characters of a part that are looked at, and parts of a mail.
_SEEN, _PARTS = 20_000, 20


def refuses(mail: Message) -> bool:
    """Whether an answer is a refusal and nothing else: in its body, or, where that is empty, in its own subject."""
    written = _written(mail)
    return _is_refusal(written) if written else _is_refusal(_subject(mail))


def answers(mail: Message) -> str:
    """What the mail says it answers: the Message-IDs of In-Reply-To and References (RFC 5322 section 3.6.4)."""
    return " ".join(str(mail.get(name, ""))[:_SEEN] for name in ("In-Reply-To", "References"))


def _is_refusal(words: str) -> bool:
    return is_stop(words) or words.strip(" .。!！").lower() in _MORE


def _written(mail: Message) -> str:
    """What the person wrote, without what is quoted; of two forms of one text the plain one."""
    texts = sorted(_texts(mail), key=lambda text: text[0] != "plain")
    return texts[0][1] if texts else ""


def _texts(mail: Message) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(mail.walk()):
        if number < _PARTS and part.get_content_maintype() == "text" and not part.get_filename():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield part.get_content_subtype(), _own_words(_decoded(payload, part), part.get_content_subtype())


def _decoded(payload: bytes, part: Message) -> str:
    try:
        return payload[:_SEEN].decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return payload[:_SEEN].decode("utf-8", "replace")


def _own_words(text: str, subtype: str) -> str:
    if subtype == "html":
        text = _MARKUP.sub("\n", _QUOTED_HTML.sub("", text))
    lines = []
    for line in text.splitlines():
        if _END.match(line):
            break
        lines.append(line.strip())
    return " ".join(filter(None, lines))


def _subject(mail: Message) -> str:
    subject = str(make_header(decode_header(str(mail.get("Subject", ""))[:_SEEN])))
    return "" if _ANSWERED.match(subject) else subject
