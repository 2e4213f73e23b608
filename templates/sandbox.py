"""What a town's own templates may say: a short list of nodes and filters, no calls, no nested loops.

Jinja's sandbox keeps templates away from Python, but not from a gigabyte of text; so everything that can multiply is
refused when the file is read, and what is left prints a bounded text.
"""

from collections.abc import Iterator
from dataclasses import fields

from jinja2 import Environment, nodes

from templates.failure import TemplateError
from templates.notice import Notice

#: Most characters of a file.
LONGEST = 4_000

#: The filters of ours and of Jinja that may be used.
FILTERS = frozenset({"cut", "date", "default", "join", "length", "prose", "sentence", "sms_len", "thing", "trim"})

#: The lists that a loop may go through.
LISTS = frozenset(
    {"facts", "attachments", "entries", "first_entries", "notice.areas", "notice.attachments", "notice.domains"}
)

_OF_NOTICE = frozenset(field.name for field in fields(Notice))
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Filter, nodes.Keyword),
    *(nodes.If, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Const, nodes.List, nodes.Tuple),
)
#: How people call what is refused most often.
_CALLED = {
    nodes.Call: "calls a function",
    nodes.Include: "includes a file",
    nodes.Extends: "extends a file",
    nodes.Import: "imports a file",
    nodes.FromImport: "imports a file",
    nodes.Assign: "sets a variable",
    nodes.AssignBlock: "sets a variable",
    nodes.Macro: "defines a macro",
    nodes.Mul: "multiplies",
    nodes.Getitem: "uses square brackets",
    nodes.Concat: "joins texts with ~",
    nodes.CondExpr: "uses an if inside {{ }}",
}


def inspect(environment: Environment, source: str, file: str, *, variables: frozenset[str]) -> None:
    """Raise TemplateError where `source` says what a town's template may not say; `variables` are those it is given."""
    if len(source) > LONGEST:
        raise TemplateError(file, None, f"has more than {LONGEST} characters; make it shorter")
    tree = environment.parse(source, filename=file)
    known = variables | {"loop"} | {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    for node in _all(tree):
        problem = _problem(node, known)
        if problem:
            raise TemplateError(file, node.lineno, problem)


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _problem(node: nodes.Node, known: frozenset[str]) -> str:
    """Why `node` is refused, with what to do; "" if it is not."""
    if not isinstance(node, _ALLOWED):
        act = _CALLED.get(type(node), f"uses {type(node).__name__}")
        return f"{act}, which is not allowed here; use only {{{{ names }}}}, filters, if and for"
    match node:
        case nodes.Name(name=name) if name not in known:
            return f"names “{name}”, which there is not; there are {', '.join(sorted(known - {'loop'}))}"
        case nodes.Getattr():
            return _problem_of_attribute(node)
        case nodes.Filter(name=name) if name not in FILTERS:
            return f"uses the filter “{name}”; the ones there are: {', '.join(sorted(FILTERS))}"
        case nodes.For():
            return _problem_of_loop(node)
    return ""


def _problem_of_attribute(node: nodes.Getattr) -> str:
    if node.attr.startswith("_"):
        return f"reaches for “{node.attr}”; names that begin with _ are not for templates"
    if _path(node) == f"notice.{node.attr}" and node.attr not in _OF_NOTICE:
        return f"names “notice.{node.attr}”, which there is not; a notice has {', '.join(sorted(_OF_NOTICE))}"
    return ""


def _problem_of_loop(loop: nodes.For) -> str:
    if loop.recursive or any(True for _ in loop.find_all(nodes.For)):
        return "has a loop inside a loop; loops may only stand side by side"
    if _path(loop.iter) not in LISTS:
        return f"loops over something else than {', '.join(sorted(LISTS))}"
    return ""


def _path(node: nodes.Node) -> str:
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=nodes.Name(name=name), attr=attribute):
            return f"{name}.{attribute}"
    return ""
