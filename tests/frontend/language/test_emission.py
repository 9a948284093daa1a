"""Nets with blocks, on their way to code."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from tests.frontend.language.lines import DATA

BLOCKS = """\
name: "small"
input data: [2, 3, 8, 8]
let widths = [4, 6]
block unit(x, channels, stride = 1) -> y {
  conv = Convolution(x) { num_output: channels  kernel_size: 3  pad: 3 / 2  stride: stride
                          weight_filler { type: "msra" } }
  bn = BatchNorm(conv)
  y = Scale(bn) { bias_term: true } | ReLU
}
x = data
repeat n in widths { x = unit(x, n, stride = n / 3) { name: f"unit{n}" } }
train { x = Dropout(x) { dropout_ratio: 0.3 } }
short = Convolution(data) { num_output: 6  kernel_size: 1  stride: 2 }
fc = Eltwise(x, short) | InnerProduct { num_output: 5 }
prob = Softmax(fc)
expect prob: [2, 5]
"""


def _unit(name: str, bottom: str, channels: int, stride: int) -> str:
    return f"""\
layer {{ name: "{name}/conv" type: "Convolution" bottom: "{bottom}" top: "{name}/conv"
  convolution_param {{ num_output: {channels} kernel_size: 3 pad: 1 stride: {stride}
    weight_filler {{ type: "msra" }} }} }}
layer {{ name: "{name}/bn" type: "BatchNorm" bottom: "{name}/conv" top: "{name}/bn" }}
layer {{ name: "{name}/y" type: "Scale" bottom: "{name}/bn" top: "{name}/y" scale_param {{ bias_term: true }} }}
layer {{ name: "{name}/y/relu" type: "ReLU" bottom: "{name}/y" top: "{name}/y" }}
"""


PLAIN = (
    """\
name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
"""
    + _unit("unit4", "data", 4, 1)
    + _unit("unit6", "unit4/y", 6, 2)
    + """\
layer { name: "x/dropout" type: "Dropout" bottom: "unit6/y" top: "unit6/y" dropout_param { dropout_ratio: 0.3 }
  include { phase: TRAIN } }
layer { name: "short" type: "Convolution" bottom: "data" top: "short"
  convolution_param { num_output: 6 kernel_size: 1 stride: 2 } }
layer { name: "fc" type: "Eltwise" bottom: "unit6/y" bottom: "short" top: "fc" }
layer { name: "fc/innerproduct" type: "InnerProduct" bottom: "fc" top: "fc/innerproduct"
  inner_product_param { num_output: 5 } }
layer { name: "prob" type: "Softmax" bottom: "fc/innerproduct" top: "prob" }
"""
)

# Names that would do harm as they are: in Python, in a terminal, in a comment.
NAMES = r"""
input data: [1, 2]
let quote = "'\"'''\"\"\""
let evil = "__import__('os').system('exit 3')\n#{x}\\"
block b(x, n) -> y { y = Power(x) { name: n  scale: 2 } }
a = b(data, quote) { name: "a\n\033[31m" }
c = b(a, evil + quote) { name: f"{quote}{{}}\r\t\\" }
f"{evil}\342\200\256" = Power(c) { name: "\n\n)\n(" }
import_ = Power(f"{evil}\342\200\256") { name: "class def lambda" }
name: "\"\"\" + __import__('os').system('exit 3') + \"\"\""
"""


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_blocks_are_emitted_as_their_twin(backend: str, phase: str) -> None:
    made, twin = (netspec.load_text(text, phase=phase) for text in (BLOCKS, PLAIN))
    assert netspec.emit(made, backend, flat=True) == netspec.emit(twin, backend)


def test_blocks_verify() -> None:
    assert netspec.verify(netspec.load_text(BLOCKS)).ok


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_harmful_names_reach_code_as_names(backend: str) -> None:
    model = netspec.build(netspec.load_text(NAMES), backend)
    (result,) = model.forward({"data": np.ones((1, 2))}).values()
    assert np.array_equal(result, np.full((1, 2), 4.0))


def test_harmful_names_are_shown_as_they_are() -> None:
    from netspec.diagnostics.render import human

    text = (
        DATA
        + 'let n = "\\033[31m\\n\\342\\200\\256"\ny = Convolution(data) { name: n kernel_size: 3 }\n'
        + 'expect f"{n}": [1]\nz = ReLU(n)'
    )
    shown = human(check_source(Source("it.net", text)))
    assert "\x1b" not in shown and "\u202e" not in shown


def test_plain_specs_do_not_import_expansion(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It would take time that a check of prototxt has no use for."""
    spec = tmp_path_factory.mktemp("plain") / "plain.net"
    spec.write_text(PLAIN, "utf-8")
    program = (
        "import sys; from netspec.cli.main import main; code = main(['check', sys.argv[1]]);"
        "print(code, [name for name in sys.modules if name.startswith('netspec.frontend.language')])"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(spec)], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []"
