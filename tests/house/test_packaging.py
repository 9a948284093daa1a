"""What lands in an installation: every package that stands on the disk, the data they need, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

INSTALLED = ("netspec", "grammars", "specs", "backends")


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    return zipfile.ZipFile(wheel).namelist()


def package_of(path: Path) -> str:
    """The import name of the package that a file lies in."""
    parts = path.parent.parts
    match parts[0]:
        case "backends":
            return ".".join(parts[1:])
        case "grammars" | "specs":
            return ".".join(("netspec", *parts))
        case _:
            return ".".join(parts)


def sources(files: list[Path]) -> list[Path]:
    """The Python files that are installed."""
    return [path for path in files if path.suffix == ".py" and path.parts[0] in INSTALLED]


def test_every_package_is_listed(project: dict[str, Any], files: list[Path]) -> None:
    listed = project["tool"]["setuptools"]["packages"]
    assert listed == sorted(listed)
    assert set(listed) == {package_of(path) for path in sources(files)}


def test_every_package_says_what_it_is(root: Path, files: list[Path]) -> None:
    silent = {
        path.parent.as_posix()
        for path in sources(files)
        if not (root / path.parent / "__init__.py").is_file() or not (root / path.parent / "__init__.py").stat().st_size
    }
    assert not silent, "packages without a docstring in __init__.py"


def test_wheel_holds_every_module_and_its_data(names: list[str], files: list[Path]) -> None:
    wanted = {f"{package_of(path).replace('.', '/')}/{path.name}" for path in sources(files)}
    wanted |= {f"netspec/specs/{path.name}" for path in files if path.parts[0] == "specs" and path.suffix == ".net"}
    wanted |= {f"netspec/grammars/{path.name}" for path in files if path.suffix == ".lark"}
    wanted |= {path.as_posix() for path in files if path.parts[:2] == ("netspec", "draw")}
    wanted.add("netspec/py.typed")
    assert len([name for name in wanted if name.endswith(".net")]) >= 10
    assert not wanted - set(names)


def test_wheel_holds_nothing_else(names: list[str], files: list[Path]) -> None:
    backends = {path.parts[1] for path in files if path.parts[0] == "backends"}
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"netspec", *backends}
    found = {Path(name).suffix for name in names if "dist-info" not in name and "netspec/draw/" not in name}
    assert found == {".py", ".net", ".lark", ".typed"}


def test_console_script_and_backends_resolve(project: dict[str, Any]) -> None:
    points = {**project["project"]["scripts"], **project["project"]["entry-points"]["netspec.backends"]}
    program = "import pkgutil, sys; [pkgutil.resolve_name(point) for point in sys.argv[1:]]"
    subprocess.run([sys.executable, "-c", program, *points.values()], check=True)


def test_installs_light(project: dict[str, Any]) -> None:
    """The compiler itself needs pydantic; frameworks are extras."""
    names = {requirement.split(">")[0].split("=")[0] for requirement in project["project"]["dependencies"]}
    assert names == {"pydantic"}
    assert {"torch", "tensorflow", "all", "dev"} <= set(project["project"]["optional-dependencies"])
