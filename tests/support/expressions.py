"""Expressions as somebody would type them."""

from subscribers.expression import All, Either, Listed, Not, Said, Subscribing, Tree, Valued, Within


def written(tree: Tree[Said]) -> str:
    """The tree as somebody would type it, every part of it in brackets."""
    match tree:
        case Not(of):
            return f"非 ({written(of)})"
        case All(several):
            return " 且 ".join(f"({written(each)})" for each in several)
        case Either(several):
            return " 或 ".join(f"({written(each)})" for each in several)
        case Listed(name):
            return f'"{name}"'
        case Valued(column, value, of):
            return f'"{of}.{column}"="{value}"' if of else f'"{column}"="{value}"'
        case Within(area):
            return f"地区={area}"
        case Subscribing(domain):
            return f"订阅={domain}"
