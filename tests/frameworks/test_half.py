"""Every layer type in float16 and bfloat16 on the CPU, against the same module in float64: a table of types and
precisions. Inputs and parameters are numbers of the lower precision in both runs: what differs is arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from typing import Any, TypeAlias

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import netspec
from netspec.backend.door import emission
from netspec.emit.slots import all_stored
from netspec.layers import every
from netspec.layers.data_layer import DataLayer
from netspec.net import Net
from netspec.net.labels import whole_numbers
from netspec.shapes import integers
from netspec.verify.samples import Samples, draw_input, draw_parameters, limited, parameter_names
from tests.frameworks.cases import CASES, inputs, layer, on_images
from tests.frameworks.half_cases import HALF_CASES

Floats: TypeAlias = NDArray[Any]

# Relative to the largest value of a blob.
TOLERANCE = {"float16": 1e-2, "bfloat16": 5e-2}
BACKENDS = ("torch", "tensorflow")

AVERAGE_3D = on_images("Pooling", "pooling_param { pool: AVE kernel_size: 2 stride: 2 }", (1, 2, 4, 4, 4))
# What a framework lacks on the CPU: the net, and what it says then.
LACKING: dict[tuple[str, str], tuple[str, str]] = {
    ("torch", "pooling_ave_3d"): (AVERAGE_3D, "avg_pool3d_out_frame"),
}
# Types that no backend has a meaning for, whatever the fields.
NO_MEANING = {"FlowAugmentation", "HDF5Output", "Python"}
# Nets in which chance decides, or in which a window lies beyond the input: it gives the lowest number of the precision.
NOT_COMPARED = {"dropout_in_train", "pooling_max_outside"}
NETS = {name: text for name, text in {**CASES, **HALF_CASES}.items() if name not in NOT_COMPARED}
# Inputs that a layer needs, where drawn ones lie where it is not defined, or jumps.
OWN: dict[str, dict[str, Floats]] = {
    "pooling_stochastic": {"data": np.linspace(0.1, 1, 336).reshape(2, 4, 6, 7)},
}


@cache
def types() -> dict[str, list[str]]:
    """The nets in which each type stands."""
    found: dict[str, list[str]] = {}
    for name, text in NETS.items():
        for node in netspec.load_text(text).layers:
            found.setdefault(type(node.params).type_name(), []).append(name)
    return found


@pytest.mark.every_type
def test_no_type_is_missing() -> None:
    """Data is fed, and what only measures is left out of compiled code."""
    meant = [kind for kind in every() if not (issubclass(kind, DataLayer) or kind.is_metric or kind.unsupported)]
    names = {kind.type_name() for kind in meant} - NO_MEANING
    assert names - types().keys() == set()


@pytest.mark.parametrize("name", sorted(NO_MEANING - {"Python"}))
def test_no_meaning(name: str) -> None:
    kind = next(kind for kind in every() if kind.type_name() == name)
    shapes = {"FlowAugmentation": (1, 2, 4, 4), "HDF5Output": (1, 2)}
    fields = {"FlowAugmentation": "augmentation_param { crop_width: 2 crop_height: 2 }"}.get(name, "")
    fed = {f"x{i}": shapes[name] for i in range(kind.bottoms.least)}
    tops = " ".join(f"y{i}" for i in range(kind.tops.least))
    text = inputs(**fed) + layer(name, " ".join(fed), tops, fields)
    with pytest.raises(netspec.SpecError) as refused:
        netspec.emit(netspec.load_text(text), "torch")
    assert {diagnostic.code for diagnostic in refused.value.diagnostics} <= {"NS401", "NS403"}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", NETS)
def test_near_the_run_in_float64(name: str, dtype: str, backend: str) -> None:
    """The run in float64 is PyTorch's for both: that TensorFlow's is the same, other tests say of these very nets."""
    net = netspec.load_text(NETS[name])
    fed, params = drawn(net, dtype, OWN.get(name, {}))
    exact = netspec.build(net, "torch", dtype="float64")
    exact.set_params(params)
    wanted = exact.forward(fed)
    for blob, found in RUN[backend](net, dtype, fed, params).items():
        want = wanted[blob]
        assert found.shape == want.shape, blob
        finite = np.isfinite(want)
        assert np.array_equal(np.isfinite(found), finite), blob
        scale = float(np.abs(want[finite]).max(initial=0)) or 1.0
        assert np.abs(found[finite] - want[finite]).max(initial=0) <= TOLERANCE[dtype] * scale, blob


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("backend", "name"), LACKING)
def test_what_is_lacking(backend: str, name: str, dtype: str) -> None:
    text, said = LACKING[backend, name]
    net = netspec.load_text(text)
    fed, params = drawn(net, dtype, {})
    with pytest.raises(NotImplementedError, match=said):
        RUN[backend](net, dtype, fed, params)


def drawn(net: Net, dtype: str, own: Mapping[str, Floats]) -> tuple[dict[str, Floats], dict[str, list[Floats]]]:
    """Inputs and parameters as `verify` has them, rounded to a precision."""

    def rounded(x: Floats) -> Floats:
        return torch.as_tensor(x).to(getattr(torch, dtype)).double().numpy()

    whole, limits, names = whole_numbers(net), limited(net), parameter_names(net)
    fed: dict[str, Floats] = {}
    for name, value in ((name, net.latest[name]) for name in net.inputs):
        shape = integers(net.shapes[value]) or ()
        numbers = draw_input(0, name, shape, whole.get(value), limits.get(value, ()))
        fed[name] = rounded(own.get(name, numbers))
    params = {n.name: [rounded(b) for b in draw_parameters(Samples(0), n, names)] for n in net.layers if n.blobs}
    return fed, params


def torch_half(
    net: Net, dtype: str, fed: Mapping[str, Floats], params: Mapping[str, list[Floats]]
) -> dict[str, Floats]:
    """As a user does it: the module, then `.half()` or `.bfloat16()`."""
    written, kind = emission(net, "torch"), getattr(torch, dtype)
    module = made(written)()
    with torch.no_grad():
        for path, value in placed(net, written, params):
            reduce(getattr, path.split("."), module).copy_(torch.as_tensor(value))
        module = module.to(kind).eval()
        result = module(*(torch.as_tensor(fed[name]).to(kind) for name in written.inputs))
    outputs = {written.outputs[0]: result} if len(written.outputs) == 1 else result
    assert {blob: value.dtype for blob, value in outputs.items()} == dict.fromkeys(outputs, kind)
    return {blob: value.double().numpy() for blob, value in outputs.items()}


def tensorflow_half(
    net: Net, dtype: str, fed: Mapping[str, Floats], params: Mapping[str, list[Floats]]
) -> dict[str, Floats]:
    """A module made with the precision, which its variables then have, too."""
    import tensorflow as tf

    tf_: Any = tf
    written, kind = emission(net, "tensorflow"), tf_.as_dtype(dtype)
    module = made(written)(kind)
    for path, value in placed(net, written, params):
        reduce(getattr, path.split("."), module).assign(tf_.cast(value, kind))
    outputs: dict[str, Any] = module.forward(*(tf_.cast(fed[name], kind) for name in written.inputs))
    assert {blob: value.dtype for blob, value in outputs.items()} == dict.fromkeys(outputs, kind)
    return {blob: tf_.cast(value, tf_.float64).numpy() for blob, value in outputs.items()}


RUN: dict[str, Callable[..., dict[str, Floats]]] = {"torch": torch_half, "tensorflow": tensorflow_half}


def made(written: Any) -> Any:
    """The class of emitted text."""
    scope: dict[str, Any] = {}
    exec(written.text, scope)
    return scope[written.class_name]


def placed(net: Net, written: Any, params: Mapping[str, list[Floats]]) -> Iterator[tuple[str, Floats]]:
    """Where each parameter blob lives, and what is stored there."""
    for node in net.layers:
        yield from all_stored([written.slots[param.key] for param in node.blobs], params.get(node.name, []))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_under_a_policy_of_keras(policy: str) -> None:
    """A module is made with the policy's compute type; the policy itself does not reach one that is made without."""
    import tensorflow as tf

    tf_: Any = tf
    mixed = tf_.keras.mixed_precision
    before = mixed.global_policy()
    mixed.set_global_policy(policy)
    try:
        kind = tf_.as_dtype(mixed.global_policy().compute_dtype)
        net = netspec.load_text(CASES["inner_product"])
        module = made(emission(net, "tensorflow"))

        class Wrapped(tf_.keras.layers.Layer):
            def __init__(self) -> None:
                super().__init__()
                self.net = module(kind)

            def call(self, data: Any) -> Any:
                return self.net(data)

        data = tf_.ones([2, 4, 6, 7])
        assert Wrapped()(data).dtype == kind
        assert module()(data).dtype == tf_.float32
    finally:
        mixed.set_global_policy(before)


