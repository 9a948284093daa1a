"""The gradients of every parameter of a net, for one batch of digits: python gradients.py specs/mnist_small.net"""

import sys

import digits
import numpy as np
import torch

import netspec

(x, y), _ = digits.load()
torch.manual_seed(0)
model = netspec.build(netspec.load(sys.argv[1]), "torch")
outputs = model.forward({"data": x[:64], "label": y[:64]})
gradients = model.backward({}).params  # of the loss
print(f"loss {outputs['loss']:.2f}")
for layer, blobs in gradients.items():
    for name, gradient in zip(("weight", "bias"), blobs, strict=True):
        shape, size = "×".join(map(str, gradient.shape)), np.abs(gradient).mean()
        print(f"{layer:6} {name:7} {shape:10} {f'{size:.1e}' if size else '0'}")
