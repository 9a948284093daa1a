"""NS8xx: solvers, and the states that training goes on from."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic, Severity


class TrainNetCount(Diagnostic):
    """A solver trains one net. This one names none, or several.

    ## Example
    ```
    net: "lenet.prototxt"
    train_net: "lenet_train.prototxt"
    ```
    ## Instead
    Keep one of `net`, `net_param`, `train_net` and `train_net_param`. A net that is only for tests is a `test_net`.
    """

    code = "NS801"
    title = "train-net-count"


class MissingFile(Diagnostic):
    """A file that the solver names is not there.

    Caffe looks in the folder that it is started in. netspec looks in the solver's own folder; where the path begins
    with folders that the solver lies in, from there; then for what the path ends with, beside the solver. It never
    leaves these folders.

    ## Instead
    Put the file beside the solver, or name the folder that its path begins in: `--import-path FOLDER`.
    """

    code = "NS802"
    title = "missing-file"


class UnknownSolverType(Diagnostic):
    """There is no rule of this name.

    ## Example
    ```
    type: "adam"
    ```
    ## Instead
    One of SGD, Nesterov, AdaGrad, RMSProp, AdaDelta and Adam, written so.
    """

    code = "NS803"
    title = "unknown-solver-type"


class TwoSolverTypes(Diagnostic):
    """The rule is said twice, by `type` and by the older `solver_type`. Caffe refuses this, also where they agree.

    ## Instead
    Keep `type`.
    """

    code = "NS804"
    title = "two-solver-types"


class UnknownPolicy(Diagnostic):
    """The rate changes by no policy of this name, or `lr_policy` is not given.

    ## Example
    ```
    lr_policy: "plateau"
    ```
    which is one of a fork.
    ## Instead
    One of fixed, step, exp, inv, multistep, poly and sigmoid.
    """

    code = "NS805"
    title = "unknown-policy"


class BadSchedule(Diagnostic):
    """A field by which the rate is computed is missing, or is such that there is no rate.

    ## Example
    ```
    lr_policy: "step"
    gamma: 0.1
    ```
    does not say after how many iterations the rate is multiplied by gamma.
    ## Instead
    Give `stepsize` with step and sigmoid, `max_iter` with poly, and no `gamma` below 0.
    """

    code = "NS806"
    title = "bad-schedule"


class UnsaidRate(Diagnostic):
    """A field by which the rate is computed is not given, and is 0, by which nothing is learnt or the rate never
    changes. Caffe accepts this.

    ## Example
    ```
    lr_policy: "exp"
    base_lr: 0.01
    ```
    has the rate 0 from the second iteration on.
    ## Instead
    Give the field. `netspec explain NS805` lists the policies, docs/training.md their formulas.
    """

    code = "NS807"
    title = "unsaid-rate"
    severity = Severity.WARNING


class UnusableMomentum(Diagnostic):
    """AdaGrad and RMSProp keep squares of gradients, and have no momentum.

    ## Instead
    Remove `momentum`. What RMSProp keeps of its squares is `rms_decay`.
    """

    code = "NS808"
    title = "unusable-momentum"


class UnknownRegularization(Diagnostic):
    """Weights are kept small by the sum of their squares, L2, or of their magnitudes, L1; this is neither.

    ## Instead
    `regularization_type: "L2"`, or `"L1"`.
    """

    code = "NS809"
    title = "unknown-regularization"


class UnmatchedTests(Diagnostic):
    """The nets for tests, how long each test takes, and their states are not as many; or it is not said when they are
    tested.

    Each `test_net_param` and each `test_net` needs a `test_iter`, in this order. What is left of these is for `net` or
    `net_param`, which may be tested in several states. A `test_state` is given for each of all these, or for none.

    ## Example
    ```
    train_net: "train.prototxt"
    test_net: "test.prototxt"
    test_interval: 500
    ```
    ## Instead
    Add `test_iter: 100`: a test of 100 batches.
    """

    code = "NS810"
    title = "unmatched-tests"


class UnreadableState(Diagnostic):
    """A file is no `.solverstate`, or has been damaged.

    ## Instead
    Give the `.solverstate` that Caffe or netspec wrote; weights alone, a `.caffemodel`, are no state.
    """

    code = "NS811"
    title = "unreadable-state"


class OtherState(Diagnostic):
    """A state is not of this solver: the rule keeps as many arrays as there are parameters, or twice as many, each of
    its parameter's shape.

    ## Example
    The state of an Adam solver, which keeps two arrays of each parameter, given to an SGD solver, which keeps one.
    ## Instead
    Go on with the solver and the net that the state was written by, or begin anew from its weights.
    """

    code = "NS812"
    title = "other-state"


class NothingToLearn(Diagnostic):
    """The net that is to be trained has no loss, or no parameters that learn. Caffe runs such a net, to no end.

    ## Instead
    Give it a loss layer, or a layer whose `loss_weight` is not 0, and a layer with parameters whose `lr_mult` is not 0.
    """

    code = "NS813"
    title = "nothing-to-learn"


class NotFinite(Diagnostic):
    """While a net was trained, its loss became infinite, or no number at all. Training has stopped, since every weight
    would be none after the next update.

    The message names the first layer, in the order of the net, that has a parameter or an output which is not finite
    with the batch of that iteration. A parameter that is none has been made so by the update before. If it is the layer
    of the data, that holds such numbers.

    ## Example
    `the loss of iteration 37 is nan: that began in layer "conv1"`
    ## Instead
    Mostly the rate is too large: give a smaller `base_lr`, or hold the gradients with `clip_gradients`. Look at the
    data, whose values may be far larger than the fillers expect: `transform_param { scale: 0.00390625 }`.
    """

    code = "NS814"
    title = "not-finite"


class UnreadableRun(Diagnostic):
    """A file is no log of a run, or a folder has none.

    ## Instead
    Name the folder that `netspec train` printed, `runs/NAME` if it was not told another, or the `log.csv` in it.
    """

    code = "NS815"
    title = "unreadable-run"


class NothingToJudge(Diagnostic):
    """`netspec test` counts how often a net is right, and this net does not say what its scores are and where labels
    come from: it has no Accuracy and no SoftmaxWithLoss in TEST, or those read what other layers overwrite.

    ## Example
    A deployed net, whose only input is the picture.
    ## Instead
    Test the net that was trained, which has labels, or add a layer:
    `accuracy = Accuracy(ip2, label)` with `input label: [100]`.
    """

    code = "NS816"
    title = "nothing-to-judge"


PROBLEMS: tuple[type[Diagnostic], ...] = (
    TrainNetCount,
    MissingFile,
    UnknownSolverType,
    TwoSolverTypes,
    UnknownPolicy,
    BadSchedule,
    UnsaidRate,
    UnusableMomentum,
    UnknownRegularization,
    UnmatchedTests,
    UnreadableState,
    OtherState,
    NothingToLearn,
    NotFinite,
    UnreadableRun,
    NothingToJudge,
)
