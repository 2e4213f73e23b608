"""Styles of a mail where mail programs look for them: on the elements themselves. Done once a message.

Rules that cannot stand there (dark mode, the width of the screen) stay in the mail's `<style>`, for programs that read
it. Nothing is ever fetched: a `<link>` to a style sheet, of a file or of a site, does nothing.
"""

import css_inline

_INLINER = css_inline.CSSInliner(
    inline_style_tags=True,
    keep_style_tags=False,
    keep_at_rules=True,
    load_remote_stylesheets=False,
)


def with_inline_css(html: str) -> str:
    """A whole page with the rules of its `<style>` on its elements; slots stay as they are. Raises ValueError."""
    try:
        return _INLINER.inline(html)
    except css_inline.InlineError as error:
        raise ValueError(f"has styles that cannot be put on its elements: {error}") from None
