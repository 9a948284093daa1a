"""A net as an ONNX model, by way of its emitted module."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from numpy.typing import ArrayLike

from netspec.diagnostics import SpecError
from netspec.emit import Emission
from netspec.executable import started
from netspec.net import Net
from netspec.packages import require
from netspec.problems.backends import NotExported
from netspec.shapes import integers
from netspec_torch.backend import TorchBackend
from netspec_torch.runner import starter

MAX_BYTES = (1 << 31) - 1  # of a protobuf message


def onnx_model(net: Net, params: Mapping[str, Sequence[ArrayLike]] | None = None) -> bytes:
    """A serialised `ModelProto` of float32 whose inputs and outputs are named as the blobs are.

    Parameters are those given, in Caffe's order and layout, else what their fillers drew. Sizes are those of the spec.
    Raises SpecError as building the net does, NS404 without the packages that `torch.onnx` needs, and NS409 where it
    cannot express the module.
    """
    require("onnx")
    net = net.compiled
    emission, runner = started(
        net, lambda outputs: TorchBackend().emit(net, outputs), starter(net, "cpu", "float32"), params
    )
    shapes = net.blobs
    example = tuple(torch.zeros(integers(shapes[name]) or ()) for name in emission.inputs)
    proto = _exported(runner.module, example, emission)
    if proto.ByteSize() > MAX_BYTES:
        raise SpecError([NotExported("the model is larger than 2 GiB, which protobuf does not allow in one file")])
    return bytes(proto.SerializeToString(deterministic=True))


def _exported(module: torch.nn.Module, example: tuple[torch.Tensor, ...], emission: Emission) -> Any:
    """What `torch.onnx` makes of a module, without what it prints on the way."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    export: Any = vars(torch.onnx)["export"]  # whose annotations are incomplete
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            program = export(
                module,
                example,
                input_names=list(emission.inputs),
                output_names=list(emission.outputs),
                dynamo=True,
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise SpecError([NotExported(f"torch.onnx cannot express the module: {reason}")]) from error
    finally:
        logger.setLevel(level)
    return program.model_proto
