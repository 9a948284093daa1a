"""What the backends print for each case, word for word. How the goldens hold it is said in `parts`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import netspec
from tests.frameworks.cases import CASES
from tests.frameworks.parts import apart, together

GOLDEN = Path(__file__).parents[1] / "golden"
BACKENDS = ("torch", "tensorflow")


@cache
def printed(name: str, backend: str) -> str:
    return netspec.emit(netspec.load_text(CASES[name]), backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", CASES)
def test_what_is_printed(name: str, backend: str, golden: Callable[[str, str], None]) -> None:
    assert printed(name, backend) == netspec.emit(netspec.load_text(CASES[name]), backend)
    golden(f"{backend}/{name}.py", apart(printed(name, backend))[0])


@pytest.mark.every_type
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_cases_share(backend: str, golden: Callable[[str, str], None]) -> None:
    """It is the same wherever it stands, and with it the goldens of the cases hold all that is printed."""
    shared: dict[str, str] = {}
    for name in CASES:
        for path, text in apart(printed(name, backend))[1].items():
            assert shared.setdefault(path, text) == text, f"{name} has another {path}"
    for path, text in shared.items():
        golden(f"{backend}/{path}", text)
    for name in CASES:
        assert together(apart(printed(name, backend))[0], shared) == printed(name, backend)
    there = {path.relative_to(GOLDEN / backend).as_posix() for path in (GOLDEN / backend).rglob("*") if path.is_file()}
    assert not there - {f"{name}.py" for name in CASES} - shared.keys(), "no case prints what these hold: delete them"
