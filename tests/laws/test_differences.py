"""Laws of differences: a net does not differ from itself, and which of two nets comes first makes no difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netspec
from netspec.net.compare import difference
from tests.laws.drawn import PLAIN, RICH, Drawn
from tests.laws.running import accepted, modest

ANY = st.one_of(*(RICH | PLAIN).values())
KINDS = (
    'type: "ReLU"',
    'type: "TanH"',
    'type: "Power" power_param { scale: 2 }',
    'type: "InnerProduct" inner_product_param { num_output: 3 }',
    'type: "InnerProduct" inner_product_param { num_output: 4 }',
)


@pytest.mark.parametrize("type_name", RICH | PLAIN)
def test_a_net_equals_itself(type_name: str) -> None:
    @modest(8)
    @given((RICH | PLAIN)[type_name])
    def law(drawn: Drawn) -> None:
        net = accepted(drawn)
        if net is not None:
            again = netspec.load_text(f"# another text\n{drawn.text}", "another name", phase=drawn.phase)
            assert not difference(net, again)

    law()


@modest(150)
@given(ANY, ANY)
def test_differences_of_layers_are_mirrored(one: Drawn, other: Drawn) -> None:
    old, new = accepted(one), accepted(other)
    if old is not None and new is not None:
        found = difference(old, new)
        assert found.mirrored() == difference(new, old)
        assert found.mirrored().mirrored() == found
        assert bool(found) or one.text == other.text or (old.params, old.blobs) == (new.params, new.blobs)


@st.composite
def graphs(draw: st.DrawFn) -> netspec.Net:
    """Layers that each read any one before. Names are of few, none or shared, so that nets have some alike."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8))
    same = draw(st.booleans())
    lines = ['layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }']
    blobs = ["x"]
    for i, name in enumerate(names):
        bottom, kind = draw(st.sampled_from(blobs)), draw(st.sampled_from(KINDS))
        top = draw(st.sampled_from([name, f"blob{i}"]))
        given = draw(st.sampled_from([f'name: "{name}"', f'name: "{name}"', ""]))
        if same and "Inner" not in kind:  # Caffe lets layers without parameters share a name
            given = 'name: "same"'
        lines.append(f'layer {{ {given} bottom: "{bottom}" top: "{top}" {kind} }}')
        blobs.append(top)
    return netspec.load_text("\n".join(lines))


@modest(400)
@given(graphs(), graphs())
def test_differences_of_graphs_are_mirrored(old: netspec.Net, new: netspec.Net) -> None:
    found = difference(old, new)
    assert found.mirrored() == difference(new, old)
    assert not difference(old, old)
    alike = [*map(meaning, old.layers)] == [*map(meaning, new.layers)]
    assert bool(found) != alike


def meaning(node: netspec.Node) -> tuple[object, ...]:
    """All that these layers say."""
    return node.name, node.type, node.params, node.bottoms, node.tops
