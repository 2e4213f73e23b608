"""How a reader narrowed the board down: by domain, area and issuer, in every list and feed alike. Pure."""

from dataclasses import dataclass

from multidict import MultiMapping
from typing_extensions import TypedDict
from yarl import URL

from pusher.console import query
from pusher.console.query import WrongQueryError
from pusher.console.site import Site

#: Longer numbers are no numbers of posts.
DIGITS = 18
#: Longest name of an issuer that is looked for.
_LONGEST_ISSUER = 64


class Filters(TypedDict):
    """By what a list is narrowed down; "" = not at all."""

    domain: str
    area: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters; "" and None = not at all."""

    domain: str = ""
    area: str = ""
    #: As posts name it.
    issuer: str = ""
    before: int | None = None

    @classmethod
    def of(cls, asked: MultiMapping[str], site: Site) -> "Chosen":
        """The filters of a request. Raises WrongQueryError if one of them cannot be ours."""
        issuer = query.text(asked, "issuer")
        if len(issuer) > _LONGEST_ISSUER or not issuer.isprintable():
            raise WrongQueryError(f"参数 issuer 应是发布单位的名称，不超过 {_LONGEST_ISSUER} 个字。")
        return cls(
            query.choice(asked, "domain", site.domains),
            query.choice(asked, "area", site.areas),
            issuer,
            query.number(asked, "before", least=1, most=10**DIGITS - 1),
        )

    @property
    def filters(self) -> Filters:
        """What `board_store.latest` goes by."""
        return {"domain": self.domain, "area": self.area, "issuer": self.issuer}

    def address(self, path: str) -> str:
        """`path` with the filters that narrow a whole list down."""
        narrowed = (("domain", self.domain), ("area", self.area), ("issuer", self.issuer))
        return str(URL(path).with_query([(name, value) for name, value in narrowed if value]))

    def heading(self, site: Site) -> str:
        """What the narrowed list is called ("示范区公告栏：教育、湖滨街道")."""
        names = (site.domains.get(self.domain), site.areas.get(self.area), self.issuer)
        narrowed = "、".join(name for name in names if name)
        return f"{site.town}公告栏" + (f"：{narrowed}" if narrowed else "")
