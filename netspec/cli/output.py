"""-o and --force: the file that a command writes, which replaces none unasked."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn


def add_output(add_argument: Callable[..., object]) -> None:
    """-o and --force. The argument is that method of a parser, or of a group."""
    add_argument("-o", "--output", type=Path, metavar="FILE", help="write here; the file is whole or not there")
    add_force(add_argument)


def add_force(add_argument: Callable[..., object]) -> None:
    add_argument("--force", action="store_true", help="replace a file that is there already")


def picture_format(path: Path, parser: argparse.ArgumentParser) -> str:
    """How a picture is written to a path: ".png" or ".svg". Ends the program, with how it is called, for others."""
    suffix = path.suffix.lower()
    if suffix not in (".png", ".svg"):
        parser.error("-o FILE ends in .png or .svg")
    return suffix


def write_output(path: Path, content: str | bytes, force: bool, parser: argparse.ArgumentParser) -> None:
    """Ends the command where the file is there already, unless `force`. Raises as `netspec.host.files.write`."""
    from netspec.host.files import write

    try:
        write(path, content, replace=force)
    except FileExistsError:
        there_already(path, parser)


def there_already(path: Path, parser: argparse.ArgumentParser) -> NoReturn:
    parser.error(f"{path} is there already; --force replaces it")
