#!/usr/bin/env bash
# torch.onnx.export takes a size within the net for 1 for ever where the example happens to make it 1.
#
# Version:  torch 2.13.0 with onnxscript 0.7.2, onnx 1.23.2, onnxruntime 1.32.0; on a CPU.
# Source:   documented is that sizes 0 and 1 of example *inputs* are specialized, and that Dim.DYNAMIC makes a specialized
#           size an error. Here no input has such a size: h // 4 is specialized, as tensordot sums over an axis of size 1.
#           torch.export says nothing either, but its module has the guard h // 4 == 1 and refuses other sizes.
# Expected: the same model from an example of 4x8 as from one of 8x12, or an error.
# Happens:  both exports succeed and declare both sizes open; no guard reaches ONNX. The model from 4x8 fails in
#           onnxruntime at 12x16 ("MatMul dimension mismatch"); that from 8x12 gives what torch gives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
import torch


class Gram(torch.nn.Module):
    def forward(self, x):
        y = torch.nn.functional.max_pool2d(x, 4)
        return torch.tensordot(y, y, dims=([2, 3], [2, 3]))


def right(example):
    """Whether a model exported with these sizes gives at 12x16 what torch gives."""
    sizes = ({2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC},)
    x = torch.rand(2, 3, *example)
    program = torch.onnx.export(Gram().eval(), (x,), dynamic_shapes=sizes, input_names=["x"], dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    print(f"example {example}: declared {session.get_inputs()[0].shape}")
    x = torch.rand(2, 3, 12, 16)
    try:
        (found,) = session.run(None, {"x": x.numpy()})
    except Exception as error:
        print(f"example {example}: {error}")
        return False
    return np.allclose(found, Gram()(x).numpy(), rtol=1e-4)


assert right((8, 12))
assert not right((4, 8)), "no longer so"
PYTHON
