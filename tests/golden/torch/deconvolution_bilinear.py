"""A net in PyTorch, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×14×16.
Phase: TEST; the module begins in evaluation mode.
"""

import math

import torch
from torch import Tensor, nn


def bilinear_(weight: Tensor) -> Tensor:
    """The kernel of bilinear interpolation, for every pair of channels."""
    with torch.no_grad():
        size = weight.shape[-1]
        f = math.ceil(size / 2)
        ramp = 1 - (torch.arange(size) / f - (size - 1) / (2 * f)).abs()
        return weight.copy_(ramp[:, None] * ramp)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.deconvolution = nn.ConvTranspose2d(4, 4, kernel_size=4, stride=2, groups=4, bias=False)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        bilinear_(self.deconvolution.weight)

    def forward(self, data: Tensor) -> Tensor:
        y = self.deconvolution(data)  # 2×4×14×16
        return y
