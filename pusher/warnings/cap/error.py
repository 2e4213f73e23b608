"""What is wrong with an alert: which rule, which element, which line, in plain words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: What rules of whatever is issued here ask for; all others are about what is read.
_SAID: Mapping[str, str] = {
    "schema": "格式不符合标准",
    "identifier": "编号或发布者代码不对",
    "references": "引用的前一条预警不对",
    "time-order": "时间先后矛盾",
    "polygon": "多边形不对",
    "circle": "圆形不对",
    "parallel": "各种语言的类别或代码不一致",
}


@dataclass(frozen=True, slots=True)
class CapError:
    """One thing that is wrong."""

    #: Short name of the rule, for programs ("order", "references", "polygon" …).
    rule: str
    #: Path of the element without namespaces ("alert/info[2]/area[1]/polygon").
    element: str
    #: Line of the document, from 1; 0 = not known.
    line: int
    #: What is wrong and what it should be, in one sentence.
    text: str

    @property
    def said(self) -> str:
        """The same for pages, in Chinese and in fewer words, with the element's path."""
        return f"{_SAID.get(self.rule, '不符合标准')}（{self.element}）"


class InvalidError(ValueError):
    """An alert that is to go out breaks a rule; `errors` says which."""

    def __init__(self, errors: Sequence[CapError]) -> None:
        super().__init__("; ".join(f"{error.element}: {error.text}" for error in errors))
        self.errors = tuple(errors)


def by_line(errors: Iterable[CapError]) -> tuple[CapError, ...]:
    """In the order of the document."""
    return tuple(sorted(errors, key=lambda error: error.line))
