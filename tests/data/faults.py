"""How tests of data say what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netspec import SpecError


def fails(code: str, message: str, run: Callable[[], Any]) -> None:
    """Holds that it is refused by one diagnostic, whose message has this in it."""
    with pytest.raises(SpecError) as caught:
        run()
    (said,) = caught.value.diagnostics
    assert said.code == code, said
    assert message in said.message
