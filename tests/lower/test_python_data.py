"""A Python layer without bottoms makes data: it is an input, whatever its module."""

from __future__ import annotations

import netspec
from netspec.emit import emit
from netspec.source import Source
from netspec.spec import check_source

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
