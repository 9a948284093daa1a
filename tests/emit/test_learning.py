"""What an emitted module says of training: its mode, what is frozen, and the groups for an optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import torch

import netspec
from netspec.backend.executable import run_text
from tests.frameworks.cases import XAVIER, inputs, layer

USUAL, FIXED, BIAS = "param { }", "param { lr_mult: 0 }", "param { lr_mult: 2 decay_mult: 0 }"


def products(*params: str) -> str:
    """A chain of InnerProducts, the i-th of which has the i-th of `params`."""
    blobs = ["data", *(f"y{i}" for i in range(len(params)))]
    rows = (
        layer(
            "InnerProduct",
            blobs[i],
            blobs[i + 1],
            f"{param} inner_product_param {{ num_output: 4 {XAVIER} }}",
            f"ip{i}",
        )
        for i, param in enumerate(params)
    )
    return inputs(data=(2, 4)) + "".join(rows)


def made(text: str, backend: str, phase: str = "TEST") -> Any:
    source = netspec.emit(netspec.load_text(text, phase=phase), backend)
    return run_text(source, "learning")["Net"]()


@pytest.mark.parametrize(("phase", "training"), [("TEST", False), ("TRAIN", True)])
def test_a_module_begins_in_the_mode_of_its_phase(phase: str, training: bool) -> None:
    text = inputs(data=(64, 64)) + layer("Dropout", "data", "y")
    module = made(text, "torch", phase)
    x = torch.ones(64, 64)
    assert (module.training, bool((module(x) != x).any())) == (training, training)
    assert (module.train()(x) != x).any()
    assert (module.eval()(x) == x).all()
    for backend in ("torch", "tensorflow"):
        assert f"\nPhase: {phase}" in netspec.emit(netspec.load_text(text, phase=phase), backend)


def test_lr_mult_0_freezes() -> None:
    text = products(f"{FIXED} {FIXED}", FIXED, "") + layer(
        "Scale", "y2", "z", f"{FIXED} scale_param {{ bias_term: true }}"
    )
    wanted = {"ip0.weight", "ip0.bias", "ip1.weight", "scale_weight"}
    module = made(text, "torch")
    assert {name for name, p in module.named_parameters() if not p.requires_grad} == wanted
    assert module.state_dict().keys() == {name for name, _ in module.named_parameters()}
    assert float(module.ip0.weight.abs().sum()) > 0  # filled all the same
    variables = made(text, "tensorflow").non_trainable_variables
    assert {v.name for v in variables} == {"ip0_kernel:0", "ip0_bias:0", "ip1_kernel:0", "scale_weight:0"}
    assert "param_groups" not in netspec.emit(netspec.load_text(text), "torch")


@pytest.mark.parametrize(
    ("params", "groups"),
    [
        ((f"{USUAL} {BIAS}",) * 2, {("ip0.weight", "ip1.weight"): (1, 1), ("ip0.bias", "ip1.bias"): (2, 0)}),
        ((f"{USUAL} {BIAS}", f"{FIXED} {FIXED}"), {("ip0.weight",): (1, 1), ("ip0.bias",): (2, 0)}),
        (
            (f"{USUAL} {BIAS}", "param { lr_mult: 10 } param { lr_mult: 20 decay_mult: 0 }"),
            {("ip0.weight",): (1, 1), ("ip1.weight",): (10, 1), ("ip0.bias",): (2, 0), ("ip1.bias",): (20, 0)},
        ),
        (("param { lr_mult: 0.5 } param { lr_mult: 0.5 }",), {("ip0.weight", "ip0.bias"): (0.5, 1)}),
        (("param { decay_mult: 3 }",), {("ip0.weight",): (1, 3), ("ip0.bias",): (1, 1)}),
    ],
)
def test_groups_have_the_rates_of_the_spec(params: tuple[str, ...], groups: dict[Any, tuple[float, float]]) -> None:
    module = made(products(*params), "torch")
    named = {id(p): name for name, p in module.named_parameters()}
    found = module.param_groups(0.1, 0.01)
    assert {tuple(named[id(p)] for p in g["params"]): (g["lr"], g["weight_decay"]) for g in found} == {
        names: pytest.approx((0.1 * rate, 0.01 * decay)) for names, (rate, decay) in groups.items()
    }
    torch.optim.SGD(found, momentum=0.9)
    for group in made(products(*params), "tensorflow").param_groups(0.1, 0.01):
        names = tuple(v.name[:-2].replace("_kernel", ".weight").replace("_", ".") for v in group.pop("variables"))
        rate, decay = groups[names]
        assert (group["learning_rate"], group["weight_decay"]) == pytest.approx((0.1 * rate, 0.01 * decay))
        tf.keras.optimizers.SGD(momentum=0.9, **group)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("forced", [False, True])
def test_gradients_stay_those_of_caffe(backend: str, forced: bool) -> None:
    text = ("force_backward: true\n" if forced else "") + products(f"{FIXED} {FIXED}", "")
    model = netspec.build(netspec.load_text(text), backend, dtype="float64")
    model.forward({"data": np.ones((2, 4))})
    found = model.backward({"y1": np.ones((2, 4))})
    assert [bool(blob.any()) for blob in found.params["ip0"]] == [forced, forced]
    assert all(blob.any() for blob in (*found.params["ip1"], found.inputs["data"]))
    assert model.backward({"y1": np.ones((2, 4))}).params["ip1"][0].any()
