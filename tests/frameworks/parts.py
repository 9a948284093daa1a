"""Emitted files in parts, for goldens that hold each thing once.

Most of an emitted file stands in other files as well: the form of its docstring, its imports, its helpers. These are
shared parts, each a file beside the goldens of the cases. The golden of a case is its class, under two comments:

    # A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.     what the docstring says, line by line
    # F, Tensor, nn | LSTM+streams-static                                  what the imports bind; the helpers in order,
                                                                           with options that all calls name, or none
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from netspec.emit import library, specialise

_HEAD = re.compile(
    r'"""(?P<net>.*)(?P<form> in \w+, written by netspec\.)\n\n(?P<facts>(?:.+\n)+)"""\n\n(?P<imports>(?:.|\n)+)'
)
_BETWEEN = "\n\n\n"  # definitions, and the imports before them


def apart(text: str) -> tuple[str, dict[str, str]]:
    """An emitted file as the golden of its case, and its shared parts by the paths of their goldens."""
    head, *helpers, own = text.split(_BETWEEN)
    found = _HEAD.fullmatch(head)
    assert found, f"neither a docstring nor imports as netspec writes them: {head}"
    bound, defined = _bound(found["imports"]), [_variant(helper) for helper in helpers]
    facts = " | ".join([found["net"], *found["facts"].splitlines()])
    names = " | ".join(", ".join(part) for part in (bound, defined) if part)
    shared = {"docstring.txt": f'"""{{}}{found["form"]}\n\n{{}}\n"""\n', _imports_path(bound): f"{found['imports']}\n"}
    shared |= {f"helpers/{name}.py": f"{helper}\n" for name, helper in zip(defined, helpers, strict=True)}
    return f"# {facts}\n# {names}\n{own}", shared


def together(golden: str, shared: Mapping[str, str]) -> str:
    """The emitted file that a case's golden and the shared parts hold."""
    facts, names, own = golden.split("\n", 2)
    net, *lines = facts.removeprefix("# ").split(" | ")
    bound, _, helpers = names.removeprefix("# ").partition(" | ")
    docstring = shared["docstring.txt"].format(net, "\n".join(lines))
    head = f"{docstring}\n{shared[_imports_path(bound.split(', '))]}".removesuffix("\n")
    definitions = [shared[f"helpers/{name}.py"].removesuffix("\n") for name in helpers.split(", ") if name]
    return _BETWEEN.join([head, *definitions, own])


def _variant(code: str) -> str:
    """The name of a definition, with the options that it takes always, or not at all."""
    (node,) = ast.parse(code).body
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    package = "netspec_tensorflow" if "tf." in code else "netspec_torch"
    source = library.source(package, node.name) if node.name in library.names(package) else None
    options = specialise.options(source.node) if source else frozenset[str]()
    may = specialise.options(node)
    has = {argument.arg for each in ast.walk(node) if isinstance(each, ast.arguments) for argument in each.kwonlyargs}
    return node.name + "".join(f"{'+' if name in has else '-'}{name}" for name in sorted(options - may))


def _imports_path(bound: list[str]) -> str:
    return f"imports/{'-'.join(bound)}.py"


def _bound(code: str) -> list[str]:
    """The names that imports or definitions bind, in order."""
    names: list[str] = []
    for node in ast.parse(code).body:
        match node:
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names += [alias.asname or alias.name for alias in aliases]
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.append(name)
            case _:
                raise AssertionError(f"neither an import nor a definition: {ast.unparse(node)}")
    return names
