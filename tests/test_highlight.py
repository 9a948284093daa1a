"""Syntax highlighting: the lexer for Pygments and the TextMate grammar colour what there is to colour."""

from __future__ import annotations

import json
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import tmlanguage
from hypothesis import given, settings
from pygments import lex
from pygments.token import Comment, Error, Keyword, Name, Number, Operator

from netspec.highlight import NetLexer
from netspec.layers import FAMILY
from netspec.syntax.lexer import Extras, tokens
from netspec.syntax.words import DECLARING, LOGICAL, STEERING, keywords
from tests.syntax.drawn_documents import texts
from tests.textmate import Coloured, coloured

ROOT = Path(__file__).resolve().parents[1]
SPECS = sorted(Path(str(resources.files("netspec.specs"))).glob("*.net"))
NAMES = [spec.stem for spec in SPECS]
GRAMMAR = tmlanguage.grammar()
WHOLE = """\
# The whole language: let, if, "strings" are nothing here.
import "blocks.net"
import conv_bn, basic from 'blocks.net'
let classes = 5k
input data: [N, 3, 224.5, 0x1F]
block conv_bn(x, channels, kernel = 3) -> y {
  y = Convolution(x) { num_output: channels  pad: kernel / 2  # why
    weight_filler { type: "xavier" } }
}
conv = conv_bn(data, 64) | ReLU | Pooling { pool: MAX }
stem = Pooling { pool: AVE } | conv_bn
"inception_3a/1x1" = max(conv, -1e-4f)
repeat i in 1..3 { x = f"res{i + 1}{{\\n}}" }
if x == y and not (z or true) { if: 1 } else if w { let: 2 } else { input: "data" }
stage not "deploy" { y: "if x { # no comment" z: '"let" # none' }
expect parameters <= 1.5GB
layer { name: "in" type: "ReLU" bottom: "data" include < phase: TRAIN > }
"""


def pygments(text: str) -> Iterator[tuple[str, object]]:
    return ((value, kind) for kind, value in lex(text, NetLexer(stripnl=False, ensurenl=False)))


def textmate(text: str) -> list[Coloured]:
    return [piece for piece in coloured(GRAMMAR, text) if piece.text.strip()]


def test_words_are_those_of_the_grammar() -> None:
    assert sorted(keywords()) == sorted((*DECLARING, *STEERING, *LOGICAL))


