"""Putting a notice into words as the planner asks for it, with the slots that its receivers may have."""

from datetime import datetime

import structlog

from channels.message import Lane, Message
from channels.slots import KEY
from pusher.plan.planner import Render
from templates.failure import TemplateError
from templates.notice import Notice
from templates.render import DEFAULT_SLOTS, LEAVE, Renderer

_log = structlog.get_logger()


def rendering(renderer: Renderer) -> Render:
    """`renderer` behind the planner's own words; the messages have no name yet.

    A warning is not stopped by a template of the town's own that cannot be used: it goes out in the shipped words, and
    the log says so.
    """
    shipped = renderer.shipped()

    def render(
        form: str,
        notice: Notice,
        *,
        folder: str,
        lane: Lane,
        expires: datetime,
        columns: frozenset[str],
        may_leave: bool = True,
        own_link: bool = False,
    ) -> Message:
        slots = DEFAULT_SLOTS | columns if may_leave else DEFAULT_SLOTS - {LEAVE} | columns
        slots |= {KEY} if may_leave and own_link else frozenset()
        try:
            return renderer.message(form, notice, folder=folder, id="new", lane=lane, expires=expires, slots=slots)
        except TemplateError as broken:
            if lane is not Lane.WARNING:
                raise
            _log.error("a warning goes out in the shipped words", folder=folder, form=form, template=str(broken))
        return shipped.message(form, notice, folder=folder, id="new", lane=lane, expires=expires, slots=slots)

    return render
