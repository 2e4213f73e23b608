"""Times as alerts write them: with a blank for the T, without zone, in the Buddhist era. Pure."""

import re
from datetime import datetime

from pusher.clock import CHINA
from pusher.watch.dates import read_date

#: Thailand counts from 543 before; no alert is for a year after this one.
_BUDDHIST = 543
_NO_YEAR = 2400
_YEAR = re.compile(r"^(2[4-9]\d\d)(?=-)")


def read_time(text: str, *, at: datetime) -> datetime | None:
    """The aware time that `text` states; without zone it is Chinese time. None where it states none."""
    stated = _YEAR.sub(lambda year: str(int(year[1]) - _BUDDHIST), text.strip())
    try:
        found = datetime.fromisoformat(stated)
    except ValueError:
        return read_date(stated, at=at)
    aware = found if found.tzinfo else found.replace(tzinfo=CHINA)
    return aware if 1 < aware.year < _NO_YEAR else None
