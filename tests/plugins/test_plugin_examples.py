"""What a plugin's layers are once they are known: code in every backend, and the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import netspec
from netspec.backend.door import find
from netspec.net import Net

DENSE = Path(__file__).parent / "dense.py"
DENSE_NET = """
name: "Dense"
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 4 dim: 6 } } }
layer { name: "halves" type: "Halves" bottom: "x" top: "a" top: "b" }
layer {
  name: "one" type: "Dense" bottom: "a" top: "y"
  param { name: "w" } param { name: "b" } dense_param { units: 5 }
}
layer {
  name: "two" type: "Dense" bottom: "b" top: "z"
  param { name: "w" } param { name: "b" } dense_param { units: 5 }
}
layer { name: "sum" type: "Eltwise" bottom: "y" bottom: "z" top: "sum" }
"""
EXAMPLES = {
    "softgate": ("softgate.py", "mine.net"),
    "gelu": ("gelu.py", "gelu.net"),
    "loss": ("pyloss_layers.py", "loss.net"),
}

Example = Callable[[str], Path]


def net(name: str, example: Example) -> Net:
    if name == "dense":
        return netspec.load_text(DENSE_NET, plugins=[DENSE])
    plugin, spec = EXAMPLES[name]
    return netspec.load(example(spec), plugins=[example(plugin)])


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("name", [*EXAMPLES, "dense"])
def test_what_is_printed(name: str, backend: str, example: Example, golden: Callable[[str, str], None]) -> None:
    golden(f"plugins/{name}_{backend}.py", netspec.emit(net(name, example), backend))


@pytest.mark.parametrize("name", [*EXAMPLES, "dense"])
def test_backends_agree(name: str, example: Example) -> None:
    report = netspec.verify(net(name, example), grad=True)
    assert report.ok, str(report)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_reference_agrees(name: str, example: Example) -> None:
    report = netspec.verify(net(name, example), ("torch", "numpy"), grad=False)
    assert report.ok, str(report)


def test_a_native_layer_is_not_of_every_backend(example: Example) -> None:
    with pytest.raises(netspec.SpecError) as refused:
        netspec.build(net("dense", example), "numpy")
    messages = [d.message for d in refused.value.diagnostics]
    assert [d.code for d in refused.value.diagnostics] == ["NS401"] * 3
    assert messages[0] == f'no numpy meaning yet for Halves: EMITTERS["numpy"] of plugin {DENSE} does not have it'


def test_a_plugin_changes_no_other_net(example: Example) -> None:
    """Neither the types that other specs may have, nor what a backend does."""
    loaded = net("gelu", example)
    assert loaded.plugins[0].layers[0] is type(loaded.layers[1].params)
    with pytest.raises(netspec.SpecError, match="NS208"):
        netspec.load(example("gelu.net"))
    assert find("torch").emit(loaded, loaded.outputs).text == netspec.emit(loaded, "torch")


def test_the_same_file_gives_the_same_types(example: Example) -> None:
    first, second = net("softgate", example), net("softgate", example)
    assert type(first.layers[1].params) is type(second.layers[1].params)
    plugin = example("softgate.py")
    plugin.write_text(plugin.read_text("utf-8").replace("beta: float = Field(1.0", "beta: float = Field(7.0"), "utf-8")
    changed = netspec.load_text(example("mine.net").read_text("utf-8").replace("beta: 1.5", ""), plugins=[plugin])
    assert changed.layers[1].params.model_dump() == {"beta": 7.0}
