"""The text format: what is read, and where it stands."""

from __future__ import annotations

import pytest

from netspec.diagnostics.source import Source
from netspec.syntax.document import Field, Message
from netspec.syntax.parser import parse
from netspec.syntax.recovery.repair import recover
from tests.syntax.plain import plain, read

READS = {
    "empty": ("", []),
    "only space": (" \t\r\n\f\v", []),
    "only a comment": ("# nothing", []),
    "scalar": ("a: 1", [("a", "number:1")]),
    "no blank": ("a:1", [("a", "number:1")]),
    "blank before the colon": ("a : 1", [("a", "number:1")]),
    "colon on the next line": ("a\n:\n1", [("a", "number:1")]),
    "comment before the colon": ("a # why\n: 1", [("a", "number:1")]),
    "comment before the value": ("a: # why\n 1", [("a", "number:1")]),
    "message": ("a { b: 1 }", [("a", [("b", "number:1")])]),
    "message with colon": ("a: { b: 1 }", [("a", [("b", "number:1")])]),
    "message without blanks": ("a{b:1}", [("a", [("b", "number:1")])]),
    "brace on the next line": ("a\n{\n}\n", [("a", [])]),
    "angle brackets": ("a < b: 1 >", [("a", [("b", "number:1")])]),
    "angle brackets with colon": ("a: <>", [("a", [])]),
    "empty message": ("a {} b { }", [("a", []), ("b", [])]),
    "list": ("a: [1, 2]", [("a", ("items", ["number:1", "number:2"]))]),
    "empty list": ("a: []", [("a", ("items", []))]),
    "list of names": ("a: [x, -inf]", [("a", ("items", ["name:x", "name:-inf"]))]),
    "list of messages": ("a [{ b: 1 }, < >]", [("a", ("items", [[("b", "number:1")], []]))]),
    "list of messages with colon": ("a: [{}]", [("a", ("items", [[]]))]),
    "commas and semicolons": (
        "a: 1, b: 2; c {}; d: [1], e: x;",
        [("a", "number:1"), ("b", "number:2"), ("c", []), ("d", ("items", ["number:1"])), ("e", "name:x")],
    ),
    "one line": ('l{n:"a"p{q:1}}m:2', [("l", [("n", 'string:"a"'), ("p", [("q", "number:1")])]), ("m", "number:2")]),
    "carriage returns": ("a: 1\r\nb {\r\n  c: x\r\n}\r\n", [("a", "number:1"), ("b", [("c", "name:x")])]),
    "byte order mark": ("\ufeffa: 1", [("a", "number:1")]),
    "comments everywhere": ("#\na: 1#\nb{#\n}#", [("a", "number:1"), ("b", [])]),
    "single quotes": ("a: 'x\"y'", [("a", "string:'x\"y'")]),
    "escapes": (r'a: "x\"\\"', [("a", r'string:"x\"\\"')]),
    "adjacent strings": ('a: "x"\n  \'y\' # z\n "w" b: 1', [("a", 'string:"x"\n  \'y\' # z\n "w"'), ("b", "number:1")]),
    "hash in a string": ('a: "#" b: 1', [("a", 'string:"#"'), ("b", "number:1")]),
    "brace in a string": ('a { b: "}" }', [("a", [("b", 'string:"}"')])]),
    "numbers": (
        "a: -1 a: .5 a: 5. a: 1e-4 a: 1.5f a: 0x1F a: 017 a: 1E+5F",
        [("a", f"number:{text}") for text in ("-1", ".5", "5.", "1e-4", "1.5f", "0x1F", "017", "1E+5F")],
    ),
    "sign apart": ("a: - 1 b: -\n  inf", [("a", "number:- 1"), ("b", "name:-   inf")]),
    "names": (
        "a: MAX b: true c: inf d: nan",
        [(n, f"name:{v}") for n, v in zip("abcd", ("MAX", "true", "inf", "nan"), strict=True)],
    ),
    "keywords are names": ("layer: layer", [("layer", "name:layer")]),
}


@pytest.mark.parametrize(("text", "fields"), READS.values(), ids=READS)
def test_reads(text: str, fields: object) -> None:
    assert plain(read(text).fields) == fields


