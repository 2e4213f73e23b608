"""Answers that stand in the way of the page: checks of the browser, redirections in the page. Pure."""

import re

from pusher.watch.plain_text import line_of
from pusher.watch.tree import Document, text_of

#: Marks of the products that let only browsers in (加速乐, 瑞数, EdgeOne, Cloudflare …).
_CHECK = re.compile(
    r"__jsl_clearance|\$_ts\s*=|C3VK|EO_Bot|cf-chl|_cf_chl|acw_sc__v2|__tst_status|document\.cookie|location\.reload|"
    r"sec\.aliyun|yundun|yunsuo_session"
)
_REFRESH = re.compile(r"^\s*\d+\s*;\s*url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
_MOVES = re.compile(
    r"""(?:window\.|top\.|self\.|document\.)*location(?:\.href)?\s*=\s*["']([^"']+)["']|location\.replace\(["']([^"']+)["']\)"""
)
#: With more text than this the page says something itself.
_LITTLE = 120


def obstacle(page: Document) -> str:
    """One sentence on why the page that was asked for is not here; "" if nothing stands in the way."""
    if len(line_of(page.root)) > _LITTLE:
        return ""
    scripts = "\n".join(script.text or "" for script in page.root.iter("script"))
    moved = _moved(page, scripts)
    if moved:
        return f"the page only sends browsers on to {moved}: watch that address"
    if _CHECK.search(scripts):
        return (
            "the site checks the browser before it shows the page (anti-robot protection); ask its operators for access"
        )
    return (
        ""
        if text_of(page.root) or next(page.root.iter("img", "iframe", "frame"), None) is not None
        else "the page is empty"
    )


def _moved(page: Document, scripts: str) -> str:
    refresh = _REFRESH.match(page.meta("refresh"))
    script = _MOVES.search(scripts)
    target = refresh[1] if refresh else (script[1] or script[2]) if script else ""
    return page.absolute(target.strip())
