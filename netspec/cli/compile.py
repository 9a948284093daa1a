"""`netspec compile`: a spec as the source of a framework."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli.options import (
    OPTIMIZERS,
    add_optimize,
    add_spec,
    add_state,
    add_weights,
    load_net,
    matched,
    options,
    spec_source,
)
from netspec.cli.output import add_output, there_already, write_output
from netspec.cli.streams import write_text
from netspec.host.files import unwritable
from netspec.host.packages import expect, require

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from netspec.diagnostics.source import Source
    from netspec.net import Net

DESCRIPTION = """\
Writes a spec as an ordinary torch.nn.Module or tf.Module, which needs nothing of netspec to run, with a class for each
of its blocks. Without -o the source goes to standard output. No framework has to be installed, except for --graph,
--saved-model and --onnx. With --weights, a .safetensors file is written beside the source, whose function trained()
makes the module with these weights; a graph or a model has them in it. Of a solver it is a program that trains its net,
or with --graph a graph that a session can train; so is one of a spec with --trainable.
"""
EPILOG = """\
examples:
  netspec compile lenet.net --backend torch
  netspec compile lenet.net --backend tensorflow -o lenet.py
  netspec compile resnet50.net --backend torch --keys
  netspec compile resnet50.net --backend torch --weights resnet50.caffemodel -O -o resnet50.py
  netspec compile lenet.net --backend tensorflow --graph -o lenet.pb
  netspec compile lenet.net --backend tensorflow --graph --trainable --lr 1e-4 -o lenet.meta
  netspec compile lenet.net --backend tensorflow --saved-model -o lenet
  netspec compile lenet.net --backend torch --onnx -o lenet.onnx
  netspec compile deploy.prototxt --backend torch --weights bvlc.caffemodel -o bvlc.py
  netspec compile train_val.prototxt --backend torch --phase TRAIN --input data=32,3,227,227
  netspec compile solver.prototxt --backend torch -o train.py

