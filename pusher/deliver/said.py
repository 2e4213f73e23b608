"""What a provider said, made fit for the ledger. Pure."""

#: Characters that the ledger keeps of a provider's code, words, number of a delivery, and number of an event.
CODE, DETAIL, PROVIDER_ID, EVENT_ID = 64, 200, 80, 120


def fit(text: str, longest: int) -> str:
    """`text` without what some database refuses (NUL, halves of characters) or a terminal obeys, cut to `longest`."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    return text[:longest]
