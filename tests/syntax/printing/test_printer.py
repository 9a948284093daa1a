"""The one layout, and the laws: what is printed reads back the same, and is printed the same again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.syntax.printing.layout import WIDTH
from netspec.syntax.printing.printer import print_document, print_value
from netspec.syntax.printing.same import same
from tests.syntax.drawn_documents import plain_texts, texts
from tests.syntax.plain import read

LONG = ["x" * 30, "y" * 30, "z" * 30, "w" * 30]  # too much for a line, all together
A, B, C, D = LONG
PRINTS = {
    "empty": ("", ""),
    "scalar": ("a:1", "a: 1\n"),
    "a message on a line stays there": ("a:{b:1;c<>}", "a { b: 1 c {} }\n"),
    "one over lines has a line for each field": ("a { b: 1 c: 2\n}", "a {\n  b: 1\n  c: 2\n}\n"),
    "one that does not fit goes over lines": (
        f"a {{ {A}: 1 {B}: 2 {C}: 3 {D}: 4 }}",
        f"a {{\n  {A}: 1\n  {B}: 2\n  {C}: 3\n  {D}: 4\n}}\n",
    ),
    "what is in it may stay": (
        f"a {{ b {{ c: 1 }} {A}: '{B}{C}{D}' }}",
        f'a {{\n  b {{ c: 1 }}\n  {A}: "{B}{C}{D}"\n}}\n',
    ),
    "empty braces": ("a {\n\n}", "a {}\n"),
    "a call that nothing takes": ("T()", "T()\n"),
    "one with empty braces is no field": ("T( ) { }", "T() {}\n"),
    "one with braces is no field": ("T( ) { a:1 }", "T() { a: 1 }\n"),
    "a list of nothing": ("a [ ] b { c[] , d: [] }", "a: []\nb { c: [] d: [] }\n"),
    "lists": ("a:[1,2]b[{c:1 d{}},<>]e:[]", "a: [1, 2]\nb: [{ c: 1 d {} }, {}]\ne: []\n"),
    "a list that does not fit": (f"a: [{A}, {B}, {C}, {D}]", f"a: [\n  {A},\n  {B},\n  {C},\n  {D}\n]\n"),
    "a list that does": ("a: [\n  1,\n  2\n]", "a: [1, 2]\n"),
    "a table stays": ("a: [\n[1, 2], [3, 4]]", "a: [\n  [1, 2],\n  [3, 4]\n]\n"),
    "separators go": ("a: 1, b: 2; c {}; d: 3", "a: 1\nb: 2\nc {}\nd: 3\n"),
    "a colon stays where a keyword would be": ("else: { a: 1 }", "else: { a: 1 }\n"),
    "a blank line stays": ("a: 1\n\n\n\nb: 2\nc: 3", "a: 1\n\nb: 2\nc: 3\n"),
    "none at the edges": ("\n\na {\n\n  b: 1\n\n}\n\n", "a {\n  b: 1\n}\n"),
    "line ends and byte order mark": ("\ufeffa: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
    # Literals.
    "quotes": ("""a: 'x' b: 'it\\'s' c: 'say "x"' d: "x\\'" """, """a: "x"\nb: "it's"\nc: 'say "x"'\nd: "x\\'"\n"""),
    "templates": ("""a: f'x{i}' b: f'{"x"}'""", """a: f"x{i}"\nb: f'{"x"}'\n"""),
    "numbers stay": ("a: 1.50f b: 0x1F c: - 017 d: -\n inf", "a: 1.50f\nb: 0x1F\nc: -017\nd: -inf\n"),
    "adjacent strings": ("a: 'x'   \"y\"", 'a: "x" "y"\n'),
    "adjacent strings over lines": (
        "a: 'x' # one\n # two\n \"y\"  'z'",
        'a:\n  "x"  # one\n  # two\n  "y"\n  "z"\n',
    ),
    # Comments.
    "comment of its own": ("# one\n\n# two\na: 1", "# one\n\n# two\na: 1\n"),
    "comment after a field": ("a: 1 # one\nb { # two\n} # three", "a: 1  # one\nb {  # two\n}  # three\n"),
    "comment behind a separator": ("a: 1, # one\nb: 2; # two", "a: 1  # one\nb: 2  # two\n"),
    "comment at the end of a message": ("a {\n b: 1\n # one\n}", "a {\n  b: 1\n  # one\n}\n"),
    "comment in an empty message": ("a {\n # one\n}", "a {\n  # one\n}\n"),
    "comment that ends in a brace": ("a: 1\n# {\n\nb: 2", "a: 1\n# {\n\nb: 2\n"),
    "comment within a field": ("a: # one\n 1 # two", "# one\na: 1  # two\n"),
    "comment within a list": ("a: [1, # one\n 2] # two", "a: [\n  1,  # one\n  2\n]  # two\n"),
    "comment before a brace": ("a # one\n { b: 1 }", "# one\na { b: 1 }\n"),
    "comment before a brace over lines": ("a # one\n {\n b: 1 }", "a {  # one\n  b: 1\n}\n"),
    "comment at the end": ("a: 1\n\n\n# one\n\n\n# two", "a: 1\n\n# one\n\n# two\n"),
    "blanks after a comment": ("# one  \t\n", "# one\n"),
    # What is more than prototxt.
    "binding": ("a,'b'=f( x,k=3 ){p:1}", 'a, "b" = f(x, k = 3) { p: 1 }\n'),
    "no signs are aligned": ("conv = f(x)\nbn   = g(x)", "conv = f(x)\nbn = g(x)\n"),
    "operators": ("let a=(1+2)*-b% - 3", "let a = (1 + 2) * -b % -3\n"),
    "conditions": (
        "if a==1 and not(b<2) or c { d: 1 }\nelse { e: 2 }",
        "if a == 1 and not (b < 2) or c {\n  d: 1\n} else {\n  e: 2\n}\n",
    ),
    "a choice on a line stays there": ("if a{x=b} else {x=c}", "if a { x = b } else { x = c }\n"),
    "ranges": ("repeat i in 1 .. n{}repeat j in 1.5 .. .5{}", "repeat i in 1..n {}\nrepeat j in 1.5 .. .5 {}\n"),
    "block": ("block b(x,k=3)->y,z{y=x\nz=x}", "block b(x, k = 3) -> y, z {\n  y = x\n  z = x\n}\n"),
    "stages": ("stage 'a'{}stage  not \"b\" {}", 'stage "a" {}\nstage not "b" {}\n'),
    "declarations": (
        "input a:[N,3]expect b:[ _ ]expect parameters<=5M",
        "input a: [N, 3]\nexpect b: [_]\nexpect parameters <= 5M\n",
    ),
    "imports": ("import 'a.net'import b,c from 'd.net'", 'import "a.net"\nimport b, c from "d.net"\n'),
    "no parentheses where a type is meant anyway": ("x = a | f() | g(){}", "x = a | f | g {}\n"),
    "but for a call": ("x = f()", "x = f()\n"),
    "a pipe on a line": ("x = a|f|g{p:1}", "x = a | f | g { p: 1 }\n"),
    "a pipe over lines stays": ("x = a | f\n| g", "x = a\n  | f\n  | g\n"),
    "a pipe that does not fit": (f"x = {A} | {B} | {C} | {D}", f"x = {A}\n  | {B}\n  | {C}\n  | {D}\n"),
    "braces at its end": ("x = a | f {\np: 1 }", "x = a | f {\n  p: 1\n}\n"),
    "comments in a pipe": ("x = a # one\n | f # two\n", "x = a  # one\n  | f  # two\n"),
    "a call that does not fit": (f"x = f({A}, {B}, {C}, {D})", f"x = f(\n  {A},\n  {B},\n  {C},\n  {D}\n)\n"),
    "its braces go first": (f"x = f({A}, {B}) {{ {C}: 1 {D}: 2 }}", f"x = f({A}, {B}) {{\n  {C}: 1\n  {D}: 2\n}}\n"),
    "a sum that does not fit": (
        f"x = {A} + {B} * {C} - {D}",
        f"x = {A}\n  + {B} * {C}\n  - {D}\n",
    ),
    "comment in a sum": ("x = a + # one\n b", "# one\nx = a + b\n"),
    "comment in a call": ("x = f(a, # one\n b # two\n)", "x = f(\n  a,  # one\n  b  # two\n)\n"),
    "comment behind a call": ("x = f(a) # one\n {\n b: 1 }", "x = f(a) {  # one\n  b: 1\n}\n"),
    "comment before else": ("if a {\n b: 1\n} # one\n else { c: 1 }", "if a {\n  b: 1\n} else {  # one\n  c: 1\n}\n"),
    "strings before a named argument": ('x = f("a" "b"\n, k = 1)', 'x = f(\n  "a" "b",\n  k = 1\n)\n'),
    "a target of adjacent strings": ('"a" "b"\n = f()', '"a" "b"\n= f()\n'),
}


