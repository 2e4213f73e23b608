"""The three ways in which sending fails, named after what the caller does.

SendError
├── TemporaryFailure   try the same again later
├── PermanentFailure   never try this again; mostly: stop writing to this address
└── TechnicalFailure   our side: park, tell the operator, try the next channel

Whichever it is, a message that may have gone out all the same is `in_doubt`.
"""

from channels.receipt import Outcome


class SendError(Exception):
    """Base of the failures. `detail` and `code` never hold an address or a secret; `str()` is "code: detail"."""

    outcome: Outcome
    #: The message may have gone out (time-out after the whole request was sent, an answer that cannot be read) and the
    #: provider would not recognise a repetition: the routine lane must not send it again.
    in_doubt: bool = False

    def __init__(self, detail: str, *, code: str = "") -> None:
        super().__init__(f"{code}: {detail}" if code else detail)
        self.detail = detail
        #: The provider's own code; "" where there is none.
        self.code = code


class TemporaryFailure(SendError):
    """The same may work later: a busy server, a dropped line, a quota of this minute."""

    outcome = Outcome.TEMPORARY

    def __init__(
        self,
        detail: str,
        *,
        code: str = "",
        retry_after: float | None = None,
        in_doubt: bool = False,
        by_address: bool = False,
        untried: bool = False,
    ) -> None:
        super().__init__(detail, code=code)
        #: Seconds that the provider asks us to wait; None = it does not say.
        self.retry_after = retry_after
        self.in_doubt = in_doubt
        #: It is this address's own (a duty group's bot has its own rate): the others need not wait for it.
        self.by_address = by_address
        #: Nothing was tried: it waits its turn, and this counts for no try. It ends with the message's expiry.
        self.untried = untried


class PermanentFailure(SendError):
    """This message will never reach this address; mostly the address is dead, and is suppressed with the reason."""

    outcome = Outcome.PERMANENT

    def __init__(self, detail: str, *, code: str = "", suppresses: bool = True) -> None:
        super().__init__(detail, code=code)
        #: Whether the address will never work (unknown mailbox, unfollowed, blacklisted). False = only this message
        #: never reaches it (the person did not ask for this kind): the address stays good.
        self.suppresses = suppresses


class TechnicalFailure(SendError):
    """Our side is at fault (password, signature, template, balance): every other address would fail as well."""

    outcome = Outcome.TECHNICAL

    def __init__(self, detail: str, *, code: str = "", in_doubt: bool = False) -> None:
        super().__init__(detail, code=code)
        self.in_doubt = in_doubt
