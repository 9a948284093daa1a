"""A program that trains in TensorFlow as a solver says."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.emit.learning import learning
from netspec.solver import Solver
from netspec.solver.fields import SolverParameter
from netspec.training.script import able, imports, joined, main, outputs, rate_function, signature, sum_of_losses
from netspec_tensorflow.target import emitted

BY_HAND = ("AdaGrad", "RMSProp")  # Keras adds its epsilon inside of the root


def script(solver: Solver) -> str:
    """The module of the net that is trained, and what trains it. Raises SpecError."""
    net = solver.net.compiled
    emission = emitted(net, outputs(net), flat=True)
    learned = learning(net, emission.slots)
    able(net, learned)
    name, loss = emission.class_name, sum_of_losses(net, "tf.reduce_sum({})")
    own = [*rate_function(solver.params), "", "", *_train(solver, name, learned.usual)]
    own = [line.replace("LOSS", loss).replace("MODEL", name) for line in own]
    lines = [*own, *main(solver, name, "tf.Tensor", "tf.random.uniform([{}])")]
    return joined(emission.text, "import tensorflow as tf\n", imports(solver.params), lines)


def _train(solver: Solver, name: str, usual: bool) -> Iterator[str]:
    params, kind = solver.params, solver.type
    decay = repr(params.weight_decay)
    yield from signature(name, "tf.Tensor", params)
    if usual:
        yield "    variables = [*model.trainable_variables]"
        yield f'    groups = [{{"variables": variables, "learning_rate": 1.0, "weight_decay": {decay}}}]'
    else:
        yield f"    groups = model.param_groups(lr=1.0, weight_decay={decay})"
        yield '    variables = [variable for group in groups for variable in group["variables"]]'
    yield from _optimizers(params, kind)
    yield ""
    yield "    @tf.function(autograph=False)"
    yield "    def gradients(*batch: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:"
    yield "        with tf.GradientTape() as tape:"
    yield "            outputs = model(*batch)"
    yield "            loss = LOSS"
    yield "        found = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)"
    yield "        return loss, [tf.convert_to_tensor(gradient) for gradient in found]"
    yield ""
    yield "    feed = iter(batches)"
    yield "    for iteration in range(iterations):"
    yield "        loss, found = gradients(*next(feed))"
    if params.iter_size != 1:
        yield f"        for _ in range({params.iter_size - 1}):"
        yield "            more_loss, more = gradients(*next(feed))"
        yield "            loss, found = loss + more_loss, [a + b for a, b in zip(found, more, strict=True)]"
    if params.clip_gradients >= 0:
        yield f"        found, _ = tf.clip_by_global_norm(found, {params.clip_gradients!r})"
    if params.iter_size != 1:
        yield f"        loss, found = loss / {params.iter_size}, [gradient / {params.iter_size} for gradient in found]"
    yield "        left = iter(found)"
    pairs = "group in groups" if kind in BY_HAND else "group, optimizer in zip(groups, optimizers, strict=True)"
    yield f"        for {pairs}:"
    yield '            at = rate(iteration) * group["learning_rate"]'
    if kind not in BY_HAND:
        yield "            optimizer.learning_rate = at"
        yield "            pairs = []"
    yield '            for variable in group["variables"]:'
    yield "                gradient = next(left)"
    if params.weight_decay:
        what = "variable" if params.regularization_type == "L2" else "tf.sign(variable)"
        yield f'                gradient += group["weight_decay"] * {what}'
    if kind in BY_HAND:
        yield "                square = squares[variable.ref()]"
        kept = params.rms_decay
        new = "square + gradient**2" if kind == "AdaGrad" else f"{kept!r} * square + {1 - kept!r} * gradient**2"
        yield f"                square.assign({new})"
        yield f"                variable.assign_sub(at * gradient / (tf.sqrt(square) + {params.delta!r}))"
    else:
        yield "                pairs.append((gradient, variable))"
        yield "            optimizer.apply_gradients(pairs)"
    yield "        yield float(loss)"


def _optimizers(params: SolverParameter, kind: str) -> Iterator[str]:
    momentum, delta = repr(params.momentum), repr(params.delta)
    if params.weight_decay:
        yield "    # Caffe's decay is part of the gradient; what Keras calls weight_decay is not."
    if kind in BY_HAND:
        yield "    # Caffe adds its epsilon to the root, Keras to what is under it: so the rule is written out."
        yield "    squares = {variable.ref(): tf.Variable(tf.zeros_like(variable)) for variable in variables}"
        return
    calls = {
        "SGD": f"SGD(1.0, momentum={momentum})",
        "Nesterov": f"SGD(1.0, momentum={momentum}, nesterov={params.momentum != 0})",
        "AdaDelta": f"Adadelta(1.0, rho={momentum}, epsilon={delta})",
        "Adam": f"Adam(1.0, beta_1={momentum}, beta_2={params.momentum2!r}, epsilon={delta})",
    }
    inside = "The rate is inside the history of momentum, as in Caffe."
    yield f"    # {inside if kind in ('SGD', 'Nesterov') else 'Its epsilon stands where Caffe has it.'}"
    yield f"    optimizers = [tf.keras.optimizers.{calls[kind]} for _ in groups]"
