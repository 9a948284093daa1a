"""docs/wild.py: what it says of each net of a folder."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SOUND = """layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: 2 } }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 3 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }
"""
FAULTY = SOUND.replace('bottom: "data"', 'bottom: "dta|x"')
MEANINGLESS = SOUND.replace("num_output: 3", "num_output: 3 weight_filler { type: 'blob_proto' }")
NO_NET = "base_lr: 0.01\nmomentum: 0.9\n"


@pytest.fixture(scope="module")
def wild() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wild", ROOT / "docs/wild.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "line", "code", "words"),
    [
        (SOUND, 0, "", ""),
        (FAULTY, 2, "NS209", 'no layer above writes "dta|x"'),
        (MEANINGLESS, 2, "NS401", "blob_proto"),
        (SOUND.replace("}\nlayer", "}\nlayer {", 1), 3, "NS", ""),
    ],
)
def test_the_fate_of_a_net(wild: ModuleType, tmp_path: Path, text: str, line: int, code: str, words: str) -> None:
    path = tmp_path / "deep" / "one.prototxt"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    fate = wild.tried(path, tmp_path)
    assert fate.path == "deep/one.prototxt"
    assert fate.code.startswith(code) and bool(fate.code) is bool(code) and words in fate.message
    assert fate.line == line or code == "NS"


def test_what_is_no_net_is_not_counted(wild: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "solver.prototxt"
    path.write_text(NO_NET, encoding="utf-8")
    assert wild.tried(path, tmp_path) is None


def test_the_page(wild: ModuleType) -> None:
    fates = [wild.Fate("good.net", 0, "", ""), wild.Fate("bad.net", 7, "NS209", 'no layer writes "a_b|c"')]
    text = "\n".join(wild.page(fates))
    assert text.startswith("1 of 2 nets check clean and compile.")
    assert '| bad.net | 7 | NS209: no layer writes "a\\_b\\|c" |' in text
    assert "good.net" not in text


def test_every_fault_has_a_reason_and_each_reason_a_table(wild: ModuleType) -> None:
    """Those of one reason stand together, in the order of the reasons; of what fits none, that is said."""
    said = [
        ("a.net", "NS208", "there is no layer type"),
        ("b.net", "NS204", 'num_output: expected an integer, found "cls3x"'),
        ("c.net", "NS204", "num_output: expected an integer"),
        ("d.net", "NS208", "there is no layer type"),
    ]
    lines = list(wild.page([wild.Fate(path, 1, code, message) for path, code, message in said]))
    heads = [line for line in lines if line.startswith("## ")]
    assert [head[:5] for head in heads] == ["## 1:", "## 2:", "## 1:"]
    assert "A template" in heads[0] and "--allow-unknown" in heads[1] and heads[2].endswith(wild.OTHER)
    rows = [line[2:7] for line in lines if line.startswith("| ") and ".net" in line]
    assert rows == ["b.net", "a.net", "d.net", "c.net"]


def test_which_files_are_tried(wild: ModuleType, tmp_path: Path) -> None:
    for name in ("b.net", "a.prototxt", "c.txt", "d.pt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert [path.name for path in wild.nets(tmp_path)] == ["a.prototxt", "b.net", "d.pt"]
    (tmp_path / "INDEX.tsv").write_text("path\tkind\nb.net\tnet\nd.pt\tsolver\nmissing.net\tnet\n", encoding="utf-8")
    assert [path.name for path in wild.nets(tmp_path)] == ["b.net"]
