"""Output files are there whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from netspec.host.files import drafted, write


def test_writes_text_and_bytes(tmp_path: Path) -> None:
    write(tmp_path / "text", "1×2\n")
    write(tmp_path / "bytes", b"\0\xff")
    assert (tmp_path / "text").read_bytes() == "1×2\n".encode()
    assert (tmp_path / "bytes").read_bytes() == b"\0\xff"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bytes", "text"]


def test_never_overwrites_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "out.py"
    path.write_text("old")
    with pytest.raises(FileExistsError):
        write(path, "new")
    assert path.read_text() == "old"
    write(path, "new", replace=True)
    assert path.read_text() == "new"


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.py"
    link = Path.hardlink_to

    def late(self: Path, target: Path) -> None:
        path.write_text("theirs")
        link(self, target)

    monkeypatch.setattr(Path, "hardlink_to", late)
    with pytest.raises(FileExistsError):
        write(path, "ours")
    assert path.read_text() == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["out.py"]


def test_works_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", never)
    write(tmp_path / "out.py", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["out.py"]


def test_what_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "out.py", "text")
    assert not list(tmp_path.iterdir())


def test_follows_links_and_keeps_permissions(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write(link, "new", replace=True)
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write(tmp_path / "out.py", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.py").stat().st_mode) == 0o644


def test_writes_into_what_is_no_file(tmp_path: Path) -> None:
    write(Path("/dev/null"), "gone")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_what_is_drafted_is_there_when_all_has_gone_well(tmp_path: Path, folder: bool, there: bool) -> None:
    path = tmp_path / "out"
    names: list[str] = ["old"] if there else []

    def make(draft: Path, name: str) -> None:
        if folder:
            draft.mkdir()
            (draft / name).touch()
        else:
            draft.write_text(name)

    def found() -> list[str]:
        assert sorted(one.name for one in tmp_path.iterdir()) == (["out"] if names else [])
        return [one.name for one in path.iterdir()] if path.is_dir() else [path.read_text()] if names else []

    if there:
        make(path, "old")
        with pytest.raises(FileExistsError), drafted(path) as draft:
            make(draft, "new")
    with pytest.raises(KeyError), drafted(path, replace=True) as draft:
        make(draft, "new")
        raise KeyError
    assert found() == names
    with drafted(path, replace=there) as draft:
        make(draft, "new")
    names = ["new"]
    assert found() == names
