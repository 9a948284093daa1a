"""A net in PyTorch, written by netspec.

Input: data 2×4×6×7.
Output: y 2×20.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        spp = F.adaptive_max_pool2d(data, 1)  # 2×4×1×1
        spp_2 = torch.flatten(spp, 1)  # 2×4
        spp_3 = F.max_pool2d(data, (3, 4), padding=(0, 1))  # 2×4×2×2
        spp_4 = torch.flatten(spp_3, 1)  # 2×16
        y = torch.cat((spp_2, spp_4), dim=1)  # 2×20
        return y
