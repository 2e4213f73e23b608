"""What a page is judged by: every rule of WCAG 2.2 AA that a program can see."""

JUDGE = """() => axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    rules: {"target-size": {enabled: true}},
    resultTypes: ["violations"],
}).then(found => found.violations.map(each => [each.id, each.nodes.map(node => node.html).slice(0, 3)]))"""
