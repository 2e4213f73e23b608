"""Who may do what to a warning, and what becomes of it. Pure.

draft → (checked) → approving → issued → superseded | ended | corrected → archived; and rejected before it is issued.
"""

from dataclasses import replace
from datetime import datetime

from pusher.warnings.settings import AUTOMATIC, Officer, Role, WarningSettings
from pusher.warnings.warning import OPEN, Act, State, Status, Version


class RefusedActError(Exception):
    """The act does not fit the warning's state, or the person may not do it; the text says why."""

    def __init__(self, text: str, said: str) -> None:
        """`said`: the same for pages, in Chinese; both without a full stop."""
        super().__init__(text)
        self.said = said


#: Of what is decided already.
_NOT_OPEN = "这份草稿已经签发或退回，不能再处理"
#: What each role is called by those who have it.
_ROLE_NAMES: dict[Role, str] = {"draft": "制作", "check": "审核", "approve": "签发"}


def officer_for(settings: WarningSettings, actor: str, role: Role, organisation: str) -> Officer:
    """The officer, if they may act in this role for this organisation. Raises RefusedActError."""
    officer = settings.officers.get(actor)
    if officer is None:
        raise RefusedActError(
            f"{actor} is no officer of the settings ([warnings.officers.{actor}])", f"设置里没有 {actor} 这个人"
        )
    if role not in officer.roles:
        raise RefusedActError(
            f"{actor} may not act in the role {role} ({_ROLE_NAMES[role]})", f"{actor} 没有{_ROLE_NAMES[role]}的权限"
        )
    if organisation not in officer.organisations:
        raise RefusedActError(f"{actor} does not act for {organisation}", f"{actor} 不能代表这个发布单位")
    return officer


def checked(warning: Version, settings: WarningSettings, *, by: str) -> Version:
    """After 复核 by somebody who did not draft it. Raises RefusedActError."""
    officer_for(settings, by, "check", warning.content.organisation)
    _must_be(warning, State.DRAFT)
    if by == warning.drafted_by:
        raise RefusedActError(
            f"{by} drafted warning {warning.id}; somebody else must check it", f"草稿是 {by} 起草的，须由别人复核"
        )
    return replace(warning, state=State.CHECKED, checked_by=by)


def approved(warning: Version, settings: WarningSettings, *, by: str) -> Version:
    """After one more approval: issued when there are enough. Raises RefusedActError.

    Whoever drafted it cannot approve it, nobody approves twice, and levels of `settings.checked` need 复核 first.
    """
    officer_for(settings, by, "approve", warning.content.organisation)
    if warning.state not in OPEN:
        raise RefusedActError(f"warning {warning.id} is {warning.state}; only an open one can be approved", _NOT_OPEN)
    if by == warning.drafted_by:
        raise RefusedActError(
            f"{by} drafted warning {warning.id}; somebody else must approve it", f"草稿是 {by} 起草的，须由别人签发"
        )
    if by in warning.approved_by:
        raise RefusedActError(
            f"{by} has approved warning {warning.id} already; somebody else must", f"{by} 已经签发过，还须由别人签发"
        )
    if needs_check(warning, settings) and not warning.checked_by:
        raise RefusedActError(
            f"warning {warning.id} must be checked (复核) before it is approved", "这一级别的预警须先复核再签发"
        )
    names = (*still_approved(warning, settings), by)
    enough = len(names) >= needed(warning, settings)
    return replace(warning, approved_by=names, state=State.ISSUED if enough else State.APPROVING)


