"""Layers of a type with fields, bottoms and tops as nobody writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from netspec.frontend.messages.schema import FieldSpec, UnknownName, beside, message_of, schema
from netspec.layers.base import Count, Layer, PythonLayer
from netspec.syntax import scalars
from netspec.syntax.document import Kind, Scalar

ODD: Mapping[Callable[[Scalar], Any], Sequence[str]] = {
    scalars.int32: ("0", "-1", "1", "7", "-2147483648", "2147483647", "2147483648"),
    scalars.uint32: ("0", "1", "2", "-1", "2147483647", "4294967295", "4294967296"),
    scalars.int64: ("0", "-1", "1", "4294967296", "9223372036854775807", "-9223372036854775808"),
    scalars.real: ("0", "-1", "1", "0.5", "1e308", "-1e308", "1e-300", "1e-45", "1e19", "inf", "-inf", "nan", "1e400"),
    scalars.boolean: ("true", "false"),
    scalars.string: ('""', '"x"', '"{}"', '"a b"', '"MAX"', '"1"', '"[1, 2]"', r'"\0"'),
}
TAME: Mapping[Callable[[Scalar], Any], Sequence[str]] = {
    scalars.int32: ("1", "2"),
    scalars.uint32: ("1", "2", "3"),
    scalars.int64: ("1", "2"),
    scalars.real: ("0.5", "1", "2"),
}
SIZES: Sequence[Sequence[object]] = (
    (),
    (2, 6, 8, 8),
    (2, 6),
    (2,),
    (1, 1, 1, 1),
    (4, 5, 6, 7),
    (2, 3, 4, 5, 6),
    (2, 3, 4),
    (2, 2, 2, 2, 2, 2),
    ("N", 6, "16*H", "W"),
    ("N", "C"),
    (46341, 46340, 1, 1),
    (2147483647,),
    (1, 3, 100000, 1),
)
NESTED = 2


def layers(layer: type[Layer], random: Random, count: int) -> Iterator[str]:
    """Nets of inputs and one layer of the type. Half of them have bottoms and tops as the type takes them, and half the
    fields that it needs."""
    fields = [text for name, spec in _messages(layer).items() for text in _fields(name, spec, 0)]
    tame = [text for name, spec in _messages(layer).items() for text in _fields(name, spec, 0, TAME)]
    needed = [info.alias or name for name, info in layer.model_fields.items() if info.is_required()]
    for i in range(count):
        texts = random.sample(fields, min(len(fields), random.randint(0, 4)))
        texts += random.sample(tame, min(len(tame), random.randint(0, 4)))
        for name in needed if i % 4 < 2 else ():
            ways = [text for text in tame if text.startswith(f"{layer.message} {{ {name}")]
            texts += [random.choice(ways)] if ways and not any(f"{{ {name}" in text for text in texts) else []
        chosen = _joined(texts)
        bottoms = _number(layer.bottoms, random, bool(i % 2))
        tops = bottoms if layer.same_count and not i % 2 else _number(layer.tops, random, bool(i % 2))
        sizes = [random.choice(SIZES)] * bottoms
        if random.random() < 0.5:
            sizes = [random.choice(SIZES) for _ in range(bottoms)]
        inputs = "".join(_input(f"x{j}", each) for j, each in enumerate(sizes))
        ends = " ".join([*(f'bottom: "x{j}"' for j in range(bottoms)), *(f'top: "y{j}"' for j in range(tops))])
        phase = random.choice(("", "", "phase: TRAIN "))
        yield f'{inputs}layer {{ name: "odd" type: "{layer.type_name()}" {ends} {phase}{chosen} }}\n'


def _input(name: str, sizes: Sequence[object]) -> str:
    if not sizes:
        return f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ }} }} }}\n'
    return f"input {name}: [{', '.join(map(str, sizes))}]\n"


def _messages(layer: type[Layer]) -> dict[str, FieldSpec]:
    own = (
        {layer.message: FieldSpec(None, schema(layer), False)}
        if layer.message and not issubclass(layer, PythonLayer)
        else {}
    )
    return own | {name: message_of(layer, name) for name in beside(layer)}


def _number(count: Count, random: Random, astray: bool) -> int:
    most = count.least + 2 if count.most is None else count.most
    if astray:
        return random.randint(max(count.least - 1, 0), most + 1)
    return random.randint(count.least, min(most, count.least + 3))


def _fields(
    name: str, spec: FieldSpec, depth: int, among: Mapping[Callable[[Scalar], Any], Sequence[str]] = ODD
) -> Iterator[str]:
    """Ways to write a field, with values among some."""
    if spec.message is not None:
        yield f"{name} {{ }}"
        if depth < NESTED:
            for inner, each in spec.message.items():
                yield from (f"{name} {{ {text} }}" for text in _fields(inner, each, depth + 1, among))
        return
    values = among.get(spec.scalar) or _values(spec) if spec.scalar else ()
    yield from (f"{name}: {value}" for value in values)
    if spec.repeated and values and among is ODD:
        yield from (f"{name}: [{value}, {value}]" for value in values)
        yield from (f"{name}: []", f"{name}: [{', '.join(values[:4])}]", f"{name}: [{', '.join([values[0]] * 1000)}]")


def _values(spec: FieldSpec) -> Sequence[str]:
    if spec.scalar is None:
        return ()
    if spec.scalar in ODD:
        return ODD[spec.scalar]
    try:
        spec.scalar(Scalar(Kind.NAME, "no such name", 0))
    except UnknownName as names:
        return [*map(str, names.args)]
    raise AssertionError(spec)


def _joined(texts: Sequence[str]) -> str:
    """Fields, those of one message in the same braces."""
    bodies: dict[str, list[str]] = {}
    for text in texts:
        name, _, rest = text.partition(" { ")
        bodies.setdefault(name, []).append(rest.removesuffix("}").strip())
    return " ".join(f"{name} {{ {' '.join(filter(None, body))} }}" for name, body in bodies.items())
