"""The emitted TensorFlow functions as StableHLO, for `stablehlo.py`: to be run where TensorFlow is, without a GPU.

tests/gpu/run.sh export [NAME ...]      writes build/gpu/; all of specs/ unless some are named
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from netspec_tensorflow.runner import framework, inside
from stablehlo import DTYPE, everything, exported, variables

import netspec
from netspec.backend.executable import run_text
from netspec.emit import Emission
from netspec.shapes import integers

SPECS = Path(__file__).resolve().parents[2] / "specs"
_ENTRY = re.compile(r"func\.func (?:public )?@main\((.*?)\)\s*->", re.DOTALL)


def export(path: Path) -> Path:
    """Writes the program of a spec, which returns every blob, and says where. Its arguments are the inputs and the
    parameters. Raises RuntimeError where it would take others."""
    net = netspec.load(path).compiled
    emission = everything(net)
    shapes = [*(integers(net.blobs[name]) or () for name in emission.inputs), *variables(emission).values()]
    text = _lowered(emission, net.name, shapes)
    found = _ENTRY.search(text)
    count = len(re.findall(r"%arg\d+:", found[1])) if found else 0
    if count != len(shapes):
        raise RuntimeError(f"{path.name}: a program of {count} arguments, where {len(shapes)} are given")
    target = exported(emission, DTYPE)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def _lowered(emission: Emission, name: str, shapes: Sequence[tuple[int, ...]]) -> str:
    tf = framework()
    tf.config.experimental.enable_tensor_float_32_execution(False)  # products in full precision on GPUs, too
    module = run_text(emission.text, f"{name} as StableHLO")[emission.class_name](tf.as_dtype(DTYPE))
    paths = list(variables(emission))

    def program(*arguments: Any) -> list[Any]:
        inputs, values = arguments[: len(emission.inputs)], arguments[len(emission.inputs) :]
        for path, value in zip(paths, values, strict=True):
            *parents, last = path.split(".")
            setattr(reduce(inside, parents, module), last, value)
        call: Any = type(module).__call__
        result = call.python_function(module, *inputs)
        return [result] if len(emission.outputs) == 1 else [result[output] for output in emission.outputs]

    compiled = tf.function(program, autograph=False, jit_compile=True)
    lowered = compiled.experimental_get_compiler_ir(*(tf.TensorSpec(shape, DTYPE) for shape in shapes))
    return str(lowered(stage="stablehlo"))


def main(names: Sequence[str]) -> None:
    for name in names or sorted(path.stem for path in SPECS.glob("*.net")):
        print(f"{name}: {export(SPECS / f'{name}.net')}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
