"""Helpers take tensors by position and all else by name, so that a call in emitted code says what its numbers are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

import netspec
from netspec.emit.library import helper, names, source
from tests.frameworks.cases import CASES
from tests.frameworks.half_cases import HALF_CASES

BACKENDS = ("torch", "tensorflow")
TENSORS = {"Tensor", "Tensor | None", "tf.Tensor", "tf.Tensor | None", "nn.Module"}
PRECISION = {"dtype"}  # that of a net, which in PyTorch is that of a module


def definitions(backend: str) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    package = f"netspec_{backend}"
    for name in names(package):
        (node,) = ast.parse(helper(package, name).text).body
        assert isinstance(node, ast.FunctionDef | ast.ClassDef)
        yield node


def arguments(node: ast.FunctionDef | ast.ClassDef) -> ast.arguments:
    """What a call of the helper takes, without `self`."""
    if isinstance(node, ast.FunctionDef):
        return node.args
    inits = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
    if not inits:  # a sub-class takes what its base does
        return ast.arguments([], [], None, [], [], None, [])
    (init,) = inits
    init.args.args = init.args.args[1:]
    return init.args


def functions(backend: str) -> dict[str, set[str]]:
    """Of each function the names of its parameters."""
    found = (node for node in definitions(backend) if isinstance(node, ast.FunctionDef))
    return {node.name: {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)} for node in found}


def calls(text: str, backend: str) -> Iterator[ast.Call]:
    helpers = names(f"netspec_{backend}")
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in helpers:
                yield node
            case _:
                pass


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_helper_is_found(backend: str) -> None:
    """By its name alone, before anything is parsed."""
    package = f"netspec_{backend}"
    whole = "".join(dict.fromkeys(names(package).values()))
    assert [*names(package)] == [n.name for n in ast.parse(whole).body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert all(source(package, name).node.name == name for name in names(package))


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_tensors_have_a_position(backend: str) -> None:
    found = {node.name: arguments(node) for node in definitions(backend)}
    positional = [
        (name, arg.arg)
        for name, args in found.items()
        for arg in (*args.posonlyargs, *args.args, *([args.vararg] if args.vararg else ()))
        if arg.annotation is None or ast.unparse(arg.annotation) not in TENSORS
    ]
    assert len(found) > 20
    assert positional == []


def test_backends_call_parameters_alike() -> None:
    one, other = (functions(backend) for backend in BACKENDS)
    shared = one.keys() & other.keys()
    assert len(shared) > 5
    assert {name: found for name in shared if (found := (one[name] ^ other[name]) - PRECISION)} == {}


@pytest.mark.every_type
@pytest.mark.parametrize("backend", BACKENDS)
def test_no_literal_is_given_by_position(backend: str) -> None:
    nets = [netspec.load_text(text) for text in {**CASES, **HALF_CASES}.values()]
    found = [call for net in nets for call in calls(netspec.emit(net, backend), backend)]
    literal = [
        ast.unparse(call)
        for call in found
        if any(not any(isinstance(node, ast.Name) for node in ast.walk(arg)) for arg in call.args)
    ]
    assert len(found) > 30
    assert literal == []
