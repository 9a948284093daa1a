"""Specs as what pictures are made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netspec.draw.graph import Graph, graph
from netspec.frontend.load import load, load_text

SPECS = Path(__file__).resolve().parents[2] / "specs"


@pytest.fixture
def drawing() -> Callable[[str], Graph]:
    """The graph of a spec that comes with netspec, by its name, or of a text."""

    def read(spec: str) -> Graph:
        return graph(load_text(spec) if "\n" in spec else load(SPECS / f"{spec}.net"))

    return read
