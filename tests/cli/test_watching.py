"""`netspec check --watch`, with a stand-in for the library that notices changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec


@pytest.fixture
def changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Path]]:
    """What is done one after another, each of which gives the file that has changed."""
    done: list[Callable[[], Path]] = []

    def watch(*folders: str, watch_filter: Callable[[object, str], bool]) -> Iterator[set[tuple[int, str]]]:
        assert folders == (".",)
        for change in done:
            path = str(change())
            if watch_filter(2, path):
                yield {(2, path)}

    module: Any = ModuleType("watchfiles")
    module.watch, module.__version__ = watch, "1.0.0"
    monkeypatch.setitem(sys.modules, "watchfiles", module)
    monkeypatch.setattr("netspec.host.packages._installed", lambda name: True)
    return done


def test_it_checks_again(folder: Path, netspec: Netspec, changes: list[Callable[[], Path]]) -> None:
    sound, faulty = ((folder / name).read_text() for name in ("small.net", "faulty.net"))

    def put(name: str, text: str) -> Callable[[], Path]:
        def change() -> Path:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
            return Path(name)

        return change

    changes += [
        put("small.net", faulty),
        put(".git/small.net", faulty),
        put("notes.txt", "none"),
        put("netspec.toml", "exlude = []"),
        put("netspec.toml", ""),
        put("small.net", sound),
    ]
    result = netspec("check", "small.net", "--watch")
    said = [line for line in result.out.splitlines() if line.endswith((" in 1 file", " has changed"))]
    assert said == [
        "no problems in 1 file",
        "small.net has changed",
        "2 errors in 1 file",
        "netspec.toml has changed",
        "netspec.toml has changed",
        "2 errors in 1 file",
        "small.net has changed",
        "no problems in 1 file",
    ]
    assert result.status == 0
    assert result.err.count("error[NS901]") == 1


@pytest.mark.parametrize("argv", [["-"], ["small.net", "--write-baseline"]])
def test_what_does_not_change(folder: Path, netspec: Netspec, argv: list[str]) -> None:
    assert netspec("check", "--watch", *argv).status == 2


def test_without_the_library(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netspec.host.packages._installed", lambda name: False)
    result = netspec("check", "--watch", "small.net")
    assert (result.status, result.out) == (1, "")
    assert 'help: pip install "watchfiles>=1.0", which is the extra netspec-compiler[watch]' in result.err
