"""Makes a process ready for its first warning: what would be read and compiled only then is there when it starts.

Templates, the schema of CAP and the prepared words take some 30 ms, in which the first warning would not move.
"""

from collections.abc import Iterator
from datetime import timedelta

import structlog

from pusher.warnings import guide, words
from pusher.warnings.cap import rules, schema, write
from pusher.warnings.hazard import hazards
from pusher.warnings.office import DUTY_FOLDER, WARNING_FOLDER, Office
from pusher.warnings.roll_call import ringing
from pusher.warnings.sending import in_words
from pusher.warnings.settings import Organisation
from pusher.warnings.warning import Act, Content, State, Status, Version
from subscribers.topic import Severity

_log = structlog.get_logger()


def get_ready(office: Office) -> None:
    """Put a warning into the words of every channel, and of CAP, for nobody: nothing is stored, nothing sent.

    A town's template that cannot be used for a warning is an error in the log now, not on the night of the first one.
    """
    named = next(iter(office.settings.organisations.items()), None)
    if named is None:
        return
    version = _sample(office, *named)
    document = words.alert(version, named[1], earlier=())
    for finding in (*schema.errors(write.to_node(document)), *rules.errors(document)):
        _log.warning("a sample of a warning is no CAP", rule=finding.rule, element=finding.element)
    notice = office.notice(version, ())
    for folder, channel in _spoken(office):
        may_leave = folder == WARNING_FOLDER
        in_words(office, channel, notice, folder=folder, expires=version.content.expires, may_leave=may_leave)


def _spoken(office: Office) -> Iterator[tuple[str, str]]:
    """(folder of words, channel) for all that may be said of a warning: to everybody, on duty, and in calls."""
    settings = office.settings
    for name in settings.channels:
        yield WARNING_FOLDER, name
        if settings.duty_groups and office.outlets[name].address != "public":
            yield DUTY_FOLDER, name
    steps = (step for ladder in settings.roll_call.ladders.values() for step in ladder)
    for name in sorted({name for step in steps for name in step.channels if name in office.outlets}):
        yield ringing.FOLDER, name


def _sample(office: Office, name: str, organisation: Organisation) -> Version:
    """What the organisation might say, with a hazard that it may warn of."""
    code = next(filter(organisation.may_issue, hazards()), "11B99")
    at = office.now().replace(microsecond=0)
    content = Content(
        organisation=name,
        hazard=code,
        level=Severity.RED,
        areas=organisation.areas,
        area_words=organisation.name,
        description=organisation.name,
        instruction=guide.of(code, Severity.RED).instruction or organisation.name,
        contact=organisation.contact,
        onset=at,
        expires=at + timedelta(hours=1),
    )
    return Version(
        id=0,
        chain=0,
        version=1,
        act=Act.ALERT,
        state=State.DRAFT,
        status=Status.ACTUAL,
        content=content,
        drafted_by="",
        drafted_at=at,
        identifier="sample",
        sent=at,
    )
