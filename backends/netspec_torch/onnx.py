"""A net as an ONNX model, by way of its emitted module."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from math import prod
from typing import Any

import torch
from numpy.typing import ArrayLike

from netspec.backend.executable import started
from netspec.diagnostics import SpecError
from netspec.emit import Emission
from netspec.host.packages import require
from netspec.net import Net
from netspec.problems.backends import NotExported, UnknownSize
from netspec.shapes import Shape, integers
from netspec_torch.runner import starter
from netspec_torch.target import emitted

MAX_BYTES = (1 << 31) - 1  # of a protobuf message
# Sizes to trace a module with: how many are tried from each of these on, and how many elements its inputs may have.
TRIED = 6
FLOORS = (1, 2, 8, 32, 128, 512)
MAX_ELEMENTS = 1 << 26


def onnx_model(net: Net, params: Mapping[str, Sequence[ArrayLike]] | None = None) -> bytes:
    """A serialised `ModelProto` of float32 whose inputs and outputs are named as the blobs are.

    Parameters are those given, in Caffe's order and layout, else what their fillers drew. Sizes are those of the spec;
    those with names stay open, and are called in the model as in the spec.
    Raises SpecError as building the net does, NS402 where no sizes fit the names, NS404 without the packages that
    `torch.onnx` needs, and NS409 where it cannot express the module, or only for sizes that are no names.
    """
    require("onnx")
    net = net.compiled
    emission, runner = started(net, partial(emitted, net), starter(net, "cpu", "float32"), params)
    proto = _exported(runner.module, net, emission)
    _rename(proto.graph, {_place(kind, i): blob for kind, i, blob in _blobs(emission)})
    for value in (*proto.graph.input, *proto.graph.output):
        _call(value, net.blobs[value.name] or ())
    if proto.ByteSize() > MAX_BYTES:
        raise SpecError([NotExported("the model is larger than 2 GiB, which protobuf does not allow in one file")])
    return bytes(proto.SerializeToString(deterministic=True))


def _exported(module: torch.nn.Module, net: Net, emission: Emission) -> Any:
    """What `torch.onnx` makes of a module."""
    export: Any = vars(torch.onnx)["export"]  # whose annotations are incomplete
    shapes = [net.blobs[name] or () for name in emission.inputs]
    example = tuple(torch.zeros(shape) for shape in _example(net, shapes))
    named = [dict.fromkeys(_open(shape), torch.export.Dim.DYNAMIC) for shape in shapes]
    try:
        with _silence():
            program = export(
                module,
                example,
                dynamic_shapes=tuple(named) if any(named) else None,
                custom_translation_table=_translations(),
                dynamo=True,
                verbose=False,
                optimize=False,
            )
            _simplify(program.model)
            for kind, values in (("input", program.model.graph.inputs), ("output", program.model.graph.outputs)):
                for i, value in enumerate(values):
                    value.name = _place(kind, i)
            return program.model_proto
    except Exception as error:  # torch.export, its graph passes and onnxscript each have exceptions of their own
        lines = str(error.__cause__ or error).strip().splitlines() or [type(error).__name__]
        help_ = "give numbers with --input" if any(named) else None
        raise SpecError([NotExported(f"torch.onnx cannot express the module: {lines[0]}", help=help_)]) from error


def _simplify(model: Any) -> None:
    """Computes what is constant in an `ir.Model`, and takes out what is there twice or does nothing.

    Not by `optimize=True`: onnxscript's rules take a number within 1e-8 of 0 for 0 and one within 1e-5 of 1 for 1, so
    that they take out the small numbers that keep a divisor from 0.
    """
    import onnx_ir.passes.common as passes  # which onnxscript needs, too
    from onnxscript import optimizer

    tools: Any = optimizer  # whose annotations are incomplete
    tools.inline(model)
    tools.fold_constants(model, onnx_shape_inference=True)
    for tidy in (
        passes.IdentityEliminationPass(),
        passes.RemoveUnusedNodesPass(),
        passes.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        passes.DeduplicateInitializersPass(),
        passes.CommonSubexpressionEliminationPass(),
        passes.OutputFixPass(),  # what was an input too, or two outputs
        passes.NameFixPass(),
    ):
        tidy(model)


def _open(shape: Shape) -> list[int]:
    """The axes whose sizes have names."""
    return [axis for axis, size in enumerate(shape) if not isinstance(size, int)]


def _example(net: Net, shapes: Sequence[Shape]) -> list[tuple[int, ...]]:
    """Sizes to trace the module with. torch.export takes 1 for a constant, also within the net, and equal sizes for one
    size: so they are the least with which no size that has names is 1, and differ, as far as the layers allow."""
    if net.symbols is None:
        return [integers(shape) or () for shape in shapes]
    from netspec.shapes.symbols import Symbolic, at

    named = {size for shape in net.shapes.values() for size in shape or () if isinstance(size, Symbolic)}

    def worth(values: Mapping[str, int]) -> tuple[int, int]:
        return sum(size.at(values) > 1 for size in named), len(set(values.values()))

    best: list[Mapping[str, int]] = []
    for floor in FLOORS:
        least = {name: max(floor, net.symbols.least.get(name, 1)) for name in net.symbols.order}
        found = net.symbols._replace(least=least).samples(TRIED)
        small = [v for v in found if sum(prod(integers(at(shape, v)) or ()) for shape in shapes) <= MAX_ELEMENTS]
        best = sorted([*best, *small], key=worth, reverse=True)[:1]
        if best and worth(best[0])[0] == len(named):
            break
    if not best:
        message = "no small sizes were found with which the layers fit together"
        raise SpecError([UnknownSize(message, help="give numbers with --input")])
    return [integers(at(shape, best[0])) or () for shape in shapes]


def _place(kind: str, i: int) -> str:
    """What an input or output is called until the model is made. torch names nothing so; a blob may be called `relu`,
    as what it computes with F.relu is."""
    return f"{kind} {i}"


def _blobs(emission: Emission) -> Iterator[tuple[str, int, str]]:
    for kind, blobs in (("input", emission.inputs), ("output", emission.outputs)):
        yield from ((kind, i, blob) for i, blob in enumerate(blobs))


def _rename(graph: Any, names: dict[str, str]) -> None:
    """Gives values of a GraphProto other names, which those in their way give up."""
    graphs = [graph]
    for inner in graphs:  # which grows by those of branches and loops
        graphs += [a.g for node in inner.node for a in node.attribute if a.HasField("g")]
    lists = [field for g in graphs for node in g.node for field in (node.input, node.output)]
    values = [value for g in graphs for field in (g.input, g.output, g.value_info, g.initializer) for value in field]
    used = {name for field in lists for name in field} | {value.name for value in values}
    taken = used | set(names.values())
    for name in sorted(used & set(names.values())):
        names[name] = next(free for i in count(1) if (free := f"{name}_{i}") not in taken)
        taken.add(names[name])
    for value in values:
        value.name = names.get(value.name, value.name)
    for field in lists:
        field[:] = [names.get(name, name) for name in field]


def _call(value: Any, shape: Shape) -> None:
    """Gives the sizes of an input or output the names that the spec has for them."""
    for dim, size in zip(value.type.tensor_type.shape.dim, shape, strict=False):
        if isinstance(size, int):
            dim.dim_value = size
        elif size.symbolic:
            dim.dim_param = str(size)


@contextlib.contextmanager
def _silence() -> Generator[None]:
    """Without what torch, its exporter and onnxscript print, warn of and log on the way."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _translations() -> dict[Any, Any]:
    """What `torch.onnx` has no translation for.

    A stable sort is ONNX's TopK of all elements: of equal ones, that of the lower index comes first
    (https://onnx.ai/onnx/operators/onnx__TopK.html).
    """
    import onnxscript

    op: Any = vars(onnxscript)["opset18"]  # whose annotations are of one opset each

    def remainder(self: Any, other: Any) -> Any:  # of whole numbers
        return op.Mod(self, op.CastLike(other, self))

    def sort(self: Any, stable: bool = True, dim: int = -1, descending: bool = False) -> Any:
        size = op.Gather(op.Shape(self), op.Constant(value_ints=[dim]), axis=0)
        return op.TopK(self, size, axis=dim, largest=int(descending), sorted=1)

    return {torch.ops.aten.sort.stable: sort, torch.ops.aten.remainder.Scalar: remainder}
