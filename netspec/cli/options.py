"""Options that several commands have, and the specs and weights that they name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netspec.net import Net
    from netspec.source import Source
    from netspec.weights.match import Match


STDIN = "-"  # as a file name


def add_spec(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a .net or .prototxt file; - is standard input")


def add_state(parser: argparse.ArgumentParser, *more_phases: str) -> None:
    """--phase, --level, --stage, --input, --plugin, --allow-unknown and --lenient: what a net is built for, and of."""
    group = parser.add_argument_group("the net")
    group.add_argument(
        "--phase",
        type=_phase,
        choices=("TRAIN", "TEST", *more_phases),
        help="which layers there are, and how they behave (default: "
        + ("every state that include and exclude rules tell apart)" if more_phases else "TEST, if that has data)"),
    )
    group.add_argument("--level", type=int, default=0, metavar="N", help="the level that include rules compare with")
    group.add_argument("--stage", action="append", default=[], metavar="S", help="a stage that is on; may be repeated")
    group.add_argument(
        "--input",
        action="append",
        type=_shape,
        default=[],
        metavar="NAME=N,C,H,W",
        help="the shape of an input, in place of the spec's; may be repeated",
    )
    add_plugins(group.add_argument)
    help = "let layer types pass that are nowhere, with a warning"
    group.add_argument("--allow-unknown", action="store_true", help=help)
    help = "read over fields that are nowhere, as of a fork of Caffe, with a warning"
    group.add_argument("--lenient", action="store_true", help=help)


def add_plugins(add_argument: Callable[..., object]) -> None:
    """--plugin: layer types of the user's own. The argument is that method of a parser, or of a group."""
    help = "a Python file with further layer types, which is run; may be repeated"
    add_argument("--plugin", action="append", default=[], metavar="FILE", help=help)


def add_weights(parser: argparse.ArgumentParser) -> None:
    """--weights: trained parameters in the place of fillers."""
    help = "trained weights: .caffemodel, .safetensors or .h5"
    parser.add_argument("--weights", type=Path, metavar="FILE", help=help)


def _phase(text: str) -> str:
    return text.lower() if text.lower() == "both" else text.upper()


def _shape(text: str) -> tuple[str, tuple[int, ...]]:
    """`data=1,3,224,224`, or with × or x between the sizes."""
    name, equals, sizes = text.rpartition("=")
    try:
        shape = tuple(int(size) for size in sizes.replace("×", ",").replace("x", ",").split(",") if sizes)
    except ValueError:
        shape = (-1,)
    if not equals or not name or any(size < 0 for size in shape):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form data=1,3,224,224")
    return name, shape


def read_stdin() -> Source:
    """What comes on standard input. Raises SpecError (NS105)."""
    from netspec.spec import decoded

    return decoded("<stdin>", sys.stdin.buffer.read())


def load_net(args: argparse.Namespace) -> Net:
    """The net of a command with one spec. Raises SpecError."""
    from netspec.spec import read_source

    return net_of(read_stdin() if args.spec == STDIN else read_source(args.spec), args, args.phase)


def net_of(source: Source, args: argparse.Namespace, phase: str | None) -> Net:
    """The net of a text in a phase, otherwise as the options say. Raises SpecError."""
    from netspec.spec import load_text

    stages, inputs, more = tuple(args.stage), dict(args.input), (tuple(args.plugin), args.allow_unknown, args.lenient)
    return load_text(source.text, source.name, phase, args.level, stages, inputs, *more)


def matched(path: Path, net: Net, backend: str | None = None) -> Match:
    """The weights of a file for a net. What is left over on either side is said on stderr. Raises SpecError."""
    from netspec.cli.terminal import colours
    from netspec.render import human
    from netspec.weights.files import read
    from netspec.weights.match import match

    found = match(net, read(path, net, backend))
    sys.stderr.write(human(found.diagnostics, colours(sys.stderr)))
    return found
