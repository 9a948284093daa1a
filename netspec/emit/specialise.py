"""Helpers without the options that a net does not use.

An option is an argument that has a default, and can only be named. In the text of a helper a comment `# if eta`, behind
a statement or an `if`, says that it is for calls that name eta, `# unless eta` that it is for those that do not. What
is for no call of a file is left out there, an `if` that all calls agree on gives way to what it chooses, and so does
`a if eta else b`; an option that nothing reads any more is no argument, and one that all calls name has no default.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netspec.emit.documents import WIDTH
from netspec.emit.lines import docstring, header

TAG = re.compile(r"  # (if|unless) (\w+)$")
ENTRY = re.compile(r"(?:^|(?<=[.;] ))(\w+): ")


def options(node: ast.FunctionDef | ast.ClassDef) -> frozenset[str]:
    """The options of a helper; of a class those that it is made with."""
    if isinstance(node, ast.ClassDef):
        makes = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
        return frozenset[str]().union(*map(options, makes))
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return frozenset(argument.arg for argument, default in pairs if default is not None)


def specialised(lines: Sequence[str], node: ast.FunctionDef | ast.ClassDef, named: Mapping[str, bool | None]) -> str:
    """The text of a helper that stands in a file of these lines. named: of its options, whether calls name it: all
    (True), none (False), or some (None)."""
    read = set(re.findall(r"\w+", "\n".join(_Cut(lines, named).statement(node, 0))))
    return "\n".join(_Cut(lines, named, read).statement(node, 0))


class _Cut:
    """Takes the lines of statements, without what is for no call. read: the words that are left in them, where that is
    known already."""

    def __init__(self, lines: Sequence[str], named: Mapping[str, bool | None], read: set[str] | None = None) -> None:
        self.lines, self.named, self.read = lines, named, read

    def statements(self, statements: Sequence[ast.stmt], begin: int, shift: int) -> list[str]:
        """Those of a block, with the lines between them, so much further to the left."""
        found: list[str] = []
        for statement in statements:
            first = _first_line(statement) - 1
            if lines := self.statement(statement, shift):
                found += [*(line[shift:] for line in self.lines[begin:first]), *lines]
            begin = statement.end_lineno or first
        return found

    def statement(self, node: ast.stmt, shift: int) -> list[str]:
        verdict, tagged = self.verdict(node)
        if isinstance(node, ast.If) and tagged and verdict is not None:
            chosen = node.body if verdict else node.orelse
            if verdict and (left := self.other_tests(node)):
                inside = self.statements(node.body, _first_line(node.body[0]) - 1, shift)
                return [f"{' ' * (node.col_offset - shift)}if {left}:", *inside]
            return self.statements(chosen, _first_line(chosen[0]) - 1, shift + 4) if chosen else []
        if tagged and verdict is False:
            return []
        blocks = [block for block in (getattr(node, name, []) for name in ("body", "orelse")) if block]
        if not blocks:
            return self.plain(node, shift)
        inside = _first_line(blocks[0][0]) - 1
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return self.definition(node, shift)
        found = [TAG.sub("", line)[shift:] for line in self.lines[node.lineno - 1 : inside]]
        for block in blocks:
            found += self.statements(block, inside, shift)
            inside = block[-1].end_lineno or inside
        return found

    def other_tests(self, node: ast.If) -> str:
        """What an `if` asks beside whether there is an option."""
        tests = node.test.values if isinstance(node.test, ast.BoolOp) else []
        left = [test for test in map(self.source, tests) if not any(option in test for option in self.named)]
        return " and ".join(left)

    def definition(self, node: ast.FunctionDef | ast.ClassDef, shift: int) -> list[str]:
        """A function or class: where it is not known yet what is read, only what stands inside."""
        text, first = ast.get_docstring(node), node.body[0]
        begin = first.end_lineno or 0 if text else _first_line(first) - 1
        inside = self.statements(node.body[1 if text else 0 :], begin, shift)
        if self.read is None:
            return inside
        head = [line[shift:] for line in self.lines[_first_line(node) - 1 : _first_line(first) - 1]]
        if isinstance(node, ast.FunctionDef):
            head = [*head[: node.lineno - _first_line(node)], *self.header(node, node.col_offset - shift, inside)]
        if text:
            lines = [line[shift:] for line in self.lines[first.lineno - 1 : first.end_lineno]]
            head += self.documentation(node, text, node.col_offset + 4 - shift, lines)
        return [*head, *inside]

    def verdict(self, node: ast.stmt) -> tuple[bool | None, bool]:
        """Whether what a tag is on is for all calls, for none (False), or for some; and whether there is a tag."""
        compound = getattr(node, "body", None)
        last = _first_line(compound[0]) - 2 if compound else (node.end_lineno or 1) - 1
        tag = next(filter(None, (TAG.search(line) for line in reversed(self.lines[node.lineno - 1 : last + 1]))), None)
        if tag is None:
            return None, False
        named = self.named.get(tag[2])
        return (named if tag[1] == "if" or named is None else not named), True

    def plain(self, node: ast.stmt, shift: int) -> list[str]:
        """A statement that has none inside, its choices made."""
        lines = [TAG.sub("", line)[shift:] for line in self.lines[node.lineno - 1 : node.end_lineno]]
        if isinstance(node, ast.AnnAssign) and self.verdict(node)[0]:
            return [line.removesuffix(" | None") for line in lines]
        choices = [each for each in ast.walk(node) if isinstance(each, ast.IfExp) and self.chosen(each) is not None]
        tagged = self.verdict(node)[1] and len(lines) > 1
        if not (choices or tagged) or not isinstance(node, ast.Assign):
            return lines
        value = self.source(node.value)
        for each in choices:
            taken = each.body if self.chosen(each) else each.orelse
            value = value.replace(self.source(each), self.source(taken))
        joined = re.sub(r"(?<=[(\[]) | (?=[)\]])", "", " ".join(line.strip() for line in value.split("\n")))
        whole = f"{' ' * (node.col_offset - shift)}{self.source(node.targets[0])} = {joined}"
        return [whole] if len(whole) <= WIDTH else lines

    def chosen(self, node: ast.IfExp) -> bool | None:
        """Whether `a if eta else b` is a, for all calls; so is `b if eta is None else a`, and an attribute as good."""
        match node.test:
            case ast.Compare(left=test, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                named = self.named.get(_name(test))
                return None if named is None else not named
            case test:
                return self.named.get(_name(test))

    def header(self, node: ast.FunctionDef, indent: int, body: Sequence[str]) -> list[str]:
        returned = f" -> {self.source(_returned(node.returns, body))}:" if node.returns else ":"
        return header(f"def {node.name}", list(self.parameters(node.args)), indent, returned)

    def parameters(self, arguments: ast.arguments) -> Iterator[str]:
        bare = len(arguments.args) - len(arguments.defaults)
        for argument, default in zip(arguments.args, [None] * bare + arguments.defaults, strict=True):
            yield self.source(argument) + (f" = {self.source(default)}" if default else "")
        kept = [
            self.parameter(argument, default)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if not self.dropped(argument.arg)
        ]
        if arguments.vararg and (self.read is None or arguments.vararg.arg in self.read):
            yield f"*{self.source(arguments.vararg)}"
        elif kept and not arguments.vararg:
            yield "*"
        yield from kept
        if arguments.kwarg:
            yield f"**{self.source(arguments.kwarg)}"

    def parameter(self, argument: ast.arg, default: ast.expr | None) -> str:
        text = self.source(argument)
        if default is None:
            return text
        return text.removesuffix(" | None") if self.named.get(argument.arg) else f"{text} = {self.source(default)}"

    def source(self, node: ast.AST) -> str:
        """The text of an expression. Columns are in bytes; `ast.get_source_segment` splits the whole file each time."""
        place: Any = node
        lines = [line.encode() for line in self.lines[place.lineno - 1 : place.end_lineno]]
        lines[-1] = lines[-1][: place.end_col_offset]
        lines[0] = lines[0][place.col_offset :]
        return b"\n".join(lines).decode()

    def dropped(self, name: str) -> bool:
        return self.named.get(name) is False and self.read is not None and name not in self.read

    def documentation(self, node: ast.AST, text: str, indent: int, lines: Sequence[str]) -> list[str]:
        """A docstring without the options that are no arguments, on its own lines where it has none."""
        gone = {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)} - (self.read or set())
        paragraphs: list[str] = []
        for paragraph in text.split("\n\n"):
            whole = " ".join(paragraph.split("\n"))
            starts = [entry.start() for entry in ENTRY.finditer(whole)]
            parts = [whole[a:b].strip() for a, b in zip([0, *starts], [*starts, None], strict=True)]
            kept = [part for part in parts if part and part.partition(":")[0] not in gone]
            if kept:
                paragraphs.append(" ".join(kept) if len(kept) < len([*filter(None, parts)]) else paragraph)
        left = "\n\n".join(paragraphs)
        return list(lines) if left == text else docstring(left, indent)


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case _:
            return ""


def _returned(annotation: ast.expr, body: Sequence[str]) -> ast.expr:
    """Of one thing or a tuple of several, that which the statements of a body return, if it is the same in all."""
    if not isinstance(annotation, ast.BinOp):
        return annotation
    values = [line.strip().removeprefix("return ") for line in body if line.strip().startswith("return ")]
    several = {isinstance(ast.parse(value, mode="eval").body, ast.Tuple) for value in values}
    return annotation if len(several) > 1 else annotation.right if several == {True} else annotation.left


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