exit status: 0 done, 1 the spec has errors or the backend cannot take it, 2 wrong usage
"""
WEIGHTS = ".safetensors"
GRAPHS = (".pb", ".pbtxt")
TRAINED = ("optimizer", "lr", "momentum")  # options of --trainable
META = ".meta"  # a MetaGraphDef, which has collections of variables beside the graph
# What can be written in place of source: the backend that does it, what it is, and the extra that it needs.
FORMS = {
    "graph": ("tensorflow", "a GraphDef, as text where FILE ends in .pbtxt", "tensorflow"),
    "saved-model": ("tensorflow", "a SavedModel; FILE is its folder", "tensorflow"),
    "onnx": ("torch", "an ONNX model, made by torch.onnx; sizes with names stay open", "onnx"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    parser.add_argument("--backend", required=True, metavar="NAME", help="torch or tensorflow")
    add_state(parser)
    add_weights(parser)
    group = parser.add_argument_group("output")
    add_output(group.add_argument)
    group.add_argument("--flat", action="store_true", help="one class, whatever blocks the spec has")
    add_optimize(group.add_argument, "for inference: fewer layers that compute the same faster, from the same weights")
    form = group.add_mutually_exclusive_group()
    text = "no source, but where each layer's parameters are in the module"
    form.add_argument("--keys", action="store_true", help=text)
    for name, (backend, text, _) in FORMS.items():
        add = partial(form.add_argument, action="store_const", dest="form", const=name)
        add(f"--{name}", help=f"{backend}: {text}")
    group = parser.add_argument_group("a graph that trains", "--phase is TRAIN there, unless it is given")
    help = "with --graph: variables, and nodes that begin and train them; FILE may end in .meta, for a MetaGraphDef"
    group.add_argument("--trainable", action="store_true", help=help)
    help = "how it learns: adam, sgd, nesterov, adagrad, rmsprop or adadelta (default: adam); a solver says it itself"
    group.add_argument("--optimizer", type=str.lower, choices=OPTIMIZERS, metavar="NAME", help=help)
    help = "the rate while none is fed to learning_rate (default: adam 0.001, sgd 0.01, …)"
    group.add_argument("--lr", type=_finite, metavar="RATE", help=help)
    help = "(default: 0.9, of adadelta 0.95); with 0 sgd is plain gradient descent"
    group.add_argument("--momentum", type=_finite, metavar="M", help=help)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    path: Path | None = args.output
    if args.form and args.backend != FORMS[args.form][0]:
        parser.error(f"--{args.form} is for --backend {FORMS[args.form][0]}")
    if args.form and path is None:
        parser.error(f"--{args.form} needs -o")
    if args.trainable and args.form != "graph":
        parser.error("--trainable is for --graph")
    if given := next((name for name in TRAINED if not args.trainable and getattr(args, name) is not None), None):
        parser.error(f"--{given} is for --graph --trainable")
    if args.trainable and args.optimize:
        parser.error("-O is for inference, and --trainable for training")
    allowed = (*GRAPHS, *((META,) if args.trainable else ()))
    if args.weights and not args.form and (path is None or not path.name or path.suffix == WEIGHTS):
        parser.error("--weights needs -o FILE.py, beside which the weights are written")
    if args.keys and args.weights:
        parser.error("--keys writes a table, which has no weights beside it")
    if args.flat and args.form:
        parser.error(f"--flat is for source, and --{args.form} writes none")
    from netspec.frontend.load import is_solver_source

    source = spec_source(args)
    solver = is_solver_source(source, args.phase)
    if args.form == "graph" and path and path.suffix not in (allowed if not solver else (*GRAPHS, META)):
        parser.error(f"--graph needs -o FILE{' or -o FILE'.join(allowed)}")
    if solver:
        return _training(args, source, parser)
    if args.trainable:
        args.phase = args.phase or "TRAIN"
    net = load_net(args, source)
    if args.form == "onnx":
        require("onnx")
    elif args.form:
        expect((FORMS[args.form][2],))
    elif args.weights:
        require("weights", "numpy", "safetensors")
    weights = matched(args.weights, net) if args.weights else None
    net, params = (weights.net, weights.params) if weights else (net, None)
    if args.optimize:
        from netspec.net.passes.optimize import optimized

        net = optimized(net)
    content: str | bytes | None
    if args.form and path:
        from netspec.backend.door import export

        try:
            if args.trainable:
                content = _trainable(args, net, path, params, parser)
            else:
                content = export(args.backend, args.form)(net, path, params, args.force)
        except FileExistsError:
            there_already(path, parser)
        except OSError as error:
            raise unwritable(path, error.strerror or str(error)) from None
        if content is None:
            return 0
    elif weights and path:
        from netspec.weights.beside import source_and_weights

        beside = path.with_suffix(WEIGHTS)
        content, arrays = source_and_weights(net, args.backend, weights, beside.name, args.flat)
        if path.exists() and not args.force:
            there_already(path, parser)
        # First, so that whoever finds the source finds them, too.
        write_output(beside, arrays, args.force, parser)
    elif args.keys:
        from netspec.cli.keys import table

        content = table(net, args.backend, args.flat)
    else:
        from netspec.backend.door import emit

        content = emit(net, args.backend, args.flat)
    if path is None:
        write_text(str(content))
    else:
        write_output(path, content, args.force, parser)
    if args.allow_unknown:
        from netspec.cli.terminal import colours
        from netspec.diagnostics.render import human
        from netspec.emit.stubs import unfilled

        sys.stdout.flush()
        sys.stderr.write(human(unfilled(net), colours(sys.stderr)))
    return 0


def _trainable(
    args: argparse.Namespace,
    net: Net,
    path: Path,
    params: Mapping[str, Sequence[ArrayLike]] | None,
    parser: argparse.ArgumentParser,
) -> str | bytes:
    """The graph of a spec, with what trains it as the options say."""
    from netspec.solver.chosen import chosen
    from netspec.training.script import trainable_graph

    try:
        solver = chosen(net, args.optimizer or "adam", args.lr, args.momentum)
    except ValueError as error:
        parser.error(f"--momentum: {error}")
    return trainable_graph(solver, args.backend, path.suffix, params)


def _training(args: argparse.Namespace, source: Source, parser: argparse.ArgumentParser) -> int:
    """Writes the program, or the graph, that trains as a solver says."""
    from netspec.frontend.load import load_solver_source
    from netspec.training.script import script, trainable_graph

    graph = args.form == "graph"
    foreign = {"phase": args.phase, "keys": args.keys, "flat": args.flat}
    foreign |= {"weights": args.weights if not graph else None, "optimize": args.optimize}
    foreign |= {str(args.form): args.form if not graph else None, **{name: getattr(args, name) for name in TRAINED}}
    if given := next((name for name, value in foreign.items() if value is not None and value is not False), None):
        parser.error(f"--{given} is for nets, and {source.name} is a solver")
    content: str | bytes
    if graph and args.output:
        expect((FORMS["graph"][2],))
        solver = load_solver_source(source, **options(args))
        files = [*solver.weights, *([args.weights] if args.weights else [])]
        params: dict[str, Sequence[ArrayLike]] = {}
        for file in files:
            params |= matched(file, solver.net).params
        content = trainable_graph(solver, args.backend, args.output.suffix, params)
    else:
        content = script(load_solver_source(source, **options(args)), args.backend)
    if args.output is None:
        write_text(str(content))
    else:
        write_output(args.output, content, args.force, parser)
    return 0


def _finite(text: str) -> float:
    """Raises ValueError."""
    value = float(text)
    if not isfinite(value):
        raise ValueError
    return value
