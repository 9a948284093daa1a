"""What a baseline accepts, and that it tells a fault from another whatever line it stands on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from netspec.config import baseline
from netspec.config.fingerprint import Fingerprint, Outlines
from netspec.diagnostics import Diagnostic, SpecError
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

NET = """\
input data: [1, 3, 8, 8]
conv = Convolution(data) { num_output: 4 kernel_size: 9 }
block wide(x) -> y {
  y = Convolution(x) {
    num_output: 4 kernel_size: 9
    weight_filler { type: "xavier" }
  }
}
a = wide(data)
expect a: [1, 4]
repeat i in 1..2 { r = Relu(data) }
"""
PROTOTXT = """\
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 4 kernel_size: 9 } name: "c" }
layer { name: "r" type: "Relu" bottom: "c" top: "r" }
layer { name: "r" type: "Relu" bottom: "c" top: "s" }
"""


def found(text: str, name: str = "a.net") -> list[Diagnostic]:
    return check_source(Source(name, text))


def marks(text: str) -> list[Fingerprint]:
    outlines = Outlines()
    return [outlines.of(diagnostic, "a.net") for diagnostic in found(text)]


def test_where_a_fault_is_by_names() -> None:
    assert [(m.code, m.at, m.text) for m in marks(PROTOTXT)] == [
        ("NS302", "layer c / convolution_param / kernel_size", "kernel_size: 9"),
        ("NS208", "layer r / type", 'type: "Relu"'),
        ("NS221", "layer r / name", 'name: "r"'),
        ("NS208", "layer r / type", 'type: "Relu"'),
    ]
    assert {(m.code, m.at) for m in marks(NET)} == {
        ("NS302", "conv / Convolution / kernel_size"),
        ("NS302", "block wide / y / Convolution / kernel_size"),
        ("NS208", "repeat i / r / Relu"),
    }


MOVES: list[tuple[str, str, int]] = [  # of a text, what is replaced by what, how many are new
    ("input", "# a remark\n\ninput", 0),
    ("{ num_output: 4 kernel_size: 9 }", "{\n  num_output: 4\n  kernel_size:   9\n}", 0),
    ("num_output: 4 kernel_size: 9 }", "num_output: 5 kernel_size: 9 }", 0),
    ("[1, 3, 8, 8]", "[1, 3, 7, 7]", 0),
    ("conv = ", "other = ", 1),
    ("kernel_size: 9 }", "kernel_size: 10 }", 1),
    ("repeat i", "again = Relu(data)\nrepeat i", 1),
]


@pytest.mark.parametrize(("old", "new", "count"), MOVES)
def test_what_is_new(old: str, new: str, count: int) -> None:
    assert old in NET
    outlines = Outlines()
    accepted = baseline.of(found(NET), "a.net", outlines)
    left, _ = baseline.new(found(NET.replace(old, new, 1)), "a.net", accepted, outlines)
    assert len(left) == count


def test_of_equal_ones_as_many_as_there_were() -> None:
    outlines = Outlines()
    accepted = baseline.of(found(PROTOTXT), "a.net", outlines)
    once_more = PROTOTXT + PROTOTXT.splitlines()[-1].replace('"s"', '"t"')
    assert [d.code for d in baseline.new(found(once_more), "a.net", accepted, outlines)[0]] == ["NS221", "NS208"]
    once_less = "\n".join(PROTOTXT.splitlines()[:-1])
    left, gone = baseline.new(found(once_less), "a.net", accepted, outlines)
    assert (left, gone.total()) == ([], 2)


def test_what_cannot_be_read_is_not_accepted() -> None:
    broken = PROTOTXT + "layer { name"
    outlines = Outlines()
    accepted = baseline.of(found(broken), "a.net", outlines)
    assert "NS208" in {mark.code for mark in accepted} and "NS1" not in {mark.code[:3] for mark in accepted}
    assert {d.code[:3] for d in baseline.new(found(broken), "a.net", accepted, outlines)[0]} == {"NS1"}


def test_it_is_written_and_read(tmp_path: Path) -> None:
    path = str(tmp_path / "known.json")
    outlines = Outlines()
    accepted = {"b.net": baseline.of(found(NET), "b.net", outlines), "a.net": Counter[Fingerprint]()}
    baseline.save(path, accepted)
    assert baseline.read(path) == {"b.net": accepted["b.net"]}
    first = Path(path).read_bytes()
    baseline.save(path, accepted)
    assert Path(path).read_bytes() == first


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "accepted": {}}', '{"version": 1, "accepted": {"a": [{}]}}', "[" * 99999]
)
def test_what_is_none_is_told_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    calls: Sequence[object] = (lambda: baseline.read(str(path)), lambda: baseline.save(str(path), {}))
    for call in calls:
        with pytest.raises(SpecError) as caught:
            call()  # type: ignore[operator]
        assert [d.code for d in caught.value.diagnostics] == ["NS907"]
    assert path.read_text() == text


def test_it_holds_names_from_its_folder_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert baseline.name_in("../known.json", "a.net") == "deep/a.net"
    assert baseline.name_in("known.json", "a.net") == "a.net"
    assert json.loads(json.dumps(baseline.name_in("known.json", "../a.net"))) == (tmp_path / "a.net").as_posix()
