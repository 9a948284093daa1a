"""What others import of netspec keeps its name: the functions of the package, and what layer types are written with."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import generate
import numpy as np
import pytest
import transcript

import netspec

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = "build check emit load load_mean load_solver load_text load_weights optimized save_weights trainer verify"
CLASSES = "Diagnostic Net SpecError"
# What plugins and new layer types are made of, by module.
PARTS = {
    "netspec.arrays": "Array DType Operand leaf parameter "
    "absolute exp log sqrt tanh sigmoid silu softplus sine arctangent floor rounded relu leaky_relu elu clip "
    "maximum minimum equal not_equal where cast stop_gradient full_like full vector total mean largest "
    "softmax log_softmax concat cut tile flip align reshape transpose pixel_shuffle descending take gather linear "
    "matmul one_hot",
    "netspec.layers.base": "Layer Formula Elementwise PythonLayer Message FillerParameter BlobShape Blob Role CallSite "
    "Count LayoutPreference Phase Refusal UInt Int64 Finite Above0 Positive ANY_NUMBER NONE ONE_BLOB ZERO ONE "
    "canonical_axis Field checks",
    "netspec.layers.data_layer": "DataLayer",
    "netspec.emit.code": "Code attribute binary call literal method negative subscript",
    "netspec.emit.place": "Emitter Place Unsupported",
    "netspec.problems.shapes": "AxisOutOfRange BadDimensions CountMismatch NotDivisible OutOfBounds ShapeMismatch",
    "netspec.shapes": "Dim Shape UNKNOWN known mismatch product show",
    "netspec_numpy.place": "Meaning Place",
    "netspec_numpy.words": "Values",
}
PAGES = ("docs/user-layers.md", "CONTRIBUTING.md")


def test_the_package_has_these_names_alone() -> None:
    """Where they are listed for the import, and for type checkers."""
    names = {*FUNCTIONS.split(), *CLASSES.split()}
    assert {*netspec._HOMES} == names
    assert names <= {*dir(netspec)}
    (checked,) = [node for node in ast.parse(inspect.getsource(netspec)).body if isinstance(node, ast.If)]
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom) and node.module != "collections.abc"]
    assert {name.asname for node in imports for name in node.names} == names


@pytest.mark.parametrize("name", [*FUNCTIONS.split(), *CLASSES.split()])
def test_a_name_leads_to_what_it_says(name: str) -> None:
    found = getattr(netspec, name)
    assert found.__name__ == name
    assert inspect.isclass(found) == (name in CLASSES.split())


CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("check", ("a.net",), {}),
    ("load", ("a.net",), {"phase": "TRAIN", "inputs": {"data": (1, 3)}, "lenient": True, "plugins": ("mine.py",)}),
    ("load_text", ("…",), {"phase": "TRAIN"}),
    ("emit", ("net",), {"backend": "torch"}),
    ("build", ("net",), {"backend": "torch", "device": "cpu", "dtype": "float32"}),
    ("verify", ("net",), {"backends": ("torch", "numpy"), "grad": True}),
    ("load_weights", ("a.caffemodel", "net"), {}),
    ("optimized", ("net",), {"outputs": ("conv1",)}),
    ("load_solver", ("solver.prototxt",), {"inputs": {"data": (1, 3)}, "import_path": (".",)}),
    ("trainer", ("solver",), {"backend": "tensorflow", "device": "cpu", "dtype": "float32"}),
    ("load_mean", ("mean.binaryproto",), {}),
    ("save_weights", ("a.caffemodel", {}), {}),
]


@pytest.mark.parametrize(("name", "arguments", "named"), CALLS, ids=[name for name, _, _ in CALLS])
def test_a_function_takes_these_arguments(name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    inspect.signature(getattr(netspec, name)).bind(*arguments, **named)


SPEC = """\
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 4 } }
"""


def test_what_a_program_reads_of_the_results(tmp_path: Path) -> None:
    path = tmp_path / "small.net"
    path.write_text(SPEC, encoding="utf-8")
    assert netspec.check(path) == []
    net = netspec.load(path, phase="TEST")
    assert (net.inputs, net.outputs) == (("data",), ("ip",))
    assert (net.blobs["ip"], net.params["ip"]) == ((2, 4), ((4, 3), (4,)))
    assert [(layer.name, layer.type) for layer in net.layers] == [("data", "Input"), ("ip", "InnerProduct")]
    model = netspec.build(net, backend="torch")
    model.set_params({"ip": [np.ones((4, 3)), np.zeros(4)]})
    assert [blob.shape for blob in model.get_params()["ip"]] == [(4, 3), (4,)]
    for asked in ("all", ["ip"]):
        assert model.forward({"data": np.ones((2, 3))}, blobs=asked)["ip"].tolist() == [[3.0] * 4] * 2
    gradients = model.backward({"ip": np.ones((2, 4))})
    assert gradients.inputs["data"].tolist() == [[4.0] * 3] * 2
    assert [blob.shape for blob in gradients.params["ip"]] == [(4, 3), (4,)]


def test_what_a_program_reads_of_an_error(tmp_path: Path) -> None:
    path = tmp_path / "small.net"
    path.write_text(SPEC.replace('bottom: "data"', 'bottom: "date"'), encoding="utf-8")
    (found,) = netspec.check(path)
    assert (found.code, found.severity.value, found.help) == ("NS209", "error", "did you mean data?")
    assert "date" in found.message
    with pytest.raises(netspec.SpecError) as refused:
        netspec.load(path)
    assert [type(fault) for fault in refused.value.diagnostics] == [type(found)]


@pytest.mark.parametrize("module", PARTS)
def test_parts_of_layer_types(module: str) -> None:
    assert [name for name in PARTS[module].split() if not hasattr(import_module(module), name)] == []


@pytest.mark.parametrize("name", PAGES)
def test_what_pages_import_is_among_them(name: str) -> None:
    """Except what they themselves add; and all code that imports it is run."""
    page = (ROOT / name).read_text(encoding="utf-8")
    assert name in generate.WRITTEN
    run = [block for block in transcript.blocks(page) if block.role == "file" and block.of.endswith(".py")]
    shown = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert [text for text in shown if "from netspec" in text] == [b.text for b in run if "from netspec" in b.text]
    added = {block.of.removesuffix(".py").replace("/", ".") for block in run}
    for node in (node for block in run for node in ast.walk(ast.parse(block.text))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("netspec") and node.module not in added:
            assert {alias.name for alias in node.names} <= {*PARTS[node.module or ""].split()}, node.module
