"""HTML that came from elsewhere, cleaned for our own pages: structure stays, everything that acts or styles goes."""

import nh3
from markupsafe import Markup

_TAGS = {
    *("p", "br", "hr", "div", "span", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"),
    *("strong", "b", "em", "i", "u", "s", "small", "mark", "sub", "sup", "time", "abbr"),
    *("ul", "ol", "li", "dl", "dt", "dd", "a"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "abbr": {"title"},
}
_cleaner = nh3.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"})


def clean(fragment: str) -> Markup:
    """A fragment that may stand in a page as it is: no script, style, form, frame, picture or foreign attribute."""
    return Markup(_cleaner.clean(fragment))  # noqa: S704 - this is the one place that makes foreign HTML trusted
