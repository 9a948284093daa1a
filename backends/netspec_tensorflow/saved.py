"""A net as a SavedModel, by way of its emitted module."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from numpy.typing import ArrayLike

from netspec.backend.executable import started
from netspec.net import Net
from netspec_tensorflow.runner import framework, starter
from netspec_tensorflow.target import emitted


def save_model(
    net: Net, folder: Path, params: Mapping[str, Sequence[ArrayLike]] | None = None, replace: bool = False
) -> None:
    """Writes a SavedModel of float32 whose serving signature is the emitted module's `forward`.

    Parameters are those given, in Caffe's order and layout, else what their fillers drew. The folder is whole or not
    there. Raises FileExistsError where something is there already, unless it is a SavedModel and `replace` is set, and
    SpecError as building the net does.
    """
    if folder.exists() and not (replace and (folder / "saved_model.pb").is_file()):
        raise FileExistsError(17, "File exists", str(folder))
    net = net.compiled
    make = starter(net, "cpu", "float32")
    _, runner = started(net, partial(emitted, net), make, params)
    folder = folder.resolve()
    with tempfile.TemporaryDirectory(prefix=f".{folder.name[:100]}.", dir=folder.parent) as draft:
        new, old = Path(draft) / "new", Path(draft) / "old"
        framework().saved_model.save(runner.module, str(new))
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        if old.is_dir():
            shutil.rmtree(old)
