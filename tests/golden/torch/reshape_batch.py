"""A net in PyTorch, written by netspec.

Input: data 2×4×6×7.
Output: y 48×7.
Phase: TEST.
"""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = torch.flatten(data, 0, 2)  # 48×7
        return y
