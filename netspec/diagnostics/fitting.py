"""Text that is to fit into a width. What prints tables needs this, and not all that shows diagnostics."""


def shortened(text: str, width: int) -> str:
    """The text with an ellipsis where it is too long: at the end of a sentence, but in the middle of a name."""
    if len(text) <= width:
        return text
    if " " in text:
        return f"{text[: width - 1].rstrip()}…"
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"
