"""A net in PyTorch, written by netspec.

Input: data 2×3.
Output: a 2×3, c 2×3.
Phase: TEST.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, data: Tensor) -> dict[str, Tensor]:
        a = F.relu(data)
        c = torch.tanh(data)
        return {"a": a, "c": c}
