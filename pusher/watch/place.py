"""One source at one moment: what a look at it starts from. Reads the database, writes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pusher.database import Database
from pusher.watch import store
from pusher.watch.articles import Articles
from pusher.watch.cap_proof import Proof, not_asked
from pusher.watch.fetch import Fetched, NotModified
from pusher.watch.items import Named
from pusher.watch.looked import Looked
from pusher.watch.source import SourceSettings
from pusher.watch.standing import Standing, Validators

#: A page that could not be read so often is given up; an article is then taken from its row alone.
TRIES = 3
#: Pages behind a list that are read at one look; the rest waits for the next one.
MOST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A source and what is needed to look at it."""

    name: str
    settings: SourceSettings
    known: Standing
    database: Database
    articles: Articles
    #: The aware time of this look.
    at: datetime
    #: How its alerts are checked before they are read.
    proof: Proof = not_asked

    async def fetch(self) -> Fetched | NotModified:
        """Bring the source's own page, or the word that it is the same; raises FetchError."""
        is_open = bool(self.known.tries) or not self.known.is_learnt
        return await self.articles.fetcher.fetch(
            self.settings.url,
            validators=Validators() if is_open else self.known.validators,
            allow_private=self.settings.allow_private,
            robots=self.settings.robots,
        )

    async def known_of(self, keys: Iterable[str]) -> set[str]:
        """Those of `keys` that name a stored item."""
        async with self.database.read() as connection:
            return await store.known_keys(connection, keys)


def unchanged(
    place: Place, answer: NotModified, *, items: Sequence[Named] = (), tries: Mapping[str, int] | None = None
) -> Looked:
    """A look that found the page as it was; `items` are known ones that were read again, `tries` those still open."""
    return Looked(
        items=tuple(items),
        validators=answer.validators,
        fresh_for=answer.fresh_for,
        marks=place.known.marks,
        tries=tries or {},
        row_count=place.known.row_count,
        doubt=place.known.problem,
    )
