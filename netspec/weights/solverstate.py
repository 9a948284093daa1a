"""Caffe's `.solverstate`: where training stands. Source: SolverState in caffe.proto, the functions of SGDSolver
that begin with SnapshotSolverStateTo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netspec.diagnostics import SpecError
from netspec.problems.solver import UnreadableState
from netspec.weights import caffemodel, hdf5
from netspec.weights.blobs import Floats, SavedBlob
from netspec.weights.wire import BYTES, VARINT, Damaged, Reader, number, signed

ITER, LEARNED_NET, HISTORY, CURRENT_STEP = 1, 2, 3, 4


@dataclass(frozen=True)
class State:
    """iteration: how many there have been. weights: the file that the weights of then are in, "" for none. history: the
    arrays that the rule keeps, those of the first kind for all parameters before those of the second. step: how many
    steps of the rate have been taken."""

    iteration: int
    weights: str
    history: tuple[Floats, ...]
    step: int = 0


def read(file: str, data: bytes) -> State:
    """Of either format. Raises SpecError (NS811) for what is no state."""
    if data.startswith(hdf5.MAGIC):
        return _of_hdf5(file, data)
    numbers, weights, history = {ITER: 0, CURRENT_STEP: 0}, "", list[Floats]()
    try:
        reader = Reader(data)
        for field in reader.fields(0, len(data)):
            if field.number in numbers and field.wire == VARINT:
                numbers[field.number] = signed(field.value)
            elif field.number == LEARNED_NET and field.wire == BYTES:
                weights = bytes(reader.data[field.start : field.end]).decode(errors="backslashreplace")
            elif field.number == HISTORY and field.wire == BYTES:
                history.append(caffemodel.blob(reader, field).values)
            else:
                raise Damaged(f"it has a field {field.number} that no state has")
    except Damaged as damage:
        raise SpecError([UnreadableState(f"{file} cannot be read as the state of a solver: {damage}")]) from None
    if not data or min(numbers.values()) < 0:
        raise SpecError([UnreadableState(f"{file} cannot be read as the state of a solver: it says no iteration")])
    return State(numbers[ITER], weights, tuple(history), numbers[CURRENT_STEP])


def _of_hdf5(file: str, data: bytes) -> State:
    try:
        found = hdf5.datasets(data)
        history = [found[f"history/{i}"] for i in range(sum(name.startswith("history/") for name in found))]
        iteration, step = (int(np.asarray(found[name], np.float64).reshape(())) for name in ("iter", "current_step"))
        if min(iteration, step) < 0 or any(isinstance(values, str) for values in history):
            raise ValueError("it says no iteration")
    except SpecError:
        raise
    except Exception as error:  # what h5py raises for damage is of all kinds
        said = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise SpecError([UnreadableState(f"{file} cannot be read as the state of a solver: {said}")]) from None
    return State(iteration, str(found.get("learned_net", "")), tuple(np.asarray(values) for values in history), step)


def write_hdf5(state: State) -> bytes:
    """The state as Caffe writes it with `snapshot_format: HDF5`. Raises SpecError (NS505)."""
    with hdf5.writing() as (file, content):
        file["iter"] = np.array([state.iteration], np.int32)
        file["learned_net"] = np.bytes_(state.weights.encode(errors="backslashreplace") + b"\0")
        file["current_step"] = np.array([state.step], np.int32)
        history = file.create_group("history")
        for i, values in enumerate(state.history):
            history[str(i)] = values
    return content.getvalue()


def write(state: State) -> bytes:
    """The state as Caffe writes it."""
    parts: list[bytes] = [number(ITER, state.iteration), caffemodel.text(LEARNED_NET, state.weights)]
    for values in _blobs(state.history):
        parts += caffemodel.message(HISTORY, caffemodel.encoded(values))
    return b"".join((*parts, number(CURRENT_STEP, state.step)))


def _blobs(history: Sequence[Floats]) -> Sequence[SavedBlob]:
    return [SavedBlob(values) for values in history]
