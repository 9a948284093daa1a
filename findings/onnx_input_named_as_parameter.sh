#!/usr/bin/env bash
# torch.onnx.export(input_names=...) does not keep an input apart from a parameter of that name.
#
# Version:  torch 2.13.0 with onnxscript 0.7.2, onnx 1.23.2, onnxruntime 1.32.0; on a CPU.
# Source:   torch/onnx/_internal/exporter/_ir_passes.py, rename_inputs: names are checked against each other, not against
#           those of the other values, and parameters are initializers called as in the state dict.
# Expected: an error, or another name for one of the two. An input called as the argument of forward is kept apart.
# Happens:  input and parameter become one value: x * scale is exported as scale * scale of the input. ONNX takes an
#           initializer called as an input for its default, so onnx.checker finds nothing, and onnxruntime runs the model
#           with a warning that is of lost optimizations alone.
# Related:  an output called as a value within the net makes a model that onnxruntime refuses, which is an error at least.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
import torch


class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor([1.0, 10.0, 100.0]))

    def forward(self, x):
        return x * self.scale


module = Scale().eval()
x = torch.tensor([1.0, 2.0, 3.0])
found = {}
for name in ["x", "scale"]:
    program = torch.onnx.export(module, (x,), input_names=[name], dynamo=True, verbose=False)
    onnx.checker.check_model(program.model_proto, full_check=True)
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    (found[name],) = session.run(None, {name: x.numpy()})
    print(f"input called {name!r}: {found[name]}, torch gives {module(x).detach().numpy()}")
assert np.allclose(found["x"], [1, 20, 300])
assert np.allclose(found["scale"], [1, 4, 9]), "no longer so"
PYTHON
