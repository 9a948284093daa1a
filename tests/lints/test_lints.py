"""What lints find, and what they leave alone. `~` before a code: it is optional, and asked for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from netspec.cli.settings import asked
from netspec.diagnostics.selection import EVERYTHING, Selection
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.lints import TABLE
from netspec.problems import catalogue
from netspec.problems.lints import PROBLEMS

DATA = "input data: [4, 3, 32, 32]\ninput label: [4]\n"
LEARN = (
    "ip = InnerProduct({0}) {{ num_output: 10 weight_filler {{ type: 'xavier' }} }}\nloss = SoftmaxWithLoss({1}, label)"
)
LOSS = LEARN.format("data", "ip")
FILLED = "{ num_output: 8 kernel_size: 3 pad: 1 weight_filler { type: 'msra' } }"
PHASES = """
layer {{ name: "a" type: "Data" top: "data" top: "label" include {{ phase: TRAIN }}
         data_param {{ source: "a" batch_size: 4 }} {0} }}
layer {{ name: "b" type: "Data" top: "data" top: "label" include {{ phase: TEST }}
         data_param {{ source: "b" batch_size: 4 }} {1} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param {{ num_output: 10 }} {2} }}
{3}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }}
"""
TWINS = """
block tower(x, n = 8) -> y {{ y = InnerProduct(x) {{ num_output: n {2} }} }}
input left: [4, 3]  input right: [4, 3]  input same: [4]
a = tower(left)
b = tower(right{0}) {1}
loss = ContrastiveLoss(a, b, same)
"""
UNUSED = "let a = 1\nlet b = a\nblock f(x, n, m = 2) -> y { y = Pooling(x) { kernel_size: n } }\n"

# The codes found, each with the text that its place covers.
CASES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "a result is needed": (DATA + "x = ReLU(data)\ny = TanH(data)\nz = Eltwise(x, data)", [("NS852", "label")]),
    "an input alone": ("input data: [1, 2]", []),
    "a part cut off": (
        "input data: [4, 6]\na, b = Slice(data) { axis: 1 }\ny = ReLU(a)",
        [("NS851", "b")],
    ),
    "a part kept from the results": ("input data: [4, 6]\na, b = Slice(data) { axis: 1 }\ny = ReLU(a)\nSilence(b)", []),
    "indices": ("input data: [1, 3, 8, 8]\na, i = Pooling(data) { kernel_size: 2 }\ny = ReLU(a)", [("NS851", "i")]),
    "losses need": (DATA + LOSS, []),
    "a layer beside the loss": (DATA + LOSS + "\ny = TanH(ip)", [("NS852", "y")]),
    "a result beside the loss": (DATA + LOSS + "\ny = Softmax(ip)", []),
    "a metric beside the loss": (DATA + LOSS + "\ny = Accuracy(ip, label)", []),
    "a branch": (
        DATA + LOSS + "\nx = TanH(ip)\ny = Sigmoid(x)\nz = TanH(y)\nw = AbsVal(y)",
        [("NS853", "z"), ("NS852", "w")],
    ),
    "a branch of three": (DATA + LOSS + "\nx = TanH(ip)\ny = AbsVal(x)\nz = TanH(y)", [("NS853", "z")]),
    "needed in TEST": (
        DATA + LOSS + "\nx = TanH(ip)\ntest { y = Accuracy(x, label) }\ntrain { s = EuclideanLoss(ip, ip) }",
        [],
    ),
    "names alike": (
        'input data: [1, 2]\n"Relu" = ReLU(data)\nrelu = TanH("Relu")',
        [("NS854", "relu")],
    ),
    "blobs alike": (
        'layer { name: "i" type: "Input" top: "x" input_param { shape { dim: 1 } } }\n'
        'layer { name: "a" type: "ReLU" bottom: "x" top: "X" }',
        [("NS854", 'top: "X"')],
    ),
    "unused names": (
        UNUSED + "input data: [1, 3, 8, 8]\ny = ReLU(data)",
        [("NS855", "b"), ("NS856", "f"), ("NS857", "m = 2")],
    ),
    "a library is for others": (UNUSED, [("NS855", "b"), ("NS857", "m = 2")]),
    "names in texts and templates": (
        'let n = 2\nlet k = 3\nblock f(x, i) -> y { layer { name: f"r{i}" type: "ReLU" bottom: "x" top: "y" } }\n'
        'input data: [n, 3]\n"y{1}" = f(data, k)'.replace('"y{1}"', "y"),
        [],
    ),
    "a let of a block": (
        "block f(x) -> y { let a = 3\n y = ReLU(x) }\ninput data: [1, 2]\ny = f(data)",
        [("NS855", "a")],
    ),
    "blocks that use each other alone": (
        "block f(x) -> y { y = g(x) }\nblock g(x) -> y { y = f(x) }\ninput data: [1, 2]\ny = ReLU(data)",
        [("NS856", "f"), ("NS856", "g")],
    ),
    "twins": (TWINS.format("", "", ""), [("NS859", "tower")]),
    "twins that share": (TWINS.format("", "{ share: a }", ""), []),
    "twins of two sizes": (
        TWINS.format(", 9", "", "").replace("loss = ContrastiveLoss(a, b, same)", "loss = Concat(a, b, same)"),
        [],
    ),
    "twins of one parameter": (TWINS.format("", "", "param { name: 'w' } param { name: 'v' }"), []),
    "a bias before BatchNorm": (
        "input data: [1, 3, 8, 8]\nx = Convolution(data) { num_output: 4 kernel_size: 3 }\n"
        "y = BatchNorm(x) | Scale | ReLU",
        [("~NS860", "num_output: 4")],
    ),
    "no bias before BatchNorm": (
        "input data: [1, 3, 8, 8]\nx = Convolution(data) { num_output: 4 kernel_size: 3 bias_term: false }\n"
        "y = BatchNorm(x) | Scale | ReLU",
        [],
    ),
    "a bias before a mean that is kept": (
        "input data: [1, 3, 8, 8]\nx = Convolution(data) { num_output: 4 kernel_size: 3 }\n"
        "y = BatchNorm(x) { use_global_stats: true } | Scale | ReLU",
        [],
    ),
    "a bias that is read elsewhere": (
        "input data: [1, 3, 8, 8]\nx = Convolution(data) { num_output: 4 kernel_size: 3 }\n"
        "y = BatchNorm(x) | Scale\nz = Eltwise(x, y)",
        [],
    ),
    "BatchNorm without Scale": (
        "input data: [1, 3, 8, 8]\nx = BatchNorm(data) | Scale | ReLU\ny = BatchNorm(x) | Scale | ReLU\n"
        "z = BatchNorm(y) | ReLU",
        [("NS861", "z")],
    ),
    "no Scale at all": (
        "input data: [1, 3, 8, 8]\nx = BatchNorm(data) | ReLU\ny = BatchNorm(x) | ReLU",
        [("NS861", "x")],
    ),
    "no Scale in a deployed prototxt": (
        """layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
        layer { name: "bn" type: "BatchNorm" bottom: "data" top: "x" }
        layer { name: "relu" type: "ReLU" bottom: "x" top: "y" }""",
        [],
    ),
    "BatchNorm before what scales": (
        "input data: [1, 3, 8, 8]\nx = BatchNorm(data)\ny = Convolution(x) { num_output: 2 kernel_size: 1 }",
        [],
    ),
    "statistics of the batch": (
        "input data: [1, 3, 8, 8]\nx = BatchNorm(data) { use_global_stats: false } | Scale",
        [("~NS862", "use_global_stats: false")],
    ),
    "statistics of the batch to learn": (
        DATA + "x = BatchNorm(data) { use_global_stats: false } | Scale\n" + LEARN.format("x", "ip"),
        [],
    ),
    "Softmax twice": (DATA + LEARN.format("data", "p").replace("loss", "p = Softmax(ip)\nloss"), [("NS863", "p")]),
    "Sigmoid twice": (
        "input data: [4, 3]\ninput label: [4, 3]\nx = Sigmoid(data)\nloss = SigmoidCrossEntropyLoss(x, label)",
        [("NS863", "x")],
    ),
    "ReLU before the loss": (DATA + LEARN.format("data", "r").replace("loss", "r = ReLU(ip)\nloss"), [("NS864", "r")]),
    "ReLU and Dropout before the loss": (
        DATA + LEARN.format("data", "r").replace("loss", "r = ReLU(ip) | Dropout\nloss"),
        [("NS864", "r")],
    ),
    "a ReLU with a slope": (
        DATA + LEARN.format("data", "r").replace("loss", "r = ReLU(ip) { negative_slope: 0.1 }\nloss"),
        [],
    ),
    "a window behind the end": (
        "input data: [1, 3, 8, 8]\nx = Pooling(data) { kernel_size: 1 stride: 4 pad: 0 }\n"
        "y = Pooling(data) { kernel_size: 1 stride: 5 }",
        [("NS865", "stride: 4"), ("NS865", "stride: 5")],
    ),
    "a pad for a kernel of 1": (
        "input data: [1, 3, 8, 8]\nx = Convolution(data) { num_output: 1 kernel_size: 1 pad: 1 }",
        [("NS865", "pad: 1")],
    ),
    "a frame": ("input data: [1, 3, 8, 8]\nx = Convolution(data) { num_output: 1 kernel_size: 3 pad: 100 }", []),
    "a size of a name": ("input data: [1, 3, H, W]\nx = Pooling(data) { kernel_size: 2 stride: 2 }", []),
    "a filler forgotten": (
        DATA
        + f"a = Convolution(data) {FILLED}\nb = Convolution(a) {{ num_output: 2 kernel_size: 1 }}\n"
        + LEARN.format("b", "ip"),
        [("NS866", "b")],
    ),
    "trained weights": (
        DATA
        + "a = Convolution(data) { num_output: 2 kernel_size: 1 }\n"
        + "b = Convolution(a) { num_output: 2 kernel_size: 1 }\n"
        + LEARN.format("b", "ip"),
        [],
    ),
    "weights that are kept": (
        DATA
        + f"a = Convolution(data) {FILLED}\n"
        + "b = Convolution(a) { num_output: 2 kernel_size: 1 param { lr_mult: 0 } }\n"
        + LEARN.format("b", "ip"),
        [],
    ),
    "the phases agree": (PHASES.format("", "", "", ""), []),
    "parameters in TEST alone": (
        PHASES.format(
            "",
            "",
            "include { phase: TRAIN }",
            'layer { name: "ipt" type: "InnerProduct" bottom: "data" top: "ip" include { phase: TEST }\n'
            "inner_product_param { num_output: 10 } }",
        ),
        [("NS867", 'name: "ipt"')],
    ),
    "parameters of other sizes": (
        PHASES.format(
            "",
            "",
            "include { phase: TRAIN }",
            'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" include { phase: TEST }\n'
            "inner_product_param { num_output: 12 } }",
        ),
        [("NS867", 'name: "ip"')],
    ),
    "images of another scale": (
        PHASES.format("transform_param { scale: 0.1 }", "", "", ""),
        [("NS868", 'name: "b"')],
    ),
    "images without the mean": (
        PHASES.format("transform_param { mean_value: 9 }", "transform_param { crop_size: 8 }", "", ""),
        [("NS868", 'name: "b"')],
    ),
    "other crops": (PHASES.format("transform_param { mirror: true }", "transform_param { crop_size: 8 }", "", ""), []),
    "Dropout in use": ("input data: [1, 3]\nx = Dropout(data)\ny = ReLU(x)", [("~NS869", "x")]),
    "a format of old": ('input: "x" input_dim: [1, 3, 8, 8]', [("~NS870", "input")]),
    "a name of old": (
        "input data: [1, 4]\na, b = Slice(data) { slice_dim: 1 }\nx = Concat(a, b) { axis: 1 }",
        [("~NS871", "slice_dim")],
    ),
    "Dropout to learn": (DATA + "x = Dropout(data)\n" + LEARN.format("x", "ip"), []),
    "a net with errors": ("let a = 1\ninput data: [1, 3]\nx = Dropout(dat)", []),
}
LISTED = [code for lint in TABLE for code in lint.codes.split()]
OPTIONAL = [code for lint in TABLE if lint.optional for code in lint.codes.split()]


def lints(text: str, *wanted: str) -> list[tuple[str, str]]:
    found = check_source(Source("a.net", text), lints=wanted)
    return [(d.code, d.labels[0].source.text[slice(*d.labels[0].span)]) for d in found if d.code in LISTED]


@pytest.mark.parametrize(("text", "wanted"), CASES.values(), ids=CASES)
def test_found(text: str, wanted: list[tuple[str, str]]) -> None:
    asked = [(code.strip("~"), place) for code, place in wanted]
    assert [(code, place.split("\n")[0]) for code, place in lints(text, *OPTIONAL)] == asked
    assert lints(text) == [(code, place) for code, place in asked if code not in OPTIONAL]


def test_every_code_has_a_case() -> None:
    shown = {code.strip("~") for _, wanted in CASES.values() for code, _ in wanted}
    assert shown == {*LISTED} - {"NS858"}


def test_the_table_and_the_kinds_agree() -> None:
    kinds = catalogue()
    assert LISTED == [kind.code for kind in PROBLEMS] == sorted(LISTED)
    assert [code for code in LISTED if kinds[code].optional] == OPTIONAL
    assert asked(EVERYTHING) == ()
    assert asked(Selection(extend=("NS860",))) == ("NS860",)
    assert asked(Selection(select=("NS86",), ignore=("NS869",))) == ("NS860", "NS862")


def test_imports(tmp_path: Path) -> None:
    (tmp_path / "b.net").write_text("block f(x) -> y { y = ReLU(x) }\nblock g(x) -> y { y = TanH(x) }")
    (tmp_path / "c.net").write_text('import "b.net"')
    body = "\ninput data: [1, 2]\ny = f(data)"

    def found(text: str) -> list[tuple[str, str]]:
        source = Source(str(tmp_path / "a.net"), text + body, tmp_path)
        return [(d.code, source.text[slice(*d.labels[0].span)]) for d in check_source(source)]

    assert found('import "b.net"') == found('import "c.net"') == found('import f from "b.net"') == []
    assert found('import f, g from "b.net"') == [("NS858", "g")]
    text, body = 'import "b.net"', "\ninput data: [1, 2]\ny = ReLU(data)"
    assert found(text) == [("NS858", text)]
    assert check_source(Source(str(tmp_path / "c.net"), 'import "b.net"', tmp_path)) == []


def test_one_phase_alone_says_nothing_of_the_other() -> None:
    text = DATA + LOSS + "\nx = TanH(ip)\ntest { y = Accuracy(x, label) }\ntrain { s = EuclideanLoss(ip, ip) }"
    assert check_source(Source("a.net", text), "TRAIN") == []


def test_a_fault_of_a_block_is_told_once() -> None:
    text = "block f(x) -> y { y = Convolution(x) { num_output: 3 kernel_size: 1 pad: 1 } }\ninput data: [1, 3, 8, 8]\n"
    (found,) = check_source(Source("a.net", text + "repeat i in 1..3 { data = f(data) }"))
    assert "and in 2 others" in found.labels[1].text


def test_time_is_linear() -> None:
    """Of layers in a row, and of the tops of one layer."""

    def seconds(text: str) -> float:
        begin = time.process_time()
        check_source(Source("a.net", text))
        return time.process_time() - begin

    def tops(n: int) -> str:
        return f"input data: [1, {n}]\n{', '.join(f'x{i}' for i in range(n))} = Slice(data)\ny = ReLU(x0)"

    few, many = seconds(tops(500)), seconds(tops(4000))
    assert many < 24 * few + 0.5
