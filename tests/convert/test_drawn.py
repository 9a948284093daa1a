"""Whatever a spec holds, sensible or not: what it is converted to is the same net, or is wrong in the same ways."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.diagnostics.source import Source
from tests.convert.whole import faults

BLOBS = ["a", "b", "a/b", "in", "f", "MAX", "max", "été", "ReLU", "a_2", ""]
NAMES = [*BLOBS, "a/relu", "silence", 'quote\\"d', "x"]
TYPES = ["ReLU", "TanH", "Dropout", "Eltwise", "Concat", "Split", "Silence", "InnerProduct", "Pooling", "BN"]
TYPES += ["Odd", "odd"]
FIELDS = [
    "",
    "inner_product_param { num_output: 3 }",
    "pooling_param { pool: MAX kernel_size: 1 }",
    "relu_param { negative_slope: 0.5 } # slope\n",
    "concat_param { } eltwise_param { operation: SUM # sum\n }",
    "loss_weight: 1",
    "phase: TRAIN",
    "engine: 'CAFFE'",
    "propagate_down: false",
    "debug: t",
    "bn_param { frozen: true }",
    "nowhere: 1",
    "nowhere_param { a: 1 }",
]
RULES = [
    *[""] * 4,
    "include { phase: TRAIN }",
    "include { phase: TEST }",
    "include { stage: 'x' }",
    "include { not_stage: 'x' }",
    "include { phase: TEST stage: 'x' }",
    "exclude { phase: TEST }",
    "include { }",
    "include { min_level: 1 }",
]


@st.composite
def layers(draw: st.DrawFn) -> str:
    """A layer of any type, perhaps in place, with a comment here and there."""
    bottoms = draw(st.lists(st.sampled_from(BLOBS), max_size=3))
    tops = draw(st.just(bottoms[:1]) | st.lists(st.sampled_from(BLOBS), max_size=2))
    name = draw(st.sampled_from(NAMES))
    parts = [f'name: "{name}"', f'type: "{draw(st.sampled_from(TYPES))}"']
    parts += [f'bottom: "{blob}"' for blob in bottoms] + [f'top: "{blob}"' for blob in tops]
    parts += [*draw(st.lists(st.sampled_from(FIELDS), max_size=2)), draw(st.sampled_from(RULES))]
    ends = draw(st.lists(st.sampled_from([" ", "\n", " # why\n"]), min_size=len(parts), max_size=len(parts)))
    inner = "".join(part + end for part, end in zip(parts, ends, strict=True))
    before, behind = draw(st.sampled_from(["", "# a layer\n", "\n"])), draw(st.sampled_from(["\n", " # end\n"]))
    return f"{before}layer {{ {inner} }}{behind}"


@st.composite
def specs(draw: st.DrawFn) -> str:
    inputs = draw(st.lists(st.sampled_from(BLOBS[:8]), unique=True, min_size=1, max_size=3))
    begun = "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ dim: 2 dim: 3 }} }} }}\n'
        for name in inputs
    )
    return begun + "".join(draw(st.lists(layers(), min_size=1, max_size=6)))


@settings(max_examples=100)
@given(specs())
def test_drawn_specs(text: str) -> None:
    assert not faults(Source("drawn.prototxt", text)), text
