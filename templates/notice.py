"""The face of an item that says what it is: what the templates are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a digest tells."""

    #: Name of the domain under which it stands ("教育"); "" for none.
    domain: str
    #: Whole, with what became of it ("更正：…").
    title: str
    #: One to three sentences; may be "".
    summary: str = ""
    issuer: str = ""
    #: Aware time of publication; None if unknown.
    published: datetime | None = None
    #: Where all of it is to be read; "" = nowhere.
    url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one published item says, already reviewed (personal data masked), free of slot marks and of mark-up."""

    title: str
    #: One to three sentences, plain text; "" where nothing but attachments was published.
    summary: str
    #: Plain text, paragraphs separated by one blank line; may be "".
    body: str
    #: Who publishes it, as people know it ("区教体局"); "" if unknown.
    issuer: str
    #: Aware time of publication (+08:00); None if the page does not say.
    published: datetime | None
    #: Where it was published; "" for items posted by hand.
    url: str
    #: Names of its domains as residents read them ("教育"), in the order of the taxonomy.
    domains: Sequence[str] = ()
    #: Names of its areas ("甘棠街道").
    areas: Sequence[str] = ()
    #: "" for a notice; else "蓝色", "黄色", "橙色", "红色".
    level: str = ""
    #: Attachments as (name, address).
    attachments: Sequence[tuple[str, str]] = ()
    #: Where the notice stands on the service's own public board; "" where there is no board.
    board_url: str = ""
    #: "" for live; "演练" or "测试" is printed by the renderer, first in everything, whatever the template does.
    drill: str = ""
    #: "" at first publication; "更新", "更正", "撤回", "解除" when this follows an earlier broadcast.
    follows: str = ""
    #: What a warning warns of ("暴雨"); "" for a notice. With it the headline follows 单位 + 发布 + 类型 + 颜色 + 预警.
    event: str = ""
    #: Aware time from which a warning holds (起始时间, 突发事件应对法 Art. 64); None if it is not stated.
    starts: datetime | None = None
    #: What people shall do, in sentences (应当采取的措施, Art. 64); "" leaves it to the words of the folder.
    advice: str = ""
    #: Telephone or other contact of the issuer (咨询电话, Art. 66); "" = the service's own.
    contact: str = ""
    #: What a digest tells, by domain; empty for everything else.
    entries: Sequence[Entry] = ()
