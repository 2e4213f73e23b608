"""axe-core, the judge of WCAG 2.2 AA: what it finds wrong with a page in a real browser."""

from pathlib import Path

from playwright.async_api import Page

from tests.support import peers

_JUDGE = """() => axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    rules: {"target-size": {enabled: true}},
    resultTypes: ["violations"],
}).then(found => found.violations.map(each => [each.id, each.nodes.map(node => node.html).slice(0, 3)]))"""


def axe_source() -> str:
    """The program that judges; skips loudly where npm cannot bring it."""
    modules = Path(peers.node("axe-core")["NODE_PATH"])
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """Broken rules of the page as it stands, with some of its elements. Scripts must be switched on."""
    await page.evaluate(axe)
    return [(name, nodes) for name, nodes in await page.evaluate(_JUDGE)]
