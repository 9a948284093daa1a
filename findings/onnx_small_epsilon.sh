#!/usr/bin/env bash
# torch.onnx.export takes numbers near 0 or 1 for 0 or 1: `+ 1e-9`, which keeps a divisor from 0, is not in the model.
#
# Version:  torch 2.13.0 with onnxscript 0.7.2, onnx 1.23.2, onnxruntime 1.32.0; on a CPU.
# Source:   onnxscript/rewriter/rules/common/_no_op.py takes x + 0, x - 0, x * 1, x / 1 for x. A number in a pattern
#           (rewriter/_pattern_ir.py, class Constant) has rel_tol=1e-5 and abs_tol=1e-8, with which rewriter/_matcher.py
#           compares scalars by math.isclose. They are among the rules that optimize=True applies, which is the default.
# Expected: numbers are 0 or 1 where they are that. 1e-9 is nothing beside 1, but all there is beside 0.
# Happens:  x / (deviation + 1e-9), as in normalisation, gives 0 in torch and NaN in the model where x is constant;
#           x * 1.000009 - x gives 0. The export says nothing. With optimize=False both are as in torch, and 1e-7 is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
import torch


class Normalize(torch.nn.Module):
    def __init__(self, epsilon):
        super().__init__()
        self.epsilon = epsilon

    def forward(self, x):
        centred = x - x.mean()
        return centred / (centred.square().mean().sqrt() + self.epsilon)


class Grow(torch.nn.Module):
    def forward(self, x):
        return x * 1.000009 - x


x = torch.full((4,), 0.5)
seen = {}
for what, module in [("1e-9", Normalize(1e-9)), ("1e-7", Normalize(1e-7)), ("1.000009", Grow())]:
    wanted = module(x).numpy()
    for optimize in [True, False]:
        program = torch.onnx.export(
            module.eval(), (x,), input_names=["x"], optimize=optimize, dynamo=True, verbose=False
        )
        operators = [node.op_type for node in program.model_proto.graph.node if node.op_type != "Constant"]
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), options)
        (found,) = session.run(None, {"x": x.numpy()})
        kept = "Add" in operators or "Mul" in operators
        seen[what, optimize] = kept, np.allclose(found, wanted, rtol=0.1, atol=0)
        print(f"{what}, optimize={optimize}: {' '.join(operators)}: ONNX gives {found[0]}, torch {wanted[0]}")
assert seen == {
    ("1e-9", True): (False, False),
    ("1e-9", False): (True, True),
    ("1e-7", True): (True, True),
    ("1e-7", False): (True, True),
    ("1.000009", True): (False, False),
    ("1.000009", False): (True, True),
}, "no longer so"
PYTHON
