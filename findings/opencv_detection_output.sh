#!/usr/bin/env bash
# cv2.dnn refuses a Caffe DetectionOutput that leaves out fields for which its own caffe.proto has defaults.
#
# Version:  opencv-python-headless 4.14.0.94.
# Source:   modules/dnn/src/caffe/opencv-caffe.proto gives share_location, background_label_id, keep_top_k, code_type and
#           nms_threshold defaults, as Caffe's SSD fork does; modules/dnn/src/layers/detection_output_layer.cpp sees only
#           the fields that are written, and requires these.
# Expected: a field that is left out has its default: num_classes alone must be given.
# Happens:  net.forward() raises cv2.error, "DetectionOutput layer parameter does not contain share_location parameter" and
#           likewise of the others, though the file is read without complaint.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet opencv-python-headless==4.14.0.94 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import cv2
import numpy as np

DEFAULTS = {  # written as in caffe.proto
    "share_location": "share_location: true",
    "background_label_id": "background_label_id: 0",
    "keep_top_k": "keep_top_k: -1",
    "code_type": "code_type: CORNER",
    "nms_threshold": "nms_param { nms_threshold: 0.3 }",
}
LAYER = """
input: "loc" input_shape { dim: 1 dim: 4 }
input: "conf" input_shape { dim: 1 dim: 2 }
input: "priors" input_shape { dim: 1 dim: 2 dim: 4 }
layer { name: "out" type: "DetectionOutput" bottom: "loc" bottom: "conf" bottom: "priors" top: "out"
        detection_output_param { num_classes: 2 confidence_threshold: 0.5 %s } }
"""
BOX = np.float32([[[0.1, 0.1, 0.4, 0.4], [0.1, 0.1, 0.2, 0.2]]])


def rows(fields):
    net = cv2.dnn.readNetFromCaffe(np.frombuffer((LAYER % " ".join(fields)).encode(), np.uint8))
    for name, value in [("loc", np.zeros((1, 4))), ("conf", [[0.1, 0.9]]), ("priors", BOX)]:
        net.setInput(np.float32(value), name)
    return net.forward().reshape(-1, 7)


assert np.allclose(rows(DEFAULTS.values()), [[0, 1, 0.9, 0.1, 0.1, 0.4, 0.4]])
for left_out in DEFAULTS:
    try:
        rows(field for name, field in DEFAULTS.items() if name != left_out)
    except cv2.error as error:
        print(f"without {left_out}: {error.err}")
        assert left_out in error.err
    else:
        raise SystemExit(f"no longer so: {left_out} may be left out")
PYTHON
