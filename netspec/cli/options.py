"""Options that several commands have, and the specs and weights that they name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from netspec.diagnostics.selection import Selection
    from netspec.diagnostics.source import Source
    from netspec.frontend.load import Options
    from netspec.net import Net
    from netspec.weights.match import Match


STDIN = "-"  # as a file name
STDIN_NAME = "<stdin>"  # in diagnostics
# The names of netspec.solver.chosen, which a help text need not load.
OPTIMIZERS = ("adam", "sgd", "nesterov", "adagrad", "rmsprop", "adadelta")


def add_spec(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="a .net or .prototxt file; - is standard input")


def add_state(parser: argparse.ArgumentParser, *more_phases: str) -> None:
    """--phase, --level, --stage, --input and the rest of what a net is built for, and of."""
    group = parser.add_argument_group("the net")
    group.add_argument(
        "--phase",
        type=_phase,
        choices=("TRAIN", "TEST", *more_phases),
        help="which layers there are, and how they behave (default: "
        + (
            "every state that include and exclude rules tell apart)"
            if more_phases
            else "the net's own, else TEST, if that has data)"
        ),
    )
    _add_rest_of_state(group.add_argument)


def add_state_in_training(parser: argparse.ArgumentParser) -> None:
    """As `add_state`, without a phase: what trains or tests a net says it."""
    _add_rest_of_state(parser.add_argument_group("the net").add_argument)


def _add_rest_of_state(add_argument: Callable[..., object]) -> None:
    add_argument("--level", type=int, default=0, metavar="N", help="the level that include rules compare with")
    add_argument("--stage", action="append", default=[], metavar="S", help="a stage that is on; may be repeated")
    add_inputs(add_argument)
    add_tolerance(add_argument)
    add_import_path(add_argument)


def add_inputs(add_argument: Callable[..., object]) -> None:
    """--input. The argument is that method of a parser, or of a group."""
    add_argument(
        "--input",
        action="append",
        type=_shape,
        default=[],
        metavar="NAME=N,C,H,W",
        help="the shape of an input, in place of the spec's; sizes are numbers, or names and arithmetic over "
        "names, as N and 16*h; may be repeated",
    )


def add_tolerance(add_argument: Callable[..., object]) -> None:
    """--plugin, --allow-unknown and its shapes, --lenient and --edition: what passes that is not Caffe's."""
    add_plugins(add_argument)
    help = "let layer types pass that are nowhere, with a warning; compiled, each is a class to be filled in"
    add_argument("--allow-unknown", action="store_true", help=help)
    help = "the shape of what a layer of such a type writes; may be repeated"
    add_argument("--shape", action="append", type=_shape, default=[], metavar="BLOB=N,C,H,W", help=help)
    help = "for other blobs of such layers that of the layer's first input"
    add_argument("--same-shape", action="store_true", help=help)
    help = "read over fields that are nowhere, as of a fork of Caffe, with a warning"
    add_argument("--lenient", action="store_true", help=help)
    add_argument("--edition", choices=("caffe",), help="refuse what BVLC's Caffe has not, and only forks of it have")


def add_plugins(add_argument: Callable[..., object]) -> None:
    """--plugin: layer types of the user's own. The argument is that method of a parser, or of a group."""
    help = "a Python file with further layer types, which is run; may be repeated"
    add_argument("--plugin", action="append", default=[], metavar="FILE", help=help)


def add_import_path(add_argument: Callable[..., object]) -> None:
    """--import-path and --max-layers: what a spec may read beside itself, and expand to. The argument is that method of
    a parser, or of a group."""
    help = "a folder that the spec may import from, beside its own; may be repeated"
    add_argument("--import-path", action="append", default=[], metavar="FOLDER", help=help)
    help = "how many layers blocks and repetitions may expand to (default: 100000, in 300000 steps)"
    add_argument("--max-layers", type=positive, metavar="N", help=help)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """--select, --extend-select and --ignore; `selection` reads them."""
    group = parser.add_argument_group("what is told")
    for name, help in {
        "select": "of warnings and notes these alone: codes, or how they begin, as NS3; errors are told in any case",
        "extend-select": "these, too: lints that are off unless they are asked for",
        "ignore": "not these; of an error its whole code, since how it begins names warnings and notes alone",
    }.items():
        group.add_argument(f"--{name}", action="append", type=_codes, metavar="CODES", help=help)


def selection(args: argparse.Namespace, parser: argparse.ArgumentParser) -> Selection:
    """What is told, from what `add_selection` adds to a parser."""
    from netspec.diagnostics.selection import EVERYTHING, Selection, unselectable

    lists: tuple[list[tuple[str, ...]] | None, ...] = (args.select, args.extend_select, args.ignore)
    if lists == (None, None, None):
        return EVERYTHING
    from netspec.problems import catalogue

    select, extend, ignore = (tuple(code for codes in given or () for code in codes) for given in lists)
    for code in (*select, *extend, *ignore):
        if why := unselectable(code, catalogue(), code in ignore):
            parser.error(why)
    return Selection(None if args.select is None else select, extend, ignore)


def add_weights(parser: argparse.ArgumentParser) -> None:
    """--weights: trained parameters in the place of fillers."""
    help = "trained weights: .caffemodel, .safetensors or .h5"
    parser.add_argument("--weights", type=Path, metavar="FILE", help=help)


