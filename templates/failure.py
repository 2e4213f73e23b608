"""The one failure of this package: a template that cannot be used, with the place and what to do."""

import traceback

import jinja2


class TemplateError(Exception):
    """A template is broken or says what may not be said; `str()` is "file, line n: sentence"."""

    def __init__(self, file: str, line: int | None, detail: str) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {detail}")
        #: Path of the template's file.
        self.file = file
        #: Line in the file, from 1; None where no single line is at fault.
        self.line = line
        #: The sentence without the place.
        self.detail = detail


def located(error: Exception, file: str) -> TemplateError:
    """What went wrong while reading or rendering `file`, with the line where it happened."""
    if isinstance(error, TemplateError):
        return error
    if isinstance(error, jinja2.TemplateSyntaxError):
        return TemplateError(error.filename or file, error.lineno, error.message or "cannot be read as a template")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(".j2"):
            return TemplateError(frame.filename, frame.lineno, _sentence(error))
    return TemplateError(file, None, _sentence(error))


def _sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply; write it in simpler steps"
    return " ".join(str(error).split()) or type(error).__name__
