"""How large the gradients of a deep net are, layer by layer, for three activations: python vanishing.py PICTURE"""

import sys

import digits
import numpy as np
import torch

import netspec

SPEC = """
input data: [64, 1, 28, 28]
input label: [64]
x = data
repeat i in 1..8 {
  x = InnerProduct(x) { name: f"fc{i}"  num_output: 100  weight_filler { type: "xavier" } } | ACTIVATION
}
out = InnerProduct(x) { num_output: 10  weight_filler { type: "xavier" } }
loss = SoftmaxWithLoss(out, label)
"""
(x, y), _ = digits.load()
sizes = {}
for activation in ("Sigmoid", "TanH", "ReLU"):
    torch.manual_seed(0)
    model = netspec.build(netspec.load_text(SPEC.replace("ACTIVATION", activation)), "torch")
    model.forward({"data": x[:64], "label": y[:64]})
    gradients = model.backward({}).params
    sizes[activation] = [np.abs(gradients[f"fc{i}"][0]).mean() for i in range(1, 9)]
    print(f"{activation:8} fc8 over fc1: {sizes[activation][-1] / sizes[activation][0]:.1e}")
if len(sys.argv) > 1:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "netspec"}
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.2))
    for activation, values in sizes.items():
        axes.plot(range(1, 9), values, marker="o", label=activation)
    axes.set(yscale="log", xlabel="layer, from the input on", ylabel="mean |gradient| of the weights")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(sys.argv[1], metadata={"Date": None})
