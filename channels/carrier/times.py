"""Times as carriers write them: digits, in China's zone. Pure."""

from datetime import datetime, timedelta, timezone

#: The zone of every time that names none.
CHINA = timezone(timedelta(hours=8))


def absolute(at: datetime) -> str:
    """An absolute time as SMPP has it, in China's zone: tenths of seconds 0, 32 quarters of an hour ahead."""
    return at.astimezone(CHINA).strftime("%y%m%d%H%M%S") + "032+"


def minute(digits: str) -> datetime | None:
    """The time that a report states as YYMMDDhhmm, whatever follows; None where it states none."""
    try:
        return datetime.strptime(digits[:10], "%y%m%d%H%M").replace(tzinfo=CHINA)
    except ValueError:
        return None
