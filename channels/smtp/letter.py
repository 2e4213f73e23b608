"""One message as mail: headers and parts made once, each recipient's own places filled in. Pure.

The form "mail" has the parts `subject`, `text` and, where the mail is to look like something, `html`. The slot
`unsubscribe_url`, where a recipient has one, also makes the headers of one-click unsubscription (RFC 8058).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from html import escape
from urllib.parse import quote

from channels.failure import PermanentFailure, TechnicalFailure
from channels.message import Address, Lane, Message
from channels.slots import as_is
from channels.smtp.encoding import BodyText, HeaderText, encoded_words
from channels.smtp.files import Piece, with_files
from channels.smtp.mailbox import wire_mailbox
from channels.smtp.settings import SmtpSettings
from channels.smtp.tokens import PLACE, TokenAddress

#: The slot that holds the recipient's own link to end the subscription.
UNSUBSCRIBE = "unsubscribe_url"

#: An absolute address that stays in its angle brackets, and its header in the 998 characters of a line.
_LINK = re.compile(r"https?://[!-;=?-~]{1,600}")

#: A key that may stand on the left of a Message-ID as it is (dot-atom without its rarer letters).
_DOT_ATOM = re.compile(r"[A-Za-z0-9_=+-]+(?:\.[A-Za-z0-9_=+-]+)*")


class Letter:
    """A message cut at the places where its copies differ."""

    def __init__(self, message: Message, settings: SmtpSettings, *, at: datetime, archive: str = "") -> None:
        """`at` is what the mail says of when it was written; `archive`, where the list's notices stand, unless the
        settings say. Raises TechnicalFailure for a message that is no mail.
        """
        self._domain = settings.own_domain.encode()
        # Who is warned must not be left out of the next warning by one tap beside the subject, or by a scanner that
        # tries the button: there the link in the text, with a page that asks, is the only way.
        self._may_leave = message.lane is not Lane.WARNING
        self._leave = TokenAddress(_in_url(settings.unsubscribe_mailto), plain="")
        subject, text = (_part(message, name) for name in ("subject", "text"))
        headers = _headers(message, settings, at, settings.list_archive or archive)
        self._pieces = _joined(
            [b"Subject: ", _piece(HeaderText(subject)), b"\r\n", headers, *with_files(_bodies(message, text), message)]
        )

    def copy(self, to: Address, mailbox: bytes, *, key: str, token: bytes = b"") -> bytes:
        """The whole mail for one recipient, ended by CRLF; no line of it begins with a dot.

        `token` names the delivery (see `channels.smtp.tokens`); b"" = there is none.
        """
        values = to.slots
        head = b"Message-ID: <%b@%b>\r\nTo: <%b>\r\n" % (token or _name_of(key), self._domain, mailbox)
        return b"".join(
            [
                head,
                self._unsubscription(values.get(UNSUBSCRIBE, ""), token) if self._may_leave else b"",
                *[piece if isinstance(piece, bytes) else piece(values) for piece in self._pieces],
            ]
        )

    def _unsubscription(self, link: str, token: bytes) -> bytes:
        """The two headers of RFC 8058; nothing without a link, for then there is nothing that one click could do."""
        if not _LINK.fullmatch(link):
            return b""
        leave, mailto = self._leave.of(token), b""
        if leave:
            # The token in the subject as well, for a mailbox whose address has no place for it.
            mailto = b", <mailto:%b?subject=unsubscribe%b>" % (leave, b"%20" + token if token else b"")
        # The link stands on the header's own line: one relay was seen to break signatures over folded ones.
        return (b"List-Unsubscribe: <%b>%b\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") % (
            link.encode("ascii"),
            mailto,
        )


def recipient(to: Address) -> bytes:
    """The address as it goes over the wire; raises PermanentFailure if it is no e-mail address."""
    mailbox = wire_mailbox(to.value)
    if mailbox is None:
        raise PermanentFailure("this is not an e-mail address")
    return mailbox


def _part(message: Message, name: str) -> str:
    part = message.parts.get(name)
    if not part:
        raise TechnicalFailure(f"the message has no {name}: a mail needs a subject and a text")
    return part


def _name_of(key: str) -> bytes:
    """The left side of the Message-ID: the key, or its digest where it holds what may not stand there."""
    return key.encode("ascii") if _DOT_ATOM.fullmatch(key) else sha256(key.encode()).hexdigest()[:32].encode()


def _in_url(pattern: str) -> str:
    """An address of ours as a mailto URL has it (RFC 6068)."""
    return PLACE.join(quote(piece, safe="@") for piece in pattern.split(PLACE))


def _headers(message: Message, settings: SmtpSettings, at: datetime, archive: str) -> bytes:
    """The headers that all copies share, each with its CRLF."""
    lines = [
        b"From: " + _mailbox_header(settings.sender),
        b"Date: " + format_datetime(at).encode(),
        b"MIME-Version: 1.0",
        # No holiday notices in return (RFC 3834; Exchange heeds its own header only, whose "All" would stop bounces).
        b"Auto-Submitted: auto-generated",
        b"X-Auto-Response-Suppress: OOF, AutoReply",
    ]
    if settings.reply_to:
        lines.append(b"Reply-To: " + _mailbox_header(settings.reply_to))
    if message.lane is Lane.WARNING:
        # No list: whoever sorts lists away, or is sorted by a provider's "bulk", must still see it.
        lines.append(b"Importance: high")
    else:
        lines += [b"Precedence: bulk", *_list_headers(settings, archive)]
    return b"".join(line + b"\r\n" for line in lines)


def _list_headers(settings: SmtpSettings, archive: str) -> Iterator[bytes]:
    """What RFC 2919 and RFC 2369 say of a list; nobody may post to this one."""
    if settings.list_id:
        yield b"List-Id: <%b>" % settings.list_id.encode()
        yield b"List-Post: NO"
        for name, place in (
            (b"Help", settings.list_help),
            (b"Owner", settings.list_owner),
            (b"Archive", archive),
        ):
            if place:
                yield b"List-%b: <%b>" % (name, place.encode("ascii"))


def _mailbox_header(value: str) -> bytes:
    """A mailbox with its display name in encoded words: "名称 <a@b.cn>"."""
    name, mailbox = parseaddr(value)
    wire = b"<%b>" % (wire_mailbox(mailbox) or b"")
    return encoded_words(name) + b"\r\n " + wire if name else wire


def _bodies(message: Message, text: str) -> list[Piece]:
    """The text alone, or text and HTML as alternatives, the better one last (RFC 2046 section 5.1.4)."""
    plain: list[Piece] = [_part_headers(b"plain"), _piece(BodyText(text, as_is))]
    html = message.parts.get("html")
    if not html:
        return plain
    # An underscore is no letter of base64, so this line can stand in no part.
    boundary = b"=_" + sha256(message.id.encode()).hexdigest()[:24].encode()
    return [
        b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n--%b\r\n' % (boundary, boundary),
        *plain,
        b"--%b\r\n" % boundary,
        _part_headers(b"html"),
        _piece(BodyText(html, escape)),
        b"--%b--\r\n" % boundary,
    ]


def _part_headers(subtype: bytes) -> bytes:
    return b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" % subtype


def _piece(text: HeaderText | BodyText) -> Piece:
    """What is the same for all is written once."""
    return text.fill if text.names else text.fill({})


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, with those that stand side by side and are the same for all joined into one."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    return joined
