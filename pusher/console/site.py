"""Whose pages these are, and the names that residents know things by. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from pusher.console.board_store import Posted


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one town."""

    #: As residents call it ("示范区").
    town: str
    #: Where residents reach this service, without trailing slash.
    public_url: str
    #: Codes and names of the domains and areas to filter by, in the order in which they are shown.
    domains: Mapping[str, str]
    areas: Mapping[str, str]
    #: Whether browsers can sign up for notifications (there is a channel of kind web_push).
    has_push: bool = False
    #: Whether residents can subscribe at /subscribe.
    has_subscribe: bool = False
    #: Sites that may show the board in a frame of theirs ("https://www.example.gov.cn"); empty = none.
    embed_on: tuple[str, ...] = ()

    def address(self, posted: Posted) -> str:
        """Where a notice stands, for people elsewhere."""
        return f"{self.public_url}/board/{posted.id}"

    def domain_names(self, posted: Posted) -> list[str]:
        """The domains of a notice, in the site's order."""
        return [name for code, name in self.domains.items() if code in posted.post.topic.domains]

    def area_names(self, posted: Posted) -> list[str]:
        """The areas of a notice, in the site's order."""
        return [name for code, name in self.areas.items() if code in posted.post.topic.areas]
