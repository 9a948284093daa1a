"""Fixes: each against the text mended by hand, in which no other byte differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netspec.diagnostics import Diagnostic, errors
from netspec.diagnostics.fix import Edit, Fix, applied, cut, swap
from netspec.diagnostics.mend import mended
from netspec.diagnostics.source import Source, Span
from netspec.diagnostics.suggest import sure
from netspec.frontend.load import check_source
from netspec.host.record import recalled, recorded
from tests.cli.conftest import Netspec

HEAD = '# made by hand\nlayer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 3, 8, 8] } } }\n'
FULL = HEAD + (
    'layer { name: "conv1"  type: "Convolution" bottom: "data" top: "conv1" # the first\n'
    "        convolution_param { num_output: 2   kernel_size: 3 weight_filler { type: 'xavier' } } }\n"
    'layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { pool: AVE kernel_size: 2 } }\n'
    'layer { name: "sum" type: "Eltwise" bottom: "conv1" bottom: "conv1" top: "sum" }\n'
)
SOLVER = """net: "net.prototxt"
base_lr: 0.1  # at first
lr_policy: "inv"  gamma: 0.1 power: 0.75
type: "Nesterov" momentum: 0.9
regularization_type: "L1" weight_decay: 0.1
test_initialization: false
"""
SHORT = (
    "let channels = 4  # of all\nblock unit(x, n) -> y {\n"
    "\ty = Convolution(x) { num_output: n kernel_size: 3 } | ReLU\n}\n"
    "input data: [1, 3, 8, 8]\na = unit(data, channels)\nb = Pooling(a) { kernel_size: 2 }\n"
)
TRAIN = (
    'input: "data" input_shape { dim: 4 dim: 3 }\ninput: "label" input_shape { dim: 4 }\n'
    'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }\n'
    'layer {\n  name: "prob"\n  type: "Softmax"\n  bottom: "ip"\n  top: "prob"\n}\n'
    'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }  # the end\n'
)
# What is right, the piece of it that is wrong, and how it is written there.
SAFE: dict[str, tuple[str, str, str]] = {
    "a field": (FULL, "num_output", "num_ouput"),
    "a field of a layer": (FULL, 'bottom: "data"', 'botom: "data"'),
    "a message": (FULL, "pooling_param", "poling_param"),
    "a message within": (FULL, "weight_filler", "weigth_filler"),
    "a type": (FULL, '"Pooling"', '"Poolling"'),
    "a type in another case": (FULL, '"Eltwise"', '"ELTWISE"'),
    "an enum value": (FULL, "AVE", "AVEE"),
    "an enum value in lower case": (FULL, "AVE", "ave"),
    "an enum value in quotes": (FULL, "AVE", '"AVE"'),
    "a filler": (FULL, "'xavier'", "'xavir'"),
    "a filler in another case": (FULL, "'xavier'", "'Xavier'"),
    "a type without quotes": (FULL, '"Eltwise"', "Eltwise"),
    "a type of V1": (FULL, '"Convolution"', "CONVOLUTION"),
    "a type of V1 in quotes": (TRAIN.replace('"Softmax"', '"Sigmoid"'), '"SoftmaxWithLoss"', '"SOFTMAX_LOSS"'),
    "a truth": (FULL.replace("num_output: 2", "num_output: 2 bias_term: true"), "true", "ture"),
    "a blob": (FULL, 'bottom: "conv1" top: "pool1"', 'bottom: "cnov1" top: "pool1"'),
    "a blob that is read twice": (FULL, 'bottom: "conv1" bottom: "conv1"', 'bottom: "conv_1" bottom: "conv_1"'),
    "a comma": (FULL, "[1, 3, 8, 8]", "[1, 3 8, 8]"),
    "commas": (FULL, "[1, 3, 8, 8]", "[1 3 8 8]"),
    "a colon": (FULL, 'type: "Eltwise"', 'type "Eltwise"'),
    "a field of a short layer": (SHORT, "kernel_size: 2", "kernal_size: 2"),
    "a field in a block": (SHORT, "num_output: n", "num_outputs: n"),
    "a constant": (SHORT, "unit(data, channels)", "unit(data, chanels)"),
    "a blob by its name": (SHORT, "unit(data", "unit(daat"),
    "a block": (SHORT, "a = unit", "a = uint"),
    "a type in a pipe": (SHORT, "| ReLU", "| Relu"),
}
UNSAFE: dict[str, tuple[str, str, str]] = {
    "a let": (SHORT, "input data", "let other = 3\ninput data"),
    "a block": (SHORT, "input data", "block no(x) -> y { y = ReLU(x) }\ninput data"),
    "a softmax": (TRAIN, '"SoftmaxWithLoss" bottom: "ip"', '"SoftmaxWithLoss" bottom: "prob"'),
    "a layer": (TRAIN, "layer {\n", 'layer { name: "x" type: "TanH" bottom: "ip" top: "x" }\nlayer {\n'),
    "a branch": (
        TRAIN,
        "layer {\n",
        'layer { name: "x" type: "TanH" bottom: "ip" top: "x" }\n'
        'layer { name: "y" type: "AbsVal" bottom: "x" top: "y" }\n'
        "layer {\n",
    ),
}
# What stays as it is: there is no one answer.
LEFT = (
    FULL.replace('bottom: "conv1" top: "pool1"', 'bottom: "conv2" top: "pool1"'),  # a digit is no slip
    FULL.replace('"Pooling"', '"LocalPool"'),
    FULL.replace("kernel_size: 2", "kernel: 2"),  # what others call it is no misspelling
    FULL.replace("AVE", "MEAN"),
    SHORT.replace("unit(data", "unit(x"),
    FULL.replace("num_output: 2", "num_output: two"),
)


def after(text: str, unsafe: bool = False) -> str:
    def wanted(found: Diagnostic) -> bool:
        return found.fix is not None and (found.fix.safe or unsafe)

    return mended(Source("a.net", text), check_source, wanted).text


@pytest.mark.parametrize(("right", "piece", "wrong"), SAFE.values(), ids=SAFE)
def test_safe(right: str, piece: str, wrong: str) -> None:
    text = right.replace(piece, wrong, 1)
    assert errors(check_source(Source("a.net", text)))
    assert after(text) == right
    assert not errors(check_source(Source("a.net", right)))


@pytest.mark.parametrize(
    ("piece", "wrong"),
    [
        ('"Nesterov"', '"Nestrov"'),
        ('"inv"', '"INV"'),
        ('"L1"', '"l1"'),
        ("false", "flase"),
        ("base_lr", "bas_lr"),
        ('type: "Nesterov"', "solver_type: NESTEROV"),
        ('type: "Nesterov"', "solver_type: 1"),
    ],
)
def test_solvers(piece: str, wrong: str, tmp_path: Path, netspec: Netspec) -> None:
    (tmp_path / "net.prototxt").write_text(TRAIN)
    solver = tmp_path / "solver.prototxt"
    solver.write_text(SOLVER.replace(piece, wrong, 1))
    assert netspec("check", "--fix", "--extend-select", "NS871", str(solver))[0] == 0
    assert solver.read_text() == SOLVER


def test_old_formats_where_they_are_asked_for(tmp_path: Path, netspec: Netspec) -> None:
    old = 'layers { name: "d" type: DUMMY_DATA top: "d" dummy_data_param { shape { dim: 1 } } }\n'
    spec = tmp_path / "a.prototxt"
    spec.write_text(old)
    assert netspec("check", "--diff", str(spec)) == (0, "", "")
    status, out, _ = netspec("check", "--diff", "--extend-select", "NS870", str(spec))
    assert status == 1 and '\n+layer { name: "d" type: "DummyData" top' in out and spec.read_text() == old


@pytest.mark.parametrize(("right", "piece", "wrong"), UNSAFE.values(), ids=UNSAFE)
def test_unsafe(right: str, piece: str, wrong: str) -> None:
    text = right.replace(piece, wrong, 1)
    assert after(text) == text
    assert after(text, unsafe=True) == right


@pytest.mark.parametrize("text", LEFT)
def test_left_alone(text: str) -> None:
    assert errors(check_source(Source("a.net", text)))
    assert after(text) == text


def test_one_fault_shows_the_next() -> None:
    text = FULL.replace('"Convolution"', '"Convolutoin"').replace("num_output", "num_ouput").replace("AVE", "ave")
    assert after(text) == FULL


def test_what_would_make_another_fault_is_not_made() -> None:
    """The type that is meant refuses what the layer says."""
    text = FULL.replace('"Eltwise"', '"Eltwize"').replace("[1, 3, 8, 8]", "[1, 3 8, 8]")
    text = text.replace('top: "sum"', 'top: "sum" eltwise_param { coeff: 1 }')
    assert after(text) == text.replace("3 8,", "3, 8,")


@pytest.mark.parametrize(
    ("name", "candidates", "meant"),
    [
        ("conv", ["conv1", "data"], None),  # digits differ
        ("cnov1", ["conv1", "conv2"], "conv1"),
        ("pool", ["poll", "pol"], None),  # two are as near
        ("relu", ["ReLU", "rely"], "ReLU"),
        ("num_ouptut", ["num_output"], "num_output"),
        ("kernal_siez", ["kernel_size"], "kernel_size"),
        ("ab", ["abc"], None),  # too short to tell
        ("stride", ["strides", "side"], "strides"),
        ("bias", ["dilation"], None),
    ],
)
def test_sure(name: str, candidates: list[str], meant: str | None) -> None:
    assert sure(name, candidates) == meant


def test_applied() -> None:
    text = "one two three"
    assert applied(text, [swap(0, "one", "1"), swap(8, "three", "3")]) == ("1 two 3", 2)
    assert applied(text, [swap(0, "one", "1"), swap(0, "one two", "2")]) == ("1 two three", 1)
    assert applied(text, [swap(0, "two", "2")]) == (text, 0)  # what it replaces does not stand there
    both = Fix((Edit(Span(0, 3), "one", "1"), Edit(Span(4, 7), "tow", "2")))
    assert applied(text, [both]) == (text, 0)  # all of a fix or none
    assert applied(text, [swap(0, "one", "1")] * 2) == ("1 two three", 1)


@pytest.mark.parametrize(
    ("text", "piece", "left"),
    [("a\n  b\nc", "b", "a\nc"), ("a b c", "b", "a  c"), ("a\nb", "b", "a\n"), ("a\nb # why\nc", "b", "a\n # why\nc")],
)
def test_cut(text: str, piece: str, left: str) -> None:
    at = text.index(piece)
    edit = cut(text, Span(at, at + len(piece)))
    assert applied(text, [Fix((edit,))])[0] == left


def test_fixes_are_kept_with_what_is_found() -> None:
    source = Source("a.net", FULL.replace("AVE", "ave"))
    found = check_source(source)
    values = json.loads(json.dumps(recorded(found, {source.name: source.text})))
    assert found[0].fix and list(recalled(values, {source.name: source})) == found


# The command line.


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "wrong.net"
    path.write_bytes(FULL.replace("AVE", "ave").replace("\n", "\r\n").encode())
    return path


def test_fix_writes_the_file(wrong: Path, netspec: Netspec) -> None:
    result = netspec("check", "--fix", "wrong.net")
    assert result == (0, "no problems in 1 file\n", "wrong.net: 1 fault fixed\n")
    assert wrong.read_bytes() == FULL.replace("\n", "\r\n").encode()
    assert netspec("check", "--fix", "wrong.net") == (0, "no problems in 1 file\n", "")


def test_diff_writes_nothing(wrong: Path, netspec: Netspec) -> None:
    before = wrong.read_bytes()
    status, out, _ = netspec("check", "--diff", "wrong.net")
    assert status == 1 and out.startswith("--- wrong.net\n+++ wrong.net\n") and wrong.read_bytes() == before
    wrong.write_text(FULL)
    assert netspec("check", "--diff", "wrong.net") == (0, "", "")


def test_what_is_ignored_is_not_mended(wrong: Path, netspec: Netspec) -> None:
    before = wrong.read_bytes()
    netspec("check", "--fix", "--ignore", "NS205", "wrong.net")
    assert wrong.read_bytes() == before


def test_imported_files_are_left_alone(wrong: Path, netspec: Netspec) -> None:
    blocks = "block f(x) -> y { y = Pooling(x) { kernal_size: 2 } }\n"
    (wrong.parent / "b.net").write_text(blocks)
    (wrong.parent / "a.net").write_text('import "b.net"\ninput data: [1, 3, 8, 8]\ny = f(data)\n')
    netspec("check", "--fix", "a.net")
    assert (wrong.parent / "b.net").read_text() == blocks
    netspec("check", "--fix", "a.net", "b.net")
    assert (wrong.parent / "b.net").read_text() == blocks  # nothing is wrong with it until it is used


@pytest.mark.parametrize("options", [("--fix", "-"), ("--diff", "-"), ("--unsafe-fixes", "wrong.net")])
def test_usage(wrong: Path, netspec: Netspec, options: tuple[str, ...]) -> None:
    assert netspec("check", *options)[0] == 2


def test_forms_for_programs_have_them(wrong: Path, netspec: Netspec) -> None:
    (found,) = json.loads(netspec("check", "--format", "json", "wrong.net")[1])
    (edit,) = found["fix"]["edits"]
    assert found["fix"]["safe"] and edit["text"] == "AVE" and edit["line"] == 5
    sarif = json.loads(netspec("check", "--format", "sarif", "wrong.net")[1])
    (fix,) = sarif["runs"][0]["results"][0]["fixes"]
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    region = replacement["deletedRegion"]
    assert replacement["insertedContent"] == {"text": "AVE"} and region["startLine"] == region["endLine"] == 5


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("layer { a }  # netspec: ignore[NS302]\n", "layer { a }\n"),
        ("# netspec: ignore[NS302]\nlayer { a }\n", "layer { a }\n"),
        ("layer { a }  # netspec: ignore[NS302, NS301]\n", "layer { a }\n"),
        ("layer { a }\t# netspec: ignore[NS222, NS302]  # known\n", "layer { a }\t# netspec: ignore[NS222]  # known\n"),
        ("layer { a }  # netspec: ignore[NS302 , NS222]\n", "layer { a }  # netspec: ignore[NS222]\n"),
    ],
)
def test_a_comment_that_ignores_nothing_goes(written: str, left: str, tmp_path: Path, netspec: Netspec) -> None:
    """NS222, where there is something to ignore: a field that a filler does not read."""
    odd = "weight_filler { type: 'constant' std: 1 } " if "NS222" in written else ""
    body = f"convolution_param {{ num_output: 1 kernel_size: 3 {odd}}}"
    head = 'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: [1, 3, 8, 8] } } }\n'
    layer = f'layer {{ name: "c" type: "Convolution" bottom: "d" top: "c" {body} }}'
    spec = tmp_path / "a.prototxt"
    spec.write_text(head + written.replace("layer { a }", layer), encoding="utf-8")
    netspec("check", "--fix", str(spec))
    assert spec.read_text(encoding="utf-8") == head + left.replace("layer { a }", layer)