@pytest.mark.parametrize(("text", "fields"), READS.values(), ids=READS)
def test_the_careful_reader_agrees(text: str, fields: object) -> None:
    document, diagnostics = recover(Source("test.net", text))
    assert (document, diagnostics) == parse(document.source)


REFUSED = [
    "a", "a:", "a: }", "a {", "}", "a: 1 2", "a 1", "a [1]", "a: [1,]", "a: [1 2]", "a: [,]", "a {]", "a: 1,,", ",",
    ";", "a: +1", "a: 1x", "a: 1.2.3", "a: 0x", "a: 1_0", 'a: "x', "a: 'x\"", 'a: "x\ny"', "a < }", "a { >",
    "1: 2", "é: 1", "a: é", "a: $x", "a.b: 1", "a: - - 1", "a: -", '"a": 1', "{ a: 1 }", "a: 1 : 2",
    "a\xa0: 1", "a: \0",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_refuses(text: str) -> None:
    assert parse(Source("test.net", text))[1]


def test_places() -> None:
    text = 'a : 1 # one\nlayer: {\n  name: "x"\n  dim: [1, 2]\n  p < >\n} # end\r\n'
    document = read(text)

    def slices(fields: tuple[Field, ...]) -> list[str]:
        own: list[str] = []
        for field in fields:
            own += [text[slice(*field.name_span)], text[slice(*field.span)], text[slice(*field.value.span)]]
            own += slices(field.value.fields) if isinstance(field.value, Message) else []
        return own

    layer = 'layer: {\n  name: "x"\n  dim: [1, 2]\n  p < >\n}'
    assert slices(document.fields) == [
        *("a", "a : 1", "1"),
        *("layer", layer, layer.removeprefix("layer: ")),
        *("name", 'name: "x"', '"x"'),
        *("dim", "dim: [1, 2]", "[1, 2]"),
        *("p", "p < >", "< >"),
    ]
    assert [(comment.text, text[slice(*comment.span)]) for comment in document.comments] == [
        ("# one", "# one"),
        ("# end", "# end"),
    ]


def test_long_and_wide() -> None:
    assert len(read("layer { name: 'x' p { q: 1 } }\n" * 2_000).fields) == 2_000
    assert len(read(f"a: [{'1, ' * 5_000}1]").fields) == 1
    assert len(read("a: " + '"x" ' * 20_000).fields) == 1


@pytest.mark.parametrize("bracket", ["{}", "<>"], ids=["braces", "angles"])
def test_depth(bracket: str) -> None:
    deep = f"a {bracket[0]}"
    assert not parse(Source("test.net", deep * 100 + bracket[1] * 100))[1]
    document, diagnostics = parse(Source("test.net", deep * 5000 + bracket[1] * 5000 + " b: 1"))
    assert [diagnostic.code for diagnostic in diagnostics] == ["NS106"]
    assert [field.name for field in document.fields] == ["a", "b"]


M = 100_000
HOSTILE = {
    "ten megabytes of nothing": "\0" * 10_000_000,
    "a string of ten megabytes": 'a: "' + "x" * 10_000_000,
    "a long word": "a" * M,
    "words": "a " * M,
    "a long gap": f"a{' ' * M}b",
    "a long number": f"a: {'1' * M}x",
    "braces": "{" * M,
    "closing braces": "}" * M,
    "brackets": "a:[" * M,
    "unclosed messages": "a{" * M,
    "unclosed lists": "a[{" * M,
    "quotes": '"' * M,
    "backslashes": 'a: "' + "\\" * M,
    "adjacent strings": "a: " + '""' * M + "?",
    "escapes of a terminal": "\x1b[2J" * 1000,
    "changes of direction": "\u202e" * M,
    "a lone surrogate": "a: '\ud800' \udfff",
    "comment starts": "/*" * M,
    "one long line": 'layer { name: "x" } ' * 2_000 + "}",
    "a long line with many mistakes": 'layer { name "x" } ' * 2_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile(text: str) -> None:
    diagnostics = parse(Source("test.net", text))[1]
    assert 0 < len(diagnostics) <= 101
