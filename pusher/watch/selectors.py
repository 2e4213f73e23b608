"""Selectors of a source, from the settings: they say where to look, and override recognition. Pure."""

from typing import Annotated

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from pydantic import AfterValidator, BaseModel, ConfigDict


def _checked_css(selector: str) -> str:
    """`selector` if lxml can follow it; one sentence that names it if not."""
    if not selector.strip():
        return ""
    try:
        CSSSelector(selector, translator="html")
    except (SelectorError, ValueError) as error:
        raise ValueError(
            f"{selector!r} is not a CSS selector that can be followed ({error}); try it in a browser"
        ) from None
    return selector


def _checked_path(path: str) -> str:
    if path and not all(path.split(".")):
        raise ValueError(f'{path!r} is not a dotted path; write it like "data.list" or "page.content"')
    return path


Css = Annotated[str, AfterValidator(_checked_css)]
Path = Annotated[str, AfterValidator(_checked_path)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ArticleSelectors(_Frozen):
    """CSS selectors inside an article page; an empty one leaves that part to recognition."""

    title: Css = ""
    #: All elements that it finds are read, in the page's order.
    body: Css = ""
    date: Css = ""
    issuer: Css = ""


class JsonNames(_Frozen):
    """Where the rows of a JSON list stand and how its fields are called; dotted paths, empty = recognise it."""

    #: Path to the array of rows from the top of the answer ("data.list").
    rows: Path = ""
    #: Paths inside a row ("metadata.title").
    title: Path = ""
    url: Path = ""
    date: Path = ""
    issuer: Path = ""
    #: What names a row that has no address.
    id: Path = ""


class Selectors(_Frozen):
    """Everything that the settings may say about the shape of a source's pages."""

    #: CSS selector of one row of the list, from the top of the page.
    rows: Css = ""
    #: CSS selectors inside a row.
    link: Css = ""
    title: Css = ""
    date: Css = ""
    issuer: Css = ""
    article: ArticleSelectors = ArticleSelectors()
    fields: JsonNames = JsonNames()