# Named sizes of an input, the fields of a pooling, whether it pads, and sizes to run it at.
NAMED = [
    ("[N, 3, 16 * h, 16 * w]", "kernel_size: 2 stride: 2", False, [(2, 32, 16), (1, 16, 48)]),
    ("[1, 3, 6 * h, 9 * w]", "kernel_size: 3 stride: 3", False, [(1, 6, 9), (1, 12, 18)]),
    ("[1, 3, 4 * h, 8 * w]", "kernel_size: 3 stride: 2 pad: 1 round_mode: FLOOR", False, [(1, 8, 8), (1, 4, 16)]),
    ("[1, 3, 2 * h + 1, 2 * w + 1]", "kernel_size: 3 stride: 2", False, [(1, 7, 9), (1, 5, 3)]),
    ("[1, 3, 16 * h, w]", "kernel_size: 2 stride: 2", True, [(1, 16, 7), (1, 32, 8)]),
    ("[1, 3, H, W]", "kernel_size: 3 stride: 2", True, [(1, 6, 6), (1, 7, 9)]),
    ("[1, 3, H, W]", "kernel_size: 3 stride: 2 pad: 1", True, [(1, 6, 6), (1, 7, 9)]),
    ("[1, 3, H, W]", "kernel_size: 1 stride: 1", False, [(1, 6, 6), (1, 7, 9)]),
]


@pytest.mark.parametrize(("shape", "fields", "pads", "sizes"), NAMED)
def test_maxima_over_named_sizes(shape: str, fields: str, pads: bool, sizes: list[tuple[int, int, int]]) -> None:
    """The numbers of a half are its own, so that the largest of them are exact."""
    written = emission(netspec.load_text(f"input data: {shape}\ny = Pooling(data) {{ {fields} }}\n"), "torch")
    assert ("F.pad" in written.text) == pads
    module = made(written)().eval()
    for n, height, width in sizes:
        net = netspec.load_text(f"input data: [{n}, 3, {height}, {width}]\ny = Pooling(data) {{ {fields} }}\n")
        for kind in (torch.float16, torch.bfloat16):
            x = -torch.rand(n, 3, height, width).to(kind) - 1
            wanted = netspec.build(net, "numpy", dtype="float64").forward({"data": x.double().numpy()})["y"]
            found = module(x)
            assert found.dtype == kind
            np.testing.assert_array_equal(found.double().numpy(), wanted)
