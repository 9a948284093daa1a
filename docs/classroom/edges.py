"""Finds the edges of a picture with filters that nobody has trained: python edges.py docs/face.png edges.png"""

import sys

import matplotlib
import numpy as np

import netspec

matplotlib.use("Agg")
from matplotlib import image

SPEC = """
name: "Edges"
input data: [1, 1, h, w]
let across = [-1, 0, 1, -2, 0, 2, -1, 0, 1]
let down = [-1, -2, -1, 0, 0, 0, 1, 2, 1]
edges = Convolution(data) {
  num_output: 2  kernel_size: 3  bias_term: false
  weight_filler { type: "values"  values: across + down }
}
"""
picture = image.imread(sys.argv[1])[:, :, :3].mean(axis=2)  # grey, from 0 to 1
found = {}
for backend in ("torch", "tensorflow"):
    model = netspec.build(netspec.load_text(SPEC), backend)
    found[backend] = model.forward({"data": picture[np.newaxis, np.newaxis]})["edges"]
print("alike in both:", np.allclose(found["torch"], found["tensorflow"], atol=1e-5))
across, down = found["torch"][0]
print(f"picture {picture.shape}, edges {across.shape}")
strength = np.sqrt(across**2 + down**2)
levels = np.round(1 - np.minimum(strength / np.quantile(strength, 0.99), 1), 1)  # few, for a small file
image.imsave(sys.argv[2], levels[::2, ::2], cmap="gray", vmin=0, vmax=1)
