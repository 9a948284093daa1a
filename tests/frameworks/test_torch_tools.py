"""PyTorch's tools take the modules of all specs, and of nets with each kind of batch normalisation."""

from __future__ import annotations

import copy
import importlib.util
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse

import netspec
from netspec.backend.door import find
from netspec.net import Net
from netspec.shapes import integers
from tests.frameworks.test_torch_source import SPECS

Take = Callable[[nn.Module, tuple[Tensor, ...]], Callable[..., Any]]
TOOLS: dict[str, Take] = {
    "deepcopy": lambda module, x: copy.deepcopy(module),
    "pickle": lambda module, x: pickle.loads(pickle.dumps(module)),
    "fuse": lambda module, x: fuse(module),
    "SyncBatchNorm": lambda module, x: nn.SyncBatchNorm.convert_sync_batchnorm(module),
    "script": lambda module, x: torch.jit.script(module),
    "export": lambda module, x: torch.export.export(module, x).module(),
    "compile": lambda module, x: torch.compile(module, fullgraph=True, backend="eager"),
}
# Batch normalisation, as its fields and the phase say; and how many of PyTorch's own classes are in the module.
NORMS = {
    "own": ("", "TEST", 3),
    "frozen": ("{ use_global_stats: true }", "TEST", 3),
    "frozen in TRAIN": ("{ use_global_stats: true }", "TRAIN", 3),
    "by the batch": ("{ use_global_stats: false }", "TEST", 0),
    "sums": ("", "TRAIN", 0),
    "eps outside": ("{ add_eps_before_sqrt: false }", "TEST", 0),
}


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Callable[[Net], nn.Module]]:
    """The module of a net, of a class that pickle can import."""
    name = "an_emitted_file"

    def make(net: Net) -> nn.Module:
        emission = find("torch").emit(net, net.outputs)
        (tmp_path / f"{name}.py").write_text(emission.text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, tmp_path / f"{name}.py")
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
        return getattr(sys.modules[name], emission.class_name)()

    yield make
    sys.modules.pop(name, None)


def shapes(net: Net) -> list[tuple[int, ...]]:
    return [integers(net.blobs[name]) or () for name in net.inputs]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_tool_takes_a_spec(path: Path, tool: str, imported: Callable[[Net], nn.Module]) -> None:
    """Without values, so that it does not take long."""
    net = netspec.load(path)
    with torch.device("meta"):
        module, x = imported(net), tuple(torch.empty(shape) for shape in shapes(net))
    wanted, found = module(*x), TOOLS[tool](module, x)(*x)
    if isinstance(wanted, Tensor):
        wanted, found = {"": wanted}, {"": found}
    assert {name: y.shape for name, y in found.items()} == {name: y.shape for name, y in wanted.items()}


def norms(name: str, imported: Callable[[Net], nn.Module]) -> tuple[nn.Module, Tensor]:
    """In evaluation, with statistics, weights and biases of all kinds of values."""
    fields, phase, _ = NORMS[name]
    text = f"""
        input x: [4, 3, 5, 5]
        a = Convolution(x) {{ num_output: 6 kernel_size: 3 }} | BatchNorm {fields} | Scale {{ bias_term: true }} | ReLU
        b = Convolution(a) {{ num_output: 4 kernel_size: 3 bias_term: false }} | BatchNorm {fields} | Scale
        c = Convolution(b) {{ num_output: 4 kernel_size: 1 }} | BatchNorm {fields}
    """
    module = imported(netspec.load_text(text, phase=phase)).eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for values in (*module.parameters(), *module.buffers()):
            if values.is_floating_point():
                values.uniform_(0.5, 1.5)
    return module, torch.randn(4, 3, 5, 5)


# What normalises by the batch cannot be part of a convolution, and measures what torch.fx cannot follow.
TAKEN = [(name, tool) for name in NORMS for tool in TOOLS if (name, tool) != ("by the batch", "fuse")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "tool"), TAKEN)
def test_what_a_tool_makes_computes_the_same(name: str, tool: str, imported: Callable[[Net], nn.Module]) -> None:
    module, x = norms(name, imported)
    wanted = module(x)
    torch.testing.assert_close(TOOLS[tool](module, (x,))(x), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NORMS)
def test_conversion_finds_the_own_ones(name: str, imported: Callable[[Net], nn.Module]) -> None:
    module, _ = norms(name, imported)
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(module)
    assert sum(isinstance(layer, nn.SyncBatchNorm) for layer in converted.modules()) == NORMS[name][2]


def test_fusion_leaves_none(imported: Callable[[Net], nn.Module]) -> None:
    module, _ = norms("own", imported)
    assert not [layer for layer in fuse(module).modules() if isinstance(layer, nn.BatchNorm2d)]


@pytest.mark.parametrize("name", ["frozen", "frozen in TRAIN"])
def test_frozen_statistics_hold_in_training(name: str, imported: Callable[[Net], nn.Module]) -> None:
    module, x = norms(name, imported)
    wanted, before = module(x), copy.deepcopy(module.state_dict())
    torch.testing.assert_close(module.train()(x), wanted)
    torch.testing.assert_close(torch.jit.script(module).train()(x), wanted)
    torch.testing.assert_close(module.state_dict(), before)
