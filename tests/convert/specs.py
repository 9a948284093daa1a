"""Specs that show what conversion has to deal with; each is legal. CASES are prototxt, LANGUAGE is more."""

from __future__ import annotations

CASES = {
    "odd_numbers": """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "a" type: "Power" bottom: "x" top: "a" power_param { shift: nan scale: -inf } }
layer { name: "b" type: "Concat" bottom: "a" bottom: "a" top: "b" loss_weight: nan }
layer {
  name: "c" type: "Convolution" bottom: "b" top: "c"
  convolution_param { num_output: 2 kernel_size: 1 weight_filler { type: "uniform" min: nan max: 1e400 } }
}
""",
    "empty_messages": """
layer []
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "n" type: "Normalize" bottom: "x" top: "n" normalize_param { } }
layer { name: "o" type: "Normalize" bottom: "n" top: "o" norm_param { } include [] }
layer { name: "p" type: "Softmax" bottom: "o" top: "p" softmax_param { } }
layer { name: "q" type: "SmoothL1Loss" bottom: "p" bottom: "o" top: "q" smooth_l1_loss_param { } }  # whose weight is 0
layer { name: "r" type: "SmoothL1Loss" bottom: "p" bottom: "o" top: "r" loss_weight: 2 smooth_l1_loss_param { } }
layer { name: "s" type: "SmoothL1Loss" bottom: "p" bottom: "o" bottom: "n" bottom: "o" top: "s" smooth_l1_loss_param {}}
layer { name: "t" type: "SmoothL1Loss" bottom: "p" bottom: "o" top: "t" }
""",
    "phases": """
name: "LeNet"
layer {
  name: "mnist" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  transform_param { scale: 0.00390625 } data_param { source: "train_lmdb" batch_size: 64 backend: LMDB }
}
layer {
  name: "mnist" type: "Data" top: "data" top: "label" include { phase: TEST }
  transform_param { scale: 0.00390625 } data_param { source: "test_lmdb" batch_size: 100 backend: LMDB }
}
layer {
  name: "conv1" type: "Convolution" bottom: "data" top: "conv1" param { lr_mult: 1 } param { lr_mult: 2 }
  convolution_param { num_output: 20 kernel_size: 5 weight_filler { type: "xavier" } }
}
layer { name: "ip1" type: "InnerProduct" bottom: "conv1" top: "ip1" inner_product_param { num_output: 10 } }
layer { name: "acc" type: "Accuracy" bottom: "ip1" bottom: "label" top: "acc" include { phase: TEST } }
layer {
  name: "acc5" type: "Accuracy" bottom: "ip1" bottom: "label" top: "acc5" include { phase: TEST }
  accuracy_param { top_k: 5 }
}
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip1" bottom: "label" top: "loss" }
""",
    "stages": """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "TanH" bottom: "x" top: "a" include { stage: "deploy" } }
layer { name: "b" type: "TanH" bottom: "x" top: "b" include { not_stage: "deploy" } }
layer { name: "c" type: "TanH" bottom: "x" top: "c" include { not_stage: "deploy" } }
layer { name: "d" type: "TanH" bottom: "x" top: "d" include { phase: TRAIN stage: "deploy" } }
layer { name: "e" type: "TanH" bottom: "x" top: "e" include { phase: TRAIN } include { stage: "deploy" } }
layer { name: "f" type: "TanH" bottom: "x" top: "g" exclude { phase: TRAIN } }
layer { name: "h" type: "TanH" bottom: "x" top: "h" phase: TRAIN }
layer { name: "i" type: "TanH" bottom: "x" top: "i" include { min_level: 1 max_level: 3 } }
""",
    "v0": """
name: "old" input: "data" input_dim: 2 input_dim: 3 input_dim: 12 input_dim: 12
layers { layer { name: "pad1" type: "padding" pad: 2 } bottom: "data" top: "pad1" }  # becomes pad
layers {
  layer {
    name: "conv1" type: "conv" num_output: 4 kernelsize: 3 stride: 2 group: 1 biasterm: false
    weight_filler { type: "gaussian" std: 0.01 } blobs_lr: 1. weight_decay: 1.
  }
  bottom: "pad1" top: "conv1"
}
layers { layer { name: "relu1" type: "relu" } bottom: "conv1" top: "conv1" }
layers { layer { name: "norm1" type: "lrn" local_size: 5 alpha: 0.0001 beta: 0.75 } bottom: "conv1" top: "norm1" }
layers { layer { name: "pool1" type: "pool" pool: AVE kernelsize: 3 stride: 2 } bottom: "norm1" top: "pool1" }
layers { layer { name: "fc" type: "innerproduct" num_output: 5 } bottom: "pool1" top: "fc" }
layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.25 } bottom: "fc" top: "fc" }
layers { layer { name: "prob" type: "softmax" } bottom: "fc" top: "prob" }
""",
    "v1": """
layers {
  name: "data" type: DATA top: "data" top: "label"
  data_param { source: "x_lmdb" batch_size: 8 scale: 0.5 mirror: true }
  transform_param { crop_size: 27 }
}
layers {
  name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1"
  blobs_lr: 1 blobs_lr: 2  # of the bias
  weight_decay: 1 weight_decay: 0 param: "w" param: "b" blob_share_mode: STRICT
  convolution_param { num_output: 4 kernel_size: 3 }
}
layers { name: "relu1" type: RELU bottom: "conv1" top: "conv1" }
layers { name: "fc" type: INNER_PRODUCT bottom: "conv1" top: "fc" inner_product_param { num_output: 9 } }
layers { name: "loss" type: SOFTMAX_LOSS bottom: "fc" bottom: "label" }
""",
    "loss_in_place": """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 1 } } }
layer { name: "y" type: "Input" top: "y" input_param { shape { dim: 2 dim: 1 } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "y" top: "z" }
layer { name: "relu" type: "ReLU" bottom: "z" top: "z" }
""",
    "in_place": """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" batch_norm_param { use_global_stats: true } }
layer { name: "scale" type: "Scale" bottom: "y" top: "y" scale_param { bias_term: true } }
layer { name: "y/relu" type: "ReLU" bottom: "y" top: "y" relu_param { negative_slope: 0.1 } }
layer { name: "sum" type: "Eltwise" bottom: "y" bottom: "x" top: "sum" }
layer { name: "drop" type: "Dropout" bottom: "sum" top: "sum" dropout_param { } }
layer { name: "two" type: "Split" bottom: "sum" top: "two" top: "three" }
layer { name: "twofold" type: "Scale" bottom: "two" bottom: "three" top: "two" scale_param { axis: 0 } }
""",
    "odd_names": """
name: "odd"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
layer {
  name: "conv1/3x3" type: "Convolution" bottom: "data" top: "conv1/3x3"
  convolution_param { num_output: 4 kernel_size: 3 }
}
layer { name: "0" type: "TanH" bottom: "conv1/3x3" top: "in" }
layer { name: "in" type: "TanH" bottom: "in" top: "input" }
layer { name: "été" type: "TanH" bottom: "input" top: "été" }
layer { name: "train" type: "TanH" bottom: "été" top: "train" }
layer { name: "it's" type: "TanH" bottom: "train" top: "it's" }
layer { name: "quote\\"d" type: "TanH" bottom: "it's" top: "quoted" }
layer { name: 'ba' "ck"  # in two parts
  'slash' type: "TanH" bottom: "quoted" top: "ba" "ckslash" }
layer { name: "TanH" type: "TanH" bottom: "backslash" top: "TanH" }
layer { name: "len" type: "TanH" bottom: "TanH" top: "len" }
layer { name: "all" type: "Concat" bottom: "len" bottom: "été" bottom: "in" top: "all" }
""",
    "words": """
# A blob is called as a value is spelled.
layer { name: "AVE" type: "Input" top: "AVE" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
layer { name: "p" type: "Pooling" bottom: "AVE" top: "p" pooling_param { pool: AVE kernel_size: 2 } }
""",
    "comments": """
# The head of the file,
# of two lines

name: "commented"  # its name

# the input

# which has two lines above
layer {  # opens
  # before the name
  name: "data"  # the name
  type: "Input"
  top: "data"
  input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } }  # the shape
  # at the end
}  # behind

layer {
  name: "conv"
  type: "Convolution"  # a convolution
  bottom: "data" top: "conv"  # both
  # how fast
  param { lr_mult: 1 }
  convolution_param {  # its own
    # of outputs
    num_output: 4  # four
    kernel_size: 3
    # no stride
  }  # own ends
  include { phase: TRAIN }  # only then
}
# between
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" include { phase: TRAIN } }  # rectified

# the last
""",
    "namesakes": """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer {
  name: "bn1" type: "BN" bottom: "x" top: "bn1" param { lr_mult: 1 } param { lr_mult: 1 } param { lr_mult: 0 }
  param { lr_mult: 0 } bn_param { slope_filler { type: "constant" value: 1 } frozen: true momentum: 0.95 }
}
layer { name: "up" type: "Upsample" bottom: "bn1" top: "up" upsample_param { scale: 2 } }
layer { name: "bn2" type: "BN" bottom: "up" top: "up" bn_param { bn_mode: INFERENCE scale_filler { value: 1 } } }
""",
    "python": """
layer {
  name: "input-data" type: "Python" top: "data" top: "im_info" top: "gt_boxes"
  python_param { module: "roi_data_layer.layer" layer: "RoIDataLayer" param_str: "'num_classes': 21" }
}
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 18 kernel_size: 3 pad: 1 engine: CAFFE }
}
layer { name: "silence" type: "Silence" bottom: "im_info" }
""",
    "shared": """
layer { name: "a" type: "Input" top: "a" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "b" type: "Input" top: "b" input_param { shape { dim: 2 dim: 3 } } }
layer {
  name: "ip1" type: "InnerProduct" bottom: "a" top: "ip1" param { name: "w" lr_mult: 1 } param { name: "b" }
  inner_product_param { num_output: 5 }
}
layer {
  name: "ip2" type: "InnerProduct" bottom: "b" top: "ip2" param { name: "w" share_mode: PERMISSIVE } param { name: "b" }
  inner_product_param { num_output: 5 } propagate_down: false
}
layer { name: "d" type: "EuclideanLoss" bottom: "ip1" bottom: "ip2" top: "d" loss_weight: 0.5 }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip1" bottom: "ip2" }
layer { name: "sum" type: "Reduction" bottom: "ip1" top: "sum" loss_weight: 2 }
""",
    "inputs": """
force_backward: true
state { level: 1 stage: "x" }
layer { name: "one" type: "Input" top: "one" input_param { shape { dim: [2, 3] } } }
layer { name: "called" type: "Input" top: "otherwise" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "two" type: "Input" top: "two" top: "three" input_param { shape { dim: 2 dim: 3 } shape { dim: 4 } } }
layer { name: "bare" type: "Input" top: "bare" }
layer { name: "scalar" type: "Input" top: "scalar" input_param { shape { } } }
layer {
  name: "sized" type: "Input" top: "sized"
  input_param { shape { dim: 2  # items
  dim: 3 } }
}
layer { name: "p" type: "TanH" bottom: "one" top: "p" tanh_param { engine: CAFFE } }
""",
    "legacy_input": """
name: "deploy"  # as people had it
input: "data"  # images
input_dim: 1
input_dim: 3
input_dim: 8  # high
input_dim: 8
# the net
layer { name: "p" type: "TanH" bottom: "data" top: "p" }
""",
    "legacy_shapes": """
input: "a" input_shape { dim: 1 dim: 3 } input: "b" input_shape { dim: 4 }
layer { name: "p" type: "TanH" bottom: "a" top: "p" }
""",
    "lists": """
layer [
  { name: "x" type: "Input" top: ["x", "y"] input_param { shape [{ dim: [2, 3] }, { dim: 2 dim: 3 }] } },
  { name: "c" type: "Concat" bottom: ["x", "y"] top: "c" loss_weight: [0.5] concat_param < axis: -1 > }
]
""",
    "own_and_general": """
# Of intel's fork, a layer has an engine as its message does.
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "r" type: "ReLU" bottom: "x" top: "r" engine: "MKLDNN" relu_param { engine: CAFFE } }
layer { type: "TanH" bottom: "r" top: "nameless" }
layer { name: "p" type: "Pooling" bottom: "r" top: "p" pooling_param { kernel_size: 2 } tanh_param { engine: CAFFE } }
""",
}

