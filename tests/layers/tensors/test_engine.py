"""A net that runs in another engine."""

from __future__ import annotations

import pytest

import netspec

ENGINE = """
layer { name: "t" type: "TRT" bottom: "data" bottom: "label" top: "t" include { phase: TEST }
  trt_param { trt_mode: INT8 top_k: 5 deploy: "d" model: "m" deploy_outputs: "prob" calibrator: "c" } }
"""


def test_a_net_in_another_engine() -> None:
    data = 'layer { name: "data" type: "Input" top: "data" top: "label" input_param { shape { dim: 1 } } }'
    net = netspec.load_text(data + ENGINE)
    with pytest.raises(netspec.SpecError) as caught:
        netspec.build(net)
    (fault,) = caught.value.diagnostics
    assert fault.code == "NS402"
    assert fault.help == "it runs a net of another file in TensorRT; compile that net"
