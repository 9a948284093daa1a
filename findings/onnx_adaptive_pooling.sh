#!/usr/bin/env bash
# torch.onnx.export turns adaptive pooling over an open size into pooling with a fixed kernel.
#
# Version:  torch 2.13.0 with onnxscript 0.7.2, onnx 1.23.2, onnxruntime 1.32.0; on a CPU.
# Source:   torch/_decomp/decompositions.py, adaptive_avg_pool2d: where the traced size is a multiple of output_size it
#           becomes avg_pool2d, with kernel and stride `size // output_size`. An ONNX AveragePool cannot have expressions
#           there, but numbers alone.
# Expected: AdaptiveAvgPool2d(2) gives 2x2 at each size, or the export fails. torch says of Dim.DYNAMIC that a size which
#           must be constant is an error.
# Happens:  the export succeeds, its input is [1, 1, h, w] and its output [1, 1, h//3, w//3]. Where the example was 6x6,
#           8x8 gives a 2x2 with other numbers and 9x12 gives a 3x4, both without a word. torch.export alone is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
import torch

module = torch.nn.AdaptiveAvgPool2d(2).eval()
example = torch.rand(1, 1, 6, 6)
dynamic = ({2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC},)
exported = torch.export.export(module, (example,), dynamic_shapes=dynamic).module()
program = torch.onnx.export(module, (example,), dynamic_shapes=dynamic, input_names=["x"], dynamo=True, verbose=False)
session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
print("declared:", session.get_inputs()[0].shape, "->", session.get_outputs()[0].shape)

seen = {}
for height, width in [(6, 6), (8, 8), (9, 12)]:
    x = torch.rand(1, 1, height, width)
    wanted = module(x).numpy()
    assert np.allclose(exported(x).numpy(), wanted)
    (found,) = session.run(None, {"x": x.numpy()})
    same = found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-5)
    seen[height, width] = found.shape[2:], same
    print(f"{height}x{width}: torch gives {wanted.shape[2:]}, ONNX {found.shape[2:]},", "equal" if same else "not equal")
assert seen == {(6, 6): ((2, 2), True), (8, 8): ((2, 2), False), (9, 12): ((3, 4), False)}, "no longer so"
PYTHON