def add_optimize(add_argument: Callable[..., object], help: str) -> None:
    """-O, which `netspec.net.passes.optimize` carries out."""
    add_argument("-O", "--optimize", action="store_true", help=help)


def add_backend(add_argument: Callable[..., object]) -> None:
    """Which framework runs a net, and where."""
    add_argument("--backend", choices=("torch", "tensorflow"), default="torch", help="(default: %(default)s)")
    add_device(add_argument)


def add_device(add_argument: Callable[..., object]) -> None:
    add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="(default: %(default)s)")


def add_fold(add_argument: Callable[..., object], help: str) -> None:
    """--fold and --depth; `fold_depth` reads them."""
    add_argument("--fold", action="store_true", help=help)
    add_argument("--depth", type=positive, metavar="N", help="with --fold: uses N deep (default: 1)")


def fold_depth(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """How deep uses of blocks are told apart; 0 without --fold."""
    if args.depth is not None and not args.fold:
        parser.error("--depth says how deep --fold goes")
    return (args.depth or 1) if args.fold else 0


def positive(text: str) -> int:
    """A number from 1 on. Raises ValueError."""
    n = int(text)
    if n < 1:
        raise ValueError
    return n


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code.strip().upper() for code in text.split(",") if code.strip())


def not_negative(text: str) -> int:
    """A number from 0 on. Raises ValueError."""
    n = int(text)
    if n < 0:
        raise ValueError
    return n


def _phase(text: str) -> str:
    return text.lower() if text.lower() == "both" else text.upper()


def _shape(text: str) -> tuple[str, tuple[int | str, ...]]:
    """`data=1,3,224,224`, or with × or x between the numbers; `data=N,3,16*h,16*w`, which is read later."""
    name, equals, sizes = text.rpartition("=")
    separated = sizes.replace("×", ",")
    numbers = separated.replace("x", ",")
    parts = (numbers if all(part.strip().isdecimal() for part in numbers.split(",") if part) else separated).split(",")
    shape = tuple(int(part) if part.strip().isdecimal() else part.strip() for part in parts if part)
    signs = {sign for part in shape if isinstance(part, str) for sign in part if not sign.isalnum()}
    named = all(isinstance(part, int) or any(map(str.isalpha, part)) for part in shape)
    if not equals or not name or not named or not signs <= set("_+-*/() "):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form data=1,3,224,224 or data=N,3,16*h,16*w")
    return name, shape


def read_stdin() -> Source:
    """What comes on standard input. Raises SpecError (NS105)."""
    from netspec.syntax.text import decoded

    return decoded(STDIN_NAME, stdin_bytes())


def stdin_bytes() -> bytes:
    """What comes on standard input. Raises SpecError (NS105) where it is closed, and as `netspec.syntax.text` does."""
    from netspec.syntax.text import stream_bytes, unreadable

    stream: TextIO | None = sys.stdin  # None where the process was begun without
    if stream is None:
        raise unreadable(STDIN_NAME, ValueError("it is closed"))
    try:
        return stream_bytes(stream.buffer, STDIN_NAME)
    except (OSError, ValueError) as error:
        raise unreadable(STDIN_NAME, error) from None


def spec_source(args: argparse.Namespace) -> Source:
    """The text of a command with one spec. Raises SpecError (NS105)."""
    from netspec.syntax.text import read_source

    return read_stdin() if args.spec == STDIN else read_source(args.spec)


def load_net(args: argparse.Namespace, source: Source | None = None) -> Net:
    """The net of a command with one spec, whose text may have been read. What --lenient reads over is said on stderr.
    Raises SpecError."""
    from netspec.frontend.load import in_phases

    source = source or spec_source(args)
    net, found = in_phases(source, **options(args)).net_and_warnings(args.phase)
    if args.lenient:
        from netspec.cli.terminal import colours
        from netspec.diagnostics.render import human
        from netspec.problems.fields import UnreadField

        sys.stderr.write(human([d for d in found if isinstance(d, UnreadField)], colours(sys.stderr)))
    return net


def options(args: argparse.Namespace) -> Options:
    """How a spec is to be read, from what `add_state` adds to a parser, or some of it."""
    given: Options = {
        "inputs": dict(args.input),
        "plugins": tuple(args.plugin),
        "allow_unknown": args.allow_unknown,
        "shapes": dict(args.shape),
        "same_shape": args.same_shape,
        "lenient": args.lenient,
        "edition": args.edition,
        "import_path": tuple(args.import_path),
        "max_layers": args.max_layers,
    }
    return {"level": args.level, "stages": tuple(args.stage), **given} if "stage" in args else given


def matched(path: Path, net: Net, backend: str | None = None) -> Match:
    """The weights of a file for a net. What is left over on either side is said on stderr. Raises SpecError."""
    from netspec.cli.terminal import colours
    from netspec.diagnostics.render import human
    from netspec.host.packages import require

    require("weights", "numpy")
    from netspec.weights.files import read
    from netspec.weights.match import match

    found = match(net, read(path, net, backend))
    sys.stderr.write(human(found.diagnostics, colours(sys.stderr)))
    return found
