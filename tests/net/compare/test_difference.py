"""What counts as a difference between nets, and as what."""

from __future__ import annotations

import pytest

import netspec
from netspec.net.compare import Difference, difference

BASE = """\
name: "Base"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip" inner_product_param { num_output: 5 } }
"""
LABEL = 'layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 } } }\n'
LOSS = (
    BASE
    + LABEL
    + 'layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "ip" bottom: "ip" top: "loss" loss_weight: 1 }\n'
)


def told(found: Difference) -> list[str]:
    """A difference in short: a text for each thing that differs, but for what follows and for the net's own."""
    texts = [f"- {side.name}" for side in found.removed] + [f"+ {side.name}" for side in found.added]
    for pair in found.changed:
        name = pair.old.name if not pair.renamed else f"{pair.old.name} = {pair.new.name}"
        texts.append(f"{name}: {', '.join(change.what for change in pair.changes)}")
    return texts


# What is replaced in BASE by what; what differs; which layers follow.
CASES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "comments and blanks": ("layer {", "# a comment\nlayer  {", [], []),
    "defaults given": ("kernel_size: 3", "kernel_size: 3 stride: 1 pad: 0 dilation: 1 group: 1", [], []),
    "a size for each axis": ("kernel_size: 3", "kernel_size: 3 kernel_size: 3", [], []),
    "a loss weight": ('top: "ip"', 'top: "ip" loss_weight: 1', ["ip: loss_weight"], []),
    "a field": ("num_output: 4", "num_output: 6", ["conv: num_output"], ["relu", "pool", "ip"]),
    "a field of no shape": ("kernel_size: 2", "kernel_size: 2 pool: AVE", ["pool: pool"], []),
    "a filler": (
        "num_output: 5",
        'num_output: 5 weight_filler { type: "xavier" }',
        ["ip: weight_filler.type"],
        [],
    ),
    "a type": ('"ReLU"', '"Sigmoid"', ["relu: type"], []),
    "a parameter's name": ('top: "ip"', 'top: "ip" param { name: "w" }', ["ip: param[0].name"], []),
    "a learning rate": ('top: "ip"', 'top: "ip" param { lr_mult: 2 }', ["ip: param[0].lr_mult"], []),
    "a decay": ('top: "ip"', 'top: "ip" param {} param { decay_mult: 0 }', ["ip: param[1].decay_mult"], []),
    "propagate_down": ('bottom: "pool"', 'bottom: "pool" propagate_down: false', ["ip: propagate_down"], []),
    "a phase of its own": ('name: "relu"', 'name: "relu" phase: TRAIN', ["relu: phase"], []),
    "an input's shape": ("dim: 1 dim: 3", "dim: 2 dim: 3", ["data: shape[0].dim"], ["conv", "relu", "pool", "ip"]),
    "a layer's name": ('name: "relu"', 'name: "act"', ["relu = act: "], []),
    "renamed and changed": (
        'name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { ',
        'name: "down" type: "Pooling" bottom: "conv" top: "pool" pooling_param { pool: AVE ',
        ["pool = down: pool"],
        [],
    ),
    "a layer less": ('layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }\n', "", ["- relu"], []),
    "a layer more": (
        'layer { name: "pool"',
        'layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" }\nlayer { name: "pool"',
        ["+ drop"],
        [],
    ),
    "an output": ('top: "ip"', 'top: "out"', ["ip: top"], []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_differs(case: str) -> None:
    before, after, wanted, following = CASES[case]
    assert before in BASE
    old, new = netspec.load_text(BASE, "a"), netspec.load_text(BASE.replace(before, after), "b")
    found = difference(old, new)
    assert told(found) == wanted
    assert [pair.new.name for pair in found.following] == following
    assert bool(found) == bool(wanted)
    assert difference(new, old) == found.mirrored()


def test_layers_may_share_a_name() -> None:
    """As Caffe lets those without parameters. The name tells them no more apart than none would."""
    more = 'layer {{ name: "same" type: "Power" bottom: "{0}" top: "{1}" power_param {{ scale: {2} }} }}\n'
    text = BASE + more.format("ip", "p1", 2) + more.format("p1", "p2", 3) + more.format("p2", "p3", 4)
    assert not difference(netspec.load_text(text), netspec.load_text(text))
    found = difference(netspec.load_text(text), netspec.load_text(text.replace("scale: 3", "scale: 5")))
    assert told(found) == ["same: scale"]


def test_moved_layers_are_few() -> None:
    """Two branches, written in the other order."""
    branch = 'layer {{ name: "{0}" type: "{1}" bottom: "ip" top: "{0}" }}\n'
    one, other = branch.format("a", "ReLU"), branch.format("b", "TanH")
    found = difference(netspec.load_text(BASE + one + other), netspec.load_text(BASE + other + one))
    (pair,) = found.changed
    assert [(change.what, change.old, change.new) for change in pair.changes] in (
        [("after", "ip", "b")],
        [("after", "a", "ip")],
    )


def test_blobs_of_other_names_follow() -> None:
    """The layer that writes a blob says how it is called; those that read it only follow."""
    new = BASE.replace('top: "pool"', 'top: "p"').replace('bottom: "pool"', 'bottom: "p"')
    found = difference(netspec.load_text(BASE), netspec.load_text(new))
    assert told(found) == ["pool: top"]
    assert [(pair.new.name, pair.follows[0].what) for pair in found.following] == [("ip", "bottom")]


def test_another_wiring_is_a_change() -> None:
    new = BASE.replace('bottom: "pool" top: "ip"', 'bottom: "conv" top: "ip"')
    assert told(difference(netspec.load_text(BASE), netspec.load_text(new))) == ["ip: bottom"]


def test_inputs_given_for_one_are_a_change() -> None:
    """The text is the same: where a shape differs though nothing above does, that is the difference."""
    found = difference(netspec.load_text(BASE), netspec.load_text(BASE, inputs={"data": (1, 3, 10, 10)}))
    assert told(found) == ["data: "]
    assert [pair.new.name for pair in found.following] == ["conv", "relu", "pool", "ip"]


def test_a_default_counts_where_giving_it_means_something() -> None:
    """VALID is the default, but a loss that is not given a normalization takes its own."""
    given = LOSS.replace("loss_weight: 1", "loss_weight: 1 loss_param { normalization: VALID }")
    assert told(difference(netspec.load_text(LOSS), netspec.load_text(given))) == ["loss: loss_param.normalization"]
    same = LOSS.replace("loss_weight: 1", "loss_weight: 1 loss_param { }")
    assert not difference(netspec.load_text(LOSS), netspec.load_text(same))


def test_a_number_that_is_none_equals_itself() -> None:
    odd = BASE.replace('type: "ReLU"', 'type: "ReLU" relu_param { negative_slope: nan }')
    assert not difference(netspec.load_text(odd), netspec.load_text(odd))


def test_unknown_sizes_are_the_same_as_far_as_known() -> None:
    text = 'layer { name: "d" type: "Data" top: "d" data_param { batch_size: 2 source: "x" } }\n'
    text += 'layer { name: "r" type: "ReLU" bottom: "d" top: "r" }\n'
    assert not difference(netspec.load_text(text), netspec.load_text(text))
    found = difference(netspec.load_text(text), netspec.load_text(text.replace("batch_size: 2", "batch_size: 3")))
    assert told(found) == ["d: batch_size"]
    assert [pair.new.name for pair in found.following] == ["r"]


def chain(count: int, prefix: str, bias: int = 0, first: int = 0) -> str:
    """Convolutions and activations. Every `bias`-th convolution has no bias."""
    lines, bottom = [BASE.splitlines()[1]], "data"
    for i in range(first, count):
        param = f"bias_term: {str(not bias or bool(i % bias)).lower()}"
        lines.append(
            f'layer {{ name: "{prefix}{i}" type: "Convolution" bottom: "{bottom}" top: "{prefix}{i}" '
            f"convolution_param {{ num_output: 3 kernel_size: 1 {param} }} }}"
        )
        bottom = f"{prefix}{i}"
        lines.append(f'layer {{ name: "act{prefix}{i}" type: "ReLU" bottom: "{bottom}" top: "{bottom}" }}')
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("old", "new", "removed", "added", "renamed", "changed"),
    [
        (chain(50, "x"), chain(50, "y"), 0, 0, 100, 0),
        (chain(50, "x"), chain(50, "y", 10), 0, 0, 95, 5),
        (chain(50, "x"), chain(50, "y", first=1), 2, 0, 98, 0),
        (chain(50, "x"), chain(60, "y"), 0, 20, 100, 0),
        (chain(50, "x"), chain(50, "x", 10), 0, 0, 0, 5),
    ],
)
def test_renamed_chains(old: str, new: str, removed: int, added: int, renamed: int, changed: int) -> None:
    found = difference(netspec.load_text(old), netspec.load_text(new))
    own = [pair for pair in found.changed if any(change.what == "bias_term" for change in pair.changes)]
    assert (len(found.removed), len(found.added), len(own)) == (removed, added, changed)
    assert sum(pair.renamed for pair in found.changed) - (changed if renamed else 0) == renamed
