"""Dense in PyTorch, written by netspec.

Input: x 4×6.
Output: sum 4×5.
Phase: TEST; the module begins in evaluation mode.
"""

import torch
from torch import Tensor, nn


class Dense(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(3, 5)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.one.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.one.bias)

    def forward(self, x: Tensor) -> Tensor:
        a, b = torch.chunk(x, 2, 1)
        y = self.one(a)  # 4×5
        z = self.one(b)  # 4×5
        sum_ = y + z
        return sum_
