import torch
from torch import Tensor, nn
