"""Wide nets made narrow, for what follows from how a net is built and not from how wide it is."""

from __future__ import annotations

import re

WIDTHS = re.compile(r"\b(64|96|128|256|384|512|4096)\b")  # of AlexNet and VGG-16, and of what is made of them
FACTOR = 8
EXPECTATIONS = re.compile(r"^expect .*", re.MULTILINE)  # of its own width


def narrowed(text: str) -> str:
    """A spec whose layers have an eighth of their channels: a sixty-fourth of the arithmetic."""
    return WIDTHS.sub(lambda found: str(int(found[0]) // FACTOR), EXPECTATIONS.sub("", text))