def overridden(warning: Version, settings: WarningSettings, *, by: str, reason: str, at: datetime) -> Version:
    """Let go by one person alone in an emergency, soon after drafting, with name and reason. Raises RefusedActError.

    Whoever drafted it may, with the right to approve: at night there may be nobody else.
    """
    officer_for(settings, by, "approve", warning.content.organisation)
    if warning.state not in OPEN:
        raise RefusedActError(f"warning {warning.id} is {warning.state}; only an open one can be let go", _NOT_OPEN)
    if not reason.strip():
        raise RefusedActError(
            "an override needs its reason: it is told to the others and stands in the audit log",
            "单独签发必须写明原因：会立即告知其他人，并记入审计日志",
        )
    if warning.status is not Status.ACTUAL:
        raise RefusedActError(
            "a drill has no emergency: let it be approved as usual", "演练和测试没有紧急情况，请按正常程序签发"
        )
    if at > warning.drafted_at + settings.override:
        raise RefusedActError(
            f"an override comes within {settings.override_minutes} minutes of drafting: "
            "draft it again, or get approval",
            f"只能在起草后 {settings.override_minutes} 分钟内单独签发：请重新起草，或者请别人签发",
        )
    return replace(warning, state=State.ISSUED, override_by=by, override_reason=reason.strip())


def may_override(warning: Version, settings: WarningSettings, *, by: str, at: datetime) -> bool:
    """Whether `by` could let it go alone now, given a reason."""
    try:
        overridden(warning, settings, by=by, reason="any", at=at)
    except RefusedActError:
        return False
    return True


def rejected(warning: Version, settings: WarningSettings, *, by: str) -> Version:
    """Given up before it went out, by anybody who may check or approve, or by whoever drafted it."""
    if by != warning.drafted_by:
        role: Role = "check" if "check" in getattr(settings.officers.get(by), "roles", ()) else "approve"
        officer_for(settings, by, role, warning.content.organisation)
    if warning.state not in OPEN:
        raise RefusedActError(
            f"warning {warning.id} is {warning.state}; it can only be ended or corrected now", _NOT_OPEN
        )
    return replace(warning, state=State.REJECTED)


def needed(warning: Version, settings: WarningSettings) -> int:
    """How many must approve. The end of a warning needs one: nobody is harmed by waiting less for it.

    Where a program is one of them it is never the only one (Sichuan 2021).
    """
    ends = warning.act in (Act.END, Act.CORRECT)
    people = 1 if ends else settings.approvers.of(warning.content.level)
    return max(people, 2) if any(map(is_automatic, warning.approved_by)) else people


def is_automatic(name: str) -> bool:
    """Whether a drafter or approver of this name is a program."""
    return name.startswith(AUTOMATIC)


def still_approved(warning: Version, settings: WarningSettings) -> tuple[str, ...]:
    """The names of those who have approved and may: a program's word counts as long as the settings name it."""
    return tuple(name for name in warning.approved_by if not is_automatic(name) or _is_named(name, warning, settings))


def _is_named(name: str, warning: Version, settings: WarningSettings) -> bool:
    sender = settings.automatic.get(name.removeprefix(AUTOMATIC))
    content = warning.content
    return (
        sender is not None
        and sender.organisation == content.organisation
        and sender.covers(content.hazard, content.level)
        and sender.proves(warning.signed_by)
    )


def needs_check(warning: Version, settings: WarningSettings) -> bool:
    """Whether somebody must check it (复核) before it is approved."""
    if warning.act in (Act.END, Act.CORRECT):
        return False
    return warning.content.level.name.lower() in settings.checked


def missing(warning: Version, settings: WarningSettings) -> str:
    """What an open version still needs before it goes out by itself; "" for one that was given up."""
    if warning.state not in OPEN:
        return ""
    check = "somebody must check it (复核)" if needs_check(warning, settings) and not warning.checked_by else ""
    more = needed(warning, settings) - len(still_approved(warning, settings))
    return ", then ".join(filter(None, (check, f"{more} more must approve it (签发), and the last approval sends it")))


def after(issued: Version, earlier: Version) -> State:
    """What becomes of an earlier version of the chain when `issued` goes out."""
    if earlier.state is not State.ISSUED:
        return earlier.state
    return {Act.END: State.ENDED, Act.CORRECT: State.CORRECTED}.get(issued.act, State.SUPERSEDED)


def _must_be(warning: Version, state: State) -> None:
    if warning.state is not state:
        raise RefusedActError(
            f"warning {warning.id} is {warning.state}; this act needs one that is {state}",
            "别人已经处理过，请看现在的状态",
        )
