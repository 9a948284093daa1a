"""Classes to be filled in, for layers of types that netspec does not know."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import torch

import netspec
from netspec.backend.executable import run_text
from netspec.emit.stubs import unfilled
from netspec.net import Net

BACKENDS = {"torch": "forward", "tensorflow": "__call__"}
INPUT = "x = Input { shape { dim: [2, 3] } }\n"
SINK = 'layer { name: "odd" type: "Odd" bottom: "x" }'


def net(text: str, **options: Any) -> Net:
    return netspec.load_text(INPUT + text, allow_unknown=True, **{"same_shape": True, **options})


def classes(text: str) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def arguments(cls: ast.ClassDef) -> dict[str, str]:
    """Those of the constructor, with their annotations."""
    made = [f for f in cls.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
    return {a.arg: ast.unparse(a.annotation) for f in made for a in f.args.kwonlyargs if a.annotation}


# the net, the classes with the arguments of their constructors
CLASSES: list[tuple[str, dict[str, dict[str, str]]]] = [
    ("y = Odd(x)", {"Odd": {}}),
    ("y = Odd(x) { a: 1 b: 1.5 c: true d: FAST }", {"Odd": {"a": "int", "b": "float", "c": "bool", "d": "str"}}),
    ("y = Odd(x) { a: [1, 2] b: [1, 2.5] c: ['x'] d { e: 1 } }", {
        "Odd": {"a": "list[int]", "b": "list[float]", "c": "list[str]", "d": "dict[str, object]"}}),
    ("y = Odd(x) { a: 1 }\nz = Odd(y) { a: 2.5 b: 3 }", {"Odd": {"a": "float", "b": "int | None"}}),
    ("y = Odd(x)\nz = Even(y) { a: 1 }\nw = Odd(z)", {"Odd": {}, "Even": {"a": "int"}}),
    ("y = Odd(x) { self: 1 class: 2 list: 3 dtype: 4 forward: 5 }", {"Odd": {}}),
    ("block pair(x, n) -> y { y = Odd(x) { a: n } }\ny = pair(x, 1)\nz = pair(y, 2)", {"Odd": {"a": "int"}}),
    ("repeat i in 0..3 { x = Odd(x) { a: i } }", {"Odd": {"a": "int"}}),
    ("name: 'Odd'\ny = Odd(x)", {"Odd_2": {}}),
    ("y = Net(x)\nz = Tensor(y)\nw = Module_(z)", {}),
    ("y = Python(x) { module: 'a' layer: 'Mine' }", {"Mine": {"module": "str", "layer": "str"}}),
]  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("text", "wanted"), CLASSES)
def test_one_class_for_a_type(text: str, wanted: dict[str, dict[str, str]], backend: str) -> None:
    emitted = netspec.emit(net(text), backend, flat=True)
    found = classes(emitted)
    assert len(found) == 1 + len({node.type for node in net(text).layers if node.type != "Input"})
    assert {name: arguments(found[name]) for name in wanted if wanted[name]} == {n: a for n, a in wanted.items() if a}


TYPES = [
    "class", "None", "self", "torch", "tf", "nn", "Tensor", "F", "Exception", "NotImplementedError", "é", "1x1", "a b",
    "'''", '\\"\\"\\"', "x\\n    import os", "#", "\\\\", "{}", "__init__", "L" * 500, "Odd$", "Odd%",
]  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_from_anywhere(backend: str) -> None:
    layers = "".join(
        f'layer {{ name: "{kind}" type: "{kind}" bottom: "x" top: "{kind}_{i}" odd_param {{ text: "{kind}" }} }}\n'
        for i, kind in enumerate(TYPES)
    )
    plain = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }\n' + layers
    emitted = netspec.emit(netspec.load_text(plain, allow_unknown=True, same_shape=True), backend)
    assert len(classes(emitted)) == 1 + len(TYPES)
    imports = [node for node in ast.walk(ast.parse(emitted)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert len(imports) <= 3
    assert not any(isinstance(node, ast.Name) and node.id == "os" for node in ast.walk(ast.parse(emitted)))


LONG = "y = Odd(x) { " + "".join(f"a_long_name_of_a_field_{i}: {i} " for i in range(40)) + "}"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", [*(text for text, _ in CLASSES), LONG])
def test_it_is_as_ruff_formats_it(text: str, backend: str, tmp_path: Path) -> None:
    file = tmp_path / "emitted.py"
    file.write_text(netspec.emit(net(text), backend))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--diff", str(file)]
    assert subprocess.run(command, capture_output=True, text=True).returncode == 0


@pytest.mark.parametrize(("backend", "method"), BACKENDS.items())
def test_what_its_docstring_says(backend: str, method: str) -> None:
    text = "y, z = Odd(x)\n" + "".join(f"w{i} = Odd(y) {{ name: 'w{i}' lambda: 1 }}\n" for i in range(4))
    odd = classes(netspec.emit(net(text, shapes={"z": (7,)}), backend))["Odd"]
    assert (ast.get_docstring(odd) or "").splitlines() == [
        f"The layer type Odd, which netspec does not know: `{method}` is to be filled in.",
        "",
        "Layer y makes y 2×3, z 7 of x 2×3.",
        "Layer w0 makes w0 2×3 of y 2×3.",
        "Layer w1 makes w1 2×3 of y 2×3.",
        "There are 2 more.",
        "lambda_: in the spec lambda.",
    ]


@pytest.mark.parametrize(("backend", "method"), BACKENDS.items())
def test_it_raises_until_it_is_filled_in(backend: str, method: str) -> None:
    module = netspec.build(net("y = Odd(x)", shapes={"y": (2, 4)}), backend)
    with pytest.raises(NotImplementedError, match=rf"^Odd\.{method} is to be filled in: y makes y 2×4 of x 2×3$"):
        module.forward({"x": np.zeros((2, 3))})


ONES = {"torch": lambda: torch.ones(2, 3), "tensorflow": lambda: tf.ones([2, 3])}


@pytest.mark.parametrize("backend", BACKENDS)
def test_filled_in_it_runs(backend: str) -> None:
    text = "y, z = Odd(x) { beta: 1.5 }\nw, v = Odd(y) { beta: 2 }"
    emitted = netspec.emit(net(text, shapes={"z": (2, 1), "v": (2, 1)}), backend)
    filled = re.sub(r"raise NotImplementedError\([^)]*\)", "return self.beta * x, x[:, :1]", emitted)
    outputs = run_text(filled, "filled")["Net"]()(ONES[backend]())
    assert {name: float(value.numpy().max()) for name, value in outputs.items()} == {"v": 1.5, "w": 3, "z": 1}


@pytest.mark.parametrize(
    ("text", "types"),
    [("y = ReLU(x)", []), ("y = Odd(x)\nz = Odd(y)\nw = Even(z)", ["Odd", "Even"]), ("y = Odd()", []), (SINK, [])],
)
def test_what_is_to_be_filled_in(text: str, types: list[str]) -> None:
    found = unfilled(net(text))
    assert [d.message.split('"')[1] for d in found] == types
    assert {(d.code, d.severity) for d in found} <= {("NS416", "warning")}


@pytest.mark.parametrize("form", ["onnx", "graph", "saved-model"])
def test_what_is_to_be_filled_in_is_not_exported(form: str, tmp_path: Path) -> None:
    from netspec.backend.door import export

    backend = "torch" if form == "onnx" else "tensorflow"
    with pytest.raises(netspec.SpecError) as refused:
        export(backend, form)(net("y = Odd(x)"), tmp_path / "model.pb", None, False)
    assert [d.code for d in refused.value.diagnostics] == ["NS409"]
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("inputs", [{"y": (4, 5)}, {}])
def test_without_a_shape(inputs: dict[str, tuple[int, ...]], backend: str) -> None:
    unsaid = net("y, z = Odd(x)\nw = Even(y)", same_shape=False, shapes=inputs)
    with pytest.raises(netspec.SpecError) as refused:
        netspec.emit(unsaid, backend)
    blobs = [blob for blob in "yzw" if blob not in inputs]
    assert [(d.code, d.help) for d in refused.value.diagnostics] == [
        ("NS402", f"give it: --shape {blob}=N,C,H,W with numbers; --same-shape is that of the first input")
        for blob in blobs
    ]
