"""MobileNet v1, VGG-16, U-Net and an LSTM as a person writes them in PyTorch, the yardsticks for what is emitted. The
nets are those of specs/; ResNet-50 has a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn


class Separable(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False),
            nn.BatchNorm2d(inputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class MobileNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.Conv2d(3, 32, 3, 2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(True)]
        inputs = 32
        widths = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *(((512, 1),) * 5), (1024, 2), (1024, 1))
        for outputs, stride in widths:
            blocks.append(Separable(inputs, outputs, stride))
            inputs = outputs
        self.features = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classify = nn.Linear(inputs, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(self.classify(torch.flatten(self.pool(self.features(x)), 1)), 1)


class VGG16(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for count, outputs in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
            for _ in range(count):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classify = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 1000),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(self.classify(torch.flatten(self.features(x), 1)), 1)


class Double(nn.Sequential):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1),
            nn.ReLU(inplace=True),
        )


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.down = nn.ModuleList(
            Double(inputs, outputs) for inputs, outputs in zip((1, *widths), widths, strict=False)
        )
        self.pool, self.drop = nn.MaxPool2d(2), nn.Dropout()
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 2, stride=2) for width in widths[-2::-1])
        self.merge = nn.ModuleList(Double(2 * width, width) for width in widths[-2::-1])
        self.score = nn.Conv2d(64, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for i, double in enumerate(self.down):
            x = double(self.pool(x) if i else x)
            x = self.drop(x) if i >= 3 else x
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, skips[-2::-1], strict=True):
            x = merge(torch.cat((skip, up(x)), 1))
        return torch.softmax(self.score(x), 1)


# Sequences of 64 numbers, 128 units, 10 outputs at each step.
LSTM_SPEC = """
name: "Text"
input x: [20, 16, 64]
input cont: [20, 16]
lstm = LSTM(x, cont) { num_output: 128 }
ip = InnerProduct(lstm) { num_output: 10  axis: 2 }
"""


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(64, 128)
        self.classify = nn.Linear(128, 10)

    def forward(self, x: Tensor, cont: Tensor) -> Tensor:
        h = c = x.new_zeros(x.shape[1], 128)
        steps: list[Tensor] = []
        for step, keep in zip(x, cont[..., None], strict=True):
            h, c = self.cell(step, (keep * h, keep * c))
            steps.append(h)
        return self.classify(torch.stack(steps))


def in_order(module: nn.Module) -> Iterator[nn.Module]:
    """The layers with parameters in the order in which they run, which is that of the spec."""
    if isinstance(module, UNet):
        pairs = zip(module.up, module.merge, strict=True)
        parts = [*module.down, *(part for pair in pairs for part in pair), module.score]
        yield from (layer for part in parts for layer in in_order(part))
    else:
        yield from (
            m for m in module.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.BatchNorm2d)
        )


def load_caffe(module: nn.Module, params: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Takes Caffe's parameters, by layer in the order of the spec; a Scale belongs to the BatchNorm before it."""
    layers, norm = in_order(module), None
    with torch.no_grad():
        for blobs in params.values():
            values = [torch.from_numpy(np.asarray(blob)) for blob in blobs]
            if norm is not None:
                norm.weight.copy_(values[0])
                norm.bias.copy_(values[1])
                norm = None
                continue
            layer = next(layers)
            if isinstance(layer, nn.BatchNorm2d):
                mean, variance, factor = values
                norm = layer
                assert layer.running_mean is not None and layer.running_var is not None
                layer.running_mean.copy_(mean / factor)
                layer.running_var.copy_(variance / factor)
            else:
                for name, value in zip(("weight", "bias"), values, strict=False):
                    getattr(layer, name).copy_(value)
