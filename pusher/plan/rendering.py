"""Putting a notice into words as the planner asks for it, with the slots that its receivers may have."""

from datetime import datetime

from channels.message import Lane, Message
from channels.slots import KEY
from pusher.plan.planner import Render
from templates.notice import Notice
from templates.render import DEFAULT_SLOTS, LEAVE, Renderer


def rendering(renderer: Renderer) -> Render:
    """`renderer` behind the planner's own words; the messages have no name yet."""

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
        return renderer.message(form, notice, folder=folder, id="new", lane=lane, expires=expires, slots=slots)

    return render
