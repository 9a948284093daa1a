import math

import torch
from torch import Tensor, nn
