"""Texts to begin with: the specs that come with netspec, those in its tests, and real ones where NETSPEC_CORPUS is."""

from __future__ import annotations

import ast
import os
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.fuzz.case import LARGEST, SPECS
from tests.fuzz.pool import Pool

ROOT = Path(__file__).parents[2]
# Tables of nets that are put together of pieces, in modules that import no framework.
TABLES = ("tests/frameworks/cases.py", "tests/convert/specs.py")
SIGNS = ("layer", "input", "(", "{")  # what stands in a text that may be a spec
SMALL = 4096  # characters


@cache
def texts() -> Pool[str]:
    """Each once, the same in every process."""
    return Pool(_all(), str)


@cache
def small() -> Pool[str]:
    """Those that take little time."""
    return Pool((text for text in _all() if len(text) <= SMALL), str)


@cache
def _all() -> tuple[str, ...]:
    found = (*_files(ROOT / "specs"), *_files(ROOT / "tests"), *_constants(), *_tables(), *_corpus())
    return tuple(dict.fromkeys(text for text in found if len(text.encode(errors="replace")) <= LARGEST))


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in SPECS and path.is_file() and path.parent != Path(__file__).parent / "corpus":
            yield path.read_text("utf-8", errors="replace")


def _corpus() -> Iterator[str]:
    if folder := os.environ.get("NETSPEC_CORPUS"):
        yield from _files(Path(folder))


def _constants() -> Iterator[str]:
    """The texts in the tests that may be specs, or a piece of one."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.is_relative_to(Path(__file__).parent):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if len(text) > 15 and any(sign in text for sign in SIGNS[:2]) and any(s in text for s in SIGNS[2:]):
                    yield text


def _tables() -> Iterator[str]:
    for name in TABLES:
        for value in runpy.run_path(str(ROOT / name)).values():
            if isinstance(value, dict):
                yield from (text for text in value.values() if isinstance(text, str))
