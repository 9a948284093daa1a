"""What runs ONNX files, beside the emitted module with -O: reported, not held against anything."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from measure import Line, Unavailable, alternate, cpu_seconds, milliseconds
from models import ROUNDS, TITLES, TORCH, image, parameters, spec, torch_module

import netspec
from netspec.backend.door import export


def _onnxruntime(path: Path) -> Callable[[np.ndarray], object]:
    library: Any = import_module("onnxruntime")
    options = library.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = library.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"data": x})


def _opencv(path: Path) -> Callable[[np.ndarray], object]:
    library: Any = import_module("cv2")
    library.setNumThreads(1)
    net = library.dnn.readNetFromONNX(str(path))

    def run(x: np.ndarray) -> object:
        net.setInput(x)
        return net.forward()

    return run


ENGINES = {"ONNX Runtime": _onnxruntime, "OpenCV dnn": _opencv}


def engine_rows() -> Iterator[Line]:
    """The module with -O over each engine that is installed, which reads it as ONNX."""
    try:
        import torch
    except ImportError as missing:
        raise Unavailable("no torch") from missing

    torch.set_num_threads(1)
    for name in TORCH:
        net = netspec.optimized(spec(name))
        params, x = parameters(spec(name)), image(net)
        module, given = torch_module(net, params), torch.from_numpy(x)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "net.onnx")
            content = export("torch", "onnx")(net, path, params, True)
            path.write_bytes(content if isinstance(content, bytes) else b"")
            for engine, load in ENGINES.items():
                try:
                    run = load(path)
                except ImportError:
                    continue

                def ours(module: Any = module, given: Any = given) -> None:
                    with torch.inference_mode():
                        module(given)

                pair = alternate(ours, lambda run=run, x=x: run(x), ROUNDS[name] // 2, cpu_seconds)
                against = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
                yield Line(f"PyTorch {TITLES[name]} -O : {engine}", against, pair.ratio, math.inf)
