"""Nets to draw."""

# Blocks in blocks, a way around them, two inputs, and layers that go into the box of another.
NESTED = """\
name: "Nested"
input data: [1, 4, 8, 8]
input more: [1, 4, 8, 8]
block conv(x, n) -> y { y = Convolution(x) { num_output: n kernel_size: 3 pad: 1 } | BatchNorm }
block unit(x) -> y {
  a = conv(x, 4) | ReLU
  b = conv(a, 4)
  y = Eltwise(x, b) | ReLU
}
block pair(x) -> y {
  u = unit(x)
  y = unit(u)
}
start = Pooling(data) { kernel_size: 3 stride: 2 }
other = Pooling(more) { kernel_size: 3 stride: 2 }
x = pair(start) { name: "first" }
x = pair(x) { name: "second" }
out = Concat(x, other, start)
"""
# Every text of it tries to become something else.
HOSTILE = """\
name: "</script><script>alert(1)</script>"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "</script><script>" type: "Convolution" bottom: "data" top: "a"
  convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "\\" ]; evil [label=x" type: "Pooling" bottom: "a" top: "b" pooling_param { kernel_size: 2 } }
layer { name: "]]>&amp;${alert(1)}`\\\\" type: "Pooling" bottom: "b" top: "c" pooling_param { kernel_size: 2 } }
layer { name: "\\033[2J\\u202e--><svg onload='x'>" type: "Pooling" bottom: "c" top: "d"
  pooling_param { kernel_size: 1 } }
"""
