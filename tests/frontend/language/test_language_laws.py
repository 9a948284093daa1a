"""Laws of expansion: of drawn nets, of the specs that netspec comes with, and of texts that nobody would write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from netspec import layers
from netspec.convert.spec import convert
from netspec.diagnostics import SpecError
from netspec.diagnostics.render import human
from netspec.diagnostics.source import Source
from netspec.frontend.language import expand
from netspec.frontend.load import check_source, load_text
from netspec.frontend.spec import Request
from netspec.layers.base import Layer
from netspec.layers.base import Phase as CaffePhase
from netspec.net import Net
from netspec.syntax.document import Field, Message
from netspec.syntax.parser import quick
from netspec.syntax.printing.printer import print_value
from netspec.syntax.scalars import string
from tests.laws.drawn import PLAIN, RICH, Drawn

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "check").glob("*.net"))
SPECS = sorted(path.name for path in files("netspec.specs").iterdir() if path.name.endswith(".net"))
DRAWN = st.one_of(*RICH.values(), *PLAIN.values())
LEARNING = [name for name in {**RICH, **PLAIN} if (kind := layers.find(name)) and kind.blobs is not Layer.blobs]


def modest(examples: int) -> settings:
    """A failing example is not made smaller, which takes long."""
    return settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )


def meaning(text: str, phase: str) -> list[Any] | str:
    """A net without the places of its text; or the code of why it is none."""
    try:
        net: Net = load_text(text, phase=phase)
    except SpecError as refused:
        event(f"refused: {refused.diagnostics[0].code}")
        return refused.diagnostics[0].code
    nodes = [(n.name, n.params, n.bottoms, n.tops, n.blobs, n.phase, n.loss_weights) for n in net.layers]
    return [*nodes, net.shapes]


# A printer of short form.


def short(text: str, flat: bool = True) -> str:
    """A net of layers in full form, in short form. flat: fields of a layer's own message stand in its braces."""
    document = quick(Source("full.net", text))
    assert document is not None
    return "\n".join(_short(field, flat) for field in document.fields)


def _short(field: Field, flat: bool) -> str:
    assert field.name == "layer" and isinstance(field.value, Message)
    told: dict[str, list[str]] = {"name": [], "type": [], "bottom": [], "top": []}
    rest: list[str] = []
    parts = list(field.value.fields)
    for part in parts:
        if part.name in told:
            told[part.name].append(string(part.value))  # type: ignore[arg-type]
    kind = told["type"][0]
    for part in parts:
        if flat and part.name == _message(kind) and isinstance(part.value, Message):
            rest += map(_field, part.value.fields)
        elif part.name not in told:
            rest.append(_field(part))
    targets = ", ".join(f'"{top}"' for top in told["top"])
    bottoms = ", ".join(f'"{bottom}"' for bottom in told["bottom"])
    return f'{targets} = {kind}({bottoms}) {{ name: "{told["name"][0]}" {" ".join(rest)} }}'


def _message(kind: str) -> str | None:
    layer = layers.find(kind)
    return layer.message if layer else None


def _field(field: Field) -> str:
    return f"{field.name}{' ' if isinstance(field.value, Message) else ': '}{print_value(field.value)}"


def prefixed(drawn: Drawn, prefix: str) -> str:
    """The text of a drawn layer with all its names behind a prefix."""
    return (
        drawn.text.replace('name: "', f'name: "{prefix}')
        .replace('top: "', f'top: "{prefix}')
        .replace('bottom: "', f'bottom: "{prefix}')
    )


@modest(60)
@given(st.lists(DRAWN, min_size=1, max_size=3), st.booleans())
def test_short_form_is_full_form(parts: Sequence[Drawn], flat: bool) -> None:
    full = "".join(prefixed(drawn, f"n{i}/") for i, drawn in enumerate(parts))
    assert meaning(short(full, flat), parts[0].phase) == meaning(full, parts[0].phase)


@modest(30)
@given(DRAWN, DRAWN)
def test_short_and_full_form_mix(first: Drawn, second: Drawn) -> None:
    a, b = prefixed(first, "a/"), prefixed(second, "b/")
    expected = meaning(a + b, first.phase)
    assert meaning(short(a) + "\n" + b, first.phase) == expected
    assert meaning(a + short(b), first.phase) == expected


