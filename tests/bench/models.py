"""The rows of the emitted models, beside the same nets as written for the framework: one thread, CPU seconds."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from measure import Line, Unavailable, alternate, cpu_seconds, milliseconds
from netspec_tensorflow.runner import inside

import netspec
from netspec.backend.door import find
from netspec.backend.executable import run_text
from netspec.layers.base import Role
from netspec.net import Net
from netspec.shapes import integers
from netspec.weights import modules

SPECS = Path(__file__).resolve().parents[2] / "specs"
ROUNDS = {"resnet50": 15, "mobilenet_v1": 31, "vgg16": 7, "unet": 7}  # fewer of what takes longer
TITLES = {"resnet50": "ResNet-50", "mobilenet_v1": "MobileNet", "vgg16": "VGG-16", "unet": "U-Net"}
# Up to which ratio a row is within reach: as it is, and with -O.
TORCH = {"resnet50": (1.03, 0.90), "mobilenet_v1": (1.03, 0.80), "vgg16": (1.03, 0.97), "unet": (1.03, 0.97)}
KERAS = {"resnet50": "ResNet50", "mobilenet_v1": "MobileNet", "vgg16": "VGG16"}
TENSORFLOW = (1.00, 0.95)

# The range that each kind of parameter is drawn from, so that values neither vanish nor overflow.
RANGES = {
    Role.BIAS: (-0.1, 0.1),
    Role.SCALE: (0.6, 1.4),
    Role.MEAN: (-0.2, 0.2),
    Role.VARIANCE: (0.6, 1.4),
    Role.FACTOR: (1.0, 1.0),
}


def spec(name: str) -> Net:
    return netspec.load(SPECS / f"{name}.net")


def parameters(net: Net) -> dict[str, list[np.ndarray]]:
    """Random parameters for every layer, in Caffe's order and layout."""
    rng = np.random.default_rng(0)
    drawn: dict[str, list[np.ndarray]] = {}
    for node in net.layers:
        for param in node.blobs:
            shape = integers(param.blob.shape) or ()
            reach = math.sqrt(6 / max(1, math.prod(shape[1:])))
            low, high = RANGES.get(param.blob.role, (-reach, reach))
            drawn.setdefault(node.name, []).append(rng.uniform(low, high, shape).astype(np.float32))
    return drawn


def image(net: Net) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(integers(net.blobs["data"])).astype(np.float32)


def torch_module(net: Net, params: Mapping[str, Sequence[np.ndarray]]) -> Any:
    """The emitted module with these parameters of the net as read."""
    import torch

    emission = find("torch").emit(net, net.returned)
    module: Any = run_text(emission.text, "bench")[emission.class_name]()
    state = module.state_dict()
    for path, value in modules.state(net, emission.slots, params).items():
        state[path].copy_(torch.from_numpy(np.ascontiguousarray(value)))
    return module


def torch_by_hand(name: str, params: Mapping[str, Sequence[np.ndarray]]) -> Any:
    try:
        import torch
        import torch_models
        import torch_resnet50
    except ImportError as missing:
        raise Unavailable(f"no {missing.name}") from missing

    torch.set_num_threads(1)
    if name == "resnet50":
        resnet = torch_resnet50.ResNet50()
        resnet.load_caffe(params)
        return resnet.eval()
    made = {"mobilenet_v1": torch_models.MobileNet, "vgg16": torch_models.VGG16, "unet": torch_models.UNet}[name]()
    torch_models.load_caffe(made, params)
    return made.eval()


def torch_rows() -> Iterator[Line]:
    """Emitted modules in inference mode, plain and with -O."""
    for name, limits in TORCH.items():
        net = spec(name)
        params = parameters(net)
        by_hand = torch_by_hand(name, params)
        import torch

        x = torch.from_numpy(image(net))
        for made, limit, option in ((net, limits[0], ""), (netspec.optimized(net), limits[1], " -O")):
            emitted = torch_module(made, params)
            with torch.inference_mode():
                torch.testing.assert_close(emitted(x), by_hand(x), rtol=1e-3, atol=1e-5)
            what = f"PyTorch {TITLES[name]}{option} : written by hand"
            yield _line(what, _inference(emitted, x), _inference(by_hand, x), ROUNDS[name], limit)


def _inference(module: Any, x: Any) -> Callable[[], object]:
    import torch

    def run() -> None:
        with torch.inference_mode():
            module(x)

    return run


def tensorflow_rows() -> Iterator[Line]:
    """Emitted modules in a `tf.function`, beside Keras's of that name in one."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow as tf
    except ImportError as missing:
        raise Unavailable(f"no {missing.name}") from missing

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for name, kind in KERAS.items():
        net = spec(name)
        params, x = parameters(net), image(net)
        keras: Any = getattr(tf.keras.applications, kind)(weights=None)
        theirs = _in_graph(tf.function(lambda x, keras=keras: keras(x, training=False)), x.transpose(0, 2, 3, 1))
        for made, limit, option in ((net, TENSORFLOW[0], ""), (netspec.optimized(net), TENSORFLOW[1], " -O")):
            emission = find("tensorflow").emit(made, made.returned)
            module: Any = run_text(emission.text, "bench")[emission.class_name]()
            for path, value in modules.state(made, emission.slots, params).items():
                variable: Any = reduce(inside, path.split("."), module)
                variable.assign(value)
            what = f"TensorFlow {TITLES[name]}{option} : keras.applications"
            yield _line(what, _in_graph(tf.function(module), x), theirs, ROUNDS[name], limit)


def _in_graph(function: Any, x: np.ndarray) -> Callable[[], object]:
    import tensorflow as tf

    given = tf.constant(x)
    return lambda: function(given).numpy()


def training_rows() -> Iterator[Line]:
    """A step of SGD: forward, backward, update. ResNet-50 with two images; an LSTM of 20 steps and 16 sequences, which
    a person writes as a loop over `nn.LSTMCell`, since sequences begin where `cont` says."""
    net = netspec.load(SPECS / "resnet50.net", inputs={"data": (2, 3, 224, 224)})
    params = parameters(net)
    by_hand = torch_by_hand("resnet50", params)
    import torch
    import torch_models

    x, labels = torch.from_numpy(image(net)), torch.tensor([1, 2])

    def unlikely(probabilities: Any) -> Any:
        return -probabilities.gather(1, labels[:, None]).log().mean()

    ours, theirs = (step(module, (x,), unlikely) for module in (torch_module(net, params), by_hand))
    yield _line("PyTorch ResNet-50, a training step : by hand", ours, theirs, 5, 1.03)
    net = netspec.load_text(torch_models.LSTM_SPEC)
    given = torch.randn(20, 16, 64), torch.ones(20, 16)
    ours, theirs = (
        step(module, given, lambda y: y.square().mean())
        for module in (torch_module(net, parameters(net)), torch_models.Recurrent())
    )
    yield _line("PyTorch LSTM, a training step : by hand", ours, theirs, 41, 1.03)


def step(module: Any, inputs: Sequence[Any], loss: Callable[[Any], Any]) -> Callable[[], object]:
    import torch

    module.train()
    optimizer = torch.optim.SGD(module.parameters(), 1e-4)

    def run() -> None:
        optimizer.zero_grad()
        loss(module(*inputs)).backward()
        optimizer.step()

    return run


def _line(what: str, ours: Callable[[], object], yardstick: Callable[[], object], rounds: int, limit: float) -> Line:
    pair = alternate(ours, yardstick, rounds, cpu_seconds)
    return Line(what, f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}", pair.ratio, limit)
