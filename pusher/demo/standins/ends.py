"""How the stand-ins of SMS gateways tell later how messages ended: together with the others of that time."""

import json
from dataclasses import dataclass, field

from pusher.demo.standins.callbacks import Call, Callbacks


@dataclass(slots=True)
class Ends:
    """The reports that wait to be pushed."""

    callbacks: Callbacks
    #: Where reports are pushed to; "" = nowhere.
    url: str
    #: Seconds after which the first of them goes, and the others with it.
    delay: float
    _waiting: list[dict[str, object]] = field(default_factory=list)

    def later(self, report: dict[str, object]) -> None:
        """Push `report` with the next ones."""
        if not self.url:
            return
        if not self._waiting:
            self.callbacks.run(self.delay, self._push)
        self._waiting.append(report)

    async def push(self, said: object) -> bool:
        """Push this at once; whether the service took it."""
        body = json.dumps(said, ensure_ascii=False).encode()
        return await self.callbacks.place(Call(self.url, body, "application/json", {}))

    async def _push(self) -> None:
        reports, self._waiting = self._waiting, []
        await self.push(reports)
