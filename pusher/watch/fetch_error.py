"""Why a page cannot be had, in one sentence that names the host and never the rest of its address (keys). Pure."""

from datetime import timedelta
from urllib.parse import urlsplit

#: Answers by which a site shows that it does not want to be read by programs.
REFUSALS = frozenset({401, 403, 412, 451, 521})


class FetchError(Exception):
    """A page that cannot be had now; `str()` is one sentence for operators."""

    def __init__(self, sentence: str, *, retry_after: timedelta | None = None, refused: bool = False) -> None:
        super().__init__(sentence)
        #: How long the server asks to be left alone; None if it does not.
        self.retry_after = retry_after
        #: Whether asking again soon is of no use or not wanted: forbidden, private, out of bounds.
        self.refused = refused


class Answered(FetchError):
    """An answer that is no page."""

    def __init__(self, status: int, host: str, retry_after: timedelta | None) -> None:
        refused = status in REFUSALS
        what = {
            404: "the page is not there: look for its new address",
            410: "the page was taken down: look for its new address",
            429: "it asks for fewer visits",
        }.get(
            status, "it does not let programs read it: ask its operators for access" if refused else "try again later"
        )
        super().__init__(f"{host} answers {status}: {what}", retry_after=retry_after, refused=refused)
        self.status = status


def is_gone(error: FetchError) -> bool:
    """Whether the server says that there is no such page: that is about this page alone, not about its site."""
    return isinstance(error, Answered) and error.status in {404, 410}


def host_of(url: str) -> str:
    """The host's name in an address; "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
