"""Nets of one layer of every type: its fields set to odd values, its bottoms of odd shapes and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from random import Random
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from netspec.frontend.messages.schema import beside
from netspec.layers import every
from netspec.layers.base import Layer, PythonLayer
from netspec.layers.model import Model
from netspec.layers.shared_names import BY_TYPE
from tests.fuzz.pool import Pool

INTEGERS = (
    *("0", "1", "2", "3", "4", "-1", "-2", "7", "16", "32", "33", "1000", "65536", "2147483647", "2147483648"),
    *(
        "-2147483648",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "-9223372036854775808",
        "9" * 25,
        "0x10",
        "010",
    ),
)
FLOATS = (
    *("0", "1", "-1", "0.5", "2", "-0.0", "1e-45", "1e-320", "3.5e38", "1e38", "1e308", "1e309", "inf", "-inf", "nan"),
    *("1e-9", "0.1f", "3", "100"),
)
STRINGS = (
    *('""', '"a"', '"data"', '"x0"', '"y0"', '"self"', '"torch"', '"tf"', '"F"', '"__init__"', '"import os"', '"é"'),
    *('"\\000"', '"\\n"', '"\\""', "\"'''\"", '"\\"\\"\\"; import os; os.abort()  #"', '"\\xff"', '"{"', '"{}"'),
    *('"1,2"', "\"{'a': 1}\"", '"xavier"', '"gaussian"', '"\\342\\200\\256"', '"-1"', '"nan"', '"a" "b"'),
)
OTHERS = ("MAX", "true", "{ }", "[1, 2]", "[]", "1", '"x"', "N", "-x", "f")
SIZES = (
    "1",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "8",
    "16",
    "21",
    "0",
    "-1",
    "1000",
    "65536",
    "2147483647",
    "9223372036854775807",
)
NAMED = ("N", "H", "W", "16*h", "2*h + 1", "N*4")
RANKS = (0, 1, 2, 2, 3, 4, 4, 4, 4, 4, 5, 6)
AROUND = (
    *("loss_weight: 1", "propagate_down: false", "param { lr_mult: 0 }", 'param { name: "w" }', "phase: TRAIN"),
    *("include { phase: TEST }", "transform_param { crop_size: 2 mean_value: 1 }", "loss_param { normalize: true }"),
)
DEEPEST = 3


@cache
def layers() -> Pool[type[Layer]]:
    return Pool(every(), lambda layer: layer.__name__)


def drawn(random: Random) -> str:
    """A net of a layer of any type. Half of them have shapes and fields that are mostly sensible."""
    layer = layers().draw(random)
    sensible = random.random() < 0.6
    count = layer.bottoms.least if sensible or random.random() < 0.5 else random.randrange(6)
    if sensible and layer.bottoms.most != layer.bottoms.least:
        count += random.randrange(3)
    shapes = list(_shapes(random, count, sensible))
    tops = layer.tops.least + (0 if random.random() < 0.7 else random.randrange(3))
    lines = [f"input x{i}: [{', '.join(shape)}]\n" for i, shape in enumerate(shapes)]
    body = [f'name: "y" type: "{_called(layer)}"']
    body += [f'bottom: "x{i}"' for i in range(count)]
    body += [f'top: "{f"x{i}" if random.random() < 0.05 else f"y{i}"}"' for i in range(tops)]
    body += [message(random, layer)] if layer.message or layer.model_fields else []
    body += [random.choice(AROUND)] if random.random() < 0.2 else []
    after = 'layer { name: "z" type: "ReLU" bottom: "y0" top: "z" }\n' if random.random() < 0.3 else ""
    return f"{''.join(lines)}layer {{ {' '.join(body)} }}\n{after}"


def _called(layer: type[Layer]) -> str:
    if issubclass(layer, PythonLayer):
        return "Python"
    return BY_TYPE[layer.__name__].name if layer.__name__ in BY_TYPE else layer.__name__


def _shapes(random: Random, count: int, sensible: bool) -> Iterator[list[str]]:
    """Shapes, of which several are often the same."""
    shape: list[str] = []
    for i in range(count):
        if not i or random.random() < 0.4:
            sizes = (*SIZES[:10], *NAMED[:3]) if random.random() < 0.3 else SIZES[: 10 if sensible else None]
            shape = random.choices((*sizes, *NAMED) if not sensible else sizes, k=random.choice(RANKS))
        yield shape


def message(random: Random, layer: type[Layer]) -> str:
    """A layer's own message, and perhaps others that it reads, with some of their fields."""
    said = list[str]()
    if issubclass(layer, PythonLayer):
        module, name = layer.python
        text = ", ".join(f"'{field}': {_python(random)}" for field in _some(random, list(layer.model_fields)))
        said.append(f'python_param {{ module: "{module}" layer: "{name}" param_str: "{{{text}}}" }}')
    elif layer.message:
        said.append(f"{layer.message} {{ {fields(random, layer)} }}")
    for other in beside(layer):
        if random.random() < 0.4:
            said.append(f"{other} {{ {_fields(random, layer.model_fields[other].annotation, 1)} }}")
    return " ".join(said)


def fields(random: Random, layer: type[Layer]) -> str:
    """Some of the fields of a layer's own message."""
    return _fields(random, layer, 0, beside(layer))


def _fields(random: Random, owner: Any, depth: int, without: tuple[str, ...] = ()) -> str:
    owner = _bare(owner)[0]
    if not (isinstance(owner, type) and issubclass(owner, Model)) or depth > DEEPEST:
        return ""
    names = [name for name in owner.model_fields if name not in without]
    chosen = [name for name in names if owner.model_fields[name].is_required() and random.random() < 0.9]
    chosen += _some(random, names)
    said: list[str] = []
    for name in dict.fromkeys(chosen):
        info = owner.model_fields[name]
        hint, repeated = _bare(info.annotation)
        times = random.choice((1, 1, 1, 2)) if not repeated else random.choice((1, 1, 2, 3, 4, 33))
        for _ in range(times):
            said.append(f"{info.alias or name}{_value(random, hint, depth)}")
    return " ".join(said)


def _some(random: Random, names: list[str]) -> list[str]:
    return random.sample(names, min(len(names), random.choice((0, 1, 1, 2, 3, 5))))


def _value(random: Random, hint: Any, depth: int) -> str:
    if random.random() < 0.03:
        return f": {random.choice(OTHERS)}"
    if hint is bool:
        return f": {random.choice(('true', 'false', '1', '0', 't'))}"
    if hint is int:
        return f": {random.choice(INTEGERS[:10] if random.random() < 0.6 else INTEGERS)}"
    if hint is float:
        return f": {random.choice(FLOATS)}"
    if hint is str:
        return f": {random.choice(STRINGS)}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        names = list(hint.__members__)
        return f": {random.choice((*names, *names, '0', '1', '99'))}"
    return f" {{ {_fields(random, hint, depth + 1)} }}"


def _python(random: Random) -> str:
    return random.choice((*INTEGERS[:12], *FLOATS[:12], "'a'", "[1, 2]", "[]", "True", "None", "{}", "(1,)", "1e999"))


def _bare(hint: Any) -> tuple[Any, bool]:
    """What a field's values are of, and whether there may be several."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bare(args[0])
    if origin in (Union, UnionType):
        return _bare(next(arg for arg in args if arg is not type(None)))
    if origin is tuple:
        return _bare(args[0])[0], True
    return hint, False
