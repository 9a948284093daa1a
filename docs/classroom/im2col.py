"""A convolution is a matrix product: of the weights, a row for each filter, and of windows, a column for each."""

import digits
import numpy as np

import netspec

SPEC = """
input data: [1, 1, 28, 28]
conv = Convolution(data) { num_output: 4  kernel_size: 3  weight_filler { type: "xavier" } }
columns = Im2col(data) { kernel_size: 3 }
"""
(x, _), _ = digits.load()
model = netspec.build(netspec.load_text(SPEC), "torch")
found = model.forward({"data": x[:1]})
weight, bias = model.get_params()["conv"]
columns = found["columns"].reshape(9, 26 * 26)
rows = weight.reshape(4, 9)
product = rows @ columns + bias[:, np.newaxis]
print(f"{rows.shape} @ {columns.shape} = {product.shape}")
print("the convolution:", np.allclose(product.reshape(1, 4, 26, 26), found["conv"], atol=1e-5))
