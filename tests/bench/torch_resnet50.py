"""ResNet-50 as a person writes it in PyTorch, the yardstick for the emitted module. The net is specs/resnet50.net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn


class ConvNorm(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int, project: bool) -> None:
        super().__init__()
        self.shortcut = ConvNorm(inputs, 4 * width, 1, stride) if project else nn.Identity()
        self.reduce = ConvNorm(inputs, width, 1, stride)
        self.spatial = ConvNorm(width, width, 3)
        self.expand = ConvNorm(width, 4 * width, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.reduce(x))
        y = self.relu(self.spatial(y))
        return self.relu(self.expand(y) + self.shortcut(x))


class ResNet50(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvNorm(3, 64, 7, 2)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        blocks: list[nn.Module] = []
        inputs = 64
        for stage, count in enumerate((3, 4, 6, 3)):
            width = 64 * 2**stage
            for i in range(count):
                blocks.append(Bottleneck(inputs, width, 2 if stage and not i else 1, project=i == 0))
                inputs = 4 * width
        self.blocks = nn.Sequential(*blocks)
        self.average = nn.AvgPool2d(7, 1)
        self.classify = nn.Linear(inputs, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.stem(x)))
        x = self.average(self.blocks(x))
        return torch.softmax(self.classify(torch.flatten(x, 1)), 1)

    def load_caffe(self, params: Mapping[str, Sequence[np.ndarray]]) -> None:
        """Takes Caffe's parameters, by layer in the order of the spec: convolution, BatchNorm, Scale, and so on."""
        blobs = [[torch.from_numpy(np.asarray(blob)) for blob in layer] for layer in params.values()]
        *groups, (weight, bias) = blobs
        with torch.no_grad():
            for i, pair in enumerate(m for m in self.modules() if isinstance(m, ConvNorm)):
                (kernel,), (mean, variance, factor), (gamma, beta) = groups[3 * i : 3 * i + 3]
                values = (kernel, gamma, beta, mean / factor, variance / factor)
                norm = pair.norm
                for slot, value in zip(
                    (pair.conv.weight, norm.weight, norm.bias, norm.running_mean, norm.running_var), values, strict=True
                ):
                    assert slot is not None
                    slot.copy_(value)
            self.classify.weight.copy_(weight)
            self.classify.bias.copy_(bias)
