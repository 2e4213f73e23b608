"""What a benchmark says: a line for people on standard error as it goes, one line of JSON last."""

import json
import resource
import sys
from pathlib import Path


def say(text: str) -> None:
    """Tell people what is being done."""
    print(text, file=sys.stderr, flush=True)


def peak_mb() -> float:
    """Peak resident memory of this process so far, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def reset_peak() -> None:
    """Forget the peak so far (of filling the database), so that `work_peak_mb` is that of the work alone."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def work_peak_mb() -> float:
    """Peak resident memory since `reset_peak`, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return peak_mb()


def answer(values: dict[str, object], *, as_json: bool) -> None:
    """Print the result: one line of JSON, or a line for each value."""
    if as_json:
        print(json.dumps(values, ensure_ascii=False))
    else:
        for name, value in values.items():
            print(f"{name:>20}  {value}")
