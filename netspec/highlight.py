"""A lexer for Pygments, which finds it by the entry point `pygments.lexers`. Nothing else imports this module."""

from __future__ import annotations

from typing import Any, ClassVar

from pygments.lexer import (
    RegexLexer,
    bygroups,  # pyright: ignore[reportUnknownVariableType]
    default,
    include,
)
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

from netspec.syntax.words import CONSTANTS, DECLARING, LOGICAL, STEERING, any_of, keywords

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
GAPS = r"[ \t\r\n]*"
GAP = rf"({GAPS})"
BLANKS = r"([ \t]*)"


def types() -> str:
    """A pattern for any layer type, longer names first."""
    from netspec.layers import FAMILY

    return rf"(?:{'|'.join(sorted(FAMILY, key=lambda name: (-len(name), name)))})\b"


class NetLexer(RegexLexer):
    """netspec's .net language, of which Caffe's prototxt is a part."""

    name = "netspec"
    aliases: ClassVar = ["netspec", "net"]
    filenames: ClassVar = ["*.net", "*.prototxt"]
    mimetypes: ClassVar = ["text/x-netspec"]

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            include("gaps"),
            (
                rf"(type){BLANKS}(:){BLANKS}([\"'])({types()})(\5)",
                bygroups(Name.Attribute, Text, Punctuation, Text, String, Name.Class, String),
            ),
            (
                rf"({NAME}){BLANKS}(:){BLANKS}([A-Z][A-Z0-9_]*)(?=[ \t]*(?:[A-Za-z_}}>,;#\r\n]|$))",
                bygroups(Name.Attribute, Text, Punctuation, Text, Name.Constant),
            ),
            (
                rf"\b({keywords()['BLOCK']})([ \t]+)({NAME})",
                bygroups(Keyword.Declaration, Text, Name.Function),
                "head",
            ),
            (any_of(("IF", "REPEAT", "STAGE")), Keyword, "head"),
            (any_of(("INPUT", "EXPECT")), Keyword.Declaration, "subject"),
            include("keywords"),
            (rf"{NAME}(?=[ \t\r\n]*:)", Name.Attribute),
            (rf"(\|){GAP}({types()})", bygroups(Operator, Text, Name.Class)),
            (rf"(\|){GAP}({NAME})", bygroups(Operator, Text, Name.Function)),
            (rf"(=){GAP}({types()})(?=[ \t\r\n]*\{{)", bygroups(Operator, Text, Name.Class)),
            (rf"(=){GAP}({NAME})(?=[ \t\r\n]*\{{)", bygroups(Operator, Text, Name.Function)),
            (rf"{NAME}(?={GAPS}(?:\{{|<{GAPS}(?:>|{NAME}{GAPS}[:{{<])|\[{GAPS}[{{<]))", Name.Tag),
            include("expression"),
            (r"[{}<>;]", Punctuation),
        ],
        "head": [  # up to the brace: no field's name stands here
            include("gaps"),
            (r"\{", Punctuation, "#pop"),
            include("keywords"),
            include("expression"),
        ],
        "subject": [
            include("gaps"),
            (rf"{NAME}(?=[ \t]*:)", Name.Variable, "#pop"),
            default("#pop"),
        ],
        "gaps": [(r"[ \t\r\n\f\v\ufeff]+", Text), (r"#[^\n]*", Comment.Single)],
        "keywords": [
            (any_of(DECLARING), Keyword.Declaration),
            (any_of(STEERING), Keyword),
            (any_of(LOGICAL), Operator.Word),
        ],
        "expression": [
            (r'(f)(")', bygroups(String.Affix, String.Double), "double"),
            (r"(f)(')", bygroups(String.Affix, String.Single), "single"),
            (r'"(?:[^"\\\n]|\\.)*"', String.Double),
            (r"'(?:[^'\\\n]|\\.)*'", String.Single),
            (r"0[xX][0-9A-Fa-f]+", Number.Hex),
            (r"[0-9]+(?:\.[0-9]+)?[kMGT]B?(?![A-Za-z0-9_.])", Number),
            (r"[0-9]+(?=\.\.)", Number.Integer),
            (r"(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[fF]?|[0-9]+(?:[eE][-+]?[0-9]+[fF]?|[fF])", Number.Float),
            (r"[0-9]+", Number.Integer),
            (rf"(?:{'|'.join(CONSTANTS)})\b(?![ \t]*[:({{])", Keyword.Constant),
            (rf"{types()}(?=[ \t\r\n]*\()", Name.Class),
            (rf"{NAME}(?=[ \t\r\n]*\()", Name.Function),
            (NAME, Name),
            (r"->|==|!=|<=|>=|\.\.|[=|+\-*/%<>]", Operator),
            (r"[()\[\],:]", Punctuation),
        ],
        "double": [(r'"', String.Double, "#pop"), (r'[^"\\{}\n]+', String.Double), include("filled")],
        "single": [(r"'", String.Single, "#pop"), (r"[^'\\{}\n]+", String.Single), include("filled")],
        "filled": [
            (r"\\.|\{\{|\}\}", String.Escape),
            (r"\{", String.Interpol, "filling"),
            (r"\}", String),
            (r"\n", Text, "#pop"),
        ],
        "filling": [
            (r"\}", String.Interpol, "#pop"),
            (r"\n", Text, "#pop"),
            include("gaps"),
            include("keywords"),
            include("expression"),
        ],
    }
