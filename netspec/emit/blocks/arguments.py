"""What the constructor of a block's class takes: the parameters of the block that its uses differ in, and sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, TypeAlias

from netspec.diagnostics.source import BlockUse
from netspec.emit.blocks import operations
from netspec.emit.blocks.outline import Argument
from netspec.emit.code import Bracketed, Code, Prefixed, binary, choice, literal, names
from netspec.emit.names import Namespace
from netspec.frontend.expressions.values import Definition, List

Texts: TypeAlias = tuple[str, ...]
_MOST = 200_000  # values of expressions that are tried, before new arguments are made instead


@dataclass(frozen=True)
class _Candidate:
    """An expression in Python, its value in each use, and the arguments that it is made of."""

    texts: Texts
    code: Code
    names: tuple[str, ...]


class Arguments:
    """Those of the class of some uses of a block. sizes: for each use the channels of each of its inputs."""

    def __init__(
        self, uses: Sequence[BlockUse], sizes: Sequence[Sequence[int | None]], reserved: frozenset[str]
    ) -> None:
        self._count = len(uses)
        self._space = Namespace(reserved)
        self._values: dict[str, list[Code | None]] = {}  # of each argument that there may be, in each use
        self._defaults: dict[str, Code | None] = {}
        self._numbers: dict[str, list[int]] = {}
        self._used: dict[str, None] = {}
        self._extra: dict[tuple[str | None, ...], Code] = {}
        definition = uses[0].definition
        self._block = definition.block if isinstance(definition, Definition) else None
        self._arguments = [dict(use.arguments) for use in uses]
        self._names = self._parameters()
        self._sizes(sizes)
        sizes_of = [name for name in self._values if name not in self._names.values()]
        self._candidates = [*self._plain(self._names.values()), *self._written(), *self._plain(sizes_of)]

    def _parameters(self) -> dict[str, str]:
        """The names in Python of the parameters that have values in Python."""
        names: dict[str, str] = {}
        for parameter in self._block.parameters if self._block else ():
            key = parameter.name.text
            codes = [_python(arguments.get(key)) for arguments in self._arguments]
            if all(code is not None for code in codes):
                names[key] = name = self._space.fresh(key)
                self._values[name] = codes
                default = None if parameter.default is None else operations.value(parameter.default, {})
                self._defaults[name] = _python(default)
                numbers = [arguments[key] for arguments in self._arguments]
                if all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
                    self._numbers[name] = numbers
        return names

    def _sizes(self, sizes: Sequence[Sequence[int | None]]) -> None:
        for of_input in zip(*sizes, strict=True):
            numbers = [size for size in of_input if size is not None]
            if len(numbers) == self._count:
                name = self._space.fresh("inputs")
                self._values[name], self._numbers[name] = [literal(n) for n in numbers], numbers
                self._defaults[name] = None

    def _plain(self, names: Iterable[str]) -> Iterator[_Candidate]:
        for name in names:
            texts = tuple(code.text for code in self._values[name] if code is not None)
            yield _Candidate(texts, Code(name), (name,))

    def _written(self) -> Iterator[_Candidate]:
        """The arithmetic that stands in the block."""
        if self._block is None:
            return
        for node in self._bounded(operations.expressions(self._block)):
            values = [operations.value(node, arguments) for arguments in self._arguments]
            codes = [_python(value) for value in values]
            texts = tuple(code.text for code in codes if code is not None)
            if len(texts) == self._count and len({*texts}) > 1:
                yield self._candidate(texts, node)

    def _candidate(self, texts: Texts, node: Any) -> _Candidate:
        code = operations.printed(node, self._names)
        read = names([code])
        return _Candidate(texts, code, tuple(name for name in self._names.values() if name in read))

    def _bounded(self, nodes: Iterable[Any]) -> Iterator[Any]:
        left = _MOST
        for node in nodes:
            left -= self._count
            if left < 0:
                return
            if not operations.deep(node):
                yield node

    def resolve(self, values: Sequence[Code | None], hint: str) -> Code:
        """What stands for these values, one for each use; None for a use that has none."""
        texts = tuple(value.text if value is not None else None for value in values)
        found = next((c for c in self._candidates if _fits(texts, c.texts)), None)
        found = found or self._multiple(texts) or self._product(texts) or self._choice(values)
        if found:
            self._used |= dict.fromkeys(found.names)
            return found.code
        if texts not in self._extra:
            name = self._space.fresh(hint or "value")
            self._extra[texts] = Code(name)
            self._values[name] = [*values]
            self._defaults[name] = _usual(values)
            self._used[name] = None
        return self._extra[texts]

    def _multiple(self, texts: Sequence[str | None]) -> _Candidate | None:
        """A multiple of a size or a whole number that differs from use to use."""
        first = next(i for i, text in enumerate(texts) if text is not None)
        for name, numbers in self._numbers.items():
            text = texts[first] or ""
            factor, rest = divmod(int(text), numbers[first]) if text.isdecimal() and numbers[first] > 0 else (0, 1)
            made = tuple(str(factor * number) for number in numbers)
            if factor > 1 and not rest and len({*numbers}) > 1 and _fits(texts, made):
                self._candidates.append(found := _Candidate(made, binary("*", factor, Code(name)), (name,)))
                return found
        return None

    def _product(self, texts: Sequence[str | None]) -> _Candidate | None:
        """A product of two or three sizes and whole numbers, as a filler's fan is."""
        if len(self._numbers) * self._count > _MOST // 100:
            return None
        for count in (2, 3):
            for factors in combinations_with_replacement(self._numbers, count):
                products = [1] * self._count
                for name in factors:
                    products = [a * b for a, b in zip(products, self._numbers[name], strict=True)]
                made = tuple(map(str, products))
                if _fits(texts, made):
                    code = Code(factors[0])
                    for name in factors[1:]:
                        code = binary("*", code, Code(name))
                    self._candidates.append(found := _Candidate(made, code, factors))
                    return found
        return None

    def condition(self, present: Sequence[bool]) -> Code:
        """What is true of these uses and false of all others."""
        texts = tuple(map(str, present))
        if found := next((c for c in self._conditions() if c.texts == texts), None):
            self._used |= dict.fromkeys(found.names)
            return found.code
        return self.resolve([literal(value) for value in present], "present")

    def _choice(self, values: Sequence[Code | None]) -> _Candidate | None:
        """One of two values, by a condition."""
        given = list(dict.fromkeys(value for value in values if value is not None))
        if len(given) != 2:
            return None
        plain = all(value.text.replace(".", "").isalnum() and not value.text.isalpha() for value in given)
        for yes, no in (given, reversed(given)):
            truth = [None if value is None else str(value == yes) for value in values]
            if found := next((c for c in self._conditions(numbers=not plain) if _fits(truth, c.texts)), None):
                texts = tuple((yes if text == "True" else no).text for text in found.texts)
                return _Candidate(texts, choice(yes, found.code, no), found.names)
        return None

    def _conditions(self, numbers: bool = True) -> Iterator[_Candidate]:
        """What is true of some uses: a parameter, that one is more than 1, if `numbers` may say it, and what stands
        behind an `if` of the block."""
        for candidate in self._candidates:
            if {*candidate.texts} <= {"True", "False"}:
                yield candidate
        for name in self._names.values() if numbers else ():
            if name in self._numbers:
                texts = tuple(str(number > 1) for number in self._numbers[name])
                yield _Candidate(texts, binary(">", Code(name), 1), (name,))
        for node in self._bounded(operations.conditions(self._block) if self._block else ()):
            values = [operations.value(node, arguments) for arguments in self._arguments]
            if all(isinstance(value, bool) for value in values):
                yield self._candidate(tuple(map(str, values)), node)

    def finished(self) -> tuple[Argument, ...]:
        """Those that are needed, in the order in which they are taken: those without defaults first."""
        found = [
            Argument(name, _annotation(self._values[name]), self._defaults[name])
            for name in [*(n for n in self._values if n.startswith("inputs")), *self._values]
            if name in self._used
        ]
        found = list(dict.fromkeys(found))
        return tuple(sorted(found, key=lambda argument: argument.default is not None))

    def given(self, use: int, arguments: Sequence[Argument]) -> tuple[list[Code], dict[str, Code]]:
        """What a use gives, by place and by name."""
        places: list[Code] = []
        named: dict[str, Code] = {}
        for argument in arguments:
            value = self._values[argument.name][use]
            if argument.default is None:
                places.append(value or Code("None"))
            elif value is not None and value.text != argument.default.text:
                named[argument.name] = value
        return places, named


