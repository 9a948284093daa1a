"""netspec/layers/index.py: which file defines which types, which of them stand for layers written in Python, and the
fields of the groups that forks add to types (`netspec.layers.extensions`).

A type is a class of layers whose own docstring names the file that it was read in; bases, groups of fields, and what
passes make name none.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import netspec.layers
from netspec.frontend.messages.schema import beside, message_of, schema
from netspec.layers.base import Layer, PythonLayer
from netspec.layers.extensions import EXTENSIONS, WITH_OTHER_BOTTOMS, group, names, widest

ROOT = Path(__file__).resolve().parents[1]
NAME = "netspec/layers/index.py"
WIDTH = 120
SOURCE = re.compile(r"\w+\.(cpp|hpp|cu|py|proto)\b")
HEAD = '''"""Which types each file of layers defines. Written by docs/generate.py, from the classes."""

# The names of a file's types, in its order, by room and file.
FAMILIES = {
'''
READERS = """}
# The types that read each message, and its fields, those that forks add among them.
MESSAGES = {
"""
GROUPS = """}
# The fields of each group, so that a layer without any of them does not import it.
GROUP_FIELDS = {
"""
PYTHON = """}
# The types that stand for layers written in Python, by module and class.
PYTHON = {
"""


def write() -> bool:
    """Writes the file where it is out of date; whether it was."""
    path, text = ROOT / NAME, page()
    stale = path.read_text(encoding="utf-8") != text
    if stale:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {NAME}")
    return stale


def page() -> str:
    """The text of the file, as formatters write it."""
    entries, python = [*families()], [f'    {_quoted(pair)}: "{name}",\n' for pair, name in python_layers()]
    messages = (_entry(name, f"{readers}: {fields}") for name, readers, fields in messages_read())
    groups = (_entry(path, fields) for path, fields in group_fields())
    types = (_entry(*each) for each in entries)
    return "".join([HEAD, *types, READERS, *messages, GROUPS, *groups, PYTHON, *python, "}\n"])


def families() -> Iterator[tuple[str, str]]:
    for found in pkgutil.walk_packages(netspec.layers.__path__, "netspec.layers."):
        if types := [] if found.ispkg else list(types_of(found.name)):
            yield found.name.removeprefix("netspec.layers."), " ".join(types)


def messages_read() -> Iterator[tuple[str, str, str]]:
    """Each message that a type reads, with all such types, and its fields."""
    readers: dict[str, list[str]] = {}
    fields: dict[str, dict[str, None]] = {}
    for _, types in families():
        for layer in filter(None, map(netspec.layers.find, types.split())):
            for name in (*beside(widest(layer)), layer.message):
                if name is not None:
                    known = schema(layer) if name == layer.message else message_of(layer, name).message
                    readers.setdefault(name, []).append(layer.__name__)
                    fields.setdefault(name, {}).update(dict.fromkeys(known or ()))
    for name in sorted(readers):
        yield name, " ".join(sorted(readers[name])), " ".join(fields[name])


def group_fields() -> Iterator[tuple[str, str]]:
    """The path of each group, and the fields that it adds, as specs call them."""
    for path in sorted({path for paths in EXTENSIONS.values() for path in paths.split()}):
        known = {name for base in group(path).__mro__ if is_type(base) for name in names(base)}
        yield path, " ".join(name for name in names(group(path)) if name not in known)


def python_layers() -> Iterator[tuple[tuple[str, str], str]]:
    """The module and class that a type stands for, and its name; not those that the number of bottoms tells."""
    wider = {path.rpartition(".")[2] for path in WITH_OTHER_BOTTOMS.values()}
    for family, types in families():
        module = importlib.import_module(f"netspec.layers.{family}")
        for name in types.split():
            layer = getattr(module, name)
            if issubclass(layer, PythonLayer) and name not in wider:
                yield layer.python, name


def types_of(module: str) -> Iterator[str]:
    """The types that a file defines, in its order."""
    for value in vars(importlib.import_module(module)).values():
        if isinstance(value, type) and issubclass(value, Layer) and value.__module__ == module and is_type(value):
            yield value.__name__


def is_type(layer: type) -> bool:
    return bool(SOURCE.search(layer.__dict__.get("__doc__") or ""))


def _quoted(pair: tuple[str, str]) -> str:
    return f'("{pair[0]}", "{pair[1]}")'


def _entry(family: str, types: str) -> str:
    head = f'    "{family}": "'
    if len(head) + len(types) <= WIDTH - 2:
        return f'{head}{types}",\n'
    first, *lines, last = textwrap.wrap(types, WIDTH - 8, initial_indent=head)
    return "".join([f'{first} "\n', *(f'    "{line} "\n' for line in lines), f'    "{last}",\n'])


if __name__ == "__main__":
    write()
