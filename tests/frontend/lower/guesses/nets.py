"""Small nets whose specs leave something open."""

from __future__ import annotations

from tests.frontend.pieces import layer

IMAGES = 'layer { name: "d" type: "Data" top: "data" data_param { batch_size: 10 } }\n'
ROWS = 'layer { name: "h" type: "HDF5Data" top: "data" top: "label" hdf5_data_param { batch_size: 6 } }\n'
FILM = 'layer { name: "p" type: "Python" top: "data" top: "label" python_param { module: "m" layer: "L" } }\n'
MAPS = """layer {
  name: "d" type: "ImageLabelmapData" top: "data" top: "label" image_data_param { batch_size: 2 }
}
"""
BOXES = """layer {
  name: "d" type: "AnnotatedData" top: "data" top: "label"
  transform_param { resize_param { height: 30 width: 40 interp_mode: LINEAR } } data_param { batch_size: 4 }
}
"""
FEED = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 5 dim: 7 } } }\n'
LABEL = 'layer { name: "l" type: "Input" top: "label" }\n'


def fc(outputs: int, bottom: str = "data") -> str:
    return layer("InnerProduct", bottom, "fc", f"inner_product_param {{ num_output: {outputs} }}")


def conv(outputs: int, bottom: str = "data", kernel: int = 1) -> str:
    return layer("Convolution", bottom, "c", f"convolution_param {{ num_output: {outputs} kernel_size: {kernel} }}")


PYTHON = """layer {{
  name: "data" type: "Python" {tops}
  python_param {{ module: "{module}" layer: "{layer}" param_str: "{text}" }}
}}
"""

REGIONS = PYTHON.format(
    tops='top: "data" top: "rois" top: "labels" top: "targets" top: "inside" top: "outside"',
    module="roi_data_layer.layer",
    layer="RoIDataLayer",
    text="'num_classes': 21",
)
BOXES_OF_REGIONS = layer("ROIPooling", "data rois", "roi", "roi_pooling_param { pooled_w: 2 pooled_h: 2 }") + fc(
    8, "roi"
)

SHORTCUT = """
layer {{ name: "i" type: "Input" top: "x" input_param {{ shape {{ dim: [1, 2, {side}, {side}] }} }} }}
layer {{ name: "p" type: "Pooling" bottom: "x" top: "p" pooling_param {{ kernel_size: 1 stride: 2 }} }}
layer {{
  name: "c" type: "Convolution" bottom: "x" top: "c"
  convolution_param {{ num_output: 2 kernel_size: 3 pad: 1 stride: 2 }}
}}
{last}
"""
SUM = layer("Eltwise", "p c", "y")
