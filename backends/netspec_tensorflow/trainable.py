"""A net as a dataflow graph that a session trains: variables, and nodes that begin them and move them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from netspec.backend.executable import Executable, Floats, expect_filled_in, run_text
from netspec.diagnostics import SpecError
from netspec.emit import Emission
from netspec.emit.learning import learning
from netspec.net import Net
from netspec.problems.backends import NotExported
from netspec.solver import Solver
from netspec.solver.fields import SolverParameter
from netspec.solver.rules import RULES, Learned, updated
from netspec.solver.schedule import POLICIES, boundaries
from netspec.training.script import able, losses
from netspec.training.trainer import moving
from netspec_tensorflow.graph import as_text, assignable, forward, members, nodes_of, placeholders, put, whole
from netspec_tensorflow.nodes import named, node_names, scope_beside
from netspec_tensorflow.runner import framework, words

WELL_KNOWN = INIT, TRAIN, LOSS, RATE, STEP = "init", "train", "total_loss", "learning_rate", "global_step"


def trainable_graph(
    solver: Solver, params: Mapping[str, Sequence[ArrayLike]] | None = None, form: str = ".pb"
) -> bytes | str:
    """The graph of a solver's net, with what trains it. form: `.pb` and `.pbtxt` are a GraphDef, `.meta` is a
    MetaGraphDef, which has the collections of variables as well. docs/graphs.md says what its nodes are called.

    params: what layers begin with, in Caffe's order and layout; others begin as filled, by chance anew in each `init`.
    Raises SpecError as building the net does, (NS813) where nothing learns, and (NS409) for iter_size, since `train`
    takes one batch.
    """
    if solver.params.iter_size != 1:
        message = f"the train op of a graph takes one batch, and iter_size is {solver.params.iter_size}"
        raise SpecError([NotExported(message, help="compile the solver without --graph: its program takes them")])
    net, outputs, emit = whole(solver.net)
    expect_filled_in(net)
    emission = emit()
    able(net, learning(net, emission.slots))
    names = node_names(net, outputs, WELL_KNOWN)
    gradients, optimizer = (scope_beside(scope, names.all) for scope in ("gradients", "optimizer"))
    others = (*names.all, *WELL_KNOWN, gradients, optimizer)
    scopes = _Scopes(scope_beside(emission.class_name, others), gradients, optimizer)
    tf = framework()
    with tf.Graph().as_default() as graph:
        if solver.params.random_seed >= 0:
            tf.compat.v1.set_random_seed(solver.params.random_seed % (1 << 31))
        with tf.name_scope(scopes.module):
            module, variables = _module(net, emission, params or {})
        feeds = placeholders(module, "float32")
        with tf.name_scope(f"{scopes.module}/"):
            results = forward(module, emission, feeds)
        _training(solver, net, emission, variables, results, scopes)
        renamed = nodes_of(names, dict(zip(emission.inputs, feeds, strict=True)), results)
        definition = graph.as_graph_def()
        named(definition, renamed)
        if form == ".meta":
            definition = tf.compat.v1.train.export_meta_graph(graph_def=definition, graph=graph)
    return as_text(definition) if form == ".pbtxt" else bytes(definition.SerializeToString())


class _Scopes(NamedTuple):
    module: str
    gradients: str
    optimizer: str


@dataclass
class _Held:
    """A variable in the making; then what the forward function reads of it, and what it leaves in it."""

    begin: Any
    trainable: bool
    paths: list[str] = field(default_factory=list[str])
    variable: Any = None
    read: Any = None
    left: Any = None

    @property
    def name(self) -> str:
        return self.paths[0].replace(".", "/")

    def assign(self, new: Any) -> None:
        raise TypeError("not before there is a graph")  # it has the word, by which `members` knows variables


def _module(net: Net, emission: Emission, params: Mapping[str, Sequence[ArrayLike]]) -> tuple[Any, dict[str, _Held]]:
    """The emitted module with tensors in the place of its variables, and these by their paths; the scope is open."""
    tf = framework()

    def begin(_: Any, **given: Any) -> Any:
        return _Held(given["initial_value"], given.get("trainable") is not False)

    with tf.variable_creator_scope(begin):
        module = run_text(emission.text, net.name)[emission.class_name](tf.float32)
    values, found = _given(net, emission, params), dict[str, _Held]()
    for path, held in [*members(module)]:
        held.paths.append(path)
        found[path] = held
    for path, held in found.items():
        if path != held.paths[0]:  # of several parameters that are one
            continue
        value = next((values[each] for each in held.paths if each in values), None)
        begin_with = held.begin if value is None else tf.constant(value, "float32", name=f"{held.name}/initial")
        held.variable = tf.Variable(begin_with, trainable=held.trainable, name=held.name)
        with tf.name_scope(f"{held.variable.op.name}/"):
            held.read = tf.identity(held.variable.read_value(), "value")
        _show(module, held, held.read)
    return module, found


def _show(module: Any, held: _Held, tensor: Any) -> None:
    """Puts a tensor in the place of a variable. What is assigned to that is read from then on, and left in the end."""

    def assign(new: Any) -> Any:
        held.left = new
        _show(module, held, framework().identity(new))
        return new

    for path in held.paths:
        put(module, path, assignable(tensor, assign))


class _Values(dict[str, Floats]):
    """A `Runner` so far as it takes parameters."""

    def write(self, path: str, value: Floats) -> None:
        self[path] = value


def _given(net: Net, emission: Emission, params: Mapping[str, Sequence[ArrayLike]]) -> Mapping[str, Floats]:
    """The parameters of these layers as the module keeps them, by path. Raises SpecError."""
    values: Any = _Values()
    Executable(net, lambda _: emission, lambda _: values).set_params(params)
    return values


def _training(
    solver: Solver,
    net: Net,
    emission: Emission,
    variables: Mapping[str, _Held],
    results: Mapping[str, Any],
    scopes: _Scopes,
) -> None:
    """Makes the nodes that train, outside of any scope."""
    tf, params, rule = framework(), solver.params, RULES[solver.type]
    keys = tf.compat.v1.GraphKeys

    def own() -> Any:
        return tf.name_scope(f"{scopes.optimizer}/")

    held = [variables[emission.slots[param.key].path] for param in moving(net)]
    weights = [each.read for each in held]
    with own():
        terms = [tf.reduce_sum(results[blob]) * float(weight) for blob, weight in losses(net).items()]
        total = tf.add_n(terms)
        found = tf.gradients(total, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    loss = tf.identity(total, LOSS)
    gradients = [
        tf.identity(gradient, f"{scopes.gradients}/{each.name}") for gradient, each in zip(found, held, strict=True)
    ]
    count = tf.Variable(0, trainable=False, dtype=tf.int64, name=STEP)
    with tf.name_scope(f"{STEP}/"):
        step = tf.identity(count.read_value(), "value")
    with own():
        iteration = tf.cast(step, tf.float64)
        default = tf.cast(rate_of(params, iteration), tf.float32)
    given = tf.compat.v1.placeholder_with_default(default, (), RATE)
    with own():
        rate = tf.cast(tf.cast(given, tf.float64) * rule.correction(params, iteration), tf.float32)
        kept = [[*_histories(each, rule.histories)] for each in held]
        histories = [tuple(variable.read_value() for variable in each) for each in kept]
        multipliers = [Learned(param.lr_mult, param.decay_mult) for param in moving(net)]
        new, left = updated(params, multipliers, words(), rate, weights, gradients, histories)
        moves = [each.variable.assign(value).op for each, value in zip(held, new, strict=True)]
        for each, values in zip(kept, left, strict=True):
            moves += [variable.assign(value).op for variable, value in zip(each, values, strict=True)]
        for each in {id(each): each for each in variables.values() if each.left is not None}.values():
            moves.append(each.variable.assign(each.left).op)
            tf.compat.v1.add_to_collection(keys.UPDATE_OPS, moves[-1])
        moves.append(count.assign(step + 1).op)
    tf.compat.v1.add_to_collection(keys.GLOBAL_STEP, count)
    tf.compat.v1.add_to_collection(keys.LOSSES, loss)
    tf.compat.v1.add_to_collection(keys.TRAIN_OP, tf.group(*moves, name=TRAIN))
    tf.group(*(variable.initializer for variable in tf.compat.v1.global_variables()), name=INIT)


def _histories(held: _Held, count: int) -> Iterator[Any]:
    """Variables of a weight's shape, 0 at first; the scope is open."""
    tf = framework()
    for i in range(count):
        zeros = tf.zeros(held.variable.shape, "float32")
        yield tf.Variable(zeros, trainable=False, name=f"{held.name}/history{i}")


def rate_of(params: SolverParameter, iteration: Any) -> Any:
    """What `rate_at` gives, as a tensor."""
    tf, steps = framework(), iteration * 0
    if params.lr_policy == "step":
        steps = iteration // params.stepsize
    elif params.lr_policy == "multistep":
        reached = [tf.cast(iteration >= step, tf.float64) for step in boundaries(params.stepvalue)]
        steps = tf.add_n(reached) if reached else steps
    return POLICIES[params.lr_policy].rate(params, iteration, steps)
