"""The rows of the emitted models: ResNet-50, one image, beside the same net written for the framework."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measure import Line, Unavailable, alternate, milliseconds

import netspec
from netspec.backend.door import find
from netspec.backend.executable import run_text
from netspec.emit import Emission
from netspec.emit.slots import all_stored
from netspec.layers.base import Role
from netspec.net import Net

SPEC = Path(__file__).resolve().parents[2] / "specs" / "resnet50.net"
ROUNDS = 21

# The range that each kind of parameter is drawn from, so that values neither vanish nor overflow.
RANGES = {
    Role.BIAS: (-0.1, 0.1),
    Role.SCALE: (0.6, 1.4),
    Role.MEAN: (-0.2, 0.2),
    Role.VARIANCE: (0.6, 1.4),
    Role.FACTOR: (1.0, 1.0),
}


def parameters(net: Net) -> dict[str, list[np.ndarray]]:
    """Random parameters for every layer, in Caffe's order and layout."""
    rng = np.random.default_rng(0)
    drawn: dict[str, list[np.ndarray]] = {}
    for node in net.layers:
        for param in node.blobs:
            shape = tuple(int(str(d)) for d in param.blob.shape)
            reach = math.sqrt(6 / max(1, math.prod(shape[1:])))
            low, high = RANGES.get(param.blob.role, (-reach, reach))
            drawn.setdefault(node.name, []).append(rng.uniform(low, high, shape).astype(np.float32))
    return drawn


def stored(
    net: Net, emission: Emission, params: Mapping[str, Sequence[np.ndarray]]
) -> Iterator[tuple[str, np.ndarray]]:
    """The same parameters as the emitted module keeps them, each with its path below the module."""
    for node in net.layers:
        yield from all_stored([emission.slots[param.key] for param in node.blobs], params.get(node.name, []))


def image() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((1, 3, 224, 224)).astype(np.float32)


def torch_rows() -> Iterator[Line]:
    """The emitted module in inference mode, beside `torch_resnet50.ResNet50` with the same weights."""
    try:
        import torch
        import torch_resnet50
    except ImportError as missing:
        raise Unavailable(f"no {missing.name}") from missing

    net = netspec.load(SPEC)
    params = parameters(net)
    emission = find("torch").emit(net, net.outputs)
    emitted: Any = run_text(emission.text, "bench")[emission.class_name]().eval()
    state = emitted.state_dict()
    for path, value in stored(net, emission, params):
        state[path].copy_(torch.from_numpy(value))
    by_hand = torch_resnet50.ResNet50().eval()
    by_hand.load_caffe(params)
    x = torch.from_numpy(image())
    with torch.inference_mode():
        torch.testing.assert_close(emitted(x), by_hand(x), rtol=1e-3, atol=1e-6)
        pair = alternate(lambda: emitted(x), lambda: by_hand(x), ROUNDS)
    against = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
    yield Line("PyTorch ResNet-50 : written by hand", against, pair.ratio, 1.02)


def tensorflow_rows() -> Iterator[Line]:
    """The emitted module in a `tf.function`, beside Keras's ResNet50 in one."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow as tf
    except ImportError as missing:
        raise Unavailable(f"no {missing.name}") from missing

    net = netspec.load(SPEC)
    params = parameters(net)
    emission = find("tensorflow").emit(net, net.outputs)
    emitted: Any = run_text(emission.text, "bench")[emission.class_name]()
    for path, value in stored(net, emission, params):
        operator.attrgetter(path)(emitted).assign(value)
    keras = tf.keras.applications.ResNet50(weights=None)
    ours = tf.function(emitted)
    theirs = tf.function(lambda x: keras(x, training=False))
    x = image()
    first, last = tf.constant(x), tf.constant(x.transpose(0, 2, 3, 1))
    pair = alternate(lambda: ours(first).numpy(), lambda: theirs(last).numpy(), ROUNDS)
    against = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
    yield Line("TensorFlow ResNet-50 : keras.applications", against, pair.ratio, 1.02)
