#!/usr/bin/env bash
# torch's avg_pool3d refuses a window larger than its input, which all its other poolings take with ceil_mode.
#
# Version:  torch 2.13.0, on a CPU.
# Source:   aten/src/ATen/native/Pool.h, avg_pool3d_shape_check: "input image smaller than kernel size" is asked of the input
#           without its padding, whatever ceil_mode says; pool2d_shape_check and max_pool3d_shape_check ask of the output.
# Expected: ceil_mode=True lets the last window go beyond the input, so that a window of 2 over a size of 1 gives one number,
#           on one, two and three axes alike, for means as for maxima; and padding makes the input as large as the window.
# Happens:  avg_pool1d, avg_pool2d, max_pool1d, max_pool2d and max_pool3d give a number. avg_pool3d raises, with ceil_mode and
#           with padding=1 beside a window of 3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import torch
import torch.nn.functional as F


def found(pool, axes, **options):
    try:
        return pool(torch.ones(1, 1, *(1,) * axes), **options).flatten().tolist()
    except RuntimeError as error:
        return str(error).partition("(")[0].strip()


REFUSED = "input image"
for kind, options in (("ceil_mode", dict(kernel_size=2, stride=2, ceil_mode=True)), ("padding", dict(kernel_size=3, padding=1))):
    for name, axes in ((f"{what}_pool{axes}d", axes) for what in ("avg", "max") for axes in (1, 2, 3)):
        result = found(getattr(F, name), axes, **options)
        print(f"{kind}: {name} gives {result}")
        assert (result == REFUSED) == (name == "avg_pool3d"), "no longer so"
PYTHON
