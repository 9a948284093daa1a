"""A net in PyTorch, written by netspec.

Input: a 2×3, b 2×3.
Output: y 2×3.
Phase: TEST.
"""

from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        y = 0.5 * a - b
        return y
