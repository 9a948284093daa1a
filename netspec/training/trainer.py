"""A solver carried out, one iteration at a time, on the text that users read. Importing this takes numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from netspec.backend.door import find
from netspec.backend.executable import Executable
from netspec.backend.runner import Learner
from netspec.diagnostics import SpecError
from netspec.emit.slots import Floats, restored, stored
from netspec.frontend.beside import located
from netspec.host import files
from netspec.net import Net, Param
from netspec.problems.backends import UnknownBackend
from netspec.problems.solver import MissingFile, OtherState
from netspec.shapes import integers, show
from netspec.solver import Solver
from netspec.solver.fields import SnapshotFormat, SolverParameter
from netspec.solver.rules import RULES, Array, Histories, Learned, updated
from netspec.solver.schedule import rate_at
from netspec.weights import solverstate
from netspec.weights.files import file_bytes, load_weights, snapshot
from netspec.weights.solverstate import State


def trainer(solver: Solver, backend: str = "torch", device: str = "cpu", dtype: str = "float32") -> Trainer:
    """What trains the solver's net. device: "cpu" or "cuda". dtype: "float32" or "float64". Parameters begin as filled,
    by `random_seed` if there is one, or as the files of `weights` have them.

    Raises SpecError when the backend, its framework or the device is missing, the backend does not train, or a layer
    has no meaning there.
    """
    found = find(backend)
    seed: Any = getattr(found, "seed", None)
    if solver.params.random_seed >= 0 and seed:
        seed(solver.params.random_seed)
    made = Trainer(solver, found.build(solver.net, device, dtype), backend)
    for path in solver.weights:
        made.set_params(load_weights(path, solver.net))
    return made


class Trainer:
    """A net that learns.

    iteration: how many there have been. rate: that of the last one, before multipliers. `model.forward` runs the net.
    before_update: called in each iteration with its loss and its batches, before a weight has moved.
    """

    def __init__(self, solver: Solver, model: Executable, backend: str) -> None:
        learner = model.learner
        if learner is None:
            raise SpecError([UnknownBackend(f'backend "{backend}" does not train', help="take torch or tensorflow")])
        self.solver, self.model, self.iteration, self.rate = solver, model, 0, 0.0
        self._step = 0  # of the rate
        self.before_update: Callable[[float, Sequence[Mapping[str, ArrayLike]]], object] | None = None
        self._params = _owners(model.net)
        self._held = {param.key: _zeros(param) for param in _held(model)}
        self._histories: list[Histories] | None = None
        self._taken: dict[Any, Array] = {}  # from each parameter in the last iteration, where snapshots have it
        learned = [Learned(param.lr_mult, param.decay_mult) for param in self._params]
        self._update = learner.compiled(partial(updated, solver.params, learned, learner.words))

    @property
    def params(self) -> SolverParameter:
        return self.solver.params

    @property
    def net(self) -> Net:
        return self.model.net

    def set_params(self, params: Mapping[str, Sequence[ArrayLike]]) -> None:
        """As `Executable.set_params`: all blobs of the layers named, in Caffe's order and layout. Raises SpecError."""
        self.model.set_params(params)
        for node in self.net.layers:
            for param, blob in zip(node.blobs, params.get(node.name, ()), strict=False):
                if param.key in self._held:
                    self._held[param.key] = np.array(blob, copy=True)

    def get_params(self) -> dict[str, list[Floats]]:
        """All parameters, by layer, in Caffe's order and layout."""
        found = self.model.get_params()
        for node in self.net.layers:
            for i, param in enumerate(node.blobs):
                if param.key in self._held:
                    found[node.name][i] = self._held[param.key].astype(found[node.name][i].dtype)
        return found

    def step(self, inputs: Mapping[str, ArrayLike], *more: Mapping[str, ArrayLike]) -> float:
        """One iteration; returns its loss, the mean over its batches.

        With iter_size the gradients of so many batches are added up: give each, or one that is taken each time. Raises
        SpecError (NS407) for inputs that are missing, foreign or of another shape, and ValueError for another number of
        batches.
        """
        size = self.params.iter_size
        batches = (inputs, *more) if more else (inputs,) * size
        if len(batches) != size:
            raise ValueError(f"an iteration takes {size} batches, not {len(batches)}")
        moving = [i for i, param in enumerate(self._params) if _moves(self.net, param)]
        paths = [self.model.slot(self._params[i]).path for i in moving]
        loss, sums = 0.0, list[Array]()
        for batch in batches:
            more_loss, found = self.model.gradients(batch, paths)
            loss += more_loss / size
            sums = [a + b for a, b in zip(sums, found, strict=True)] if sums else found
        if self.before_update:
            self.before_update(loss, batches)
        self._apply(dict(zip(moving, sums, strict=True)))
        return loss

    def _apply(self, gradients: Mapping[int, Array]) -> None:
        """Source: SGDSolver::ApplyUpdate. Parameters without a gradient have one of zeros: their weights stay, but
        the histories of squares take the decay in."""
        learner, rule = self.learner, RULES[self.solver.type]
        self.rate, self._step = rate_at(self.params, self.iteration, self._step)
        rate = learner.number(self.rate * rule.correction(self.params, self.iteration))
        weights = [self._weight(param) for param in self._params]
        taken = [gradients[i] if i in gradients else weight * 0 for i, weight in enumerate(weights)]
        new, self._histories = self._update(rate, weights, taken, self._kept_histories())
        if self.params.snapshot_diff:
            pairs = zip(self._params, weights, new, strict=True)
            self._taken = {p.key: old - weight for p, old, weight in pairs if p.key not in self._held}
        for param, weight in zip(self._params, new, strict=True):
            if param.blob.learnable and param.key not in self._held:
                learner.assign(self.model.slot(param).path, weight)
        self.iteration += 1

    @property
    def learner(self) -> Learner:
        """What runs the net."""
        learner = self.model.learner
        assert learner is not None
        return learner

    def _weight(self, param: Param) -> Array:
        if param.key in self._held:
            return self.learner.kept(self._held[param.key])
        return self.learner.tensor(self.model.slot(param).path)

    def _kept_histories(self) -> list[Histories]:
        if self._histories is None:
            count = RULES[self.solver.type].histories
            self._histories = [(self._weight(param) * 0,) * count for param in self._params]
        return self._histories

    # Where training stands, in files.

    def state(self, weights: str = "") -> State:
        """What a `.solverstate` holds. weights: the file of the parameters."""
        kinds = zip(*self._kept_histories(), strict=True)
        history = (
            self._blob(param, values) for kind in kinds for param, values in zip(self._params, kind, strict=True)
        )
        return State(self.iteration, weights, tuple(history), self._step)

    def snapshot(self, folder: str | Path = ".", replace: bool = False) -> Path:
        """Writes `PREFIX_iter_N.caffemodel` and `PREFIX_iter_N.solverstate` to a folder, in Caffe's formats, with .h5
        behind where snapshot_format is HDF5; returns the path of the latter. PREFIX is the last part of
        snapshot_prefix, else the name of the solver's file. With snapshot_diff, what the last iteration has taken
        stands beside the weights.

        Raises FileExistsError for files that are there, unless they are to be replaced, and OSError.
        """
        prefix = Path(self.params.snapshot_prefix).name or Path(self.solver.name).stem
        path = Path(folder) / f"{prefix}_iter_{self.iteration}"
        in_hdf5 = self.params.snapshot_format is SnapshotFormat.HDF5
        weights, state = (path.with_name(f"{path.name}.{s}{'.h5' * in_hdf5}") for s in ("caffemodel", "solverstate"))
        diffs = self._diffs() if self.params.snapshot_diff else {}
        files.write(weights, snapshot(self.net, self.get_params(), diffs, in_hdf5), replace)
        write = solverstate.write_hdf5 if in_hdf5 else solverstate.write
        files.write(state, write(self.state(weights.name)), replace)
        return state

    def _diffs(self) -> dict[str, list[Floats]]:
        """What the last iteration has taken from each parameter, by layer: Caffe's diffs after Net::Update."""
        zeros = {param.key: param for param in self._params if param.key not in self._taken}
        found = {key: np.zeros(integers(param.blob.shape) or (), np.float32) for key, param in zeros.items()}
        found |= {
            param.key: self._blob(param, self._taken[param.key]) for param in self._params if param.key not in zeros
        }
        return {node.name: [found[param.owner] for param in node.blobs] for node in self.net.layers if node.blobs}

    def resume(self, state: str | Path, weights: str | Path | None = None) -> None:
        """Goes on from a `.solverstate`. weights: the file of the parameters; by default the one that the state names,
        beside it. A state that names none leaves the parameters as they are.

        Raises SpecError: NS811, NS812 for a state that cannot be read or is of another solver, NS802 where its weights
        are not there, NS5xx for weights that do not fit; OSError. Nothing has changed then.
        """
        path = Path(state)
        found = solverstate.read(path.name, file_bytes(path))
        histories = self._fitting(path.name, found)
        if weights is None and found.weights:
            weights = located(found.weights, path.parent)
            if weights is None:
                message = f'{path.name} names its weights "{found.weights}", which are not beside it'
                raise SpecError([MissingFile(message, help='say where they are: weights="…"')])
        if weights is not None:
            self.set_params(load_weights(weights, self.net))
        self.iteration, self._step, self._histories = found.iteration, found.step, histories

    def restore(self, name: str, params: Mapping[str, Sequence[ArrayLike]], state: State) -> None:
        """Goes on from what `get_params` and `state` gave. name: what is said to have been read. Raises SpecError
        (NS812, NS5xx) for those of another solver; nothing has changed then."""
        histories = self._fitting(name, state)
        self.set_params(params)
        self.iteration, self._step, self._histories = state.iteration, state.step, histories

    def _fitting(self, name: str, state: State) -> list[Histories]:
        """The histories of a state, by parameter. Raises SpecError (NS812)."""
        count, kinds = len(self._params), RULES[self.solver.type].histories
        if len(state.history) != count * kinds:
            needed = f"{self.solver.type} keeps {kinds} for each of {count} parameters"
            message = f"{name} has {len(state.history)} arrays of history, but {needed}"
            raise SpecError([OtherState(message)])
        for i, values in enumerate(state.history):
            wanted = integers(self._params[i % count].blob.shape) or ()
            if values.shape != wanted:
                message = f"{name} has {show(values.shape)} as history {i}, of a parameter of {show(wanted)}"
                raise SpecError([OtherState(message)])
        return [
            tuple(self._tensor(param, state.history[i + kind * count]) for kind in range(kinds))
            for i, param in enumerate(self._params)
        ]

    def _tensor(self, param: Param, blob: Floats) -> Array:
        slot = self.model.slot(param)
        return self.learner.kept(blob if param.key in self._held else stored(slot, blob))

    def _blob(self, param: Param, tensor: Array) -> Floats:
        values = self.learner.fetched(tensor)
        return values if param.key in self._held else restored(self.model.slot(param), values)


def moving(net: Net) -> list[Param]:
    """The parameters that Caffe computes a gradient for, in the order of the layers."""
    return [param for param in _owners(net) if _moves(net, param)]


def _moves(net: Net, param: Param) -> bool:
    """Source: Net::Init."""
    return param.blob.learnable and bool(param.lr_mult or net.force_backward)


def _owners(net: Net) -> list[Param]:
    """Caffe's learnable_params: every parameter once, in the order of the layers."""
    return [param for node in net.layers for param in node.blobs if param.owner == param.key]


def _held(model: Executable) -> Iterator[Param]:
    """Those that the module does not keep as Caffe does: BatchNorm's sums where they are kept divided. Nothing moves
    them then."""
    for node in model.net.layers:
        if any(not model.slot(param).path for param in node.blobs):
            yield from (param for param in node.blobs if not param.blob.learnable)


def _zeros(param: Param) -> Floats:
    return np.zeros(integers(param.blob.shape) or ())
