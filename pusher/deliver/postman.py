"""All dispatchers of one process: every channel has slots in every lane, so that none waits behind another."""

import asyncio
from collections.abc import Mapping

from channels.channel import Channel
from channels.message import Lane
from pusher.deliver.dispatch import Desk, Dispatcher
from pusher.deliver.scout import Scout

#: Batches of one channel that a process works on at a time, by lane. Two, so that one is sent while the other is
#: claimed or recorded; the warning lane's are never lent to the others.
SLOTS: Mapping[Lane, int] = {Lane.WARNING: 2, Lane.PERSONAL: 2, Lane.ROUTINE: 3}


class Postman:
    """Delivers over `channels` (by their names in the settings) whatever is due for them."""

    def __init__(self, desk: Desk, channels: Mapping[str, Channel]) -> None:
        self.bell = desk.bell
        self.scout = Scout(desk, channels)
        self._dispatchers = [
            Dispatcher(desk, name, channel, lane)
            for name, channel in channels.items()
            for lane, slots in SLOTS.items()
            for _ in range(slots)
        ]

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until `stopping` is set; batches under way are put back at the end of their slice."""
        async with asyncio.TaskGroup() as tasks:
            for dispatcher in self._dispatchers:
                tasks.create_task(dispatcher.run(stopping))
            tasks.create_task(self.scout.run(stopping))

    async def once(self) -> None:
        """Deliver everything that is due now, then return."""
        finished = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.scout.keep(finished))
            try:
                async with asyncio.TaskGroup() as drains:
                    for dispatcher in self._dispatchers:
                        drains.create_task(_drain(dispatcher))
            finally:
                finished.set()


async def _drain(dispatcher: Dispatcher) -> None:
    while await dispatcher.work_once():
        continue