def _fits(texts: Sequence[str | None], candidate: Texts) -> bool:
    return all(text is None or text == other for text, other in zip(texts, candidate, strict=True))


def _python(value: Any) -> Code | None:
    """A value of the language as a literal of Python's."""
    match value:
        case bool() | int() | float() | str():
            return literal(value)
        case List():
            codes = [_python(item) for item in value]
            return literal([code for code in codes if code is not None]) if all(codes) else None
        case _:
            return None


def _usual(values: Sequence[Code | None]) -> Code | None:
    """The value that most have; there is one if not all have one."""
    given = [value for value in values if value is not None]
    (code, count), *_ = Counter(given).most_common()
    return code if len(given) < len(values) or (count * 2 > len(given) and len(given) > 2) else None


def _annotation(values: Sequence[Code | None]) -> str:
    kinds = sorted({_kind(value) for value in values if value is not None})
    if kinds == ["float", "int"]:
        return "float"
    return " | ".join([kind for kind in kinds if kind != "None"] + ["None"] * ("None" in kinds))


def _kind(code: Code) -> str:
    match code.form:
        case Bracketed("[]", items):
            return f"list[{_annotation(items)}]" if items else "list[int]"
        case Bracketed(_, items):
            return f"tuple[{_annotation(items)}, ...]" if items else "tuple[int, ...]"
        case Prefixed(_, value):
            return _kind(value)
        case _:
            pass
    if code.text in ("True", "False"):
        return "bool"
    if code.text[0] in "\"'":
        return "str"
    return "None" if code.text == "None" else "float" if any(mark in code.text for mark in ".e") else "int"
