"""A net in PyTorch, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×6×7.
"""

from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)

    def forward(self, data: Tensor) -> Tensor:
        y = self.dropout(data)
        return y
