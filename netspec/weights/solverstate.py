"""Caffe's `.solverstate`: where training stands. Source: SolverState in caffe.proto, SGDSolver::SnapshotSolverState."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netspec.diagnostics import SpecError
from netspec.problems.solver import UnreadableState
from netspec.weights import caffemodel
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
    """Raises SpecError (NS811) for what is no state."""
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


def write(state: State) -> bytes:
    """The state as Caffe writes it."""
    parts: list[bytes] = [number(ITER, state.iteration), caffemodel.text(LEARNED_NET, state.weights)]
    for values in _blobs(state.history):
        parts += caffemodel.message(HISTORY, caffemodel.encoded(values))
    return b"".join((*parts, number(CURRENT_STEP, state.step)))


def _blobs(history: Sequence[Floats]) -> Sequence[SavedBlob]:
    return [SavedBlob(values) for values in history]
