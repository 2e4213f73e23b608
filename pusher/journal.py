"""The log: fixed events with named values, JSON for machines, words for a terminal; never anything personal."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: What looks like a phone number, an identity number or an e-mail address is hidden, whoever logged it.
_PERSONAL = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|[\w.+-]+@[\w-]+\.[\w.-]+")


def configure() -> None:
    """Set the log up for a process: to standard error, one line an event."""
    on_terminal = sys.stderr.isatty()
    render = structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_personal,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def hide_personal(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last line of defence: personal values in any text of an event become "…"."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _PERSONAL.sub("…", value)
    return event
