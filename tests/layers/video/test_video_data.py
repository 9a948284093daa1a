"""Layers of C3D, for films: values by its loops, its two formats, and refusals."""

from __future__ import annotations

import pytest

import netspec

IMAGE, FILM = (2, 3, 7, 6), (1, 2, 4, 6, 5)


FILM = (1, 2, 4, 6, 5)


C3D = """
layers { name: "data" type: VIDEO_DATA top: "data" top: "label" image_data_param { batch_size: 2 crop_size: 8
  new_height: 9 new_width: 11 new_length: 4 use_image: true show_data: 0 mirror: true } }
layers { name: "c" type: CONVOLUTION3D bottom: "data" top: "c" blobs_lr: 1 blobs_lr: 2
  convolution_param { num_output: 4 kernel_size: 3 kernel_depth: 3 pad: 1 temporal_pad: 1 } }
layers { name: "p" type: POOLING3D bottom: "c" top: "p"
  pooling_param { pool: MAX kernel_size: 2 kernel_depth: 1 stride: 2 temporal_stride: 1 } }
layers { name: "d" type: DECONVOLUTION3D bottom: "p" top: "d"
  convolution_param { num_output: 2 kernel_size: 2 stride: 2 kernel_depth: 2 temporal_stride: 2 } }
"""


def test_c3d() -> None:
    net = netspec.load_text(C3D)
    assert net.blobs["data"] == (2, 3, 4, 8, 8)
    assert (net.blobs["c"], net.blobs["p"], net.blobs["d"]) == ((2, 4, 4, 8, 8), (2, 4, 4, 4, 4), (2, 2, 8, 8, 8))
    assert net.params["d"] == ((4, 2, 2, 2, 2), (2,))
    assert netspec.verify(net, grad=True).ok


C3D_TODAY = """
layer { name: "data" type: "VideoData" top: "data" top: "label"
  video_data_param { source: "l" batch_size: 2 new_length: 4 new_height: 9 new_width: 11 shuffle: true
    use_image: true show_data: false use_temporal_jitter: false sampling_rate: 2 }
  transform_param { crop_size: 8 mirror: true mean_value: 90 mean_value: 98 mean_value: 102 } }
layer { name: "c" type: "Convolution3D" bottom: "data" top: "c"
  convolution3d_param { num_output: 4 kernel_size: 3 kernel_depth: 3 pad: 1 temporal_pad: 1 bias_term: false
    weight_filler { type: "msra" variance_norm: FAN_OUT } } }
layer { name: "p" type: "Pooling3D" bottom: "c" top: "p"
  pooling3d_param { pool: MAX kernel_size: 2 kernel_depth: 1 stride: 2 temporal_stride: 1 } }
layer { name: "d" type: "Deconvolution3D" bottom: "p" top: "d"
  convolution3d_param { num_output: 2 kernel_size: 2 stride: 2 kernel_depth: 2 temporal_stride: 2 } }
"""


def test_c3d_of_today() -> None:
    net = netspec.load_text(C3D_TODAY)
    assert (net.blobs["data"], net.blobs["label"]) == ((2, 3, 4, 8, 8), (2,))
    assert (net.blobs["c"], net.blobs["p"], net.blobs["d"]) == ((2, 4, 4, 8, 8), (2, 4, 4, 4, 4), (2, 2, 8, 8, 8))
    assert net.params["c"] == ((4, 3, 3, 3, 3),)
    assert netspec.verify(net, grad=True).ok


def test_a_fault_in_the_first_version() -> None:
    """V1's message has another name; what is wrong in it is still found where it stands."""
    with pytest.raises(netspec.SpecError) as caught:
        netspec.load_text(C3D.replace("kernel_depth: 3 pad: 1", "kernel_dept: 3 pad: 1"))
    (fault,) = caught.value.diagnostics
    assert fault.code == "NS201"
    assert C3D[fault.labels[0].span.start :].startswith("kernel_dept")
