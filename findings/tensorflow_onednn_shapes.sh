#!/usr/bin/env bash
# TensorFlow on a CPU gives convolutions other shapes with oneDNN, which is on by default, than without.
#
# Version:  tensorflow-cpu 2.21.0, on x86-64.
# Source:   graph: grappler's remapper (core/grappler/optimizers/remapper.cc) makes one _FusedConv3D of tf.pad and
#           tf.nn.conv3d, whose shape is inferred as if nothing were padded; found by switching optimizers off one by one.
#           no rows: the operators that oneDNN brings (core/kernels/mkl).
# Expected: a function gives the same shape when it is called and when it is traced by tf.function, and a convolution of
#           no images has the spatial sizes and the channels of its result.
# Happens:  a padded 3-D convolution whose result would be 1x1x1 without its padding loses the transpose behind it: 1x3x3x3x1
#           instead of 1x1x3x3x3. A convolution of no images gives the shape of its input: 0x5x5x8 instead of 0x3x3x4.
#           With TF_ENABLE_ONEDNN_OPTS=0 both are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.21.0

cat > "$folder/shapes.py" <<'PYTHON'
import sys

import tensorflow as tf


def padded(x, w):
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [1, 1], [0, 0]])
    return tf.transpose(tf.nn.conv3d(x, w, [1] * 5, "VALID"), [0, 4, 1, 2, 3])


cube = tf.ones([1, 2, 2, 2, 1]), tf.ones([2, 2, 2, 1, 1])
found = [
    tuple(padded(*cube).shape),
    tuple(tf.function(padded, autograph=False)(*cube).shape),
    tuple(tf.nn.conv2d(tf.zeros([0, 5, 5, 8]), tf.ones([3, 3, 8, 4]), 1, "VALID").shape),
]
print(sys.argv[1], *found)
right = [(1, 1, 3, 3, 3), (1, 1, 3, 3, 3), (0, 3, 3, 4)]
with_onednn = [(1, 1, 3, 3, 3), (1, 3, 3, 3, 1), (0, 5, 5, 8)]
assert found == (right if sys.argv[1] == "without" else with_onednn), "no longer so"
PYTHON
export TF_CPP_MIN_LOG_LEVEL=3
"$folder/venv/bin/python" "$folder/shapes.py" with 2> /dev/null
TF_ENABLE_ONEDNN_OPTS=0 "$folder/venv/bin/python" "$folder/shapes.py" without 2> /dev/null
