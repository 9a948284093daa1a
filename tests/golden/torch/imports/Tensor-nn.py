from torch import Tensor, nn
