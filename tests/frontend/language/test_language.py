"""Constants, blocks, repetition, conditions and phases: what each construct comes to."""

from __future__ import annotations

import pytest

from tests.frontend.language.lines import DATA, lines

G = "block g(x, n = 2, m = n * 2) -> a, b { a = Power(x) { scale: n }  b = Power(x) { shift: m } }\n"
H = "block h(x, n = 1) -> y { y = Power(x) { scale: n } }\n"

CASES: dict[str, tuple[str, str]] = {
    # Blocks.
    "defaults use earlier parameters": (
        G + "p, q = g(data)\nr, s = g(data, 3)\nt, u = g(data, m = 5)",
        "p/a: Power(data) -> p/a power_param { scale: 2 }\np/b: Power(data) -> p/b power_param { shift: 4 }\n"
        "r/a: Power(data) -> r/a power_param { scale: 3 }\nr/b: Power(data) -> r/b power_param { shift: 6 }\n"
        "t/a: Power(data) -> t/a power_param { scale: 2 }\nt/b: Power(data) -> t/b power_param { shift: 5 }",
    ),
    "all by name, in any order": (
        H + "y = h(n = 3, x = data)",
        "y/y: Power(data) -> y/y power_param { scale: 3 }",
    ),
    "several results": (
        G + "p, q = g(data)\nz = Eltwise(q, p)",
        "p/a: Power(data) -> p/a power_param { scale: 2 }\np/b: Power(data) -> p/b power_param { shift: 4 }\n"
        "z: Eltwise(p/b, p/a) -> z",
    ),
    "no result": (
        "block b(x) { Silence(x) }\nb(data)\nb(data)",
        "b/silence: Silence(data) ->\nb_2/silence: Silence(data) ->",
    ),
    "results that are what was given": (
        "block swap(a, b) -> b, a { }\nx = TanH(data)\np, q = swap(data, x)\ny = Eltwise(p, q)",
        "x: TanH(data) -> x\ny: Eltwise(x, data) -> y",
    ),
    "a result that is a constant": (
        "block two() -> n { let n = 2 }\nblock b(x) -> y { y = Power(x) { scale: 1 } }\ny = b(data)\ntwo()",
        "y/y: Power(data) -> y/y power_param { scale: 1 }",
    ),
    "nested": (
        H + 'block k(x) -> y { c = h(x)  y = h(c, 2) { name: "in" } }\nz = k(data)',
        "z/c/y: Power(data) -> z/c/y power_param { scale: 1 }\nz/in/y: Power(z/c/y) -> z/in/y power_param { scale: 2 }",
    ),
    "in a call": (
        H + "z = Eltwise(h(data), h(data, 2))",
        "h/y: Power(data) -> h/y power_param { scale: 1 }\nh_2/y: Power(data) -> h_2/y power_param { scale: 2 }\n"
        "z: Eltwise(h/y, h_2/y) -> z",
    ),
    "recursion": (
        "block r(x, d) -> y { if d > 0 { y = r(TanH(x), d - 1) } else { y = x } }\nz = r(data, 2)\nw = ReLU(z)",
        "z/tanh: TanH(data) -> z/tanh\nz/y/tanh: TanH(z/tanh) -> z/y/tanh\nw: ReLU(z/y/tanh) -> w",
    ),
    "used before it stands": ("y = h(data)\n" + H, "y/y: Power(data) -> y/y power_param { scale: 1 }"),
    "used twice under one name": (
        H + "y = h(data)\ny = h(y)",
        "y/y: Power(data) -> y/y power_param { scale: 1 }\ny_2/y: Power(y/y) -> y_2/y power_param { scale: 1 }",
    ),
    "named by its own body": (
        'block n(x, i) -> f"s{i}" { name: f"n{i}"  f"s{i}" = Power(x) { scale: i } }\n'
        'y = n(data, 1)\nz = n(y, 2) { name: "given" }\nw = n(z, 3) { name: "" }',
        "n1/s1: Power(data) -> n1/s1 power_param { scale: 1 }\n"
        "given/s2: Power(n1/s1) -> given/s2 power_param { scale: 2 }\n"
        "s3: Power(given/s2) -> s3 power_param { scale: 3 }",
    ),
    "without a prefix, by its own body": (
        'block n(x) -> y { y = TanH(x)  name: "" }\nblock k(x) -> y { y = n(x) }\ny = n(data) | n\nz = k(y)',
        "y: TanH(data) -> y\ny_2: TanH(y) -> y_2\nz/y: TanH(y_2) -> z/y",
    ),
    "results that are texts and templates": (
        'block n(x, i) -> f"{i}/a", "b" { f"{i}/a" = TanH(x)  b = ReLU(x) }\np, q = n(data, 7)\nr = Eltwise(q, p)',
        "p/7/a: TanH(data) -> p/7/a\np/b: ReLU(data) -> p/b\nr: Eltwise(p/b, p/7/a) -> r",
    ),
    "named": (
        H + 'let i = 3\ny = h(data) { name: f"s{i}" }\nz = h(y) { name: "a/b" }',
        "s3/y: Power(data) -> s3/y power_param { scale: 1 }\na/b/y: Power(s3/y) -> a/b/y power_param { scale: 1 }",
    ),
    "named nothing": (
        H + 'z = h(data) { name: "" }\nw = h(z) { name: "" }',
        "y: Power(data) -> y power_param { scale: 1 }\ny_2: Power(y) -> y_2 power_param { scale: 1 }",
    ),
    "names that the braces give": (
        'block b(x) -> y { y = TanH(x) { name: "t" param { name: "w" } } }\nz = b(data)',
        'z/t: TanH(data) -> z/y param { name: "w" }',
    ),
    "constants of the file": (
        "let n = 2\nblock b(x) -> y { y = Power(x) { scale: n } }\nz = b(data)\nlet n = 3\nw = b(data)",
        "z/y: Power(data) -> z/y power_param { scale: 2 }\nw/y: Power(data) -> w/y power_param { scale: 3 }",
    ),
    "constants of its own": (
        "let n = 2\nblock b(x) -> y { let n = n + 5  y = Power(x) { scale: n } }\nz = b(data)\n"
        "w = Power(data) { scale: n }",
        "z/y: Power(data) -> z/y power_param { scale: 7 }\nw: Power(data) -> w power_param { scale: 2 }",
    ),
    "constants as arguments": (
        'block b(x, p, s, l, t) -> y { y = Foo(x) { p: p s: s l: l t: t } }\nz = b(data, MAX, "s", [1, 2], t = true)',
        'z/y: Foo(data) -> z/y p: MAX s: "s" l: [1, 2] t: true',
    ),
    "blobs as arguments": (
        "block b(parts) -> y { y = Concat(parts) }\nz = b([data, data])\nw = b(data)",
        "z/y: Concat(data, data) -> z/y\nw/y: Concat(data) -> w/y",
    ),
    "calls as arguments": (
        H + "z = h(TanH(data))",
        "tanh: TanH(data) -> tanh\nz/y: Power(tanh) -> z/y power_param { scale: 1 }",
    ),
    "its name is that of a type": (
        "block ReLU(x) -> y { y = TanH(x) }\nz = ReLU(data)\nw = data | ReLU",
        "z/y: TanH(data) -> z/y\nw/relu/y: TanH(data) -> w/relu/y",
    ),
    # Repetition.
    "a range": (
        "repeat i in 1..3 { data = Flatten(data) { axis: i } }",
        "data_2: Flatten(data) -> data_2 flatten_param { axis: 1 }\n"
        "data_3: Flatten(data_2) -> data_3 flatten_param { axis: 2 }\n"
        "data_4: Flatten(data_3) -> data_4 flatten_param { axis: 3 }",
    ),
    "a range of expressions": (
        'let n = 2\nrepeat i in n - 1..n { f"y{i}" = TanH(data) }',
        "y1: TanH(data) -> y1\ny2: TanH(data) -> y2",
    ),
    "empty ranges and lists": (
        "repeat i in 2..1 { y = TanH(data) }\nrepeat i in [] { y = TanH(data) }\nrepeat a, b in [] { }",
        "",
    ),
    "a list": ('repeat n in ["a", "b"] { f"{n}" = TanH(data) }', "a: TanH(data) -> a\nb: TanH(data) -> b"),
    "a list of blobs": (
        "a = TanH(data)\nrepeat x in [data, a] { y = TanH(x) }",
        "a: TanH(data) -> a\ny: TanH(data) -> y\ny_2: TanH(a) -> y_2",
    ),
    "unpacking": (
        'let all = [["a", 1], ["b", 2]]\nrepeat name, n in all { f"{name}{n}" = Power(data) { scale: n } }',
        "a1: Power(data) -> a1 power_param { scale: 1 }\nb2: Power(data) -> b2 power_param { scale: 2 }",
    ),
    "within each other": (
        'repeat i in 1..2 { repeat j in 1..i { f"y{i}{j}" = TanH(data) } }',
        "y11: TanH(data) -> y11\ny21: TanH(data) -> y21\ny22: TanH(data) -> y22",
    ),
    "names outlive it": (
        "repeat i in 1..2 { y = Flatten(data) }\nz = Power(y) { scale: i }",
        "y: Flatten(data) -> y\ny_2: Flatten(data) -> y_2\nz: Power(y_2) -> z power_param { scale: 2 }",
    ),
    "dense connections": (
        "block dense(x, n) -> y { let all = [x]  repeat i in 1..n { c = TanH(Concat(all))  let all = all + [c] }"
        "  y = Concat(all) }\nz = dense(data, 2)",
        "z/concat: Concat(data) -> z/concat\nz/c: TanH(z/concat) -> z/c\nz/concat_2: Concat(data, z/c) -> z/concat_2\n"
        "z/c_2: TanH(z/concat_2) -> z/c_2\nz/y: Concat(data, z/c, z/c_2) -> z/y",
    ),
    # Conditions.
    "else": ("if 1 > 2 { y = TanH(data) } else { z = ReLU(data) }", "z: ReLU(data) -> z"),
    "else if": (
        "let n = 2\nif n == 1 { y = TanH(data) } else if n == 2 { z = ReLU(data) } "
        "else if true { w = ReLU(data) } else { }",
        "z: ReLU(data) -> z",
    ),
    "nothing holds": ("if false { y = TanH(data) } else if false { y = TanH(data) }", ""),
    # Phases and stages.
    "train and test": (
        "train { y = TanH(data) }\ntest { y = ReLU(data) }\nz = Flatten(y)",
        "y: TanH(data) -> y include { phase: TRAIN }\ny_2: ReLU(data) -> y include { phase: TEST }\nz: Flatten(y) -> z",
    ),
    "full form alone": (
        'train { layer { name: "a" type: "TanH" bottom: "data" top: "a" } }',
        "a: TanH(data) -> a include { phase: TRAIN }",
    ),
    "set again in one phase": (
        "y = TanH(data)\ntrain { y = Dropout(y) }\nz = Flatten(y)",
        "y: TanH(data) -> y\ny/dropout: Dropout(y) -> y include { phase: TRAIN }\nz: Flatten(y) -> z",
    ),
    "set again in one phase, twice": (
        "y = TanH(data)\ntrain { y = Dropout(y)  y = ReLU(y) }\nz = Flatten(y)",
        "y: TanH(data) -> y\ny/dropout: Dropout(y) -> y include { phase: TRAIN }\n"
        "y/relu: ReLU(y) -> y include { phase: TRAIN }\nz: Flatten(y) -> z",
    ),
    "set again within a phase": (
        "train { y = TanH(data)  y = Flatten(y)  z = ReLU(y) }",
        "y: TanH(data) -> y include { phase: TRAIN }\ny_2: Flatten(y) -> y_2 include { phase: TRAIN }\n"
        "z: ReLU(y_2) -> z include { phase: TRAIN }",
    ),
    "stages": (
        'stage "a" { y = TanH(data) }\nstage not "a" { y = ReLU(data) }\nstage "b" { z = ReLU(y) }',
        'y: TanH(data) -> y include { stage: "a" }\ny_2: ReLU(data) -> y include { not_stage: "a" }\n'
        'z: ReLU(y) -> z include { stage: "b" }',
    ),
    "nested conditions": (
        'train { stage "a" { stage not "b" { stage "a" { train { y = TanH(data) } } } } }',
        'y: TanH(data) -> y include { phase: TRAIN stage: "a" not_stage: "b" }',
    ),
    "with rules of its own": (
        'train { stage "a" { y = TanH(data) { include { min_level: 1 } include { phase: TRAIN stage: "c" } } } }',
        'y: TanH(data) -> y include { min_level: 1 phase: TRAIN stage: "a" }'
        ' include { phase: TRAIN stage: "c" stage: "a" }',
    ),
    "full form with rules": (
        'stage "a" { layer { name: "y" type: "TanH" bottom: "data" top: "y" include { phase: TEST } } }',
        'y: TanH(data) -> y include { phase: TEST stage: "a" }',
    ),
    "blocks in a phase": (
        H + "train { y = h(data) }",
        "y/y: Power(data) -> y/y power_param { scale: 1 } include { phase: TRAIN }",
    ),
    "phases in a block": (
        "block b(x) -> x { train { x = Dropout(x) } }\ny = TanH(data)\ny = b(y)\nz = Flatten(y)",
        "y: TanH(data) -> y\ny/x/dropout: Dropout(y) -> y include { phase: TRAIN }\nz: Flatten(y) -> z",
    ),
    "repetition in a phase": (
        'train { repeat i in 1..2 { f"y{i}" = TanH(data) } }',
        "y1: TanH(data) -> y1 include { phase: TRAIN }\ny2: TanH(data) -> y2 include { phase: TRAIN }",
    ),
    "an input in a phase": (
        "train { input x: [2] }\ntest { input x: [1] }\ny = TanH(x)",
        "x: Input() -> x input_param { shape { dim: 2 } } include { phase: TRAIN }\n"
        "x: Input() -> x input_param { shape { dim: 1 } } include { phase: TEST }\ny: TanH(x) -> y",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_comes_to(name: str) -> None:
    text, expected = CASES[name]
    assert "\n".join(lines(DATA + text)) == expected
