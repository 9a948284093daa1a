"""Programs that train: they take the path of the trainer, which is Caffe's, and need nothing of netspec."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.backend.door import emission
from netspec.backend.executable import run_text
from netspec.diagnostics.source import Source
from netspec.emit.slots import all_restored, all_stored
from netspec.frontend.load import load_solver_source
from netspec.solver import Solver
from netspec.solver.schedule import boundaries
from netspec.training.script import script

NET = """
name: "odd"
layer { name: "in" type: "Input" top: "x" top: "label"
        input_param { shape { dim: 4 dim: 2 dim: 5 dim: 5 } shape { dim: 4 } } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "conv" PARAM
        convolution_param { num_output: 3 kernel_size: 3 } }
layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }
layer { name: "scale" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true } }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 } }
layer { name: "aside" type: "InnerProduct" bottom: "conv" top: "aside" inner_product_param { num_output: 2 } }
layer { name: "size" type: "Reduction" bottom: "aside" top: "LOSS" loss_weight: 0.01
        reduction_param { operation: SUMSQ axis: 1 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" LOSSES }
"""
STEPS = 5
FIXED, STEP = "lr_policy: 'fixed'", "lr_policy: 'step' gamma: 0.5 stepsize: 2"
L1 = "regularization_type: 'L1' weight_decay: 0.05"
MULTIPLIED = "param { lr_mult: 0.5 } param { lr_mult: 2 decay_mult: 0 }"
# a solver, what the first layer says of its parameters, and more of the loss
CASES = [
    (f"base_lr: 0.1 momentum: 0.9 weight_decay: 0.05 {FIXED}", "", ""),
    (f"base_lr: 0.1 momentum: 0.9 weight_decay: 0.05 {STEP}", MULTIPLIED, ""),
    (f"base_lr: 0.1 {STEP} iter_size: 2 clip_gradients: 0.5", "param { lr_mult: 0 }", "loss_weight: 0.5"),
    (f"base_lr: 0.1 momentum: 0.9 type: 'Nesterov' lr_policy: 'poly' power: 2 {L1}", MULTIPLIED, ""),
    ("base_lr: 0.1 type: 'Nesterov' lr_policy: 'exp' gamma: 0.9", "", ""),
    (
        "base_lr: 0.1 type: 'AdaGrad' delta: 1e-2 lr_policy: 'inv' gamma: 0.5 power: 0.75 weight_decay: 0.05",
        MULTIPLIED,
        "",
    ),
    ("base_lr: 0.01 type: 'RMSProp' rms_decay: 0.9 delta: 1e-3 lr_policy: 'sigmoid' gamma: 1 stepsize: 3", "", ""),
    (
        f"base_lr: 1 type: 'AdaDelta' momentum: 0.95 delta: 1e-4 {STEP} regularization_type: 'L1' weight_decay: 0.05",
        "",
        "",
    ),
    (f"base_lr: 0.01 type: 'Adam' momentum: 0.9 delta: 1e-2 {FIXED} iter_size: 2 weight_decay: 0.05", MULTIPLIED, ""),
    ("base_lr: 0.1 momentum: 0.9 lr_policy: 'multistep' gamma: 0.5 stepvalue: 1 stepvalue: 1 stepvalue: 3", "", ""),
]
IN_TENSORFLOW = (1, 2, 5, 6, 7, 8)  # the first of each rule


def solver_of(more: str, param: str = "", losses: str = "") -> Solver:
    net = NET.replace("PARAM", param).replace("LOSSES", losses)
    return load_solver_source(Source("odd.prototxt", f"max_iter: {STEPS} net_param {{ {net} }} {more}"))


def batch(seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(4, 2, 5, 5)).astype(np.float32), rng.integers(0, 5, 4).astype(np.float32)]


def in_torch(module: Any) -> tuple[Callable[[str], Any], Callable[[str, Any], None], Callable[[Any], Any]]:
    import torch

    tensors = dict(module.named_parameters()) | dict(module.named_buffers())

    def write(path: str, value: Any) -> None:
        with torch.no_grad():
            tensors[path].copy_(torch.tensor(value))

    return lambda path: tensors[path].detach().numpy(), write, torch.tensor


def in_tensorflow(module: Any) -> tuple[Callable[[str], Any], Callable[[str, Any], None], Callable[[Any], Any]]:
    import tensorflow as tf

    def variable(path: str) -> Any:
        return reduce(getattr, path.split("."), module)

    def write(path: str, value: Any) -> None:
        variable(path).assign(value)

    return lambda path: variable(path).numpy(), write, tf.constant


@pytest.mark.parametrize(
    ("backend", "case"),
    [*(("torch", i) for i in range(len(CASES))), *(("tensorflow", i) for i in IN_TENSORFLOW)],
)
def test_the_path_is_the_trainers(backend: str, case: int) -> None:
    solver = solver_of(*CASES[case])
    size = solver.params.iter_size
    trainer = netspec.trainer(solver, backend=backend)
    start = {
        layer: [np.random.default_rng(i).normal(0, 0.3, shape) for i, shape in enumerate(shapes)]
        for layer, shapes in solver.net.params.items()
    }
    start["bn"] = [np.zeros(3), np.zeros(3), np.zeros(1)]
    trainer.set_params(start)
    fed = [dict(zip(("x", "label"), batch(i), strict=True)) for i in range(STEPS * size)]
    wanted = [trainer.step(*fed[i * size : (i + 1) * size]) for i in range(STEPS)]

    text = script(solver, backend)
    names = run_text(text, "script")
    made = emission(solver.net, backend)
    module = names[made.class_name]()
    read, write, tensor = (in_torch if backend == "torch" else in_tensorflow)(module)
    slots = {node.name: [made.slots[param.key] for param in node.blobs] for node in solver.net.layers if node.blobs}
    for layer, own in slots.items():
        for path, value in all_stored(own, [blob.astype(np.float32) for blob in start[layer]]):
            write(path, value)

    def batches() -> Iterator[tuple[Any, ...]]:
        for i in range(STEPS * size):
            yield tuple(map(tensor, batch(i)))

    np.testing.assert_allclose([*names["train"](module, batches())], wanted, rtol=2e-5)
    for layer, blobs in trainer.get_params().items():
        for one, other in zip(all_restored(slots[layer], read), blobs, strict=True):
            np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize(
    ("values", "wanted"), [((2, 5), (2, 5)), ((2, 2, 2), (2, 3, 4)), ((3, 1), (3, 4)), ((-4,), (0,))]
)
def test_boundaries(values: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    assert boundaries(values) == wanted


def test_it_runs_by_itself(tmp_path: Path) -> None:
    """As a file, where netspec cannot be imported."""
    path = tmp_path / "train.py"
    path.write_text(script(solver_of(CASES[0][0]), "torch"), encoding="utf-8")
    (tmp_path / "netspec.py").write_text("raise ImportError('not here')", encoding="utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert len(lines) == STEPS and lines[0].startswith("iteration 0: rate 0.1, loss ")


def test_the_loss_of_a_module_in_use() -> None:
    solver = solver_of(CASES[0][0])
    names = run_text(script(solver, "torch"), "script")
    module = names[emission(solver.net, "torch").class_name]()
    _, _, tensor = in_torch(module)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    loss = names["evaluate"](module, [tuple(map(tensor, batch(i))) for i in range(3)])
    assert loss == pytest.approx(np.log(5), rel=1e-5)  # of weights that are all 0
    assert module.training and all((value == before[name]).all() for name, value in module.state_dict().items())


NOTHING = "layer { name: 'in' type: 'Input' top: 'x' input_param { shape { dim: 2 dim: 2 } } } "


@pytest.mark.parametrize(
    "layers",
    [
        "layer { name: 'ip' type: 'InnerProduct' bottom: 'x' top: 'y' inner_product_param { num_output: 1 } }",
        "layer { name: 'sum' type: 'Reduction' bottom: 'x' top: 'y' loss_weight: 1 }",
    ],
)
def test_a_net_that_learns_nothing(layers: str) -> None:
    solver = load_solver_source(Source("none", f"base_lr: 1 {FIXED} net_param {{ {NOTHING} {layers} }}"))
    with pytest.raises(netspec.SpecError) as refused:
        script(solver, "torch")
    assert [fault.code for fault in refused.value.diagnostics] == ["NS813"]
    with pytest.raises(netspec.SpecError, match="does not train"):
        script(solver, "numpy")
