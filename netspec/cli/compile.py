"""`netspec compile`: a spec as the source of a framework."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netspec.cli.options import add_spec, add_state, load_net

DESCRIPTION = """\
Writes a spec as an ordinary torch.nn.Module or tf.Module, which needs nothing of netspec to run. Without -o the source
goes to standard output. No framework has to be installed, except for --graph.
"""
EPILOG = """\
examples:
  netspec compile lenet.net --backend torch
  netspec compile lenet.net --backend tensorflow -o lenet.py
  netspec compile lenet.net --backend tensorflow --graph -o lenet.pb
  netspec compile train_val.prototxt --backend torch --phase TRAIN --input data=32,3,227,227

exit status: 0 done, 1 the spec has errors or the backend cannot take it, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    parser.add_argument("--backend", required=True, metavar="NAME", help="torch or tensorflow")
    add_state(parser)
    group = parser.add_argument_group("output")
    group.add_argument("-o", "--output", type=Path, metavar="FILE", help="write here; the file is whole or not there")
    group.add_argument("--force", action="store_true", help="replace a file that is there already")
    group.add_argument("--graph", action="store_true", help="tensorflow: a GraphDef, as text where FILE ends in .pbtxt")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    path: Path | None = args.output
    if args.graph and args.backend != "tensorflow":
        parser.error("--graph is for --backend tensorflow")
    if args.graph and (path is None or path.suffix not in (".pb", ".pbtxt")):
        parser.error("--graph needs -o FILE.pb or -o FILE.pbtxt")
    net = load_net(args)
    if args.graph and path:
        from netspec_tensorflow.graph import graph_def

        content: str | bytes = graph_def(net, text=path.suffix == ".pbtxt")
    else:
        from netspec.emit import emit

        content = emit(net, args.backend)
    if path is None:
        sys.stdout.write(str(content))
        return 0
    from netspec.files import write

    try:
        write(path, content, replace=args.force)
    except FileExistsError:
        parser.error(f"{path} is there already; --force replaces it")
    return 0
