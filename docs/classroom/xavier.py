"""How far from 0 xavier draws: by what enters a neuron, as Caffe does, or by what enters and what leaves it."""

from math import sqrt

import netspec

SPEC = """
input data: [1, 784]
ip = InnerProduct(data) { num_output: 100  weight_filler { type: "xavier"  variance_norm: %s } }
"""
for norm, bound in {"FAN_IN": sqrt(3 / 784), "AVERAGE": sqrt(6 / (784 + 100))}.items():
    print(f"{norm:8} bound {bound:.4f}", end="")
    for backend in ("torch", "tensorflow"):
        weight, _ = netspec.build(netspec.load_text(SPEC % norm), backend).get_params()["ip"]
        print(f", {backend} at most {abs(weight).max():.4f}", end="")
    print()