LANGUAGE = {
    "sharing": """
input left: [2, 3, 9, 9]
input right: [2, 3, 9, 9]
block conv(x, n) -> y {
  y = Convolution(x) {
    num_output: n kernel_size: 3
    param { lr_mult: 2 }  # the filters
  }
    | BatchNorm | ReLU
}
block tower(x, n = 4) -> y {
  # two of them
  x = conv(x, n) | conv(n)
  y = InnerProduct(x) { num_output: 2 param { name: "own" } }
}
a = tower(left)
b = tower(right) { share: a }  # the same tower
train { c = tower(left, 4) { share: b } }
""",
    "blocks": """
# A net of blocks.
name: "blocks"
let width = 4  # of the first

# Convolution and what follows
block conv_bn(x, channels, stride = 1) -> y {
  # without a bias
  y = Convolution(x) { num_output: channels kernel_size: 3 pad: 1 stride: stride bias_term: false }
  y = BatchNorm(y)
  y = Scale(y) { bias_term: true }  # its own bias
}

input data: [2, 3, 16, 16]  # images
# The stem
stem = conv_bn(data, width) | ReLU
# Two stages
repeat i in 1..2 {
  # of twice the width
  stem = conv_bn(stem, width * 2, stride = 2) { name: f"stage{i}" }
}
if width > 3 {
  wide = TanH(stem)  # if wide
} else {
  narrow = TanH(stem)  # if narrow
}
expect stem: [2, 8, 4, 4]
# the end
""",
    "states": """
input data: [2, 3]
train {
  # only then
  noise = Dropout(data) { dropout_ratio: 0.25 }
  noise = Dropout(noise)
}
test { noise = Power(data) }
ip = InnerProduct(noise) { num_output: 5 weight_filler { type: "xavier" } }
stage "deploy" { prob = Softmax(ip) }
stage not "deploy" { test { best = ArgMax(ip) } }
Silence(ip) { name: "quiet" }
layer { name: "full" type: "TanH" bottom: "ip" top: "full" }
""",
}
