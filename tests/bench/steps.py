"""A step of `netspec train` against the same step in a loop that a person writes: LeNet, 64 digits, SGD."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measure import Line, Unavailable, alternate, cpu_seconds, milliseconds

STEPS = 10  # of a round
ITEMS = 2048
SOLVER = """
base_lr: 0.01 lr_policy: "inv" gamma: 0.0001 power: 0.75 momentum: 0.9 weight_decay: 0.0005 max_iter: 1000000
display: 100 average_loss: 10 random_seed: 1
net_param {
  name: "LeNet"
  input: "data" input_shape { dim: 64 dim: 1 dim: 28 dim: 28 } input: "label" input_shape { dim: 64 }
  layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1" param { lr_mult: 1 } param { lr_mult: 2 }
          convolution_param { num_output: 20 kernel_size: 5 weight_filler { type: "xavier" } } }
  layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 2 stride: 2 } }
  layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2" param { lr_mult: 1 } param { lr_mult: 2 }
          convolution_param { num_output: 50 kernel_size: 5 weight_filler { type: "xavier" } } }
  layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2" pooling_param { kernel_size: 2 stride: 2 } }
  layer { name: "ip1" type: "InnerProduct" bottom: "pool2" top: "ip1" param { lr_mult: 1 } param { lr_mult: 2 }
          inner_product_param { num_output: 500 weight_filler { type: "xavier" } } }
  layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
  layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2" param { lr_mult: 1 } param { lr_mult: 2 }
          inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
}
"""


def step_rows() -> Iterator[Line]:
    """All that `netspec train` does in an iteration: the batch, the step, what is told of it."""
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise Unavailable(str(error)) from error
    rng = np.random.default_rng(0)
    data, label = rng.random((ITEMS, 1, 28, 28), np.float32), rng.integers(0, 10, ITEMS)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "digits.npz", data=data, label=label)
        pair = alternate(_ours(Path(folder)), _by_hand(data, label), 15, cpu_seconds)
    measured = f"{milliseconds(pair.ours / STEPS)} against {milliseconds(pair.yardstick / STEPS)}"
    yield Line("netspec train, a step of LeNet : a loop by hand", measured, pair.ratio, 1.05)


def _ours(folder: Path) -> Callable[[], object]:
    from netspec.diagnostics.source import Source
    from netspec.training.begin import begun
    from netspec.training.optimizers import Told
    from netspec.training.prepared import Data, prepared

    found = prepared(Source("solver.prototxt", SOLVER), Data(folder / "digits.npz", seed=1), Told(), {})
    run = begun(found, "torch", "cpu", "float32", None, folder, lambda event: None)

    def steps() -> None:
        for _ in range(STEPS):
            run.step()

    return steps


def _by_hand(data: Any, label: Any) -> Callable[[], object]:
    import torch
    import torch.nn.functional as F
    from torch import nn

    model = nn.Sequential(
        nn.Conv2d(1, 20, 5),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 500),
        nn.ReLU(inplace=True),
        nn.Linear(500, 10),
    )
    weights = [p for name, p in model.named_parameters() if name.endswith("weight")]
    biases = [p for name, p in model.named_parameters() if name.endswith("bias")]
    groups = [{"params": weights}, {"params": biases, "lr": 0.02}]
    optimizer = torch.optim.SGD(groups, 0.01, momentum=0.9, weight_decay=0.0005)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: (1 + 0.0001 * i) ** -0.75)
    images, labels = torch.from_numpy(data), torch.from_numpy(label)

    def batches() -> Iterator[Any]:
        while True:
            yield from torch.randperm(ITEMS).split(64)

    feed = iter(batches())

    def steps() -> None:
        for _ in range(STEPS):
            chosen = next(feed)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
            schedule.step()
            loss.item()

    return steps
