"""Short layers, pipes, re-binding, and layers in full form beside them: what each construct comes to."""

from __future__ import annotations

import pytest

from tests.frontend.language.lines import DATA, lines

CASES: dict[str, tuple[str, str]] = {
    # Short layers.
    "a layer": ("y = ReLU(data)", "y: ReLU(data) -> y"),
    "no bottom": ("y = DummyData() { shape { dim: 1 } }", "y: DummyData() -> y dummy_data_param { shape { dim: 1 } }"),
    "several bottoms": ("y = Eltwise(data, data)", "y: Eltwise(data, data) -> y"),
    "several tops": (
        "a, b = Slice(data) { axis: 1 slice_point: 2 }",
        "a: Slice(data) -> a, b slice_param { axis: 1 slice_point: 2 }",
    ),
    "string targets": (
        '"in/1x1", b = Slice(data)\ny = Concat("in/1x1", b)',
        "in/1x1: Slice(data) -> in/1x1, b\ny: Concat(in/1x1, b) -> y",
    ),
    "template targets": (
        'let i = 3\nf"res{i}{{a}}" = ReLU(data)\ny = ReLU(f"res{i}{{a}}")',
        "res3{a}: ReLU(data) -> res3{a}\ny: ReLU(res3{a}) -> y",
    ),
    "no target": ("Silence(data)\nSilence(data)", "silence: Silence(data) ->\nsilence_2: Silence(data) ->"),
    "name in braces": ('y = ReLU(data) { name: "it" }', "it: ReLU(data) -> y"),
    "name by expression": (
        'let k = "q"\ny = ReLU(data) { name: k + "1" }\nz = ReLU(data) { name: k }',
        "q1: ReLU(data) -> y\nq: ReLU(data) -> z",
    ),
    "names made unique": (
        'b = ReLU(data) { name: "a" }\na = ReLU(data)\na_2 = ReLU(data) { name: "a_3" }',
        "a: ReLU(data) -> b\na_2: ReLU(data) -> a\na_3: ReLU(data) -> a_2",
    ),
    "a name of two states is unique": (
        "a = Pooling(data) { kernel_size: 1 }\na = Pooling(a) { kernel_size: 1 }\n"
        'layer { name: "a_2" type: "ReLU" bottom: "data" top: "z" }',
        "a: Pooling(data) -> a pooling_param { kernel_size: 1 }\n"
        "a_2_2: Pooling(a) -> a_2 pooling_param { kernel_size: 1 }\na_2: ReLU(data) -> z",
    ),
    # Fields in the braces.
    "own and general fields": (
        "y = Convolution(data) { num_output: 2 param { lr_mult: 0 } kernel_size: 1 loss_weight: 0 propagate_down: true"
        " include { phase: TEST } }",
        "y: Convolution(data) -> y convolution_param { num_output: 2 kernel_size: 1 } param { lr_mult: 0 }"
        " loss_weight: 0 propagate_down: true include { phase: TEST }",
    ),
    "numbers in a list are prototxt's": (
        "y = Crop(data, data) { offset: [010, 0x1] axis: 2 }",
        "y: Crop(data, data) -> y crop_param { offset: [010, 0x1] axis: 2 }",
    ),
    "own message beside own fields": (
        "y = Pooling(data) { pooling_param { pool: AVE } kernel_size: 2 }",
        "y: Pooling(data) -> y pooling_param { pool: AVE kernel_size: 2 }",
    ),
    "own message alone": (
        "y = Pooling(data) { pooling_param { pool: AVE kernel_size: 2 } }",
        "y: Pooling(data) -> y pooling_param { pool: AVE kernel_size: 2 }",
    ),
    "a message beside": (
        "y = SoftmaxWithLoss(data, data) { normalization: FULL axis: 1 }",
        "y: SoftmaxWithLoss(data, data) -> y normalization: FULL axis: 1",
    ),
    "another message": (
        "y = SoftmaxWithLoss(data, data) { loss_param { ignore_label: 2 repeat a in [1] { axis: a } } }",
        "y: SoftmaxWithLoss(data, data) -> y loss_param { ignore_label: 2 axis: 1 }",
    ),
    "data with a transform": (
        'd, l = Data() { source: "x" batch_size: 2 transform_param { crop_size: 8 } }',
        'd: Data() -> d, l data_param { source: "x" batch_size: 2 } transform_param { crop_size: 8 }',
    ),
    "empty braces": ("y = Sigmoid(data) {}", "y: Sigmoid(data) -> y"),
    "a type without a message": ("y = AbsVal(data) { loss_weight: 2 }", "y: AbsVal(data) -> y loss_weight: 2"),
    "a type that is nowhere": ("y = Mine(data) { size: 2 }", "y: Mine(data) -> y size: 2"),
    "namesakes by their fields": (
        "a = BN(data) { slope_filler { value: 1 } }\nb = Upsample(data) { scale: 2 }",
        "a: BN(data) -> a bn_param { slope_filler { value: 1 } }\nb: Upsample(data) -> b upsample_param { scale: 2 }",
    ),
    "a Python layer": (
        'y = Python(data) { module: "m" layer: "L" param_str: "x" loss_weight: 1 }',
        'y: Python(data) -> y python_param { module: "m" layer: "L" param_str: "x" } loss_weight: 1',
    ),
    "values": (
        'let n = 3\nlet t = true\nlet a = AVE\ny = Foo(data) { a: n b: n * 2 + 1 c: -n d: 1.5 * 2 e: f"x{n}" f: "s"'
        " g: [n, n + 1]"
        " h: t i: a j: MAX k: 5k l: 2MB m: 7 / 2 n: -7 / 2 o: inf p: [] }",
        'y: Foo(data) -> y a: 3 b: 7 c: -3 d: 3.0 e: "x3" f: "s" g: [3, 4] h: true i: AVE j: MAX k: 5000 l: 2000000'
        " m: 3 n: -4 o: inf p: []",
    ),
    "messages in messages": (
        "let n = 2\ny = Foo(data) { a { b { c: n + 1 } } d < e: n > f: [{ g: n }, { g: n + 1 }] }",
        "y: Foo(data) -> y a { b { c: 3 } } d { e: 2 } f: [{ g: 2 }, { g: 3 }]",
    ),
    "statements in braces": (
        "y = Foo(data) { repeat i in 1..2 { a: i if i == 2 { b: i } else { c: i } } }",
        "y: Foo(data) -> y a: 1 c: 1 a: 2 b: 2",
    ),
    "escapes": (
        'let a = "q\\"\\n\\033\\\\"\ny = Foo(data) { name: a + "!" b: a }',
        'q"\n\x1b\\!: Foo(data) -> y b: "q\\"\\n\\033\\\\"',
    ),
    # What a layer reads.
    "a list of blobs": (
        "let parts = [data, data]\nlet parts = parts + [data]\ny = Concat(parts)",
        "y: Concat(data, data, data) -> y",
    ),
    "a list as it stands": (
        "y = Concat([data, ReLU(data)], data)",
        "relu: ReLU(data) -> relu\ny: Concat(data, relu, data) -> y",
    ),
    "an empty list": ("let none = []\ny = Concat(none, data)", "y: Concat(data) -> y"),
    "nested calls": (
        "y = ReLU(Sigmoid(TanH(data)))",
        "tanh: TanH(data) -> tanh\nsigmoid: Sigmoid(tanh) -> sigmoid\ny: ReLU(sigmoid) -> y",
    ),
    "another name": ("x = data\ny = ReLU(x)\nz = y\nw = ReLU(z)", "y: ReLU(data) -> y\nw: ReLU(y) -> w"),
    "a name in the text": (
        'block b(x) -> y { c = TanH(x)  y = TanH(c) }\na = b(data)\nz = ReLU("a/c")',
        "a/c: TanH(data) -> a/c\na/y: TanH(a/c) -> a/y\nz: ReLU(a/c) -> z",
    ),
    # Set again.
    "in place": (
        "y = TanH(data)\ny = ReLU(y)\ny = Dropout(y)",
        "y: TanH(data) -> y\ny/relu: ReLU(y) -> y\ny/dropout: Dropout(y) -> y",
    ),
    "in place, with a name": ('y = TanH(data)\ny = ReLU(y) { name: "r" }', "y: TanH(data) -> y\nr: ReLU(y) -> y"),
    "in place, twice the same": (
        "y = TanH(data)\ny = ReLU(y)\ny = ReLU(y)",
        "y: TanH(data) -> y\ny/relu: ReLU(y) -> y\ny/relu_2: ReLU(y) -> y",
    ),
    "in place, second bottom": (
        "s = TanH(data)\ny = TanH(data)\ny = Scale(y, s)",
        "s: TanH(data) -> s\ny: TanH(data) -> y\ny/scale: Scale(y, s) -> y",
    ),
    "not in place: another reader": (
        "y = TanH(data)\nz = TanH(y)\ny = ReLU(y)",
        "y: TanH(data) -> y\nz: TanH(y) -> z\ny_2: ReLU(y) -> y_2",
    ),
    "not in place: a later reader": (
        "y = TanH(data)\nz = y\ny = ReLU(y)\nw = Eltwise(y, z)",
        "y: TanH(data) -> y\ny_2: ReLU(y) -> y_2\nw: Eltwise(y_2, y) -> w",
    ),
    "not in place: read twice at once": (
        "y = TanH(data)\ny = Scale(y, y)",
        "y: TanH(data) -> y\ny_2: Scale(y, y) -> y_2",
    ),
    "not in place: Caffe refuses it": (
        "y = TanH(data)\ny = Flatten(y)\ny = AbsVal(y)",
        "y: TanH(data) -> y\ny_2: Flatten(y) -> y_2\ny_3: AbsVal(y_2) -> y_3",
    ),
    "not in place: it takes more than the number in its place": (
        "y = TanH(data)\ny = Softmax(y)\ny = Pooling(y) { kernel_size: 2 }\ny = InnerProduct(y) { num_output: 2 }",
        "y: TanH(data) -> y\ny_2: Softmax(y) -> y_2\ny_3: Pooling(y_2) -> y_3 pooling_param { kernel_size: 2 }\n"
        "y_4: InnerProduct(y_3) -> y_4 inner_product_param { num_output: 2 }",
    ),
    "not in place: the second bottom": (
        "y = TanH(data)\ny = Scale(data, y)",
        "y: TanH(data) -> y\ny_2: Scale(data, y) -> y_2",
    ),
    "not in place: it weighs": (
        "l = Reduction(data) { loss_weight: 1 }\nl = Power(l)",
        "l: Reduction(data) -> l loss_weight: 1\nl_2: Power(l) -> l_2",
    ),
    "not in place: a loss": (
        "l = EuclideanLoss(data, data)\nl = Power(l)",
        "l: EuclideanLoss(data, data) -> l\nl_2: Power(l) -> l_2",
    ),
    "not in place: a loss in full form": (
        'layer { name: "l" type: "EuclideanLoss" bottom: "data" bottom: "data" top: "l" }\nl = Power(l)',
        "l: EuclideanLoss(data, data) -> l\nl_2: Power(l) -> l_2",
    ),
    "not in place: what a block was given": (
        "block b(x) -> y { x = ReLU(x)  y = x  y = ReLU(y) }\na = TanH(data)\nz = b(a)",
        "a: TanH(data) -> a\nz/x: ReLU(a) -> z/x\nz/y/relu: ReLU(z/x) -> z/x",
    ),
    "not in place: read under its name": (
        'block b(x) -> y { c = TanH(x)  z = Sigmoid(c)  y = c }\na = b(data)\nw = TanH("a/c")\na = ReLU(a)',
        "a/c: TanH(data) -> a/c\na/z: Sigmoid(a/c) -> a/z\nw: TanH(a/c) -> w\na: ReLU(a/c) -> a",
    ),
    "in place, what a block gave": (
        "block b(x) -> y { y = TanH(x) }\na = b(data)\na = ReLU(a)",
        "a/y: TanH(data) -> a/y\na/relu: ReLU(a/y) -> a/y",
    ),
    # Pipes.
    "a pipe after a name": (
        "y = data | TanH | ReLU { negative_slope: 1 } | Pooling { kernel_size: 1 }",
        "y/tanh: TanH(data) -> y/tanh\ny/relu: ReLU(y/tanh) -> y/tanh relu_param { negative_slope: 1 }\n"
        "y/pooling: Pooling(y/tanh) -> y/pooling pooling_param { kernel_size: 1 }",
    ),
    "a pipe after a call": (
        "y = InnerProduct(data) { num_output: 2 } | ReLU | Dropout",
        "y: InnerProduct(data) -> y inner_product_param { num_output: 2 }\n"
        "y/relu: ReLU(y) -> y\ny/dropout: Dropout(y) -> y",
    ),
    "a pipe after a string": (
        '"a/b" = TanH(data)\ny = "a/b" | Flatten',
        "a/b: TanH(data) -> a/b\ny/flatten: Flatten(a/b) -> y/flatten",
    ),
    "a pipe of its own name": ("data = data | ReLU", "data/relu: ReLU(data) -> data"),
    "a pipe with more arguments": (
        "y = data | Eltwise(data) { operation: MAX }",
        "y/eltwise: Eltwise(data, data) -> y/eltwise eltwise_param { operation: MAX }",
    ),
    "a pipe with several targets": (
        "a, b = data | TanH | Slice",
        "a/tanh: TanH(data) -> a/tanh\na: Slice(a/tanh) -> a, b",
    ),
    "a pipe as a bottom": (
        "y = Eltwise(data | TanH | ReLU, data)",
        "data/tanh: TanH(data) -> data/tanh\ndata/relu: ReLU(data/tanh) -> data/tanh\ny: Eltwise(data/tanh, data) -> y",
    ),
    "a pipe with a name": (
        'y = data | TanH { name: "t" } | Flatten { name: "f" }',
        "t: TanH(data) -> y/tanh\nf: Flatten(y/tanh) -> y/flatten",
    ),
    "a pipe through blocks": (
        "block b(x, n = 1) -> y { y = Power(x) { scale: n } }\ny = b(data) | b | b(3) | ReLU",
        "y/y: Power(data) -> y/y power_param { scale: 1 }\ny/b/y: Power(y/y) -> y/b/y power_param { scale: 1 }\n"
        "y/b_2/y: Power(y/b/y) -> y/b_2/y power_param { scale: 3 }\ny/relu: ReLU(y/b_2/y) -> y/b_2/y",
    ),
    # Layers in full form.
    "full form reads short form": (
        'y = TanH(data)\ny = Flatten(y)\nlayer { name: "f" type: "ReLU" bottom: "y" top: "z" }',
        "y: TanH(data) -> y\ny_2: Flatten(y) -> y_2\nf: ReLU(y_2) -> z",
    ),
    "short form reads full form": (
        'layer { name: "f" type: "TanH" bottom: "data" top: "a/b" }\nz = ReLU("a/b")',
        "f: TanH(data) -> a/b\nz: ReLU(a/b) -> z",
    ),
    "full form in place": (
        'y = TanH(data)\nlayer { name: "r" type: "ReLU" bottom: "y" top: "y" }\nz = TanH(y)',
        "y: TanH(data) -> y\nr: ReLU(y) -> y\nz: TanH(y) -> z",
    ),
    "full form over another name": (
        'y = TanH(data)\nc = y\nlayer { name: "r" type: "ReLU" bottom: "data" top: "c" }\nz = Eltwise(c, y)',
        "y: TanH(data) -> y\nr: ReLU(data) -> c\nz: Eltwise(c, y) -> z",
    ),
    "full form in a block": (
        'block b(x) -> q { layer { name: "n" type: "TanH" bottom: "x" top: "q" param { name: "w" } } }\nz = b(data)',
        'z/n: TanH(data) -> z/q param { name: "w" }',
    ),
    "full form with lists": (
        'layer { name: "f" type: "Slice" bottom: ["data"] top: ["a", "b"] }\nz = Concat(a, b)',
        "f: Slice(data) -> a, b\nz: Concat(a, b) -> z",
    ),
    "full form with expressions": (
        'let n = 2\nlayer { name: f"n{n}" type: "Foo" bottom: "data" top: f"t{n}" '
        "if n == 2 { foo_param { a: n * n } } }\nz = ReLU(t2)",
        "n2: Foo(data) -> t2 foo_param { a: 4 }\nz: ReLU(t2) -> z",
    ),
    "the name of full form is kept": (
        'y = ReLU(data)\nlayer { name: "y" type: "TanH" bottom: "data" top: "z" }',
        "y_2: ReLU(data) -> y\ny: TanH(data) -> z",
    ),
    "its name may be any": (
        'layer { type: "TanH" bottom: "data" top: "z" }\ny = TanH(z)',
        ": TanH(data) -> z\ny: TanH(z) -> y",
    ),
    "what it reads may come later or never": (
        'layer { name: "a" type: "TanH" bottom: "nowhere" top: "z" }\ny = TanH("nowhere else")',
        "a: TanH(nowhere) -> z\ny: TanH(nowhere else) -> y",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_comes_to(name: str) -> None:
    text, expected = CASES[name]
    assert "\n".join(lines(DATA + text)) == expected


NETS = {
    "top-level fields": (
        'let n = 2\nname: f"net{n}"\nforce_backward: true\nstate { level: n * 2 stage: "s" }\nlet m = "x"\n',
        'name: "net2"\nforce_backward: true\nstate { level: 4 stage: "s" }',
    ),
    "older layers": (
        'let n = 2\ninput: "x"\ninput_dim: [n, 3, 4, n * 2]\nlayers { name: "a" type: RELU bottom: "x" top: "a" }\n'
        'if n == 2 { layers { name: "b" type: TANH bottom: "a" top: "b" } }',
        'input: "x"\ninput_dim: [2, 3, 4, 4]\nlayers { name: "a" type: RELU bottom: "x" top: "a" }\n'
        'layers { name: "b" type: TANH bottom: "a" top: "b" }',
    ),
    "older inputs are blobs": (
        'let n = 2\ninput: "x"\ninput_shape { dim: n }\ny = ReLU(x)\nx = TanH(x)',
        'input: "x"\ninput_shape { dim: 2 }\ny: ReLU(x) -> y\nx_2: TanH(x) -> x_2',
    ),
    "nothing": ("let n = 2", ""),
    "bodies of nothing": ('block b() { }\nrepeat i in 1..2 { }\nif true { }\ntrain { }\nstage "s" { }\nb()', ""),
    "an input": (
        'let n = 2\ninput "a/b": [n, n * 2, 3]\ninput c: []\ny = ReLU("a/b")\nz = ReLU(c)',
        "a/b: Input() -> a/b input_param { shape { dim: 2 dim: 4 dim: 3 } }\nc: Input() -> c input_param { shape {} }\n"
        "y: ReLU(a/b) -> y\nz: ReLU(c) -> z",
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_net(name: str) -> None:
    text, expected = NETS[name]
    assert "\n".join(lines(text)) == expected
