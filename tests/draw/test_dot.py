"""A view as Graphviz reads it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from netspec.draw.dot import dot
from netspec.draw.graph import Graph
from tests.draw.nets import HOSTILE, NESTED

# What the grammar of the language has, as far as it is written here.
STRING = r'"(?:[^"\\]|\\.)*"'
LINE = re.compile(
    rf"  label={STRING} labelloc=t"
    r'|  (?:node|edge) \[(?: ?\w+=(?:\w+|"[\w#]+"))+\]'
    rf"| +[bg]\d+ \[label={STRING} color=\"#\w{{6}}\" fillcolor=\"#\w{{6}}\"(?: shape=box3d)?\]"
    rf"| +subgraph cluster_g\d+ {{| +label={STRING} labeljust=l| +}}"
    rf"|  [bg]\d+ -> [bg]\d+ \[label={STRING}\]"
)


CASES = {"lenet": ("lenet", 1), "nested": (NESTED, 2), "hostile": (HOSTILE, 1)}


@pytest.mark.parametrize("name", CASES)
def test_prints(drawing: Callable[[str], Graph], golden: Callable[[str, str], None], name: str) -> None:
    spec, depth = CASES[name]
    found = drawing(spec)
    text = dot(found.seen(depth), found.net.name)
    first, *lines, last = text.splitlines()
    assert (first, last) == ("digraph net {", "}")
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    golden(f"draw/{name}.dot", text)
