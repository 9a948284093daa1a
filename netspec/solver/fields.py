"""The fields of a solver. Source: SolverParameter in Caffe's caffe.proto; what each is for, solver.cpp and the files of
solvers/."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, ClassVar

from netspec.layers.base import Field, Phase
from netspec.layers.message import Finite, Int64, Message


class SnapshotFormat(IntEnum):
    HDF5 = 0
    BINARYPROTO = 1


class SolverMode(IntEnum):
    CPU = 0
    GPU = 1


class SolverType(IntEnum):
    """How the first versions of Caffe named the rule; `type` does today."""

    SGD = 0
    NESTEROV = 1
    ADAGRAD = 2
    RMSPROP = 3
    ADADELTA = 4
    ADAM = 5


class StateParameter(Message):
    """Caffe's NetState, as a solver gives it for one of its nets. What is not given is the net's own."""

    phase: Phase | None = Field(None, description="TRAIN or TEST")
    level: int | None = Field(None, description="what include rules compare with")
    stage: tuple[str, ...] = Field((), description="stages that are on, beside the net's own")


class SolverParameter(Message):
    """How a net is trained. The nets themselves, in files or in messages, are those of `Solver`."""

    net: str = Field("", description="the file of the net, for training and for tests")
    train_net: str = Field("", description="the file of the net that is trained")
    test_net: tuple[str, ...] = Field((), description="the files of the nets that it is tested with")
    train_state: StateParameter | None = Field(None, description="the state of the net that is trained")
    test_state: tuple[StateParameter, ...] = Field((), description="of each net for tests its state")

    test_iter: tuple[int, ...] = Field((), description="of each net for tests how many batches make a test")
    test_interval: int = Field(0, description="iterations from one test to the next")
    test_compute_loss: bool = Field(False, description="whether a test gives the loss, too")
    test_initialization: bool = Field(True, description="whether it is tested before the first iteration")

    base_lr: Finite = Field(0.0, description="the rate that the policy begins from")
    display: int = Field(0, description="iterations from one line of the log to the next; 0 is none")
    average_loss: int = Field(1, ge=1, description="over how many iterations the loss in the log is averaged")
    max_iter: int = Field(0, description="how many iterations there are")
    iter_size: int = Field(1, ge=1, description="batches whose gradients are added up for one iteration")

    lr_policy: str = Field("", description="how the rate changes: fixed, step, exp, inv, multistep, poly, sigmoid")
    gamma: Finite = Field(0.0, description="step, multistep, exp: the factor; inv, sigmoid: how fast the rate changes")
    power: Finite = Field(0.0, description="inv, poly: the exponent")
    stepsize: int = Field(0, description="step: iterations with one rate; sigmoid: where it has half of its rise")
    stepvalue: tuple[int, ...] = Field((), description="multistep: the iterations at which the rate changes")

    type: str = Field("SGD", description="the rule: SGD, Nesterov, AdaGrad, RMSProp, AdaDelta, Adam")
    solver_type: SolverType | None = Field(None, description="the same, as the first versions of Caffe had it")
    momentum: Finite = Field(0.0, description="what is kept of the history from one iteration to the next")
    momentum2: Finite = Field(0.999, description="Adam: what is kept of the squares")
    rms_decay: float = Field(0.99, ge=0, lt=1, description="RMSProp: what is kept of the squares")
    delta: Finite = Field(1e-8, description="what keeps a divisor from 0")
    weight_decay: Finite = Field(0.0, description="how much of the weights is added to their gradients")
    regularization_type: str = Field("L2", description="L2, of the weights; L1, of their signs")
    clip_gradients: Finite = Field(-1.0, description="the norm that all gradients together have at most; below 0 any")

    snapshot: int = Field(0, description="iterations from one snapshot to the next; 0 is none")
    snapshot_prefix: str = Field("", description="what the names of snapshots begin with")
    snapshot_diff: bool = Field(False, description="whether snapshots hold the gradients, too")
    snapshot_format: SnapshotFormat = Field(SnapshotFormat.BINARYPROTO, description="BINARYPROTO or HDF5")
    snapshot_after_train: bool = Field(True, description="whether there is one at the end")

    solver_mode: SolverMode = Field(SolverMode.GPU, description="no effect: the device is said where training begins")
    device_id: tuple[int, ...] = Field((), description="no effect: the device is said where training begins")
    random_seed: Int64 = Field(-1, description="the seed of fillers and of layers of chance; below 0 none")
    debug_info: bool = Field(False, description="no effect: whether the log has the means of all blobs")
    weights: tuple[str, ...] = Field(
        (), description="files of weights to begin with; several may stand in one, by commas"
    )

    # Of weiliu89's fork, how detections are judged in tests; of BVLC's own, whether gradients are sent while others
    # are computed.
    ignored: ClassVar[Mapping[str, Any]] = {
        "layer_wise_reduce": bool,
        "eval_type": str,
        "ap_version": str,
        "show_per_class_result": bool,
    }
