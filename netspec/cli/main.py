"""The entry point: finds the command, and turns what goes wrong into an exit status."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

from netspec.cli import FAULT, FINE, INTERNAL, INTERRUPTED, NO_READER, USAGE
from netspec.cli.streams import Terminated, end_by, ending_by_signals, prepare, silence
from netspec.cli.terminal import colours, columns

MANY = 100_000  # objects from one search for garbage to the next: starting makes that many, and no garbage
WIDEST = 100  # columns of what is printed here

# Each command is the module of the same name in this package.
COMMANDS = {
    "check": "find what is wrong with specs",
    "compile": "write a spec as PyTorch or TensorFlow source",
    "verify": "show that backends compute the same numbers",
    "train": "train a net, by its solver or without one",
    "test": "show how well a trained net classifies",
    "plot": "draw the losses and accuracies of runs",
    "convert": "write a spec as prototxt, or in short form",
    "diff": "compare two nets, layer by layer",
    "show": "list layers with shapes, parameters, operations and memory",
    "draw": "draw a net, as a picture or a page",
    "fmt": "write specs in one layout",
    "time": "time each layer, forward and backward",
    "weights": "show trained weights, or convert them",
    "data": "make data for training, or show what data holds",
    "layers": "list the layer types, or explain one",
    "explain": "explain a diagnostic by its code",
    "config": "show which configuration holds for a file",
    "cache": "show or remove what earlier checks have found",
}

EPILOG = f"""\
commands:
{chr(10).join(f"  {name:<9} {text}" for name, text in COMMANDS.items())}

netspec COMMAND --help explains a command, with examples.

exit status: 0 fine, 1 the spec (or the comparison) has errors, 2 wrong usage
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status. Never raises for what a spec or a command line holds."""
    prepare()
    gc.set_threshold(MANY)
    # Looking for plugins of pydantic reads every installed package's metadata, a tenth of the time of a small check.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        with ending_by_signals():
            status = _carried_out(list(sys.argv[1:] if argv is None else argv))
            sys.stdout.flush()
            sys.stderr.flush()
    except BrokenPipeError:
        silence()
        return NO_READER
    except KeyboardInterrupt:
        return INTERRUPTED
    except Terminated as end:
        return end_by(end.number)
    except OSError as error:  # standard output is a file on a full disk, say
        from netspec.host.files import unwritable

        with suppress(OSError):
            _failed(unwritable("standard output", error.strerror or str(error)))
        silence()
        return USAGE
    return status


def _carried_out(argv: list[str]) -> int:
    """Raises what keeps its own words from being written."""
    try:
        return _run(argv)
    except OSError as error:
        if error.filename is None:  # what is read and written by name is told apart
            raise
        return _failed(error)
    except SystemExit as end:  # argparse has said what there is to say
        return end.code if isinstance(end.code, int) else USAGE
    except Exception as error:
        return _failed(error)


def _run(argv: list[str]) -> int:
    if not argv or argv[0] not in COMMANDS:
        return _without_command(argv)
    command = import_module(f"netspec.cli.{argv[0]}")
    parser = _parser(f"netspec {argv[0]}", command.DESCRIPTION, command.EPILOG)
    command.configure(parser)
    return command.run(parser.parse_intermixed_args(argv[1:]), parser)


def _without_command(argv: list[str]) -> int:
    parser = _parser("netspec", "One network spec, the same PyTorch module and TensorFlow graph.", EPILOG)
    parser.usage = "netspec COMMAND …"
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    args, _ = parser.parse_known_args(argv)
    if args.version:
        from importlib.metadata import version

        print(f"netspec {version('netspec-compiler')}")
        return FINE
    if args.command is not None:
        from netspec.diagnostics.suggest import did_you_mean

        said = f'there is no command "{args.command}"', did_you_mean(args.command, COMMANDS)
        parser.error("; ".join(filter(None, said)))
    parser.print_help(sys.stderr)
    return USAGE


def _parser(prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    formatter = _formatter(WIDEST)
    return _Parser(prog=prog, description=description, epilog=epilog, formatter_class=formatter, allow_abbrev=False)


def _formatter(width: int) -> Any:
    return partial(argparse.RawDescriptionHelpFormatter, width=width, max_help_position=28)


class _Parser(argparse.ArgumentParser):
    """Asks how wide the terminal is when there is something to print; most runs print nothing of it."""

    def format_usage(self) -> str:
        self._fit()
        return super().format_usage()

    def format_help(self) -> str:
        from textwrap import fill

        self.description = fill(" ".join((self.description or "").split()), self._fit())
        return super().format_help()

    def _fit(self) -> int:
        room = min(columns(), WIDEST)
        self.formatter_class = _formatter(room)
        return room


def _failed(error: Exception) -> int:
    """Says on stderr why a command could not be carried out."""
    from netspec.diagnostics import SpecError
    from netspec.host.files import NotWritten, unwritable

    if isinstance(error, ImportError):
        from netspec.host.packages import explained

        error = explained(error) or error
    if isinstance(error, NotWritten):
        error = unwritable(error.filename, error.strerror)
    if isinstance(error, SpecError):
        from netspec.diagnostics.render import human
        from netspec.problems.backends import UnknownBackend
        from netspec.problems.configuration import PROBLEMS
        from netspec.problems.plugins import BadPlugin, RedefinedType
        from netspec.problems.syntax import UnwritableOutput

        sys.stderr.write(human(error.diagnostics, colours(sys.stderr)))
        usage = (UnknownBackend, BadPlugin, RedefinedType, UnwritableOutput, *PROBLEMS)
        return USAGE if all(isinstance(d, usage) for d in error.diagnostics) else FAULT
    if isinstance(error, OSError):
        named = f"{error.filename}: " if error.filename else ""
        print(f"netspec: {named}{error.strerror or error}", file=sys.stderr)
        return USAGE
    if os.environ.get("NETSPEC_TRACEBACK"):
        raise error
    print(
        f"netspec: internal error: {type(error).__name__}: {error}\n"
        "This is a fault of netspec. Please report it with the spec; NETSPEC_TRACEBACK=1 shows where it happened.",
        file=sys.stderr,
    )
    return INTERNAL
