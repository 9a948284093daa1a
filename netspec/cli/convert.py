"""`netspec convert`: a spec written another way."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netspec.cli.options import STDIN, add_import_path, add_inputs, add_spec, add_tolerance, options, read_stdin
from netspec.cli.output import add_output, write_output
from netspec.cli.streams import write_text

DESCRIPTION = """\
Writes a spec another way: as plain prototxt in today's format, which Caffe reads, or in the short form of .net files.
Either way it stays the same net, which is checked, and keeps its comments. Files of older formats are upgraded, solvers
among them. Layers that have no short form stay as they are. Without -o the text goes to standard output.
"""
EPILOG = """\
examples:
  netspec convert lenet.net --to prototxt -o lenet.prototxt
  netspec convert train_val.prototxt --to net -o train_val.net
  netspec convert v1_layers.prototxt --to prototxt      layers entries become layer
  netspec convert faster_rcnn.prototxt --to net --plugin my_layers.py

exit status: 0 done, 1 the spec has errors, 2 wrong usage
"""
FORMS = ("prototxt", "net")


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    parser.add_argument("--to", required=True, choices=FORMS, help="how it is written")
    group = parser.add_argument_group("the net")
    add_inputs(group.add_argument)
    add_tolerance(group.add_argument)
    add_import_path(group.add_argument)
    group = parser.add_argument_group("output")
    add_output(group.add_argument)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.cli.terminal import colours
    from netspec.convert import convert
    from netspec.diagnostics.render import human
    from netspec.frontend.load import request
    from netspec.syntax.text import read_source

    if args.input and args.to != "prototxt":
        parser.error("--input gives numbers to sizes that are names, which --to prototxt needs")
    source = read_stdin() if args.spec == STDIN else read_source(args.spec)
    text, found = convert(source, args.to, request(None, **options(args)))
    sys.stderr.write(human(found, colours(sys.stderr)))
    path: Path | None = args.output
    if path is None:
        write_text(text)
        return 0
    write_output(path, text, args.force, parser)
    return 0
