"""The packages beyond a bare installation, each needed by a part of netspec: what is said where one cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from netspec.diagnostics import Diagnostic, SpecError
from netspec.problems.backends import BrokenPackage, MissingFramework, OldPackage
from netspec.problems.weights import MissingLibrary

_TORCH = {"torch": "2.6", "numpy": "1.26"}
# The extras of pyproject.toml: each package, called as its module is, with the oldest version that does.
EXTRAS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "torch": _TORCH,
        "tensorflow": {"tensorflow": "2.18", "numpy": "1.26"},
        "weights": {"numpy": "1.26", "safetensors": "0.5", "h5py": "3.10"},
        "data": {"numpy": "1.26", "lmdb": "1.4", "PIL": "10", "h5py": "3.10"},
        "leveldb": {"numpy": "1.26", "plyvel": "1.5"},
        "watch": {"watchfiles": "1.0"},
        "onnx": {**_TORCH, "onnx": "1.17", "onnxscript": "0.6"},
        "train": {"numpy": "1.26", "safetensors": "0.5", "tqdm": "4.66", "matplotlib": "3.8", "tensorboard": "2.18"},
        "draw": {"quickjs": "0.14", "resvg_py": "0.3"},
    }
)
# What an index calls them, where that is something else.
CALLED = MappingProxyType({"PIL": "pillow", "quickjs": "quickjs-ng", "resvg_py": "resvg-py"})


def require(extra: str, *names: str) -> None:
    """Imports packages of an extra, all of them unless some are named.

    Raises SpecError: NS404 (NS505 for what weights need) where any is not installed, NS414 where one is too old, NS415
    where it cannot be imported.
    """
    if missing := _missing(extra, *names):
        raise SpecError([missing])
    if problems := [p for name in names or EXTRAS[extra] if (p := _unusable(extra, name))]:
        raise SpecError(problems)


def expect(extras: Sequence[str]) -> None:
    """Looks whether the packages of some extras are installed, and numpy among them works; the others are not imported,
    which takes seconds. Names of no extra are passed over.

    Raises SpecError as `require` does, for all that is missing at once.
    """
    known = [extra for extra in extras if extra in EXTRAS]
    if missing := [m for extra in known if (m := _missing(extra))]:
        raise SpecError(missing)
    if known:
        require(known[0], "numpy")


def explained(error: Exception) -> SpecError | None:
    """What to say of an import that failed for want of a package that an extra has; None for any other error."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
    if name not in EXTRAS["weights"] and (broken := _unusable("weights", "numpy")):  # whatever that has raised
        return SpecError([broken])
    extras = [extra for extra, packages in EXTRAS.items() if name in packages]
    if not extras:
        return None
    problem = _missing(extras[0], name) or _unusable(extras[0], name) or _broken(extras[0], name, error)
    listed = ", ".join(f"netspec-compiler[{extra}]" for extra in extras)
    wanted = f"{CALLED.get(name, name)}>={EXTRAS[extras[0]][name]}"
    help = f'pip install "{wanted}", which is part of each of the extras {listed}'
    return SpecError([replace(problem, help=help)])


def _missing(extra: str, *names: str) -> Diagnostic | None:
    """Says which packages of an extra are not installed."""
    missing = [name for name in names or EXTRAS[extra] if not _installed(name)]
    if not missing:
        return None
    kind = MissingLibrary if extra == "weights" else MissingFramework
    listed = " and ".join((", ".join(missing[:-1]), missing[-1])) if missing[1:] else missing[0]
    return kind(f"{listed} {'are' if missing[1:] else 'is'} not installed", help=_install(extra))


def _installed(name: str) -> bool:
    """Whether there is such a module. A folder that an uninstalled package has left behind is none."""
    try:
        spec = find_spec(name)
    except ValueError:  # it was put there by hand
        return True
    return spec is not None and spec.origin is not None


def _unusable(extra: str, name: str) -> Diagnostic | None:
    """Says what is wrong with a package that is installed."""
    try:
        module: Any = import_module(name)
    except Exception as error:  # whatever its own start raises
        try:
            return _old(extra, name, version(name)) or _broken(extra, name, error)
        except PackageNotFoundError:
            return _broken(extra, name, error)
    return _old(extra, name, str(getattr(module, "__version__", "")))


def _old(extra: str, name: str, found: str) -> Diagnostic | None:
    """A version without numbers is nothing to judge by."""
    needed = EXTRAS[extra][name]
    numbers = re.match(r"\d+(\.\d+)*", found)
    if numbers is None or _numbers(numbers[0]) >= _numbers(needed):
        return None
    return OldPackage(f"{name} {found} is too old: {needed} or newer is needed", help=_install(extra))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number[:9]) for number in text.split("."))


def _broken(extra: str, name: str, error: BaseException) -> Diagnostic:
    reason = next((line for line in str(error).splitlines() if line.strip()), "")
    message = f"{name} is installed, but cannot be imported: {type(error).__name__}: {reason}"
    return BrokenPackage(message, help=_install(extra, " --force-reinstall"))


def _install(extra: str, options: str = "") -> str:
    """The line that installs an extra, whether or not an index has netspec itself."""
    packages = " ".join(f'"{CALLED.get(name, name)}>={oldest}"' for name, oldest in EXTRAS[extra].items())
    return f"pip install{options} {packages}, which is the extra netspec-compiler[{extra}]"
