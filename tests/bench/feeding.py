"""Rows about data: does it come faster than a net takes it?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import models
import numpy as np
from measure import Line, Unavailable, alternate, cpu_seconds, milliseconds

import netspec

COUNT, BATCH = 2048, 64
DATA = """
layer {{ type: "Data" top: "data" top: "label" data_param {{ source: "digits.lmdb" batch_size: {} backend: LMDB }}
  transform_param {{ scale: 0.00390625 }} }}
"""


def feeding() -> Iterator[Line]:
    """A batch of LeNet's, raw in an LMDB and encoded as PNG, against the step of SGD that takes it: forward, backward,
    update, on one thread. Three times as fast is enough for data to be loaded beside training, and never waited for."""
    if not all(map(find_spec, ("lmdb", "PIL", "torch"))):
        raise Unavailable("lmdb, pillow or torch is not installed")
    import torch

    from netspec.data import feed
    from netspec.data.images import encoded
    from netspec.data.writing import LMDBWriter

    torch.set_num_threads(1)
    net = netspec.load(models.SPECS / "lenet.net")
    module, labels = models.torch_module(net, models.parameters(net)), torch.arange(BATCH) % 10
    x = torch.rand(BATCH, 1, 28, 28)
    step = models.step(module, (x,), lambda found: -found.gather(1, labels[:, None]).log().mean())
    rng = np.random.default_rng(0)
    for what, limit in (("raw", 1 / 3), ("PNG", float("inf"))):
        with tempfile.TemporaryDirectory() as folder:
            writer = LMDBWriter(Path(folder) / "digits.lmdb")
            for i in range(COUNT):
                image = rng.integers(0, 256, (1, 28, 28), np.uint8)
                writer.add(f"{i:08d}", encoded(image) if what == "PNG" else image, i % 10)
            writer.close()
            path = Path(folder) / "data.net"
            path.write_text(DATA.format(BATCH), encoding="utf-8")
            fed = feed(netspec.load(path, "TRAIN"))
            pair = alternate(fed.batch, step, 31, cpu_seconds)
            fed.close()
        measured = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
        yield Line(f"a batch of 64 from LMDB, {what} : LeNet's step", measured, pair.ratio, limit)