@modest(30)
@given(DRAWN, st.integers(0, 3))
def test_repetition_is_copies(drawn: Drawn, times: int) -> None:
    head, _, layer = drawn.text.rpartition("layer {")
    layer = "layer {" + layer
    copies = [
        layer.replace('name: "layer"', f'name: "layer{i}"').replace('top: "y', f'top: "c{i}y') for i in range(times)
    ]
    turned = layer.replace('name: "layer"', 'name: f"layer{i}"')
    for place in range(drawn.tops):
        turned = turned.replace(f'top: "y{place}"', f'top: f"c{{i}}y{place}"')
    repeated = f"repeat i in 0..{times - 1} {{ {turned} }}"
    assert meaning(head + repeated, drawn.phase) == meaning(head + "".join(copies), drawn.phase)


@modest(40)
@given(DRAWN)
def test_a_block_used_once_is_its_body(drawn: Drawn) -> None:
    head, _, layer = drawn.text.rpartition("layer {")
    body = "layer {" + layer
    names = ", ".join(f"x{i}" for i in range(len(drawn.bottoms)))
    for written in (body, short(body)):
        block = f"block b({names}) {{ {written} }}\n"
        expected = meaning(head + body, drawn.phase)
        assert meaning(f'{block}{head}b({names}) {{ name: "" }}', drawn.phase) == expected


@modest(60)
@given(st.sampled_from(LEARNING).flatmap(lambda name: {**PLAIN, **RICH}[name]))
def test_uses_that_share_are_layers_with_names_for_their_parameters(drawn: Drawn) -> None:
    """`convert` raises where the names that it writes are not the same sharing."""
    head, _, layer = drawn.text.rpartition("layer {")
    names = ", ".join(f"x{i}" for i in range(len(drawn.bottoms)))
    uses = f"u = b({names})\nv = b({names}) {{ share: u }}\n"
    text = f"block b({names}) -> y0 {{ layer {{{layer} }}\n{head}{uses}"
    alone = meaning(text.replace(" { share: u }", ""), drawn.phase)
    shared = meaning(text, drawn.phase)
    if isinstance(alone, str) or isinstance(shared, str) or not drawn.tops:
        assert alone == shared or not drawn.tops
        return
    first, second = shared[-3:-1]
    assert [param.owner for param in second[4]] == [param.key for param in first[4]]
    event(f"{len(first[4])} parameters")
    written, _ = convert(Source("towers.net", text), "prototxt", Request(phase=CaffePhase(drawn.phase)))
    assert (written.count("param { name: ") == 0) is (not first[4])


@pytest.mark.parametrize("name", SPECS)
def test_plain_specs_stay_as_they_are(name: str) -> None:
    source = Source(name, files("netspec.specs").joinpath(name).read_text("utf-8"))
    document = quick(source)
    assert document is not None
    if document.plain:
        assert expand(document).document is document
    added = quick(Source(name, source.text + "\nlet unused = 0\n"))
    assert added is not None and not added.plain
    made = expand(added)
    assert not made.found
    if document.plain:
        assert _bare(made.document.fields) == _bare(document.fields)


def _bare(fields: Sequence[Field]) -> list[tuple[str, Any]]:
    """Without places; rules last, where expansion puts them."""
    return [(f.name, _values(f.value) if isinstance(f.value, Message) else print_value(f.value)) for f in fields]


def _values(message: Message) -> list[tuple[str, Any]]:
    return sorted(_bare(message.fields), key=lambda pair: pair[0] in {"include", "exclude"})


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_is_said_of_plain_specs_stays_the_same(path: Path) -> None:
    text = path.read_text("utf-8")
    document = quick(Source("it.net", text))
    if document is None:  # errors of syntax are for the tests of syntax
        return
    before, after = (check_source(Source("it.net", text + rest)) for rest in ("", "\nlet unused = 0\n"))
    assert human(after) == human(before)


# Texts that nobody would write.

