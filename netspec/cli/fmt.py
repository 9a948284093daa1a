"""`netspec fmt`: specs in one layout."""

from __future__ import annotations

import argparse
import os
import sys
from io import StringIO
from pathlib import Path

from netspec.cli import FAULT, FINE, INTERNAL, USAGE
from netspec.cli.options import STDIN, STDIN_NAME, stdin_bytes
from netspec.cli.patch import unified
from netspec.cli.settings import add_configuration, specs_of
from netspec.cli.streams import write_bytes
from netspec.cli.table import plural
from netspec.cli.terminal import BOLD, CYAN, GREEN, RED, Paint, colours
from netspec.config.holding import Configurations
from netspec.diagnostics import SpecError
from netspec.diagnostics.source import Source
from netspec.host.files import NotWritten, unwritable, write
from netspec.syntax.printing.formatting import Unfaithful, formatted
from netspec.syntax.text import file_bytes

DESCRIPTION = """\
Writes specs anew in netspec's layout: one field a line, two spaces a level, comments where they stood, and braces on
one line where you had them so. What a spec says does not change. Folders are searched for *.net, *.prototxt and *.pt.
A file is replaced as a whole; one with syntax errors is left alone. Without SPEC, the paths of the configuration are
formatted.
"""
EPILOG = """\
examples:
  netspec fmt lenet.net                   rewrites the file
  netspec fmt --check models/             in a workflow: names what is not in the layout
  netspec fmt --diff train_val.prototxt   shows what would change
  netspec fmt - < old.net > new.net

exit status: 0 done, 1 a spec has syntax errors, or with --check would change; 2 wrong usage
"""
BYTES = "surrogateescape"  # what is no UTF-8 in a comment comes out as it went in
TAB = 4


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "specs", metavar="SPEC", nargs="*", help="files and folders; - is standard input, to standard output"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    add_configuration(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if STDIN in args.specs and len(args.specs) > 1:
        parser.error("- stands alone: what it gives goes to standard output")
    files = specs_of(args, parser, Configurations(args.config, args.isolated))
    status, read, changed = FINE, 0, 0
    for path in files:
        try:
            different = _format(path, args.check, args.diff)
        except SpecError as error:
            _tell(error)
            status = max(status, FAULT)
        except NotWritten as error:
            _tell(unwritable(error.filename, error.strerror))
            status = max(status, USAGE)
        except Unfaithful as fault:
            print(f"netspec: internal error: {fault}; it is left alone", file=sys.stderr)
            status = INTERNAL
        except OSError:  # of standard output
            raise
        except Exception as error:
            if os.environ.get("NETSPEC_TRACEBACK"):
                raise
            said = f"{type(error).__name__}: {error}"
            print(f"netspec: internal error in {path}: {said}; it is left alone", file=sys.stderr)
            status = INTERNAL
        else:
            read, changed = read + 1, changed + different
    if read and args.specs != [STDIN]:
        _summary(changed, read, args.check or args.diff)
    return max(status, FAULT) if args.check and changed else status


def _format(path: str, check: bool, diff: bool) -> bool:
    """Whether the layout changes a file. It is written, shown or named."""
    before = _read(path)
    after = formatted(before)
    different = after != before.text
    if diff:
        _show(before, after)
    elif check:
        print(before.name) if different else None
    elif path == STDIN:
        write_bytes(after.encode(errors=BYTES))
    elif different:
        write(Path(path), after.encode(errors=BYTES), replace=True)
        print(f"formatted {path}")
    return different


def _tell(error: SpecError) -> None:
    from netspec.diagnostics.render import human

    sys.stderr.write(f"{human(error.diagnostics, colours(sys.stderr))}\n")


def _summary(changed: int, read: int, only_told: bool) -> None:
    """On standard error where standard output is for programs."""
    verb = "would change" if only_told else "changed"
    text = f"{changed} of {plural(read, 'file')} {verb}" if changed else f"no change to {plural(read, 'file')}"
    print(text, file=sys.stderr if only_told else sys.stdout)


def _read(path: str) -> Source:
    """Raises SpecError (NS105) for what cannot be read, or is no UTF-8 outside of comments."""
    name, data = (STDIN_NAME, stdin_bytes()) if path == STDIN else (path, file_bytes(path))
    try:
        return Source(name, data.decode())
    except UnicodeDecodeError:
        from netspec.syntax.text import decoded

        decoded(name, data)
        return Source(name, data.decode(errors=BYTES))


def _show(before: Source, after: str) -> None:
    """The difference, which `patch` could apply unless it goes to a terminal."""
    pieces = unified(before.text, after, before.name)
    if not sys.stdout.isatty() and not colours(sys.stdout):
        write_bytes("".join(pieces).encode(errors=BYTES))
        return
    from netspec.diagnostics.render import harmless

    paint = Paint(sys.stdout)
    for i, line in enumerate(line for piece in pieces for line in StringIO(piece, newline="\n")):
        hue = BOLD if i < 2 else {"-": RED, "+": GREEN, "@": CYAN}.get(line[0])
        shown = harmless(line.expandtabs(TAB).rstrip("\r\n"))
        print(paint(hue, shown) if hue else shown)
