"""Texts with mistakes: each is said once, in words of use, and the rest is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netspec
from netspec.diagnostics import SpecError
from netspec.diagnostics.render import human
from netspec.diagnostics.source import APART, Source
from netspec.syntax.document import Message
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_document
from tests.syntax.plain import plain

# A case: a text, and the codes of what is reported. The golden file of its name holds the report and what was read.
MISTAKES = {
    "missing-colon": ('layer {\n  name: "a"\n  type "ReLU"\n}\n', ["NS101"]),
    "missing-colons-on-a-line": ('layer { name "a" type "ReLU" top: "a" }\n', ["NS101", "NS101"]),
    "missing-colon-before-a-name": ("layer {\n  pool MAX\n  stride: 2\n}\n", ["NS101"]),
    "equals-brace": ("layer = {\n  pad: 1\n}\n", ["NS101"]),
    "missing-brace": ('layer {\n  name: "a"\n\nlayer {\n  name: "b"\n}\n', ["NS102"]),
    "missing-inner-brace": ("layer {\n  p_param {\n    pad: 1\n}\nlayer {\n  pad: 2\n}\n", ["NS102"]),
    "missing-both-braces": ("layer {\n  p_param {\n    pad: 1\nlayer {\n  pad: 2\n}\n", ["NS102"]),
    "missing-last-brace": ('layer {\n  name: "a"\n', ["NS102"]),
    "missing-brace-v1": ("layers {\n  pad: 1\nlayers {\n  pad: 2\n}\n", ["NS102"]),
    "nested-layer-v0": (
        "layers {\n  layer {\n    pad: 1\n  }\n  pad 2\n}\nlayers {\n  layer { pad: 3 }\n}\n",
        ["NS101"],
    ),
    "cut-off": ('layer {\n  name: "a"\n  p_param {\n    pad:\n', ["NS102"]),
    "stray-brace": ('layer {\n  name: "a"\n}\n}\nlayer {\n  name: "b"\n}\n', ["NS101"]),
    "layer-without-brace": ('layer\n  name: "a"\n}\nlayer {\n  name: "b"\n}\n', ["NS101"]),
    "message-without-brace": ("layer {\n  p_param:\n    pad: 1\n  }\n}\n", ["NS101"]),
    "named-layer": ('layer conv1 {\n  type: "ReLU"\n}\nlayer "x" { pad: 1 }\n', ["NS101", "NS101"]),
    "mismatched-brackets": ("a < b: 1 }\nc { d: 1 >\ne: 2\n", ["NS101", "NS101"]),
    "unclosed-string": ('layer {\n  name: "a\n  type: "ReLU"\n}\n', ["NS103"]),
    "unopened-string": ('layer {\n  name: a"\n  source: data/x"\n}\n', ["NS103", "NS103"]),
    "colon-and-equals": ('layer {\n  name: = "a"\n  pad=: 3\n}\n', ["NS101", "NS101"]),
    "value-in-braces": ("layer {\n  pad { 3 }\n}\n", ["NS101"]),
    "unclosed-string-before-brace": ('layer { name: "a }\nlayer { name: "b" }\n', ["NS103"]),
    "unclosed-string-within-a-line": ('layer { name: "a type: "ReLU" }\nlayer { name: "b" }\n', ["NS103"]),
    "curly-quotes": ("layer {\n  name: “a”\n  type: ‘ReLU’\n}\n", ["NS104", "NS104"]),
    "quoted-names": ('layer { "name": "a", "type": "ReLU" }\n', ["NS101", "NS101"]),
    "foreign-comments": ("// one\npad: 1 // two\n/* three\n   four */\nstride: 2\n", ["NS104", "NS104", "NS104"]),
    "doubled-separators": ("a: 1,, b: 2\nc: 3;; d: 4\n", ["NS101", "NS101"]),
    "leading-separator": (", a: 1\n", ["NS101"]),
    "two-values": ('layer { bottom: "a", "b" top: "c" }\nlayer { pad: 1 1 }\n', ["NS101", "NS101"]),
    "no-value": ("layer {\n  pad:\n  stride: 2\n}\n", ["NS101"]),
    "no-value-before-brace": ("layer { pad: }\n", ["NS101"]),
    "bad-numbers": ("a: 20abc\nb: 1.5.2\nc: +5\nd: 4\n", ["NS101", "NS101", "NS101"]),
    "bare-text": ("a: data/x.txt\nb: /etc/x\nc: conv1/3x3\n", ["NS104", "NS104", "NS104"]),
    "unknown-character": ("a: 20 ! check this please\nb: 3 $\nc: 4\n", ["NS104", "NS104"]),
    "invisible-characters": ("a:\u00a01\n\u200bb: 2\n\x1b[31mc: 3\n", ["NS104", "NS104", "NS104"]),
    "list-commas": ("a: [1 2]\nb: [1, 2,]\nc: 3\n", ["NS101", "NS101"]),
    "unclosed-list": ("layer {\n  dim: [1, 2\n  pad: 3\n}\nlayer { dim: [1 }\n", ["NS102", "NS102"]),
    "colonless-list": ("dim [1, 2]\npad: 1\n", ["NS101"]),
    "a-word-too-many": ('layer {\n  name: "a" garbage\n}\nlayer {\n  name: "b"\n}\n', ["NS101"]),
    "several": (
        'layer {\n  name "a"\n}\nlayer {\n  name: "b"\n  pad: 1x\n}\nlayer {\n  name: "c"\nlayer {\n  name: “d”\n}\n',
        ["NS101", "NS101", "NS102", "NS104"],
    ),
}


@pytest.mark.parametrize(("name", "text", "codes"), [(name, *case) for name, case in MISTAKES.items()], ids=MISTAKES)
def test_mistake(name: str, text: str, codes: list[str], golden: Callable[[str, str], None]) -> None:
    document, diagnostics = parse(Source(f"{name}.net", text))
    golden(f"syntax/{name}.txt", f"{human(diagnostics)}\n==== what was read\n{print_document(document)}")
    assert [diagnostic.code for diagnostic in diagnostics] == codes


GOOD = 'layer {\n  name: "good"\n  pool_param {\n    pad: 1\n  }\n}\n'


@pytest.mark.parametrize(("text", "codes"), MISTAKES.values(), ids=MISTAKES)
def test_the_next_layer_is_read(text: str, codes: list[str]) -> None:
    """Two good layers after the mistake are read as they stand, and the report is no longer for them."""
    document, diagnostics = parse(Source("test.net", text + GOOD + GOOD))
    assert plain(document.fields[-2:]) == plain(parse(Source("test.net", GOOD + GOOD))[0].fields)
    assert len(diagnostics) == len(codes)


def test_json(golden: Callable[[str, str], None]) -> None:
    diagnostics = parse(Source("json.net", '{\n  "name": "x",\n  "layer": [{"name": "a"}]\n}\n'))[1]
    golden("syntax/json.txt", human(diagnostics))
    assert len(diagnostics) == 1


def test_too_many_mistakes() -> None:
    diagnostics = parse(Source("test.net", 'layer { name "a" }\n' * 500))[1]
    assert len(diagnostics) == 100
    assert diagnostics[-1].help is not None and "reading stopped at line 10" in diagnostics[-1].help


@pytest.mark.parametrize("length", range(APART - 2, APART + 2))
def test_a_text_that_is_not_closed_may_be_of_any_length(length: int) -> None:
    """The quote that closes it in the parser's eyes lies behind the text's end."""
    text = 'layer { name: "a" type: "Co'
    diagnostics = parse(Source("test.net", f"#{'x' * (length - len(text) - 2)}\n{text}"))[1]
    assert [diagnostic.code for diagnostic in diagnostics] == ["NS103", "NS102"]


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    """Whatever is cut out of a text and put into it: no exception, a bounded report, places within the text."""
    text = 'name: "n"\n' + GOOD + "layer { dim: [1, 2] a < b: - 1 > } # end\n" + GOOD
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 12))
        put = data.draw(st.text("{}<>[]:,;=\"'#\\/+-.1ax \n“\u00a0\0", max_size=4))
        text = text[:at] + put + text[at + cut :]
    document, diagnostics = parse(Source("test.net", text))
    assert len(diagnostics) < 30
    for diagnostic in diagnostics:
        assert diagnostic.labels
        for label in diagnostic.labels:
            assert 0 <= label.span.start <= label.span.end <= len(text)
    for field in document.fields:
        assert not isinstance(field.value, Message) or field.value.start <= field.value.end
    human(diagnostics)


def test_a_template_is_to_be_filled() -> None:
    with pytest.raises(SpecError) as caught:
        netspec.load_text('input: "a"\ninput_shape { dim: 1 dim: 3 dim: $TARGET_HEIGHT$ dim: $TARGET_WIDTH$ }\n')
    assert [found.code for found in caught.value.diagnostics] == ["NS104"] * 2
    assert "sed 's/[$]TARGET_HEIGHT[$]/64/g'" in (caught.value.diagnostics[0].help or "")
