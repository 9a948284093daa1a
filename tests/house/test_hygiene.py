"""What must not stand in the tree: paths of one machine, large files, heavy imports on the way of `netspec check`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LARGEST = 1_000_000  # bytes
HEAVY = {"torch", "tensorflow", "keras", "numpy"}
# From here on: what `check`, `show`, `compile` and the emitters of the backends need.
LIGHT = ("netspec", "netspec.frontend.load", "netspec.emit", "netspec.backend", "netspec.cli.main", "netspec.cli.check")
LIGHT_BACKENDS = ("netspec_numpy", "netspec_torch", "netspec_tensorflow")

TEXT = {".py", ".md", ".toml", ".net", ".prototxt", ".lark", ".json", ".jsonl", ".txt", ".yml", ".yaml", "", ".cfg"}
# A folder of somebody's home, of a build host, or an absolute path to a checkout.
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work|mnt|opt|srv)/\w|[A-Z]:\\Users")


def test_no_path_of_a_machine(root: Path, files: list[Path]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in files
        if path.suffix in TEXT and path != Path(__file__).relative_to(root)
        for number, line in enumerate((root / path).read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not found


def test_no_large_file(root: Path, files: list[Path]) -> None:
    assert not [f"{path}: {size}" for path in files if (size := (root / path).stat().st_size) > LARGEST]


def test_text_files_end_with_one_newline(root: Path, files: list[Path]) -> None:
    """Fixtures below tests/ may break the rule, since they show what people write."""
    ours = [path for path in files if path.suffix in TEXT and path.parts[0] != "tests"]
    texts = {path: (root / path).read_bytes() for path in ours}
    assert not [path for path, text in texts.items() if text and (not text.endswith(b"\n") or text.endswith(b"\n\n"))]
    assert not [path for path, text in texts.items() if b"\r" in text or (b"\t" in text and path.name != "Makefile")]


def imports(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports as it is loaded: outside functions, and outside `if TYPE_CHECKING`. Of
    `from a import b` both `a` and `a.b`, which may be a module."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        match waiting.pop():
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{name.name}" for name in names)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=orelse):
                waiting += orelse
            case ast.If(body=body, orelse=orelse):
                waiting += body + orelse
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                waiting += body + orelse + final + [s for handler in handlers for s in handler.body]
            case ast.ClassDef(body=body) | ast.With(body=body):
                waiting += body
            case _:
                pass


def test_import_finder_sees_what_it_should() -> None:
    text = """
import numpy.linalg
if TYPE_CHECKING:
    import torch
try:
    from tensorflow import keras
except ImportError:
    pass
def late():
    import h5py
"""
    assert set(imports(ast.parse(text))) == {"numpy.linalg", "tensorflow", "tensorflow.keras"}


@pytest.fixture(scope="module")
def graph(root: Path, files: list[Path]) -> dict[str, set[str]]:
    """For every module of the project, what it imports as it is loaded."""
    found: dict[str, set[str]] = {}
    for path in files:
        if path.suffix == ".py" and path.parts[0] in ("netspec", "backends"):
            parts = path.with_suffix("").parts[path.parts[0] == "backends" :]
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = set(imports(ast.parse((root / path).read_text(encoding="utf-8"))))
    return found


def test_compiler_imports_no_framework(graph: dict[str, set[str]]) -> None:
    """Nothing of netspec itself imports a framework, whatever it is for."""
    heavy = HEAVY - {"numpy"}
    assert not [(m, i) for m, imported in graph.items() for i in imported if ours(m) and i.split(".")[0] in heavy]


def test_backends_import_only_their_own_framework(graph: dict[str, set[str]]) -> None:
    for module, imported in graph.items():
        if not ours(module):
            own = {"numpy", module.split(".")[0].removeprefix("netspec_")}
            assert HEAVY & {name.split(".")[0] for name in imported} <= own, module


def ours(module: str) -> bool:
    """Whether a module belongs to the compiler, not to a backend."""
    return module.split(".")[0] == "netspec"


@pytest.mark.parametrize("start", LIGHT + LIGHT_BACKENDS)
def test_light_modules_lead_to_nothing_heavy(start: str, graph: dict[str, set[str]]) -> None:
    """Follows imports from module to module; the chain that leads to a heavy one is what fails."""
    assert start in graph
    chains = {start: (start,)}
    waiting = [start]
    while waiting:
        module = waiting.pop()
        for name in graph[module]:
            assert name.split(".")[0] not in HEAVY, " imports ".join((*chains[module], name))
            if name in graph and name not in chains:
                chains[name] = (*chains[module], name)
                waiting.append(name)


LIGHT_COMMANDS = {
    "check": ["check", "specs/lenet.net"],
    "check_of_a_broken_spec": ["check", "specs/README.md"],
    "show": ["show", "specs/lenet.net"],
    "diff": ["diff", "specs/lenet.net", "specs/lenet.net"],
    "layers": ["layers"],
    "compile_torch": ["compile", "specs/lenet.net", "--backend", "torch"],
    "compile_tensorflow": ["compile", "specs/lenet.net", "--backend", "tensorflow"],
}


@pytest.mark.parametrize("arguments", LIGHT_COMMANDS.values(), ids=LIGHT_COMMANDS.keys())
def test_commands_load_no_framework(root: Path, arguments: list[str]) -> None:
    program = f"""
import sys
from netspec.cli.main import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert run.stderr.splitlines()[-1] == "[]"
