"""Old formats and names brought up to date in the text: each against the file as a person would mend it."""

from __future__ import annotations

import pytest

from netspec.convert import convert
from netspec.convert.same import difference, meanings
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.mend import mended
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.syntax.parser import parse

ASKED = ("NS870", "NS871")
INPUT = """layer {
  name: "input"
  type: "Input"
  top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
"""
LOSS = """layer {
  name: "data" type: "Input" top: "x" top: "label"
  input_param { shape { dim: 4 dim: 3 } shape { dim: 4 } }
}
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "label" top: "loss" loss_param { NORMALIZED } }
"""
# What stands in the old file, and in today's.
OLD: dict[str, tuple[str, str]] = {
    "V1": (
        """\
name: "Old"  # of 2014
input: "data"
input_dim: 1
input_dim: 3
input_dim: 8
input_dim: 8

layers {
  name: "conv"   type: CONVOLUTION  # the first
  bottom: "data"
  top: "conv"
  blobs_lr: 1  # weights
  blobs_lr: 2
  weight_decay: 1
  weight_decay: 0
  convolution_param { num_output: 2  kernel_size: 3 }
}
layers { name: "relu" type: RELU bottom: "conv" top: "conv" }
# the end
""",
        """\
name: "Old"  # of 2014
"""
        + INPUT
        + """
layer {
  name: "conv"   type: "Convolution"  # the first
  bottom: "data"
  top: "conv"
  param { lr_mult: 1 decay_mult: 1 }  # weights
  param { lr_mult: 2 decay_mult: 0 }
  convolution_param { num_output: 2  kernel_size: 3 }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
# the end
""",
    ),
    "V1 on one line": (
        'layers: { name: "d" type: DUMMY_DATA top: "data" dummy_data_param { shape { dim: 1 dim: 3 } } }\n'
        'layers { bottom: "data" top: "ip" name: "ip" type: INNER_PRODUCT blobs_lr: 1 blobs_lr: 2 weight_decay: 1 '
        "inner_product_param { num_output: 2 } }\n",
        'layer: { name: "d" type: "DummyData" top: "data" dummy_data_param { shape { dim: 1 dim: 3 } } }\n'
        'layer { bottom: "data" top: "ip" name: "ip" type: "InnerProduct" param { lr_mult: 1 decay_mult: 1 } '
        "param { lr_mult: 2 } inner_product_param { num_output: 2 } }\n",
    ),
    "V1's data": (
        """\
layers {
  name: "d"
  type: DATA
  top: "data"
  data_param {
    source: "db"
    mean_file: "mean"  # of the training set
    batch_size: 4
    crop_size: 8
  }
}
""",
        """\
layer {
  name: "d"
  type: "Data"
  top: "data"
  data_param {
    source: "db"
    batch_size: 4
  }
  transform_param {
    mean_file: "mean"  # of the training set
    crop_size: 8
  }
}
""",
    ),
    "V1's data, transformed twice": (
        """\
layers {
  name: "d" type: DATA top: "data"
  data_param { source: "db" batch_size: 4 scale: 0.5 }
  transform_param { mirror: true scale: 2 }
}
""",
        """\
layer {
  name: "d" type: "Data" top: "data"
  data_param { source: "db" batch_size: 4 }
  transform_param { mirror: true scale: 0.5 }
}
""",
    ),
    "V0": (
        """\
input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers {
  layer {
    name: "pad1"
    type: "padding"
    pad: 2
  }
  bottom: "data"
  top: "pad1"
}
layers {
  layer {
    name: "conv1"
    type: "conv"
    num_output: 4  # channels
    kernelsize: 3
    weight_filler {
      type: "xavier"
    }
    blobs_lr: 1.
    blobs_lr: 2.
    weight_decay: 1.
  }
  bottom: "pad1"
  top: "conv1"
}
layers {
  layer { name: "relu1" type: "relu" }
  bottom: "conv1"
  top: "conv1"
}
""",
        INPUT
        + """\
layer {
  name: "conv1"
  type: "Convolution"
  param { lr_mult: 1. decay_mult: 1. }
  param { lr_mult: 2. }
  convolution_param {
    num_output: 4  # channels
    kernel_size: 3
    weight_filler {
      type: "xavier"
    }
    pad: 2
  }
  bottom: "data"
  top: "conv1"
}
layer {
  name: "relu1"
  type: "ReLU"
  bottom: "conv1"
  top: "conv1"
}
""",
    ),
    "V0's data": (
        """\
layers {
  layer { name: "d" type: "data" source: "db" meanfile: "mean" batchsize: 4 cropsize: 8 mirror: true }
  top: "data" top: "label"
}
""",
        """\
layer {
  name: "d"
  type: "Data"
  transform_param { mean_file: "mean" crop_size: 8 mirror: true }
  data_param { source: "db" batch_size: 4 }
  top: "data" top: "label"
}
""",
    ),
    "shapes of inputs": (
        """\
name: "RoIs"
input: "data"
input_shape {
  dim: 1
  dim: 3
}

input: "rois"
input_shape {
  dim: 1 # to be changed
  dim: 5
}
layer { name: "a" type: "ReLU" bottom: "data" top: "a" }
layer { name: "b" type: "ReLU" bottom: "rois" top: "b" }
""",
        """\
name: "RoIs"
layer {
  name: "input"
  type: "Input"
  top: "data"
  top: "rois"
  input_param {
    shape { dim: 1 dim: 3 }
    shape {
      dim: 1  # to be changed
      dim: 5
    }
  }
}
layer { name: "a" type: "ReLU" bottom: "data" top: "a" }
layer { name: "b" type: "ReLU" bottom: "rois" top: "b" }
""",
    ),
    "an input behind its layers": (
        'layer { name: "a" type: "ReLU" bottom: "data" top: "a" }\ninput: "data"\ninput_shape: { dim: [1, 3, 8, 8] }\n',
        INPUT + 'layer { name: "a" type: "ReLU" bottom: "data" top: "a" }\n',
    ),
    "names of old": (
        INPUT
        + 'layer { name: "s" type: "Slice" bottom: "data" top: "a" top: "b" top: "c" slice_param { slice_dim: 1 } }\n'
        'layer { name: "j" type: "Concat" bottom: "a" bottom: "b" top: "j" concat_param { concat_dim: 1 } } # both\n',
        INPUT + 'layer { name: "s" type: "Slice" bottom: "data" top: "a" top: "b" top: "c" slice_param { axis: 1 } }\n'
        'layer { name: "j" type: "Concat" bottom: "a" bottom: "b" top: "j" concat_param { axis: 1 } } # both\n',
    ),
    "normalize": (
        LOSS.replace("NORMALIZED", "normalize:false"),
        LOSS.replace("NORMALIZED", "normalization:BATCH_SIZE"),
    ),
}