@pytest.mark.parametrize(("text", "printed"), PRINTS.values(), ids=PRINTS)
def test_prints(text: str, printed: str) -> None:
    assert print_document(read(text)) == printed
    assert print_document(read(printed)) == printed
    assert same(read(text), read(printed))


@pytest.mark.parametrize("spare", [0, 1], ids=["fits", "does not"])
@pytest.mark.parametrize("text", ["a {{ b: {} }}", "a {{ b {{ c: {} }} }}", "x = f({}, 1) {{", "x = a | {}"])
def test_the_last_column(text: str, spare: int) -> None:
    """A line takes WIDTH characters, and none more."""
    word = "w" * (WIDTH + spare - len(text.format("")))
    whole = text.format(word) + ("\n  y: 1\n}" if text.endswith("{{") else "")
    lines = print_document(read(whole)).splitlines()
    assert (len(lines[0]) == WIDTH) is not bool(spare)


@pytest.mark.parametrize("texts", [texts, plain_texts], ids=["net", "prototxt"])
def test_laws(texts: st.SearchStrategy[str]) -> None:
    @settings(max_examples=150)
    @given(texts)
    def law(text: str) -> None:
        document = read(text)
        printed = print_document(document)
        again = read(printed)
        assert same(again, document)
        assert print_document(again) == printed
        assert not [line for line in printed.splitlines() if line != line.rstrip(" ")]

    law()


DEEP = {
    "braces": "a {" * 99 + "b: 1" + "}" * 99,
    "bodies": "x = f { " * 99 + "}" * 99,
    "calls": f"x = {'f(' * 99}1{')' * 99}",
    "pipes": f"x = {'f(a | g { y = ' * 49}1{' })' * 49}",
    "lists with a comment": f"a: {'[' * 99}1 # why\n{']' * 99}",
    "operators": f"x = 1{' + 1 * 2 - 3' * 3_000}",
    "not": f"if {'not ' * 50}a {{}}",
    "stages": f"x = a{' | f(b) { c: 1 }' * 3_000}",
    "branches": f"if a {{ b: 1 }}{' else if a { b: 1 }' * 3_000}",
    "fields on a line": f"a {{ {'b { c: 1 } ' * 5_000} }}",
    "strings": "a: " + '"x"\n' * 5_000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_and_long(text: str) -> None:
    printed = print_document(read(text))
    assert same(read(printed), read(text))
    assert print_document(read(printed)) == printed


def test_print_value() -> None:
    assert print_value(read("a { b: 1 c: [x] d { e: 'f' } }").fields[0].value) == '{ b: 1 c: [x] d { e: "f" } }'
