"""What an alert says, under whatever names it says it: CAP 1.0 to 1.2, the 12379 profile, flat JSON. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pusher.watch.cap_area import is_national
from pusher.watch.cap_record import Record
from pusher.watch.cap_time import read_time

HEADLINE = ("headline", "title", "head")
DESCRIPTION = ("description", "issuecontent", "content")
_SENT = ("sent", "sendtime", "issuetime", "publishtime", "effective")
_CJK = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, its parts found."""

    record: Record
    #: "" if it has none.
    identifier: str
    #: "" if it names none, as in the national JSON list.
    sender: str
    #: Aware; None if it does not say, or not in a readable way.
    sent: datetime | None
    #: All info blocks; a flat alert is its own.
    infos: Sequence[Record]
    #: The blocks of the language that residents read best, the best one first.
    chosen: Sequence[Record]

    @classmethod
    def of(cls, record: Record, *, at: datetime) -> "Alert":
        """Find the parts of an alert; `at` is the aware time of the fetch."""
        flat = [record] if record.text(*HEADLINE, *DESCRIPTION) else []
        infos = record.records("info") or flat
        return cls(
            record=record,
            identifier=record.text("identifier", "alertid", "id"),
            sender=record.text("sender", "sendercode"),
            sent=read_time(record.text(*_SENT), at=at),
            infos=infos,
            chosen=_in_one_language(infos),
        )

    @property
    def info(self) -> Record:
        """The block that speaks first; empty where there is none."""
        return self.chosen[0] if self.chosen else Record()

    @property
    def act(self) -> str:
        """MsgType in lower case; "" if it does not say."""
        return self.record.text("msgtype").lower()

    @property
    def is_national(self) -> bool:
        """Whether it comes from the national system, in whose alerts senderName is the officer on duty."""
        return is_national(self.identifier) or bool(self.record.text("sendtime", "sendercode"))


def _in_one_language(infos: Sequence[Record]) -> Sequence[Record]:
    """Chinese where there is any, else the language of the first block: document order says nothing of languages."""
    if not infos:
        return ()
    best = min(infos, key=_distance)
    return [best, *(info for info in infos if info is not best and _language(info) == _language(best))]


def _distance(info: Record) -> int:
    """0 for Chinese as the mainland writes it, 1 for other Chinese, 2 for unnamed Chinese, 3 for all the rest."""
    tag = _language(info)
    if tag.startswith(("zh", "cmn", "chi")):
        return 1 if tag.endswith(("hant", "tw", "hk", "mo")) else 0
    return 2 if not tag and _CJK.search(info.text(*HEADLINE, *DESCRIPTION)) else 3


def _language(info: Record) -> str:
    return info.text("language").lower()