def check(source: Source) -> list[Diagnostic]:
    return check_source(source, lints=ASKED)


def after(text: str) -> str:
    """With all fixes made that are safe."""
    source = Source("a.prototxt", text)
    return mended(source, check, lambda found: found.fix is not None and found.fix.safe).text


@pytest.mark.parametrize(("old", "today"), OLD.values(), ids=OLD)
def test_brought_up_to_date(old: str, today: str) -> None:
    assert after(old) == today
    assert after(old.replace("\n", "\r\n")) == today.replace("\n", "\r\n")
    assert not [d for d in check_source(Source("a.prototxt", today), lints=ASKED) if d.code in ASKED]


@pytest.mark.parametrize("old", [old for name, (old, _) in OLD.items() if name not in ("names of old", "normalize")])
def test_the_same_net_as_convert_writes(old: str) -> None:
    converted = convert(Source("a", old), "prototxt")[0]
    assert not difference(*(meanings(parse(Source("a", text))[0]) for text in (converted, after(old))))


def test_said_once_and_only_where_it_is_asked_for() -> None:
    source = Source("a.prototxt", OLD["V0"][0])
    assert "NS870" not in {found.code for found in check_source(source)}
    (found,) = (d for d in check_source(source, lints=ASKED) if d.code == "NS870")
    assert "V0" in found.message and found.fix and found.fix.safe


@pytest.mark.parametrize(
    "text",
    [
        OLD["V0"][0].replace("pad: 2", "pad: 2  # would be lost"),
        OLD["V0"][0].replace('"conv"\n', '"conv"\n    pad: 1\n'),
    ],
)
def test_left_alone(text: str) -> None:
    """Where a comment would be lost, or two fields would be one. `netspec convert` writes these anew."""
    (found,) = (d for d in check_source(Source("a", text), lints=ASKED) if d.code == "NS870")
    assert found.fix is None and found.help and "convert" in found.help
    assert after(text) == text
