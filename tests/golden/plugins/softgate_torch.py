"""Mine in PyTorch, written by netspec.

Input: data 2×3×8×8.
Output: softgate 2×3×8×8.
Phase: TEST.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Mine(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        softgate = data * torch.tanh(F.softplus(1.5 * data, threshold=40))
        return softgate
