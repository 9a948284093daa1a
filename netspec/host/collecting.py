"""Python's search for garbage in cycles, put off."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Without the search for garbage in cycles. Reading and writing a net makes none, but as many objects as it has
    fields, which the search would go over time and again: a third of the time that a large net takes."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
