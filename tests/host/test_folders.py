"""Folders that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.host import folders


def test_it_is_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    folders.write(tmp_path / "a", {"x": b"1", "y": b""})
    assert {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()} == {"x": b"1", "y": b""}
    folders.remove(tmp_path / "a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["in/the/way", "nul\0"])
def test_what_fails_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises((OSError, ValueError)):
        folders.write(tmp_path / "a", {"x": b"1", name: b"2"})
    assert not list(tmp_path.iterdir())


def test_none_is_replaced(tmp_path: Path) -> None:
    folders.write(tmp_path / "a", {"x": b"1"})
    with pytest.raises(OSError, match="a"):
        folders.write(tmp_path / "a", {"x": b"2"})
    assert (tmp_path / "a" / "x").read_bytes() == b"1"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_was_cut_off_is_tidied(tmp_path: Path) -> None:
    for name in (".iter_5.0a1b2c3d", ".iter_6.00000000", "iter_4", ".other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").touch()
    folders.tidy(tmp_path, "iter_")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other", "iter_4"]
    folders.tidy(tmp_path / "nowhere", "iter_")
