"""`netspec config`: which configuration holds for a file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from netspec.cli import FINE
from netspec.cli.terminal import BOLD, DIM, Paint

DESCRIPTION = """\
Shows what holds for a file, and where that is said: in the netspec.toml, or under [tool.netspec] in the pyproject.toml,
that lies nearest above it. Of two in one folder, netspec.toml holds. Options of the command line come before all of it.
"""
EPILOG = """\
examples:
  netspec config                                for files of this folder
  netspec config models/lenet.net
  netspec config models/lenet.net --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", help="a spec, or a folder (default: this folder)")
    parser.add_argument("--config", metavar="FILE", help="the configuration, in the place of the nearest")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.config.holding import Configurations
    from netspec.config.read import KEYS

    path = Path(args.file or ".")
    holding = Configurations(args.config)
    configuration = holding.of_folder(path) if path.is_dir() else holding.of(path)
    rows: list[dict[str, Any]] = []
    for name, key in KEYS.items():
        value = getattr(configuration, name.replace("-", "_"))
        line = configuration.lines.get(name)
        rows.append({"key": name, "value": _plain(value), "line": line, "meaning": key.meaning})
    excluded = not path.is_dir() and holding.excluded(str(path))
    ignored = () if path.is_dir() else holding.ignored(str(path))
    if args.json:
        file = {"file": configuration.file or None, "excluded": excluded, "ignored-here": [*ignored]}
        print(json.dumps({**file, "settings": rows}, indent=2))
        return FINE
    paint = Paint(sys.stdout)
    print(paint(BOLD, configuration.file or "no configuration: what is usual holds"))
    width = max(map(len, KEYS))
    for row in rows:
        where = f"{configuration.file}:{row['line']}" if row["line"] else "default"
        print(f"  {row['key']:<{width}}  {_written(row['value'])}  {paint(DIM, f'# {where}')}")
    if excluded:
        print(f"{path} is excluded: it is left out of folders")
    if ignored:
        print(f"of {path} also ignored: {', '.join(ignored)}")
    return FINE


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, tuple):
        return [*value]  # pyright: ignore[reportUnknownVariableType]
    return {name: [*inner] for name, inner in value.items()} if hasattr(value, "items") else value


def _written(value: Any) -> str:
    """As TOML has it, but for what is not said, which it cannot say."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)} = {json.dumps(inner)}" for name, inner in value.items())  # pyright: ignore
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return "–" if value is None else json.dumps(value, ensure_ascii=False)
