"""E-mail addresses as they go over the wire. Pure."""

import re

#: The dot-atom form of RFC 5322 in ASCII: what nearly every address is.
_ASCII = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}")

#: The same with letters of other scripts (RFC 6531): nothing that a command line or a header could break at.
_ANY = re.compile(r"""[^\s<>()\[\],;:\\"@\x00-\x20\x7f-\x9f\u2028\u2029]{1,64}@[^\W_][\w.-]{0,252}""")

#: Longest forward path without its brackets, in bytes (RFC 5321 section 4.5.3.1.3).
_LONGEST = 254


def wire_mailbox(value: str) -> bytes | None:
    """The address for MAIL, RCPT and To, its domain in ASCII; None if it is none. Non-ASCII bytes ask for SMTPUTF8."""
    if _ASCII.fullmatch(value):
        return value.encode("ascii") if len(value) <= _LONGEST else None
    if not _ANY.fullmatch(value):
        return None
    local, _, domain = value.rpartition("@")
    try:
        wire = local.encode("utf-8") + b"@" + domain.encode("idna")
    except UnicodeError:
        return None
    return wire if len(wire) <= _LONGEST else None
