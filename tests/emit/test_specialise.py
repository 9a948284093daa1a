"""Helpers without the options that a net does not use: what is left of each is Python, as formatters have it."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import pytest

from netspec.emit import library
from netspec.emit.specialise import TAG, options, specialised
from tests.emit.test_lines import ruff

TEXT = '''
class Kept:
    """Keeps.

    size: how many. times: how often; each counts.
    """

    state: int | None  # if size

    def __init__(self, x: int, *, size: int | None = None, times: int = 1) -> None:
        self.state = size if size else None  # if size
        self.often = 3 if times is None else times
        if times and x:  # if times
            x = 2

    def take(self, *given: int, times: int = 1) -> int | tuple[int, ...]:
        if self.state is None:  # unless size
            return 1, sum(given)
        return times  # if size
'''
BOTH = '''class Kept:
    """Keeps.

    size: how many. times: how often; each counts.
    """

    state: int

    def __init__(self, x: int, *, size: int, times: int) -> None:
        self.state = size
        self.often = times
        if x:
            x = 2

    def take(self, times: int) -> int:
        return times'''
NONE = '''class Kept:
    """Keeps."""

    def __init__(self, x: int) -> None:
        self.often = 3

    def take(self, *given: int) -> tuple[int, ...]:
        return 1, sum(given)'''


@pytest.mark.parametrize(
    ("named", "wanted"),
    [
        ({"size": True, "times": True}, BOTH),
        ({"size": False, "times": False}, NONE),
        ({}, TAG.sub("", "\n".join(TAG.sub("", line) for line in TEXT.strip().split("\n")))),
    ],
)
def test_what_is_left(named: dict[str, bool | None], wanted: str) -> None:
    (node,) = ast.parse(TEXT).body
    assert isinstance(node, ast.ClassDef) and options(node) == {"size", "times"}
    assert specialised(TEXT.split("\n"), node, named) == wanted


@pytest.mark.parametrize("backend", ["netspec_torch", "netspec_tensorflow"])
def test_every_helper_with_every_choice_is_as_the_formatter_has_it(backend: str, tmp_path: Path) -> None:
    tags, files = 0, list[Path]()
    for name in library.names(backend):
        source = library.source(backend, name)
        given = sorted(options(source.node))
        for i, named in enumerate(product((True, False, None), repeat=len(given)) if len(given) < 5 else [()]):
            text = specialised(source.lines, source.node, dict(zip(given, named, strict=False)))
            assert not any(TAG.search(line) for line in text.split("\n"))
            ast.parse(text)
            files.append(tmp_path / f"{name}_{i}.py")
            files[-1].write_text(text + "\n", encoding="utf-8")
        tags += sum(bool(TAG.search(line)) for line in source.lines)
    assert tags > 5
    assert ruff(files) == ""
