"""Which file configures a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.config.locate import nearest
from netspec.diagnostics import SpecError

OURS = "[tool.netspec]\n"
# files, folder, the file that holds
CASES: list[tuple[dict[str, str], str, str | None]] = [
    ({}, "a", None),
    ({"netspec.toml": ""}, "a/b", "netspec.toml"),
    ({"netspec.toml": "", "pyproject.toml": OURS}, ".", "netspec.toml"),
    ({"netspec.toml": "", "a/pyproject.toml": OURS}, "a/b", "a/pyproject.toml"),
    ({"netspec.toml": "", "a/pyproject.toml": "[project]\nname = 'netspec'\n"}, "a", "netspec.toml"),
    ({"netspec.toml": "", "a/pyproject.toml": "[tool.other]\nx = 'netspec'\n"}, "a", "netspec.toml"),
    ({"pyproject.toml": "[ tool . netspec ]\n"}, ".", "pyproject.toml"),
    ({"pyproject.toml": "['tool'.\"netspec\"]\n"}, ".", "pyproject.toml"),
    ({"pyproject.toml": "[tool]\nnetspec.strict = true\n"}, ".", "pyproject.toml"),
    ({"pyproject.toml": "[tool]\nnetspec = {}\n"}, ".", "pyproject.toml"),
    ({"pyproject.toml": "tool = { netspec = {} }\n"}, ".", "pyproject.toml"),
    ({"pyproject.toml": "tool.netspec.strict = true\n"}, ".", "pyproject.toml"),
    ({"pyproject.toml": "[tool.netspec.inputs]\n"}, ".", "pyproject.toml"),
    ({"pyproject.toml": "# [tool.netspec]\n"}, ".", None),
    ({"a/netspec.toml/x": ""}, "a", None),
]


@pytest.mark.parametrize(("files", "folder", "holds"), CASES)
def test_the_nearest_holds(tmp_path: Path, files: dict[str, str], folder: str, holds: str | None) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    known: dict[Path, str | None] = {tmp_path.parent: None}
    place = (tmp_path / folder).resolve()
    for _ in range(2):
        assert nearest(place, known) == (holds and str(tmp_path / holds))
    assert known[place] == (holds and str(tmp_path / holds))


def test_a_folder_of_everybody_has_none(tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    (folder / "netspec.toml").write_text("")
    known: dict[Path, str | None] = {tmp_path: None}
    assert nearest(folder, dict(known)) is not None
    folder.chmod(0o1777)
    assert nearest(folder, dict(known)) is None


def test_one_that_is_no_toml_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.netspec]\nx = \n")
    with pytest.raises(SpecError) as caught:
        nearest(tmp_path, {})
    assert [d.code for d in caught.value.diagnostics] == ["NS903"]


def test_one_of_others_need_not_be_toml(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nnetspec = \n")
    assert nearest(tmp_path, {tmp_path.parent: None}) is None
