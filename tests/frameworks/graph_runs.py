"""Nets whose TensorFlow module is run as a graph and step by step. A program of its own, for `test_graphs.py`: what is
wrong with a graph may end the process.

How TensorFlow rewrites a graph depends on what stands beside what. So each layer of a table has its own input, and the
transposes that go with it. Many of them together make one net, which is traced once.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any

import numpy as np
from netspec_tensorflow.backend import TensorFlowBackend
from netspec_tensorflow.runner import framework, starter

import netspec
from netspec.backend.executable import Floats, started
from netspec.emit import Emission
from netspec.net import Net
from netspec.net.labels import whole_numbers
from netspec.shapes import integers
from netspec.verify.samples import Samples, draw_input, draw_parameters, limited, parameter_names
from tests.frameworks.cases import CASES, inputs, layer

tf = framework()

SIZES = (5, 7, 6)
EQUAL = {"float32": 1e-4, "float64": 1e-10}  # of the largest value
TOGETHER = 40  # layers in a net
RANDOM = {"dropout_in_train"}  # no two runs give the same numbers

# One size for all axes, or one for each.
KERNELS: dict[int, tuple[Any, ...]] = {1: (1, 3), 2: (1, 3, (2, 3)), 3: (2, (1, 3, 2))}
STRIDES: dict[int, tuple[Any, ...]] = {1: (1, 2), 2: (1, 2, (1, 3)), 3: (1, 3, (1, 1, 2))}
PADS: dict[int, tuple[Any, ...]] = {1: (0, 1, 2), 2: (0, 1, (2, 0)), 3: (0, 1, (1, 0, 2))}


def fields(**sizes: int | tuple[int, ...]) -> str:
    each = ((name, size if isinstance(size, tuple) else (size,)) for name, size in sizes.items())
    return " ".join(f"{name}: {value}" for name, values in each for value in values)


def convolutions(type_name: str, count: int) -> Iterator[str]:
    """Some of all combinations for each number of axes, on images of 4 channels or of 1; one in five has no bias."""
    for axes in (1, 2, 3):
        rows = [*product((1, 2, 4, 0), (1, 2), PADS[axes], STRIDES[axes], KERNELS[axes])]
        for i, (group, dilation, pad, stride, kernel) in enumerate(Random(0).sample(rows, count)):
            sizes = fields(kernel_size=kernel, stride=stride, pad=pad, dilation=dilation, group=group or 1)
            body = f"num_output: {4 * (1 + i % 2)} bias_term: {'false' if i % 5 == 2 else 'true'} {sizes}"
            yield on(i, type_name, f"convolution_param {{ {body} }}", (2, 4 if group else 1, *SIZES[:axes]))


def poolings() -> Iterator[str]:
    for axes in (1, 2, 3):
        table = product(("MAX", "AVE"), (0, 1), (1, 2, 3), (2, 3))
        for i, (pool, pad, stride, kernel) in enumerate(table):
            sizes = fields(kernel_size=kernel, stride=stride, pad=pad)
            yield on(i, "Pooling", f"pooling_param {{ pool: {pool} {sizes} }}", (2, 3, *SIZES[:axes]))


def wide() -> Iterator[str]:
    """Convolutions to one channel, whose output would be of size 1 but for the padding."""
    table = product((1, 2, 3), ((3, 5, 4), (2, 5, 3)), (1, 3), (1, 2, (2, 0, 1)), (1, 2), ("true", "false"))
    for i, (axes, kernel, stride, pad, channels, bias) in enumerate(table):
        each = pad[:axes] if isinstance(pad, tuple) else pad
        sizes = fields(kernel_size=kernel[:axes], stride=stride, pad=each)
        body = f"convolution_param {{ num_output: 1 bias_term: {bias} {sizes} }}"
        yield on(i, "Convolution", body, (1, channels, *(3, 5, 4)[:axes]))


def narrow() -> Iterator[str]:
    """Convolutions of one channel, or of each, with few columns, and steps that differ."""
    steps = ((1, 2), (1, 3), (2, 1), (2, 3), 2, (1, 1, 2), (2, 1, 3), (1, 2, 3))
    for i, (kernel, width, pad, stride, channels) in enumerate(product((2, 3), (2, 3, 4), (0, 1), steps, (1, 3))):
        axes = len(stride) if isinstance(stride, tuple) else 2
        sizes = fields(
            kernel_size=(2,) * (axes - 1) + (kernel,), stride=stride, pad=(0,) * (axes - 1) + (pad,), group=channels
        )
        if width >= kernel:
            shape = (3, channels, *SIZES[: axes - 1], width)
            yield on(i, "Convolution", f"convolution_param {{ num_output: 3 {sizes} }}", shape)


PRODUCT, MAXIMUM = "eltwise_param { operation: PROD }", "eltwise_param { operation: MAX }"
FOLLOWERS = (
    layer("ReLU", "y", "y", "relu_param { negative_slope: 0.1 }"),
    *(layer(name, "y", "z") for name in ("ReLU6", "ELU", "Sigmoid", "TanH", "Swish", "HardSwish", "BNLL", "PReLU")),
    *(layer(name, "y", "z") for name in ("MVN", "Softmax")),
    layer("AbsVal", "y", "z") + layer("Eltwise", "y z", "w"),
    layer("Sigmoid", "y", "z") + layer("Eltwise", "y z", "w", PRODUCT),
    layer("BNLL", "y", "z") + layer("TanH", "z", "z") + layer("Eltwise", "y z", "w", PRODUCT),
    layer("Power", "y", "z", "power_param { scale: 0.1 }") + layer("Eltwise", "y z", "w", MAXIMUM),
    layer("BatchNorm", "y", "z")
    + layer("Scale", "z", "w", "scale_param { bias_term: true }")
    + layer("ReLU", "w", "w"),
    layer("MVN", "y", "z") + layer("ReLU", "z", "z"),
    layer("Pooling", "y", "z", "pooling_param { kernel_size: 2 pad: 1 }"),
    layer("Convolution", "y", "z", "convolution_param { num_output: 3 kernel_size: 3 pad: 1 }", "g")
    + layer("Eltwise", "y z", "w"),
)


def followed() -> Iterator[str]:
    """Layers with another behind them, that TensorFlow may take as one."""
    kinds = (
        ("Convolution", "convolution_param { num_output: 3 kernel_size: 3 pad: 1 pad: 2 }", (2, 3, 5, 4)),
        ("Convolution", "convolution_param { num_output: 3 kernel_size: 3 stride: 2 pad: 2 group: 3 }", (2, 3, 5, 4)),
        ("Convolution", "convolution_param { num_output: 3 kernel_size: 2 pad: 1 }", (2, 3, 3, 2, 3)),
        ("InnerProduct", "inner_product_param { num_output: 5 }", (3, 4)),
        ("MVN", "", (2, 3, 5, 4)),
        ("BatchNorm", "", (2, 3, 5, 4)),
    )
    for (type_name, body, shape), behind in product(kinds, FOLLOWERS):
        text = inputs(x=shape) + layer(type_name, "x", "y", body, "f") + behind
        try:
            netspec.load_text(text)
        except netspec.SpecError:
            continue  # not for this shape
        yield text
    for type_name, (steps, streams) in product(("RNN", "LSTM"), ((1, 1), (1, 3), (2, 1))):
        body = "recurrent_param { num_output: 4 }"
        fed = inputs(x=(steps, streams, 2), cont=(steps, streams), s=(streams, 2))
        yield fed + layer(type_name, "x cont s", "y", body, "f")


def on(i: int, type_name: str, body: str, shape: tuple[int, ...]) -> str:
    """A layer on an input, and for every other one something behind it, that TensorFlow may merge with it."""
    text = inputs(x=shape) + layer(type_name, "x", "y", body, "f")
    return text + ("", layer("ReLU", "y", "y"), layer("Scale", "y", "y", "scale_param { bias_term: true }"))[i % 3]


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "convolution": lambda: convolutions("Convolution", 30),
    "deconvolution": lambda: convolutions("Deconvolution", 20),
    "pooling": poolings,
    "wide": wide,
    "narrow": narrow,
    "followed": followed,
}


def nets(group: str) -> dict[str, str]:
    """The text of each net of a table, or of `cases`, by its name."""
    if group == "cases":
        return {name: text for name, text in CASES.items() if name not in RANDOM}
    rows = [apart(text, str(i)) for i, text in enumerate(TABLES[group]())]
    return {f"from row {i}": "".join(rows[i : i + TOGETHER]) for i in range(0, len(rows), TOGETHER)}


def apart(text: str, number: str) -> str:
    """The text with a number behind each name of a layer or a blob."""
    return re.sub(r'((?:name|bottom|top): "\w+)"', rf'\1_{number}"', text)


def faults(text: str, saving: bool = False) -> list[str]:
    """What differs from the steps in float64: those in float32, a graph, and a graph that was saved and read again."""
    net, found = netspec.load_text(text), list[str]()
    wanted: dict[str, Floats] = {}
    for dtype in ("float64", "float32"):
        emission, runner = live(net, dtype)
        fed = [x.astype(dtype) for x in drawn(net, emission)]
        ways = {"steps": steps, "graph": graph} | ({"saved": saved} if saving and dtype == "float32" else {})
        before = [variable.numpy() for variable in runner.module.variables]
        for way, run in ways.items():
            for variable, value in zip(runner.module.variables, before, strict=True):  # some keep statistics
                variable.assign(value)
            outputs = {
                blob: bounded(value.numpy()) for blob, value in run(runner.module, fed, emission.outputs).items()
            }
            wanted = wanted or outputs
            found += (f"{name}: {way}, {dtype}: {words}" for name, words in differing(outputs, wanted, EQUAL[dtype]))
    return found


def bounded(values: Floats) -> Floats:
    """With −∞ for the lowest number of the precision, which is what MAX gives for a window outside."""
    return np.where(values == np.finfo(values.dtype).min, -np.inf, values)


def steps(module: Any, fed: list[Floats], outputs: tuple[str, ...]) -> dict[str, Any]:
    call: Any = type(module).__call__
    result = call.python_function(module, *(tf.constant(x) for x in fed))
    return {outputs[0]: result} if len(outputs) == 1 else {name: result[name] for name in outputs}


def graph(module: Any, fed: list[Floats], outputs: tuple[str, ...]) -> dict[str, Any]:
    return dict(module.forward(*(tf.constant(x) for x in fed)))


def saved(module: Any, fed: list[Floats], outputs: tuple[str, ...]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder)
        return graph(tf.saved_model.load(folder), fed, outputs)


def differing(found: dict[str, Floats], wanted: dict[str, Floats], part: float) -> Iterator[tuple[str, str]]:
    for name, want in wanted.items():
        got = found[name]
        if got.shape != want.shape:
            yield name, f"shape {got.shape}, not {want.shape}"
        elif not np.allclose(
            got, want, rtol=0, atol=part * float(abs(want[np.isfinite(want)]).max(initial=0)), equal_nan=True
        ):
            yield name, f"off by {abs(got - want).max()}"


def live(net: Net, dtype: str) -> tuple[Emission, Any]:
    """The module with drawn parameters."""
    names = parameter_names(net)
    params = {node.name: draw_parameters(Samples(0), node, names) for node in net.layers if node.blobs}
    return started(net, lambda outputs: TensorFlowBackend().emit(net, outputs), starter(net, "cpu", dtype), params)


def drawn(net: Net, emission: Emission) -> list[Floats]:
    whole, limits = whole_numbers(net), limited(net)
    values = {blob: net.latest[blob] for blob in emission.inputs}
    return [
        draw_input(0, blob, integers(net.shapes[value]) or (), whole.get(value), limits.get(value, ()))
        for blob, value in values.items()
    ]


def main(group: str) -> None:
    """The names of the nets of a group, and for each a line of what is wrong with it."""
    texts = nets(group)
    print(json.dumps([*texts]), flush=True)
    for text in texts.values():
        print(json.dumps(faults(text, saving=group != "cases")), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
