"""The PyTorch source of a net: that it stands on its own, and that PyTorch takes it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import torch
from netspec_torch.names import MODULE

import netspec
from netspec.backend.door import find
from netspec.backend.executable import run_text
from netspec.emit import Emission
from netspec.net import Net
from netspec.shapes import integers
from tests.frameworks.cases import CASES, convolution, on_images

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.net"))


def emission(net: Net) -> Emission:
    return find("torch").emit(net, net.outputs)


def module(emitted: Emission) -> torch.nn.Module:
    made: torch.nn.Module = run_text(emitted.text, "test")[emitted.class_name]()
    return made.eval()


def results(emitted: Emission, value: Any) -> list[torch.Tensor]:
    return [value] if len(emitted.outputs) == 1 else [value[name] for name in emitted.outputs]


@pytest.mark.parametrize("name", CASES)
def test_it_needs_torch_alone(name: str) -> None:
    tree = ast.parse(netspec.emit(netspec.load_text(CASES[name]), "torch"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = [alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in imports if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in modules} <= {"torch", "math"}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    bound = {alias.asname or alias.name for node in imports for alias in node.names}
    assert bound <= names | {"nn"}


@pytest.mark.parametrize("name", [name for name in CASES if name != "filter"])
def test_shapes_and_parameters_are_those_of_the_net(name: str) -> None:
    net = netspec.load_text(CASES[name])
    emitted = emission(net)
    made = module(emitted)
    fed = [torch.ones(integers(net.blobs[blob]) or ()) for blob in emitted.inputs]
    for blob, value in zip(emitted.outputs, results(emitted, made(*fed)), strict=True):
        assert tuple(value.shape) == net.blobs[blob], blob
    kept = made.state_dict() | dict(made.named_buffers())
    slots = [slot for slot in emitted.slots.values() if slot.path]
    assert {slot.path for slot in slots} <= set(kept)
    for slot in slots:
        assert tuple(kept[slot.path].shape) == slot.shape


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_run(path: Path) -> None:
    """Without values, so that it does not take long."""
    net = netspec.load(path)
    emitted = emission(net)
    with torch.device("meta"):
        value = module(emitted)(*(torch.empty(integers(net.blobs[blob]) or ()) for blob in emitted.inputs))
    for blob, result in zip(emitted.outputs, results(emitted, value), strict=True):
        assert tuple(result.shape) == net.blobs[blob]


@pytest.mark.parametrize(
    "name", ["convolution", "batch_norm_scale", "pooling_max_mask", "softmax_with_loss", "lstm", "argmax"]
)
def test_it_compiles_as_one_graph(name: str) -> None:
    net = netspec.load_text(CASES[name])
    emitted = emission(net)
    made = module(emitted)
    fed = [torch.ones(integers(net.blobs[blob]) or ()) for blob in emitted.inputs]
    whole = results(emitted, torch.compile(made, backend="eager", fullgraph=True)(*fed))
    exported = results(emitted, torch.export.export(module(emitted), tuple(fed)).module()(*fed))
    for a, b in zip(whole, exported, strict=True):
        assert a.shape == b.shape


def test_a_batch_of_another_size_passes() -> None:
    net = netspec.load(next(path for path in SPECS if path.stem == "lenet"))
    assert module(emission(net))(torch.ones(3, 1, 28, 28)).shape == (3, 10)


def test_no_blob_takes_a_name_of_the_module() -> None:
    own = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert own <= MODULE


def test_what_cannot_be_said_is_refused_with_its_reason() -> None:
    text = on_images("Convolution", convolution("kernel_size: 1"), (1, 1, 3, 3, 3, 3))
    with pytest.raises(netspec.SpecError) as refused:
        netspec.emit(netspec.load_text(text), "torch")
    (found,) = refused.value.diagnostics
    assert found.code == "NS401"
    assert "three spatial axes" in found.message


def test_a_device_that_is_not_there() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(netspec.SpecError) as refused:
        netspec.build(netspec.load_text(CASES["relu"]), device="cuda")
    assert [d.code for d in refused.value.diagnostics] == ["NS405"]
