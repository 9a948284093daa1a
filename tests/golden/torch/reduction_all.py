"""A net in PyTorch, written by netspec.

Input: data 2×4×6×7.
Output: y ().
Phase: TEST.
"""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = torch.abs(data).sum()  # scalar
        return y
