"""Styles of a mail where mail programs look for them: on the elements themselves. Done once a message.

Rules that cannot stand there (dark mode, the width of the screen) stay in the mail's `<style>`, for programs that read
it. Nothing is ever fetched: a `<link>` to a style sheet, of a file or of a site, does nothing.
"""

import css_inline

_INLINER = css_inline.CSSInliner(
    inline_style_tags=True,
    keep_style_tags=False,
    keep_at_rules=True,
    minify_css=True,
    load_remote_stylesheets=False,
)


def with_inline_css(html: str) -> str:
    """A whole page with the rules of its `<style>` on its elements; a page without any is left as it is.

    So is one with a mistake in its styles: words that look plain go out, those that wait for a designer do not.
    """
    if "<style" not in html:
        return html
    try:
        return _INLINER.inline(html)
    except css_inline.InlineError:
        return html