WORDS = (
    *(
        "a",
        "b",
        "x",
        "data",
        "y1",
        "_",
        "N",
        "MAX",
        "true",
        "nan",
        "name",
        "bottom",
        "top",
        "type",
        "phase",
        "dim",
        "share",
    ),
    *("ReLU", "Convolution", "Slice", "Foo", "blk", "min", "len", "parameters", "layer", "layers", "include"),
    *("1", "0", "3", "-1", "2.5", "1e9", "5M", "0x1F", "9223372036854775807", '"a"', '"x/y"', '""', 'f"a{x}"', 'f"{"'),
    *("let", "block", "repeat", "if", "else", "train", "test", "stage", "input", "expect", "import", "from", "in"),
    *("=", "==", "<", ">=", "+", "-", "*", "/", "%", "|", "->", "..", ",", ":", "{", "}", "(", ")", "[", "]", "and"),
    *("or", "not", "\n"),
)
STATEMENTS = (
    "let a = {e}", "x = {c}", "x, y1 = {c}", '"x/y" = {c}', 'f"a{{x}}" = {c}', "{c}", "x = {e}", "x = {e} | {c}",
    "block blk(x, a = {e}) -> x {{ {s} }}", "block blk(x) {{ {s} }}", "block other(x) -> a, b {{ {s} }}",
    'block blk(x, a = {e}) -> f"{{a}}" {{ name: f"{{a}}" {s} }}',
    "repeat a in {e} {{ {s} }}", "repeat a, b in {e} {{ {s} }}", "repeat a in {e}..{e} {{ {s} }}",
    "if {e} {{ {s} }}", "if {e} {{ {s} }} else {{ {s} }}", "train {{ {s} }}", "test {{ {s} }}", 'stage "s" {{ {s} }}',
    'stage not "s" {{ {s} }}', "input data: [{n}, {e}]",
    "expect x: [{e}, {n}]", "expect {e} < {e}", "expect parameters == {e}",
    'layer {{ name: "n" type: "ReLU" bottom: "x" top: "a" {f} }}', "layer {{ {f} {f} }}", "layers {{ {f} }}", "{f}",
    'import "a"', 'import a from "b"', "{s}\n{s}", "{s}\n{s}", "{s}\n{s}",
)  # fmt: skip
PIECES = {
    "s": STATEMENTS,
    "e": (
        "1", "0", "3", "-2", "2.5", "1e400", "5M", "a",
        "x", "data", "MAX", "true", '"a"', 'f"{{{e}}}"', "[]", "[{e}, {e}]",
        "({e} == {e})", "{e} + {e}", "{e} - {e}", "{e} * {e}",
        "{e} / {e}", "{e} % {e}", "-{e}", "not {e}", "({e} < {e})",
        "min({e}, {e})", "len({e})", "abs({e})", "{e} and {e}", "blk({e})", "ReLU(data)", "9223372036854775807",
    ),
    "n": ("1", "3", "N", "-2", "0", "2.5", '"a"', "true", "{n} * {n}", "{n} / {n}", "min({n}, {n})", "[]"),
    "c": (
        "ReLU(data)", "ReLU({e})",
        "ReLU(x) {{ {f} }}", "Convolution(data) {{ num_output: {e} kernel_size: 1 }}", "blk({e})",
        "blk({e}, a = {e})", "blk(data) {{ {f} }}",
        "blk({e}) {{ share: {e} {f} }}", "other(data)", "Slice(data)", "Concat({e}, {e})", "Foo({c}, {c})",
        "Silence(x)", "Softmax(data) {{ }}", "Dropout(x)",
    ),
    "f": (
        "name: {e}", 'name: "n"', "bottom: {e}", 'top: "a"',
        "type: {e}", "num_output: {e}", "dim: {e}", "param {{ lr_mult: {e} }}",
        "relu_param {{ {f} }}", "if {e} {{ {f} }}",
        "repeat a in {e} {{ {f} }}", "include {{ phase: TEST }}", "exclude {{ {f} }}",
        "loss_weight: {e}", "shape: [{{ {f} }}]", "a = {e}", "share: {e}",
        "state {{ level: {e} }}", 'input: "data"', "input_dim: {e}", "",
    ),
}  # fmt: skip


@st.composite
def texts(draw: Any) -> str:
    """Statements in which everything that may stand in a place stands there, whether it makes sense or not."""
    return "input data: [1, 3, 8, 8]\n" + _grown(draw, "{s}\n{s}\n{s}", 5)


def _grown(draw: Any, text: str, depth: int) -> str:
    def piece(kind: str) -> str:
        choices = PIECES[kind]
        return _grown(
            draw,
            draw(st.sampled_from(choices if depth else choices[:1] if kind not in "en" else choices[:4])),
            depth - 1,
        )

    parts = text.replace("{{", "\1").replace("}}", "\2")
    made = "".join(piece(part[1:-1]) if part.startswith("{") else part for part in _split(parts))
    return made.replace("\1", "{").replace("\2", "}")


def _split(text: str) -> Iterator[str]:
    yield from (part for part in re.split(r"(\{[secfn]\})", text) if part)


@modest(400)
@given(texts())
def test_nonsense_never_raises(text: str) -> None:
    _survives(text)


@modest(300)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_soup_never_raises(words: list[str]) -> None:
    _survives(" ".join(words))


def _survives(text: str) -> None:
    source = Source("it.net", text)
    if quick(source) is None:
        event("no syntax")
        return
    event("read")
    assert "Traceback" not in human(check_source(source))
