"""Text that is to fit into a width."""

from __future__ import annotations

import pytest

from netspec.diagnostics.fitting import shortened


@pytest.mark.parametrize(
    ("text", "room", "wanted"),
    [("conv1", 5, "conv1"), ("inception_3a/output", 11, "incep…utput"), ("a whole sentence", 9, "a whole…")],
)
def test_long_texts_are_shortened(text: str, room: int, wanted: str) -> None:
    assert shortened(text, room) == wanted
