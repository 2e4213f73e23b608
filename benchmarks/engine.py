"""The engine alone: claim, load and decrypt, fill slots, a channel that answers at once, record.

The channel fills the message's slots for every recipient, as a real one does, and answers "sent". The broadcast is
planned beforehand; measured is from the first claim to the last record.
"""

import argparse
import time

from benchmarks.answer import answer, reset_peak, say, work_peak_mb
from benchmarks.town import database_url, town
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.slots import Pattern, slot
from pusher.deliver.postman import Postman
from pusher.loop import run

_TEXT = f"{slot('name')}您好：区教体局发布《关于做好2026年秋季招生工作的通知》。退订：{slot('unsubscribe_url')}"
_WORDS = Message("benchmark", Lane.ROUTINE, "default", {"text": _TEXT})


class Instant:
    """A channel that fills the slots and answers at once."""

    concurrency = 8

    def __init__(self) -> None:
        self._pattern = Pattern.of(_TEXT)
        self.characters = 0

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        """Fill, count, answer."""
        self.characters += len(self._pattern.fill(to.slots)) + len(key) + len(message.id)
        return Receipt(Outcome.SENT, code="0")

    async def close(self) -> None:
        """Nothing to let go of."""


def main() -> None:
    """`python -m benchmarks.engine --recipients 500000 --database sqlite --json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=500_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with database_url(options.database) as url:
        run(lambda: _measure(url, options))


async def _measure(url: str, options: argparse.Namespace) -> None:
    say(f"filling {options.database} with {options.recipients} people …")
    async with town(url, options.recipients, addresses="email") as here:
        number = await here.propose(_WORDS, {"mail": "email"})
        await here.fan_out()
        postman = Postman(here.desk, {"mail": Instant()})
        reset_peak()
        begin, cpu = time.perf_counter(), time.process_time()
        await postman.once()
        seconds, spent = time.perf_counter() - begin, time.process_time() - cpu
        sent = (await here.counters(number))["sent"]
        answer(
            {
                "benchmark": "engine",
                "database": options.database,
                "sent": sent,
                "seconds": round(seconds, 3),
                "per_s": round(sent / seconds),
                "cpu_us_each": round(spent / sent * 1e6, 1),
                "peak_mb": work_peak_mb(),
            },
            as_json=options.json,
        )


if __name__ == "__main__":
    main()
