"""Mail domains that give out addresses for minutes: nobody is reached there when it matters. Pure."""

from collections.abc import Collection

#: The best known ones; a town adds those that it meets (`sign_up.disposable`).
KNOWN = frozenset(
    {
        "10minutemail.com",
        "10minutemail.net",
        "20minutemail.com",
        "burnermail.io",
        "discard.email",
        "dispostable.com",
        "emailondeck.com",
        "fakeinbox.com",
        "getairmail.com",
        "getnada.com",
        "grr.la",
        "guerrillamail.biz",
        "guerrillamail.com",
        "guerrillamail.de",
        "guerrillamail.info",
        "guerrillamail.net",
        "guerrillamail.org",
        "guerrillamailblock.com",
        "inboxkitten.com",
        "maildrop.cc",
        "mailcatch.com",
        "mailinator.com",
        "mailinator.net",
        "mailnesia.com",
        "mailsac.com",
        "mintemail.com",
        "moakt.com",
        "mohmal.com",
        "mytemp.email",
        "sharklasers.com",
        "spam4.me",
        "spamgourmet.com",
        "temp-mail.io",
        "temp-mail.org",
        "tempail.com",
        "tempmail.dev",
        "tempmail.plus",
        "tempmailo.com",
        "tempr.email",
        "throwawaymail.com",
        "trashmail.com",
        "trashmail.de",
        "yopmail.com",
        "yopmail.fr",
        "yopmail.net",
    }
)


def is_disposable(mailbox: str, further: Collection[str] = ()) -> bool:
    """Whether a normalised e-mail address lies in one of these domains, or below one."""
    labels = mailbox.rpartition("@")[2].split(".")
    names = {".".join(labels[start:]) for start in range(len(labels))}
    return not names.isdisjoint(KNOWN) or not names.isdisjoint(further)
