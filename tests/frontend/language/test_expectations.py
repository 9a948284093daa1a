"""Inputs and expectations: what holds, what does not, and in which states."""

from __future__ import annotations

import pytest

from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from tests.frontend.language.lines import DATA, said

NET = (
    DATA
    + "c = Convolution(data) { num_output: 4 kernel_size: 3 }\nc = ReLU(c)\nip = InnerProduct(c) { num_output: 10 }\n"
)
PHASES = DATA + "train { y = Power(data) }\ntest { y = Flatten(data) }\n"
STAGES = DATA + 'stage "s" { y = Power(data) }\nstage not "s" { y = Flatten(data) }\n'

# 4·3·3·3 + 4 = 112 parameters of c, 10·144 + 10 = 1450 of ip; 36·4·27 = 3888 macs of c, 1440 of ip; 4 bytes for each
# of 192 + 144 + 10 numbers.
MET = [
    "expect c: [1, 4, 6, 6]",
    "expect c: [_, 4, _, _]",
    "expect c: [1, 2 + 2, 12 / 2, min(6, 7)]",
    "let n = 6\nexpect c: [1, 4, n, n]\nlet n = 7",
    'expect "c": [1, 4, 6, 6]',
    'let n = "c"\nexpect f"{n}": [1, 4, 6, 6]',
    "d = c\nexpect d: [1, 4, 6, 6]",
    "c = Flatten(c)\nexpect c: [1, 144]",
    "expect ip: [1, 10]",
    "expect parameters == 112 + 1450",
    "expect parameters <= 1.6k",
    "expect parameters > 1k",
    "expect 1k < parameters",
    "expect parameters != 1",
    "expect macs == 3888 + 1440",
    "expect memory <= 4 * (192 + 144 + 10)",
    "expect memory >= 1kB",
    "expect layers == 4",
    "expect layers * 2 == 8",
    "expect macs / parameters < 10",
    "let most = 4\nexpect layers <= most\nlet most = 1",
    "let most = 4\nexpect layers <= max(most, 2)\nlet most = 1",
    "repeat n in [4, 5] { expect layers <= n }",
    "if true { expect layers == 4 }",
    "let layers = 7\nexpect layers == 7",
]


@pytest.mark.parametrize("text", MET)
def test_met(text: str) -> None:
    assert not check_source(Source("test.net", NET + text))


UNMET: dict[str, list[str]] = {
    "expect c: [1, 4, 6, 7]": ['"c" is 1×4×6×6, not 1×4×6×7, on axis 3'],
    "expect c: [_, 4, 7, 7]": ['"c" is 1×4×6×6, not _×4×7×7, on axis 2'],
    "expect c: [4, 6, 6]": ['"c" is 1×4×6×6, not 4×6×6: 4 axes, not 3'],
    "expect c: []": ['"c" is 1×4×6×6, not (): 4 axes, not 0'],
    "expect parameters <= 1k": ["parameters is 1,562, not at most 1,000"],
    "expect parameters == 1k": ["parameters is 1,562, not equal to 1,000"],
    "expect parameters != 1562": ["parameters is 1,562, not other than 1,562"],
    "expect layers > 4": ["layers is 4, not more than 4"],
    "expect 5 <= layers": ["layers is 4, not at least 5"],
    "expect layers * 2 < 8": ["layers * 2 is 8, not less than 8"],
    "expect c: [2]\nexpect c: [2]": ['"c" is 1×4×6×6, not 2: 4 axes, not 1'] * 2,
}


@pytest.mark.parametrize("text", UNMET)
def test_unmet(text: str) -> None:
    found = check_source(Source("test.net", NET + text))
    assert said(found) == [("NS709", message) for message in UNMET[text]]
    lines = [diagnostic.labels[0].source.position(diagnostic.labels[0].span.start).line for diagnostic in found]
    assert lines == list(range(5, 5 + len(lines)))


