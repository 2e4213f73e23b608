"""What a provider said, made fit for the ledger. Pure."""


def fit(text: str, longest: int) -> str:
    """`text` without what some database refuses (NUL, halves of characters) or a terminal obeys, cut to `longest`."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    return text[:longest]
