"""What a configuration may say, and what is told where it says something else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from netspec.config import Configuration
from netspec.config.read import KEYS, read
from netspec.diagnostics import SpecError

WHOLE = """\
[project]
name = "x"

[tool.netspec]
paths = ["models", "more"]
exclude = ["old", "*.pt"]
phases = ["test"]
plugins = ["layers/mine.py"]
import-path = ["../shared"]
select = ["NS3", "ns8"]
extend-select = ["NS2"]
ignore = ["NS221"]
baseline = "known.json"
strict = true
cache = false

[tool.netspec.inputs]
data = [1, 3, 224, 224]
label = ["N", 1]

[tool.netspec.per-file-ignores]
"old/**" = ["NS302"]
"""


def written(folder: Path, text: str, name: str = "pyproject.toml") -> str:
    (folder / name).write_bytes(text.encode())
    return name


def test_every_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = WHOLE.replace(', "ns8"', "")
    found = read(written(tmp_path, text))
    assert found == Configuration(
        file="pyproject.toml",
        folder=str(tmp_path),
        lines=found.lines,
        paths=("models", "more"),
        exclude=("old", "*.pt"),
        phases=("TEST",),
        inputs={"data": (1, 3, 224, 224), "label": ("N", 1)},
        plugins=(os.path.join("layers", "mine.py"),),  # noqa: PTH118
        import_path=(os.path.join("..", "shared"),),  # noqa: PTH118
        select=("NS3",),
        extend_select=("NS2",),
        ignore=("NS221",),
        per_file_ignores={"old/**": ("NS302",)},
        baseline="known.json",
        strict=True,
        cache=False,
    )
    lines = text.splitlines()
    for name, line in found.lines.items():
        assert name in lines[line - 1]
    assert found.lines.keys() == KEYS.keys()


def test_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(written(tmp_path, 'strict = true\r\nignore = ["NS2"]\r\n', "netspec.toml")).lines["ignore"] == 2
    assert read(written(tmp_path, "", "netspec.toml")).strict is False


# text below [tool.netspec], what is said, the place, help
FAULTS: list[tuple[str, str, str, str | None]] = [
    ("exlude = []", "NS901: there is no key 'exlude'", "exlude = []", "did you mean exclude?"),
    ("paths = 'a'", 'NS902: paths takes a list of texts, as ["a", "b"]', "paths = 'a'", None),
    ("paths = [1]", 'NS902: paths takes a list of texts, as ["a", "b"]', "paths = [1]", None),
    ("exclude = ['[z-a]']", "NS902: exclude takes patterns of paths, and '[z-a]' is none", "exclude = ['[z-a]']", None),
    ("phases = ['VALID']", 'NS902: phases takes a list of phases, as ["TEST"]', "phases = ['VALID']", None),
    ("strict = 1", "NS902: strict takes true or false", "strict = 1", None),
    ("baseline = ''", "NS902: baseline takes a path", "baseline = ''", None),
    ("ignore = ['NS101']", "NS902: ignore takes codes, and NS101 cannot be ignored", "ignore = ['NS101']", None),
    ("select = ['X']", "NS902: select takes codes, and no code of a diagnostic begins with 'X'", "select", None),
    ("inputs = [1]", "NS902: inputs takes a table of shapes", "inputs = [1]", None),
    ("[tool.netspec.inputs]\ndata = [true]", "NS902: inputs.data takes a list of sizes", "data = [true]", None),
    ("inputs.data = []", "NS902: inputs.data takes a list of sizes", "inputs.data = []", None),
    ("per-file-ignores = { 'a' = 'NS2' }", "NS902: per-file-ignores.a takes a list of codes", "per-file-ign", None),
    ("x = [", "NS903: this is no TOML: ", "", None),
    ("x = 1\nx = 2", "NS903: this is no TOML: Cannot overwrite a value", "", None),
]


@pytest.mark.parametrize(("text", "said", "place", "help"), FAULTS, ids=[text for text, *_ in FAULTS])
def test_faults_are_shown_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str, place: str, help: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as caught:
        read(written(tmp_path, f"[tool.netspec]\n{text}\n"))
    (fault,) = caught.value.diagnostics
    assert f"{fault.code}: {fault.message}".startswith(said)
    (label,) = fault.labels
    assert label.source.name == "pyproject.toml"
    assert label.source.text[slice(*label.span)].startswith(place)
    assert help is None or fault.help == help


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = tmp_path / "netspec.toml"
    path.write_text("a = 1\nstrict = 2\nb = 3\n")
    with pytest.raises(SpecError) as caught:
        read(str(path))
    assert [d.code for d in caught.value.diagnostics] == ["NS901", "NS902", "NS901"]


@pytest.mark.parametrize("data", [b"\xff", b"a = " + b"[" * 100_000, b"#" * (5 << 20)])
def test_what_is_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "netspec.toml"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        read(str(path))
    assert [d.code for d in caught.value.diagnostics] == ["NS903"]


@pytest.mark.parametrize("value", ["3", "[]", '"x"'])
def test_no_table(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool]\nnetspec = {value}\n")
    with pytest.raises(SpecError) as caught:
        read(str(path))
    assert [d.code for d in caught.value.diagnostics] == ["NS902"]
