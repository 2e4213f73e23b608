"""What `pusher source try` does: one address is read as the watcher would read it."""

from typing import Any

from pusher import clock
from pusher.cli.session import fail
from pusher.item import Item
from pusher.review.privacy import PrivacyPolicy
from pusher.review.review import Reviewed, review
from pusher.review.taxonomy import Taxonomy
from pusher.watch.fetch import Fetcher
from pusher.watch.found import Kind
from pusher.watch.trial import try_source
from subscribers.topic import Topic


async def tried(url: str, kind: str | None, *, allow_private: bool, taxonomy: Taxonomy) -> dict[str, Any]:
    """What stands at `url` as `Trial.to_json` gives it; ends the command if it is no address. Raises FetchError."""

    def reviewed(item: Item) -> Reviewed:
        return review(item, taxonomy, PrivacyPolicy(), source_topic=Topic())

    async with Fetcher() as fetcher:
        try:
            trial = await try_source(
                url,
                None if kind is None else Kind(kind),
                allow_private=allow_private,
                review=reviewed,
                fetcher=fetcher,
                at=clock.now(),
            )
        except ValueError as error:
            # What is no address at all; a page that cannot be fetched raises a FetchError with its own sentence.
            fail(str(error))
    return trial.to_json()
