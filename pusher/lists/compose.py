"""What a department sees while it composes: how many an expression means, at once and then exactly."""

from collections.abc import AsyncIterator, Sequence

from pusher.app import Store
from subscribers.audience import Audience
from subscribers.counting import Counted, counting
from subscribers.expression import parse
from subscribers.groups import Group
from subscribers.selecting import select


async def composing(
    store: Store, expression: str, mine: Sequence[Group], kinds: Sequence[str], *, warning: bool = False
) -> AsyncIterator[Counted]:
    """What is known of the audience almost at once, and the exact numbers at the end.

    `mine`: the lists that whoever composes may see. Raises SelectionError.
    """
    audience = Audience(selection=select(parse(expression), mine, store.ring), warning=warning)
    async for counted in counting(store.database.read, audience, kinds, at=store.now()):
        yield counted
