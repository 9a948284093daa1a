"""`-O`: a net that computes the same faster, for inference alone.

The passes below change no blob that they leave in the net by more than rounding does, and leave all that it returns.
Which blobs those are, and how far rounding goes, `netspec verify -O` shows: it runs the net as read and this one with
the same numbers, and takes its bounds from float64.
"""

from __future__ import annotations

from dataclasses import replace

from netspec.diagnostics import SpecError
from netspec.layers.base import Phase
from netspec.net import Net
from netspec.net.passes import BrokenNet, Pass, run
from netspec.net.passes.absorb import absorb
from netspec.net.passes.handing import leave_out_copies
from netspec.problems.backends import NotForTraining

PASSES: tuple[Pass, ...] = (leave_out_copies, absorb)


def optimized(net: Net, outputs: tuple[str, ...] = ()) -> Net:
    """The net in fewer layers, which returns the same, and has the blobs `outputs` as well. Its parameters are made of
    those of the net as read, which is its `plain`, as these are loaded.

    Raises SpecError (NS417) for a net in phase TRAIN.
    """
    if net.phase is Phase.TRAIN:
        message = "-O is for inference, and this is the net of phase TRAIN"
        help = "it folds the statistics of BatchNorm into weights, which training would change; use --phase TEST"
        raise SpecError([NotForTraining(message, help=help)])
    plain = net.compiled
    if plain.plain is not None:
        return plain
    wanted = tuple(dict.fromkeys((*plain.returned, *outputs)))
    fast = run(plain, PASSES, wanted)
    if fast.returned != plain.returned:
        raise BrokenNet(f"-O returns {', '.join(fast.returned)} in place of {', '.join(plain.returned)}")
    return replace(fast, plain=plain)
