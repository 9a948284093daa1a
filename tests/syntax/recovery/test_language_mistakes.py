"""Mistakes in what .net adds to prototxt: each is said once, in words of use, and the rest is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netspec.diagnostics.render import human
from netspec.diagnostics.source import Source
from netspec.syntax.parser import parse
from tests.syntax.outline import outline

# A case: a text, and the codes of what is reported. The golden file of its name holds the report and what was read.
MISTAKES = {
    # let
    "let-without-equals": ("let x 5\nlet y: 5\nlet z := 5\n", ["NS101", "NS101", "NS101"]),
    "let-without-value": ("let x\nlet y =\nlet z =\nconv = ReLU(data)\n", ["NS101", "NS101", "NS101"]),
    "let-with-quotes": ('let "x" = 3\nlet k = 1;\nlet j = 3 4\n', ["NS101", "NS101", "NS101"]),
    "words-for-let": ("const n = 5\nvar k = n\nn += 1\n", ["NS101", "NS101", "NS101"]),
    # block
    "block-without-parentheses": (
        "block f x -> y {\n  y = ReLU(x)\n}\nblock g {\n  y = ReLU(x)\n}\nblock (x) -> y {\n  y = ReLU(x)\n}\n",
        ["NS101", "NS101", "NS101"],
    ),
    "block-without-arrow": (
        "block f(x) y {\n  y = ReLU(x)\n}\nblock g(x) => y {\n  y = ReLU(x)\n}\nblock h(x) = y {\n  y = ReLU(x)\n}\n",
        ["NS101", "NS101", "NS101"],
    ),
    "block-without-results": (
        "block f(x) -> {\n  y = ReLU(x)\n}\nblock g(x) -> (a, b) {\n  a = ReLU(x)\n  b = TanH(x)\n}\n",
        ["NS101", "NS101"],
    ),
    "block-parameters": (
        "block f(x channels = 3) -> y {\n  y = ReLU(x)\n}\nblock g(x; k: 4) -> y {\n  y = ReLU(x)\n}\n",
        ["NS101", "NS101"],
    ),
    "block-of-python": ("def f(x):\n  y = ReLU(x)\n  return y\n\nz = f(data)\n", ["NS101", "NS101", "NS101"]),
    "words-for-block": (
        "function f(x) -> y {\n  y = ReLU(x)\n}\nmodule g(x) -> y {\n  y = ReLU(x)\n}\n",
        ["NS101"] * 2,
    ),
    # repeat
    "repeat-without-in": ("repeat i 1..3 {\n  a = ReLU(a)\n}\nrepeat i = 1..3 {\n  a = ReLU(a)\n}\n", ["NS101"] * 2),
    "repeat-without-name": (
        "repeat 3 {\n  a = ReLU(a)\n}\nrepeat 1..n {\n  a = ReLU(a)\n}\nrepeat i {\n  a = ReLU(a)\n}\n",
        ["NS101", "NS101", "NS101"],
    ),
    "repeat-of-three-dots": (
        "repeat i in 1...3 {\n  a = ReLU(a)\n}\nrepeat i in 1 to 3 {\n  a = ReLU(a)\n}\n"
        "repeat i in 1, 3 { a = TanH(a) }\n",
        ["NS101", "NS101", "NS101"],
    ),
    "repeat-from-to": ("repeat i from 1 to 3 {\n  a = ReLU(a)\n}\n", ["NS101"]),
    "for": ("for i in 1..3 {\n  a = ReLU(a)\n}\nfor i in range(3):\n  a = TanH(a)\nb = ReLU(a)\n", ["NS101"] * 2),
    "for-in-c": (
        "for (i = 0; i < 3; i++) {\n  a = ReLU(a)\n}\nfor k, v in enumerate(x) { a = TanH(a) }\n"
        "for i in range(n)\n{\n  a = ReLU(a)\n}\n",
        ["NS101"] * 3,
    ),
    # if
    "if-equals": ("if x = 3 {\n  a = ReLU(a)\n}\nif x === 3 {\n  a = TanH(a)\n}\n", ["NS101", "NS101"]),
    "if-in-c": (
        "if x == 3 && y == 2 || (z) {\n  a = ReLU(a)\n}\nif !z {\n  a = TanH(a)\n}\n",
        ["NS104", "NS104", "NS104"],
    ),
    "if-relations": (
        "if x => 3 {\n  a = ReLU(a)\n}\nif x =< 3 { a = ReLU(a) }\nif x < = 3 { a = ReLU(a) }\n",
        ["NS101"] * 3,
    ),
    "elif": ("if x {\n  a = ReLU(a)\n} elif y {\n  a = TanH(a)\n} else {\n  a = AbsVal(a)\n}\n", ["NS101"]),
    "else-without-if": ("let x = 3\nelse {\n  a = ReLU(a)\n}\nelse if x {\n  a = TanH(a)\n}\n", ["NS101"]),
    "if-by-indentation": ("if x:\n  a = ReLU(a)\nelse:\n  a = TanH(a)\nb = ReLU(a)\n", ["NS101", "NS101"]),
    "bodies-without-braces": (
        "if x\n  a = ReLU(a)\nrepeat i in 1..3\n  a = TanH(a)\nblock f(x) -> y\n  y = ReLU(x)\n"
        'stage "s"\n  c = f(a)\nd = f(c)\n',
        ["NS101"] * 4,
    ),
    # layers
    "odd-assignments": (
        "conv := Convolution(x) { num_output: 3 }\nconv == ReLU(conv)\nconv TanH(conv)\n",
        ["NS101"] * 3,
    ),
    "missing-commas": (
        "a, b = Slice(x) { axis: 1 }\nc d = Slice(b)\ny = basic(a b, 64\n  kernel = 3\n  stride: 2)\n",
        ["NS101"] * 4,
    ),
    "field-by-colon-in-a-call": ("y = basic(x, kernel: 3)\n", ["NS101"]),
    "missing-value-of-a-layer": ("conv =\nb = ReLU(x)\nlayer {\n  pad =\n}\n", ["NS101", "NS101"]),
    "a-word-after-a-layer": ("a = ReLU(x) really\nb = ReLU(a) 3\n", ["NS101", "NS101"]),
    "not-a-layer": ("let k = 3 { pad: 1 }\nb = ReLU(a)\n", ["NS101"]),
    "unfinished-expression": (
        "a = Convolution(x) {\n  num_output: channels *\n  pad: 1\n}\nlet k = a +\nlet j = 1 + * 2\n",
        ["NS101", "NS101", "NS101"],
    ),
    "operators-of-python": ("let a = x // 2\nlet b = x ** 2\nlet c = x // the width\n", ["NS101", "NS101", "NS104"]),
    "unclosed-template": (
        'a = ReLU(x) { name: f"conv{i} }\nlayer {\n  name: f"conv{i}\n}\nb = ReLU(a) { name: F"b{i}" }\n',
        ["NS103", "NS103", "NS101"],
    ),
    "colon-for-equals": (
        "a: Convolution(x) { num_output: 3 }\nb: ReLU(a) | TanH\nblock f(x) -> y {\n  y: ReLU(x) { }\n}\n",
        ["NS101"] * 3,
    ),
    "fields-in-parentheses": (
        "a = Convolution(x, num_output: 3, kernel_size: 3)\n"
        "b = Convolution(a, num_output: 3,\n  pad: 1) { stride: 2 }\n"
        "c = Pooling(pool: MAX)\nd = Convolution(x, weight_filler: f(1, 2), group: 3\n",
        ["NS703", "NS703", "NS703", "NS703", "NS102"],
    ),
    # pipes
    "unfinished-pipe": ("a = x |\nb = x | ReLU |\n\nlet k = 3\nc = x |", ["NS101", "NS101", "NS101"]),
    "doubled-pipe": ("a = x | | ReLU\nb = x || ReLU\nc = x | { pool: MAX }\nd = ReLU(c)\n", ["NS101"] * 3),
    "foreign-pipes": ("a = x -> ReLU\nb = x |> ReLU\nc = x >> ReLU\nd = | ReLU\nx | ReLU\n", ["NS101"] * 5),
    # brackets
    "unclosed-call": (
        "a = Convolution(data\nb = ReLU(a)\nc = Convolution(b, 3,\nlayer {\n  pad: 1\n}\n",
        ["NS102"] * 2,
    ),
    "unclosed-call-before-braces": ('a = basic(x, 3 { name: "a" }\nblock f(x) -> y { y = ReLU(x }\n', ["NS102"] * 2),
    "unclosed-group": ("let k = (1 + 2\nlet j = [1, 2\na = ReLU(x) {\n  pad: (k * 2\n  stride: 3\n}\n", ["NS102"] * 3),
    "wrong-partner": ("a = ReLU(x]\nb = ReLU(a))\nlet k = [1, 2)\n", ["NS101", "NS101", "NS101"]),
    "unclosed-layer": ("a = Convolution(x) {\n  num_output: 3\nb = ReLU(a)\nc = ReLU(b)\n", ["NS102"]),
    "unclosed-block": (
        "block f(x) -> y {\n  y = ReLU(x)\n\nblock g(x) -> y {\n  y = TanH(x)\n}\nz = f(data)\n",
        ["NS102"],
    ),
    "unclosed-repeat": ("repeat i in 1..3 {\n  a = ReLU(a)\n\nlayer {\n  pad: 1\n}\n", ["NS102"]),
    "unclosed-if": ("if x {\n  a = ReLU(a)\nelse {\n  a = TanH(a)\n}\nb = ReLU(a)\n", ["NS102"]),
    "unclosed-in-a-block": (
        "block f(x) -> y {\n  y = Convolution(x) {\n    num_output: 3\n  y = ReLU(y)\n}\nz = f(data)\n",
        ["NS102"],
    ),
    # files
    "import-without-quotes": (
        "import blocks.net\nimport models/blocks.net\nimport conv_bn from blocks.net\nb = ReLU(a)\n",
        ["NS101", "NS101", "NS101"],
    ),
    "import-of-what": ('import conv_bn\nimport basic from\nimport a b from "c.net"\nb = ReLU(a)\n', ["NS101"] * 3),
    "import-of-python": ('from blocks import conv\nfrom "blocks.net" import conv, basic\n', ["NS101", "NS101"]),
    "include": ('include "blocks.net"\nb = ReLU(a)\n', ["NS101"]),
    # inputs and expectations
    "input-without-colon": ("input data [N, 3]\ninput label = [N]\ninput [N, 3]\n", ["NS101", "NS101", "NS101"]),
    "input-without-brackets": (
        "input data: N,3,224,224\ninput a: 1x3x224x224  # RGB\ninput b: [1x3x224x224]\ninput c: (N, 3)\n",
        ["NS101"] * 4,
    ),
    "input-without-shape": ('input data\ninput: label: [N]\ninput "x"\ninput_dim: 1\n', ["NS101", "NS101", "NS101"]),
    "expect-of-a-shape": (
        "expect x = [N, 3]\nexpect y [N, 3]\nexpect z: N, 3\nexpect [N, 3]\nexpect w\n",
        ["NS101"] * 5,
    ),
    "expect-relations": (
        "expect parameters < = 5M\nexpect macs = 5M\nexpect layers <=\nexpect memory 5MB\n",
        ["NS101"] * 4,
    ),
    "units": (
        "expect parameters <= 5 million\nexpect parameters <= 5m\nexpect memory <= 5mb\nexpect macs <= 5,000,000\n"
        "expect macs <= 5_000_000\n",
        ["NS101"] * 5,
    ),
    # phases and stages
    "phase-with-colon": ("train:\n  a = ReLU(a)\ntest: layer {\n  pad: 1\n}\nb = ReLU(a)\n", ["NS101", "NS101"]),
    "phase-as-a-word": ("phase TRAIN {\n  a = ReLU(a)\n}\nphase: TEST {\n  b = ReLU(a)\n}\n", ["NS101", "NS101"]),
    "stage-without-quotes": (
        'stage deploy {\n  a = ReLU(a)\n}\nstage not deploy {\n  b = ReLU(a)\n}\nstage: "x" {\n  c = ReLU(b)\n}\n',
        ["NS101", "NS101", "NS101"],
    ),
    "stage-of-a-rule": ('layer {\n  include { stage "deploy" }\n  include { phase TEST }\n}\n', ["NS101", "NS101"]),
    # all in one
    "several-of-the-language": (
        "input data [N, 3, 32, 32]\nlet n 5\n\n"
        "block f(x, channels) -> y {\n  y = Convolution(x { num_output: channels }\n  y = y |\n}\n"
        "repeat i = 1..n {\n  data = f(data 64)\n}\nif n = 5 {\n  data = ReLU(data)\n}\nexpect data: N, 64\n",
        ["NS101", "NS101", "NS102", "NS101", "NS101", "NS101", "NS101", "NS101"],
    ),
}


@pytest.mark.parametrize(("name", "text", "codes"), [(name, *case) for name, case in MISTAKES.items()], ids=MISTAKES)
def test_mistake(name: str, text: str, codes: list[str], golden: Callable[[str, str], None]) -> None:
    document, diagnostics = parse(Source(f"{name}.net", text))
    golden(f"syntax/language/{name}.txt", f"{human(diagnostics)}\n==== what was read\n{outline(document)}")
    assert [diagnostic.code for diagnostic in diagnostics] == codes


GOOD = 'good = Convolution(data) {\n  num_output: 3\n}\nlayer {\n  name: "good"\n}\n'


@pytest.mark.parametrize(("text", "codes"), MISTAKES.values(), ids=MISTAKES)
def test_the_next_statement_is_read(text: str, codes: list[str]) -> None:
    """What is good after the mistake is read as it stands, and the report is no longer for it."""
    document, diagnostics = parse(Source("test.net", f"{text.rstrip()}\n{GOOD}{GOOD}"))
    assert outline(document).endswith(outline(parse(Source("test.net", GOOD + GOOD))[0]))
    assert len(diagnostics) == len(codes)
