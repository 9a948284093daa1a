"""What is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netspec.host import store

KEYS = [f"{n:x}" * 64 for n in range(16)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "netspec"


def test_keeps() -> None:
    store.put(KEYS[1], {"a": [1, "é", None]})
    assert store.get(KEYS[1]) == {"a": [1, "é", None]}
    assert store.get(KEYS[2]) is None


@pytest.mark.parametrize("held", [b"", b"{", b"\xff", b"[" * 100_000], ids=["empty", "half", "no text", "deep"])
def test_what_cannot_be_read_is_not_there(home: Path, held: bytes) -> None:
    store.put(KEYS[1], 1)
    (home / f"{KEYS[1]}.json").write_bytes(held)
    assert store.get(KEYS[1]) is None


def test_a_folder_that_cannot_be_written_is_no_fault(home: Path) -> None:
    home.write_text("in the way")
    store.put(KEYS[1], 1)
    assert store.get(KEYS[1]) is None
    assert [*store.kept()] == []


def test_nothing_half_written_is_left(home: Path) -> None:
    store.put(KEYS[1], 1)
    store.put(KEYS[1], 2)
    assert [path.name for path in home.iterdir()] == [f"{KEYS[1]}.json"]
    assert store.get(KEYS[1]) == 2


def test_only_its_user_may_look(home: Path) -> None:
    store.put(KEYS[1], 1)
    assert home.stat().st_mode & 0o077 == 0


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_VALUE", 10)
    store.put(KEYS[1], "x" * 20)
    assert store.get(KEYS[1]) is None


def test_the_oldest_go(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_FILES", 10)
    for age, key in enumerate(KEYS[1:]):
        store.put(key, 1)
        os.utime(home / f"{key}.json", (1000 + age, 1000 + age))
    store.put(KEYS[0], 1)  # looks around
    left = sorted(name[0] for name in (path.name for path in home.iterdir()))
    assert left == sorted(key[0] for key in (KEYS[0], *KEYS[9:]))


def test_clear_leaves_what_is_not_its_own(home: Path) -> None:
    store.put(KEYS[1], 1)
    store.put(KEYS[2], 1)
    (home / f".{KEYS[3]}.123").write_text("of a run that was cut off")
    (home / "notes.json").write_text("mine")
    assert store.clear() == 3
    assert [path.name for path in home.iterdir()] == ["notes.json"]
