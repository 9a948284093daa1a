"""A Python layer without bottoms makes data: it is an input, whatever its module."""

from __future__ import annotations

import netspec
from netspec.backend.door import emit
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

SPEC = """
layer {
  name: "data" type: "Python" top: "data" top: "label"
  python_param { module: "voc_layers" layer: "Segmentation" param_str: "{'seed': 1}" }
}
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""


def test_its_tops_are_inputs() -> None:
    net = netspec.load_text(SPEC)
    assert net.inputs == ("data", "label")
    assert net.blobs["data"] is None
    assert net.layers[0].type == "Python"


def test_the_net_compiles_once_their_shapes_are_given() -> None:
    net = netspec.load_text(SPEC, inputs={"data": (2, 3, 4, 4), "label": (2,)})
    assert net.blobs["ip"] == (2, 3)
    assert "Input: data 2×3×4×4, label 2." in emit(net, "torch")


def test_one_with_bottoms_is_unknown() -> None:
    given = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 } } }'
    text = SPEC.replace('type: "Python" top', 'type: "Python" bottom: "x" top')
    (warning,) = check_source(Source("x.net", given + text))
    assert warning.code == "NS225"


ROI_DATA = """
layer {
  name: "in" type: "Python" top: "data" top: "im_info" top: "gt_boxes"
  python_param { module: "roi_data_layer.layer" layer: "RoIDataLayer" param_str: "'num_classes': 3" }
}
layer {
  name: "c4" type: "Convolution" bottom: "data" top: "c4"
  convolution_param { num_output: 2 kernel_size: 3 pad: 1 stride: 16 }
}
"""
ENLARGED = """
layer {
  name: "c5" type: "Convolution" bottom: "c4" top: "c5"
  convolution_param { num_output: 2 kernel_size: 3 pad: 1 stride: 2 }
}
layer {
  name: "up" type: "Deconvolution" bottom: "c5" top: "up"
  convolution_param { num_output: 2 group: 2 kernel_size: 4 stride: 2 pad: 1 }
}
layer { name: "p4" type: "Eltwise" bottom: "up" bottom: "c4" top: "p4" }
"""
SHARED = """
layer { name: "rois" type: "Input" top: "rois" input_param { shape { dim: 9 dim: 5 } } }
layer {
  name: "t" type: "Python" bottom: "rois" bottom: "gt_boxes" top: "r" top: "l" top: "targets" top: "in_" top: "out"
  python_param { module: "rpn.proposal_target_layer" layer: "ProposalTargetLayer" param_str: "'num_classes': 3" }
}
layer {
  name: "ps" type: "ROIPooling" bottom: "c4" bottom: "r" top: "b" roi_pooling_param { pooled_h: 2 pooled_w: 2 }
}
layer { name: "s" type: "Reshape" bottom: "b" top: "s" reshape_param { shape { dim: 128 dim: 8 dim: 1 dim: 1 } } }
layer { name: "loss" type: "SmoothL1Loss" bottom: "s" bottom: "targets" top: "loss" }
"""


def test_sizes_that_data_may_have_otherwise() -> None:
    """Of one layer where that suffices, else of all."""
    for text, image, targets in (
        (ROI_DATA, (1, 3, 600, 1000), None),
        (ROI_DATA + ENLARGED, (1, 3, 640, 1024), None),
        (ROI_DATA + SHARED, (1, 3, 600, 1000), (128, 8, 1, 1)),
        (ROI_DATA + ENLARGED + SHARED, (1, 3, 640, 1024), (128, 8, 1, 1)),
    ):
        net = netspec.load_text(text)
        assert (net.blobs["data"], net.blobs.get("targets")) == (image, targets)
