"""An item matched against a million subscribers and durable as batches.

Everybody has three subscriptions (one of them matches), one to three addresses, and a preference; one address in fifty
is suppressed. Measured is the whole of `FanOut.once`: selecting range by range, packing, inserting, moving the cursor.
"""

import argparse
import time

from benchmarks.answer import answer, reset_peak, say, work_peak_mb
from benchmarks.town import database_url, town
from channels.message import Lane, Message
from pusher.loop import run

_WORDS = Message("benchmark", Lane.ROUTINE, "default", {"text": "通知"})


def main() -> None:
    """`python -m benchmarks.fan_out --subscribers 1000000 --database sqlite --json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--runs", type=int, default=3, help="the median is reported")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with database_url(options.database) as url:
        run(lambda: _measure(url, options))


async def _measure(url: str, options: argparse.Namespace) -> None:
    say(f"filling {options.database} with {options.subscribers} people …")
    async with town(url, options.subscribers, addresses="mixed") as here:
        reset_peak()
        times, planned = [], 0
        for turn in range(options.runs):
            number = await here.propose(_WORDS, {"mail": "email", "sms": "phone"})
            begin = time.perf_counter()
            await here.fan_out()
            times.append(time.perf_counter() - begin)
            planned = (await here.counters(number))["planned"]
            say(f"run {turn + 1}: {planned} recipients in {times[-1]:.2f} s")
        seconds = sorted(times)[len(times) // 2]
        answer(
            {
                "benchmark": "fan_out",
                "database": options.database,
                "subscribers": options.subscribers,
                "recipients": planned,
                "batches": await here.batches() // options.runs,
                "seconds": round(seconds, 3),
                "recipients_per_s": round(planned / seconds),
                "subscribers_per_s": round(options.subscribers / seconds),
                "peak_mb": work_peak_mb(),
            },
            as_json=options.json,
        )


if __name__ == "__main__":
    main()
