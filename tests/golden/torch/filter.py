"""A net in PyTorch, written by netspec.

Input: data 4×3, selector 4×1.
Output: y 4×3.
Phase: TEST.
"""

from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, data: Tensor, selector: Tensor) -> Tensor:
        chosen = selector.flatten() != 0
        y = data[chosen]
        return y
