"""A warning office over a database: an organisation, four officers, and everything told to a renderer of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from channels.message import Lane
from pusher.audit import log as audit_log
from pusher.clock import CHINA
from pusher.item import Item
from pusher.plan.rendering import rendering
from pusher.review.privacy import PrivacyPolicy
from pusher.review.review import Reviewed, review
from pusher.review.taxonomy import Taxonomy
from pusher.warnings.office import Office, no_page
from pusher.warnings.settings import WarningSettings
from pusher.warnings.warning import Content
from subscribers.topic import Severity, Topic
from templates.render import Renderer
from tests.support.engine import Engine

_TAXONOMY = Taxonomy.load("xunyang")
_RENDER = rendering(Renderer(None, service="浔阳区政务公开", contact="12345"))
_OFFICERS = {
    "li": ["draft"],
    "wang": ["check", "approve"],
    "zhao": ["approve"],
    "chen": ["draft", "check", "approve"],
}


def settings(**changed: object) -> WarningSettings:
    """One met office with four officers, over mail and a board."""
    return WarningSettings.model_validate(
        {
            "organisations": {
                "met": {
                    "name": "浔阳区气象台",
                    "code": "36040341600000",
                    "hazards": ["11B"],
                    "areas": ["360403"],
                    "contact": "0792-8888888",
                },
                "water": {
                    "name": "浔阳区水利局",
                    "code": "36040333200000",
                    "hazards": ["11A"],
                    "areas": ["360403"],
                    "contact": "0792-7777777",
                },
            },
            "officers": {
                name: {"organisations": ["met", "water"], "roles": roles} for name, roles in _OFFICERS.items()
            },
            "channels": ["mail", "board"],
            "groups": ["值守人员"],
            "drill_groups": ["演练人员"],
            **changed,
        }
    )


@dataclass(frozen=True)
class Way:
    form: str
    address: str
    own_links: frozenset[Lane] = frozenset()


@dataclass
class Town:
    """An office and the engine that delivers for it."""

    engine: Engine
    settings: WarningSettings = field(default_factory=settings)
    outlets: dict[str, Way] = field(
        default_factory=lambda: {"mail": Way("mail", "email"), "board": Way("board", "public")}
    )
    issued: int = 0
    #: Where a draft's page is.
    approval_page: Callable[[int], str] = field(default=no_page)
    #: Called whenever something was issued.
    woken: Callable[[], None] = field(default=lambda: None)

    @property
    def office(self) -> Office:
        """The acts."""
        return Office(
            database=self.engine.database,
            settings=self.settings,
            outlets=self.outlets,
            render=_RENDER,
            review=self._review,
            audit=self._audit,
            ring=self.engine.ring,
            now=self.engine.now,
            issued=self._count,
            hurry=self.engine.bell.way.claim,
            approval_page=self.approval_page,
        )

    def content(self, **changed: object) -> Content:
        """A sound warning of red rainstorm for the district."""
        at = self.engine.now().astimezone(CHINA)
        said: dict[str, object] = {
            "organisation": "met",
            "hazard": "11B03",
            "level": Severity.RED,
            "areas": ("360403",),
            "area_words": "浔阳区全区",
            "description": "预计未来3小时浔阳区降雨量将达100毫米以上，积水和山洪风险极高。",
            "instruction": "停止户外活动，远离河边和低洼处，接到转移通知马上转移。",
            "contact": "0792-8888888",
            "onset": at,
            "expires": at + timedelta(hours=6),
            **changed,
        }
        return Content(**said)  # type: ignore[arg-type]

    async def log(self) -> Sequence[audit_log.Entry]:
        """The audit log, oldest first."""
        async with self.engine.database.read() as connection:
            return list(reversed(await audit_log.latest(connection, limit=100)))

    def _count(self) -> None:
        self.issued += 1
        self.woken()

    def _review(self, item: Item) -> Reviewed:
        return review(item, _TAXONOMY, PrivacyPolicy(), source_topic=Topic())

    async def _audit(self, connection: object, *, actor: str, action: str, target: str, detail: str = "") -> None:
        await audit_log.append(
            connection,  # type: ignore[arg-type]
            b"k" * 32,
            at=self.engine.now(),
            actor=actor,
            action=action,
            target=target,
            detail=detail,
        )
