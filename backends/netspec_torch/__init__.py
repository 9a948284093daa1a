"""netspec's PyTorch backend. Importing it, and emitting with it, does not import torch."""

from __future__ import annotations

from netspec_torch.backend import TorchBackend

BACKEND = TorchBackend()
