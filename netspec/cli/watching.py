"""`netspec check --watch`: again, whenever a spec changes, or what it is checked with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from netspec.cli.find import SUFFIXES
from netspec.diagnostics import SpecError
from netspec.host.packages import require

WATCHED = (*SUFFIXES, ".toml", ".py")
CLEAR = "\033[2J\033[H"


def watch(once: Callable[[], int], names: Iterable[str]) -> int:
    """Carries out a check, and again after each change in the folders of what is checked, until somebody interrupts it.

    Raises SpecError (NS404, NS414, NS415) where `watchfiles` cannot be used, and what the first check raises.
    """
    require("watch")
    watchfiles: Any = import_module("watchfiles")
    folders = {str(path if path.is_dir() else path.parent) for path in map(Path, names)}
    status = once()
    sys.stdout.flush()
    for changes in watchfiles.watch(*sorted(folders), watch_filter=_matters):
        changed = sorted({path for _, path in changes})
        print(CLEAR if sys.stdout.isatty() else "", end="")
        print(f"{Path(changed[0]).name} has changed{' and others' if changed[1:] else ''}")
        status = _again(once)
        sys.stdout.flush()
    return status


def _again(once: Callable[[], int]) -> int:
    """What is wrong with a configuration, say, is told, and may be mended meanwhile."""
    try:
        return once()
    except SpecError as error:
        from netspec.cli.terminal import colours
        from netspec.diagnostics.render import human

        sys.stderr.write(human(error.diagnostics, colours(sys.stderr)))
        return 1
    except SystemExit as end:  # argparse has said what there is to say
        return int(end.code or 0)


def _matters(change: object, path: str) -> bool:
    """Whether a check may depend on a file: none that is hidden."""
    return path.endswith(WATCHED) and not any(part.startswith(".") for part in Path(path).parts)
