"""What emitted text may be made of, so that no name of a spec ever becomes code.

Everything in the text is either made up for this net (names that it binds itself, attributes of `self`) or stands, word
for word, in the source of the backend that wrote it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from textwrap import dedent

from netspec_tensorflow.printer import METHOD, VARIABLE

# What a module may import, and from where.
MODULES = frozenset({"collections", "collections.abc", "math", "tensorflow", "torch", "torch.nn.functional", "typing"})
BUILTINS = frozenset(
    {
        "bool",
        "dict",
        "divmod",
        "enumerate",
        "float",
        "int",
        "isinstance",
        "len",
        "list",
        "max",
        "min",
        "object",
        "range",
        "reversed",
    }
    | {"slice", "staticmethod", "str", "sum", "super", "tuple", "zip"}
)
# Words that backends have for themselves, and that emitted text has no use for.
NEVER = frozenset(
    {"compile", "exec", "getattr", "globals", "import_module", "open", "py_function", "setattr", "system"}
)
DUNDERS = frozenset({"__call__", "__init__"})
STATEMENTS = (ast.Expr, ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef)  # of a module
NODES = frozenset(
    {ast.Add, ast.And, ast.AnnAssign, ast.Assign, ast.Attribute, ast.AugAssign, ast.BinOp, ast.BitAnd, ast.BitOr}
    | {ast.BoolOp, ast.Call, ast.ClassDef, ast.Compare, ast.Constant, ast.Dict, ast.DictComp, ast.Div, ast.Eq, ast.Expr}
    | {ast.FloorDiv, ast.For, ast.FunctionDef, ast.GeneratorExp, ast.Gt, ast.GtE, ast.If, ast.IfExp, ast.Import}
    | {ast.ImportFrom, ast.In, ast.Invert, ast.Is, ast.IsNot, ast.Lambda, ast.List, ast.ListComp, ast.Load, ast.Lt}
    | {ast.LtE, ast.MatMult, ast.Mod, ast.Module, ast.Mult, ast.Name, ast.Not, ast.NotEq, ast.NotIn, ast.Or, ast.Pow}
    | {ast.Return, ast.Slice, ast.Starred, ast.Store, ast.Sub, ast.Subscript, ast.Tuple, ast.USub, ast.UnaryOp}
    | {ast.While, ast.With, ast.alias, ast.arg, ast.arguments, ast.comprehension, ast.keyword, ast.withitem}
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_WITH_NUMBER = re.compile(r"([A-Za-z_]\w+)\{[^{}]+\}(\w*)")  # conv{n}d, Dropout{axes}


def faults(text: str, backend: str, stubs: bool = False) -> Iterator[str]:
    """What in an emitted module must not be there. stubs: whether it may have classes to be filled in."""
    try:
        tree = ast.parse(text)
        compile(text, "emitted", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield f"no Python: {type(error).__name__}: {error}"
        return
    _prune(tree)
    if stubs:
        _prune_stubs(tree)
    imported, bound = set[str](), set[str]()
    for statement in tree.body:
        if not isinstance(statement, STATEMENTS) or (isinstance(statement, ast.Expr) and not _text(statement)):
            yield f"line {statement.lineno} of the module is a statement: {ast.unparse(statement)[:100]}"
    for node in ast.walk(tree):
        if type(node) not in NODES:
            yield f"a node of a kind that is not expected: {type(node).__name__}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            sources = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            yield from (f"an import of {source}" for source in sources if source not in MODULES)
            imported |= {(name.asname or name.name).partition(".")[0] for name in node.names}
        else:
            bound |= set(_binds(node))
    yield from (f"{name} is imported, and bound again" for name in sorted(imported & bound))
    known = imported | bound | BUILTINS
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
            yield f"line {node.lineno} uses a name from nowhere: {node.id}"
        if isinstance(node, ast.Attribute) and not _may_be(node, backend):
            yield f"line {node.lineno} uses an attribute that no source of the backend has: {ast.unparse(node)[:100]}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == VARIABLE and not _named(node):
            yield f"line {node.lineno} names a variable otherwise than an attribute: {ast.unparse(node)[:100]}"
    yield from (f"a name that is no plain identifier: {name!r}" for name in sorted(bound) if not _plain(name))


def _prune(tree: ast.Module) -> None:
    """Takes out the method that makes attributes by their names, which no other code may."""
    known = ast.unparse(ast.parse(dedent(METHOD)))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body = [part for part in node.body if ast.unparse(part) != known]


def _prune_stubs(tree: ast.Module) -> None:
    """Takes out the one statement of methods that are to be filled in: it raises, and says what it would have to do."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            match node.body:
                case [ast.Raise(exc=ast.Call(ast.Name("NotImplementedError"), [ast.Constant(str())], []), cause=None)]:
                    node.body = []
                case _:
                    pass


def _named(call: ast.Call) -> bool:
    """Whether the method is given a name that an assignment could have."""
    match call.args:
        case [ast.Constant(value=str(name)), _]:
            return name.isidentifier() and _plain(name)
        case _:
            return False


def _text(statement: ast.Expr) -> bool:
    return isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case _:
            pass


def _may_be(node: ast.Attribute, backend: str) -> bool:
    if node.attr.startswith("__"):
        return node.attr in DUNDERS
    if isinstance(node.value, ast.Name) and node.value.id == "self":
        return node.attr.isascii()
    return node.attr in words(backend) and node.attr not in NEVER


def _plain(name: str) -> bool:
    return name in DUNDERS or (name.isascii() and not name.startswith("__") and not hasattr(builtins, name))


@cache
def words(backend: str) -> frozenset[str]:
    """Every word of the sources of a backend, and of what backends have in common."""
    text = "\n".join(_sources(backend))
    axes = [f"{n}{sign}" for n in range(10) for sign in ("", "d")]
    numbered = (f"{start}{n}{end}" for start, end in _WITH_NUMBER.findall(text) for n in axes)
    pools = (f"{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2, 3))
    return frozenset((*_WORD.findall(text), *numbered, *pools))


def _sources(backend: str) -> Iterator[str]:
    waiting: list[Traversable] = [files(f"netspec_{backend}"), files("netspec").joinpath("emit")]
    while waiting:
        for item in waiting.pop().iterdir():
            if item.is_dir():
                waiting.append(item)
            elif item.name.endswith(".py"):
                yield item.read_text(encoding="utf-8")
