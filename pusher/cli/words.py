"""Tries all templates, with the settings where there are any and as they are shipped where there are none."""

from collections.abc import Sequence
from pathlib import Path

from pusher.settings.read import Plan, read
from templates.check import Checked, check_templates
from templates.render import Renderer


def checked(settings: Path) -> Sequence[Checked]:
    """What came of every form of every folder. Raises SettingsError, and TemplateError for a missing folder."""
    return check_templates(Renderer()) if not settings.exists() else checked_for(read(settings))


def checked_for(plan: Plan) -> Sequence[Checked]:
    """The same for settings that are read already. Raises TemplateError for a missing folder."""
    service = plan.settings.service
    renderer = Renderer(plan.overrides, service=service.name, contact=service.contact, public_url=plan.public_url)
    return check_templates(renderer, sign=_longest_sign(plan))


def _longest_sign(plan: Plan) -> str:
    """The longest 签名 of the SMS channels: it counts in every message; "" if none names one."""
    signs = [str(getattr(each.settings, "sign_name", "")) for each in plan.channels.values()]
    return max(signs, key=len, default="")
