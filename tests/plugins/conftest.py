"""Plugins for the tests: the examples of docs/user-layers.md, and whatever a test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import transcript

PAGE = Path(__file__).parents[2] / "docs" / "user-layers.md"
EXAMPLES = {b.of: b.text for b in transcript.blocks(PAGE.read_text("utf-8")) if b.role == "file"}


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    """`example("softgate.py")`: a file of the page, in a folder of the test."""

    def write(name: str) -> Path:
        path = tmp_path / name
        path.write_text(EXAMPLES[name], "utf-8")
        return path

    return write


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str], Path]:
    """`plugin(text)`: a file `mine.py` of a text, below the imports that most plugins need."""

    def write(text: str) -> Path:
        path = tmp_path / "mine.py"
        path.write_text(f"{IMPORTS}\n{text}\n", "utf-8")
        return path

    return write


IMPORTS = """
from enum import IntEnum
from typing import Any, ClassVar
from pydantic import Field
from netspec.layers.base import NONE, Count, Elementwise, Formula, Layer, PythonLayer, Stochastic, UInt
from netspec.layers.data_layer import DataLayer
"""