# What is expected under conditions counts where they hold; elsewhere, in every state.
STATES: dict[str, tuple[str, str, list[str]]] = {
    "its own phase": (PHASES, "train { expect y: [1, 3, 8, 8] }\ntest { expect y: [1, 192] }", []),
    "both phases": (PHASES, "expect y: [1, 192]", ['"y" is 1×3×8×8, not 1×192: 4 axes, not 2']),
    "the wrong phase": (PHASES, "train { expect y: [1, 192] }", ['"y" is 1×3×8×8, not 1×192: 4 axes, not 2']),
    "its own stage": (STAGES, 'stage "s" { expect y: [1, 3, 8, 8] }\nstage not "s" { expect y: [1, 192] }', []),
    "the wrong stage": (
        STAGES,
        'stage not "s" { expect y: [1, 3, 8, 8] }',
        ['"y" is 1×192, not 1×3×8×8: 2 axes, not 4'],
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_states(name: str) -> None:
    net, text, expected = STATES[name]
    assert said(check_source(Source("test.net", net + text))) == [("NS709", message) for message in expected]


# Sizes that are names: what is expected holds whatever they stand for.
NAMED: dict[str, tuple[str, list[str]]] = {
    "the same name": ("input x: [N, 4]\ny = ReLU(x)\nexpect y: [N, 4]", []),
    "arithmetic": ("input x: [N, 2 * H]\ny = Flatten(x) { axis: 0 }\nexpect y: [H * N * 2]", []),
    "rounding down": (
        "input x: [N, 1, H, H]\ny = Pooling(x) { kernel_size: 2 stride: 2 pad: 0 }\nexpect y: [_, _, _, _]",
        [],
    ),
    "a constant of the name": ("let N = 3\ninput x: [N, 4]\nexpect x: [3, 4]", []),
    "another name": ("input x: [N, 4]\nexpect x: [M, 4]", ['"x" is N×4, not M×4, on axis 0']),
    "a number": ("input x: [N, 4]\nexpect x: [8, 4]", ['"x" is N×4, not 8×4, on axis 0']),
    "two inputs": ("input x: [N]\ninput y: [N]\nz = Eltwise(x, y)\nexpect z: [N]", []),
}


@pytest.mark.parametrize("name", NAMED)
def test_names_for_sizes(name: str) -> None:
    text, expected = NAMED[name]
    assert said(check_source(Source("test.net", text))) == [("NS709", message) for message in expected]


WRONG = {
    "input x: [min(N, 3)]": ("NS702", "min takes numbers, and N is none yet"),
    "input x: [N * 1.5]": ("NS704", "N * 1.5: sizes are integers"),
    "input x: [N / 0]": ("NS704", "N / 0: division by zero"),
    "input x: [N + true]": ("NS704", '"+" works on numbers, not on "true"'),
    "input x: [_]": ("NS702", "an input has a size on each axis, and _ is none"),
    "let n = N * 2": ("NS701", 'nothing above is called "N"'),
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_sizes(text: str) -> None:
    assert said(check_source(Source("test.net", DATA + text))) == [WRONG[text]]


def test_one_state_is_judged_alone() -> None:
    source = Source("test.net", PHASES + "expect y: [1, 192]")
    assert not check_source(source, phase="TEST")
    assert said(check_source(source, phase="TRAIN")) == [("NS709", '"y" is 1×3×8×8, not 1×192: 4 axes, not 2')]


def test_a_net_that_is_wrong_is_not_judged() -> None:
    text = DATA + "y = Flatten(data) { axis: 9 }\nexpect y: [7]\nexpect layers == 9"
    assert [code for code, _ in said(check_source(Source("test.net", text)))] == ["NS303"]


@pytest.mark.parametrize("text", ["M(", "y = ReLU(data) | (", 'layer { name: "x" top: "y" type: }'])
def test_a_damaged_text_is_not_judged(text: str) -> None:
    """Nor does asking what its layers cost, of which one may have no type, fail."""
    found = said(check_source(Source("test.net", f"{DATA}{text}\nexpect macs > 5\nexpect layers == 99\n")))
    assert found and {code for code, _ in found} <= {"NS101", "NS102"}


def test_other_sizes_than_the_spec_has_are_not_judged() -> None:
    text = DATA + "y = Flatten(data)\nexpect y: [1, 191]"
    wrong = [("NS709", '"y" is 1×192, not 1×191, on axis 1')]
    assert said(check_source(Source("test.net", text))) == wrong
    assert said(check_source(Source("test.net", text), inputs={"data": (1, 3, 8, 8)})) == wrong
    assert not check_source(Source("test.net", text), inputs={"data": (2, 3, 8, 8)})