def test_pygments_finds_the_lexer() -> None:
    """By what is written in an installation's metadata."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["pygments.lexers"]
    assert [pkgutil.resolve_name(point) for point in points.values()] == [NetLexer]


@pytest.mark.parametrize("text", [WHOLE, *(spec.read_text("utf-8") for spec in SPECS)], ids=["whole", *NAMES])
def test_pygments_knows_every_token(text: str) -> None:
    found = list(pygments(text))
    assert not [value for value, kind in found if kind is Error]
    assert "".join(value for value, _ in found) == text


@settings(max_examples=100)
@given(texts)
def test_pygments_knows_what_is_drawn(text: str) -> None:
    assert not [value for value, kind in pygments(text) if kind is Error]


# What a piece of WHOLE is to Pygments, and to an editor.
COLOURS = {
    "import": (Keyword, "keyword.control"),
    "from": (Keyword, "keyword.control"),
    "repeat": (Keyword, "keyword.control"),
    "stage": (Keyword, "keyword.control"),
    "else": (Keyword, "keyword.control"),
    "block": (Keyword.Declaration, "storage.type"),
    "expect": (Keyword.Declaration, "storage.type"),
    "and": (Operator.Word, "keyword.operator.logical"),
    "or": (Operator.Word, "keyword.operator.logical"),
    "not": (Operator.Word, "keyword.operator.logical"),
    "5k": (Number, "constant.numeric"),
    "224.5": (Number.Float, "constant.numeric"),
    "0x1F": (Number.Hex, "constant.numeric"),
    "1e-4f": (Number.Float, "constant.numeric"),
    "1.5GB": (Number, "constant.numeric"),
    "true": (Keyword.Constant, "constant.language"),
    "MAX": (Name.Constant, "constant.other.enum"),
    "TRAIN": (Name.Constant, "constant.other.enum"),
    "Convolution": (Name.Class, "support.class"),
    "Pooling": (Name.Class, "support.class"),
    "ReLU": (Name.Class, "support.class"),
    "conv_bn": (Name.Function, "entity.name.function"),
    "max": (Name.Function, "entity.name.function"),
    "weight_filler": (Name.Tag, "entity.name.tag"),
    "include": (Name.Tag, "entity.name.tag"),
    "num_output": (Name.Attribute, "support.type.property-name"),
    "type": (Name.Attribute, "support.type.property-name"),
    "->": (Operator, "keyword.operator"),
    "..": (Operator, "keyword.operator"),
    "<=": (Operator, "keyword.operator"),
    "parameters": (Name, "variable.other"),
    "# why": (Comment.Single, "comment.line.number-sign"),
}


@pytest.mark.parametrize(("word", "kind", "scope"), [(w, *c) for w, c in COLOURS.items()], ids=COLOURS)
def test_colours(word: str, kind: object, scope: str) -> None:
    # `import conv_bn, …` is the one place where a block's name is a plain name.
    text = WHOLE.split("\n", 3)[3] if word == "conv_bn" else WHOLE
    assert {found for value, found in pygments(text) if value == word} == {kind}
    assert {piece.scopes[-1] for piece in textmate(text) if piece.text == word} == {f"{scope}.netspec"}


@pytest.mark.parametrize("text", [WHOLE, *(spec.read_text("utf-8") for spec in SPECS)], ids=["whole", *NAMES])
def test_literals_are_what_netspec_reads(text: str) -> None:
    """Each character in a comment, a string or a number, and none else, is coloured so."""
    wanted = _by_netspec(text)
    ours = "".join(_letter(str(kind)) * len(value) for value, kind in pygments(text))
    theirs = "".join(_letter(" ".join(piece.scopes)) * len(piece.text) for piece in coloured(GRAMMAR, text))
    for found in (ours, theirs):
        # A type is a string or a name; in a template anything may stand.
        assert not [
            (text[max(0, i - 20) : i + 20], w, f)
            for i, (w, f) in enumerate(zip(wanted, found, strict=True))
            if w not in (f, "t") and f != "k"
        ]


def _by_netspec(text: str) -> str:
    """A letter for each character of a text: "c" in a comment, "s" in a string, "n" in a number, "t" in a template, "."
    elsewhere."""
    extras = Extras()
    letters = ["."] * len(text)
    kinds = {"STRING": "s", "NUMBER": "n", "QUANTITY": "n", "TEMPLATE": "t"}
    for kind, words, start in _finer(text, extras):
        letters[start : start + len(words)] = kinds.get(kind, ".") * len(words)
    for comment in extras.comments:
        letters[comment.start : comment.start + len(comment.text)] = "c" * len(comment.text)
    return "".join(letters)


def _finer(text: str, extras: Extras) -> Iterator[tuple[str, str, int]]:
    """The tokens, with those of a field apart."""
    for token in tokens(text, extras):
        if token.type != "FIELD":
            yield token
            continue
        value = token.text.partition(":")[2].lstrip(" \t-")
        kind = "STRING" if value[0] in "\"'" else "NUMBER" if value[0] in ".0123456789" else "NAME"
        yield kind, value, token.start + len(token.text) - len(value)


def _letter(name: str) -> str:
    """The same, for a kind of Pygments or the scopes of an editor; "k" for a type."""
    return next((letter for letter, words in LETTERS.items() if any(word in name for word in words)), ".")


LETTERS = {
    "k": ("Class", "support.class"),
    "c": ("Comment", "comment."),
    "s": ("String", "string.quoted"),
    "n": ("Number", "constant.numeric"),
}


@pytest.mark.every_type
def test_only_what_both_engines_read() -> None:
    """No possessive quantifiers, no named groups, no anchors that Oniguruma and `re` take differently."""
    text = json.dumps(GRAMMAR)
    patterns = [rule[key] for rule in _all(GRAMMAR) for key in ("match", "begin", "end") if key in rule]
    assert patterns
    for pattern in patterns:
        re.compile(pattern)
        assert not re.search(r"[*+?}]\+|\(\?[PiaLmsux<][^=!]|\\[AZzGKhHR]", pattern), pattern
    assert all(name in text for name in FAMILY)


def _all(rule: object) -> Iterator[dict[str, str]]:
    if isinstance(rule, dict):
        yield rule
    if isinstance(rule, dict | list):
        for inner in rule.values() if isinstance(rule, dict) else rule:
            yield from _all(inner)


@pytest.mark.every_type
def test_the_extension_names_what_there_is() -> None:
    folder = ROOT / "docs" / "editor"
    package = json.loads((folder / "package.json").read_text("utf-8"))
    (language,), (grammar,) = package["contributes"]["languages"], package["contributes"]["grammars"]
    assert (grammar["scopeName"], grammar["language"]) == (GRAMMAR["scopeName"], language["id"])
    assert json.loads((folder / grammar["path"]).read_text("utf-8")) == GRAMMAR
    assert json.loads((folder / language["configuration"]).read_text("utf-8"))["comments"] == {"lineComment": "#"}
    assert [f"*{extension}" for extension in language["extensions"]] == NetLexer.filenames
