"""What a solver is: a net, the nets that it is tested with, and how it is trained.

`netspec.frontend.solver` reads one from a file, `netspec.training` carries it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netspec.net import Net
from netspec.solver.fields import SolverParameter
from netspec.syntax.origin import Origin


@dataclass(frozen=True)
class Solver:
    """A solver with its nets.

    name: of its file. params: its fields; `params.has("x")` says whether the file gives x. net: what is trained, in
    phase TRAIN unless a state says otherwise. test_nets: in Caffe's order, for each entry of `test_iter` one. weights:
    files to begin with, in this order. origin: where in the file the fields stand.
    """

    name: str
    params: SolverParameter
    net: Net
    test_nets: tuple[Net, ...]
    weights: tuple[Path, ...]
    origin: Origin

    @property
    def type(self) -> str:
        """The rule, whichever field names it: SGD, Nesterov, AdaGrad, RMSProp, AdaDelta or Adam."""
        from netspec.solver.rules import type_of

        return type_of(self.params)

    @property
    def nets(self) -> Sequence[Net]:
        """All of them, first the one that is trained."""
        return (self.net, *self.test_nets)
