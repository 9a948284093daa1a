"""What scripts that train as a solver says have in common, whatever the framework: the rate, and the loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netspec.backend.door import find
from netspec.diagnostics import SpecError
from netspec.emit.learning import Learning
from netspec.net import Net
from netspec.problems.backends import UnknownBackend
from netspec.problems.solver import NothingToLearn
from netspec.shapes import integers
from netspec.solver import Solver
from netspec.solver.fields import SolverParameter
from netspec.solver.schedule import boundaries

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def script(solver: Solver, backend: str = "torch") -> str:
    """The text of a program that trains the solver's net, and needs nothing of netspec: the module, its optimizer, the
    rate and the loop. Raises SpecError where the backend writes none, or a layer has no meaning there."""
    made = getattr(find(backend), "script", None)
    if made is None:
        raise SpecError([UnknownBackend(f'backend "{backend}" does not train', help="take torch or tensorflow")])
    return made(solver)


def trainable_graph(
    solver: Solver, backend: str, form: str, params: Mapping[str, Sequence[ArrayLike]] | None = None
) -> bytes | str:
    """A dataflow graph of the solver's net that a session can train. form: the end of its file's name. params: what
    layers begin with in the place of fillers, in Caffe's order and layout. Raises SpecError as `script` does."""
    made = getattr(find(backend), "trainable_graph", None)
    if made is None:
        raise SpecError([UnknownBackend(f'backend "{backend}" has no graph that trains', help="take tensorflow")])
    return made(solver, params, form)


def rate_function(params: SolverParameter) -> list[str]:
    """The lines of `rate(iteration)`."""
    base, gamma, power = map(repr, (params.base_lr, params.gamma, params.power))
    middle = f"(iteration - {params.stepsize})"
    formulas = {
        "fixed": base,
        "step": f"{base} * {gamma} ** (iteration // {params.stepsize})",
        "exp": f"{base} * {gamma}**iteration",
        "inv": f"{base} * (1 + {gamma} * iteration) ** -{power}",
        "multistep": f"{base} * {gamma} ** sum(iteration >= step for step in {boundaries(params.stepvalue)})",
        "poly": f"{base} * (1 - iteration / {params.max_iter}) ** {power}",
        "sigmoid": f"{base} * (1 + math.tanh({gamma} * {middle} / 2)) / 2  # 1 / (1 + exp(-gamma ...))",
    }
    return [
        "def rate(iteration: int) -> float:",
        f'    """The learning rate of an iteration, counted from 0: {params.lr_policy}."""',
        f"    return {formulas[params.lr_policy]}",
    ]


def losses(net: Net) -> dict[str, float]:
    """The blobs that are terms of the loss, each with the weight of its elements."""
    names = {value: blob for blob, value in net.latest.items()}
    return {
        names[value]: weight
        for node in net.layers
        for value, weight in zip(node.outputs, node.loss_weights, strict=False)
        if weight and value in names
    }


def outputs(net: Net) -> tuple[str, ...]:
    """What the module of a script returns: the terms of the loss."""
    return tuple(losses(net)) or net.returned


def sum_of_losses(net: Net, total: str) -> str:
    """The loss, from what the module returns in `outputs`. total: what adds up a blob, as a format."""
    terms = losses(net)
    alone = len(outputs(net)) == 1
    parts = list[str]()
    for name, weight in terms.items():
        blob = "outputs" if alone else f"outputs[{name!r}]"
        summed = blob if net.blobs[name] == () else total.format(blob)
        parts.append(summed if weight == 1 else f"{float(weight)!r} * {summed}")
    return " + ".join(parts) or "0.0"


def joined(module: str, framework: str, imports: Sequence[str], lines: Iterable[str]) -> str:
    """The text of a module with further imports before that of the framework, and with what trains it behind."""
    head, first, rest = module.partition(framework)
    wanted = "".join(f"{line}\n" for line in imports if f"{line}\n" not in head)
    between = "" if head.endswith(("\n\n", '"""\n')) or not wanted else "\n"
    behind = "\n".join(lines)
    return f"{head}{between}{wanted}\n{first}{rest}\n\n{behind}\n"


def main(solver: Solver, name: str, tensor: str, drawn: str) -> Iterator[str]:
    """The lines that begin training, with stand-ins for data. name: of the module's class. tensor: of what a
    batch is made. drawn: what makes numbers from 0 to 1 of a shape, as a format."""
    shapes = [integers(solver.net.blobs[each]) for each in solver.net.inputs]
    if None in shapes:
        return
    every = solver.params.display or max(1, solver.params.max_iter // 10)
    made = ", ".join(drawn.format(", ".join(map(str, shape or ()))) for shape in shapes)
    head = f"def batches() -> Iterator[tuple[{tensor}, ...]]:"
    yield from ("", "", head, '    """Stand-ins: put your data here."""', "    while True:")
    yield f"        yield {made}{',' * (len(shapes) == 1)}"
    yield from ("", "", 'if __name__ == "__main__":')
    yield f"    for iteration, loss in enumerate(train({name}(), batches())):"
    if every > 1:
        yield f"        if iteration % {every} == 0:"
    deeper = "    " * (every > 1)
    yield f'{deeper}        print(f"iteration {{iteration}}: rate {{rate(iteration):g}}, loss {{loss:.4f}}")'


def signature(name: str, tensor: str, params: SolverParameter) -> list[str]:
    """The head of `train`, with what it says of itself."""
    batches = "iteration takes one" if params.iter_size == 1 else f"iteration takes {params.iter_size}"
    return [
        "def train(",
        f"    model: {name}, batches: Iterable[tuple[{tensor}, ...]], iterations: int = {params.max_iter}",
        ") -> Iterator[float]:",
        '    """Gives the loss of each iteration.',
        "",
        f"    batches: tuples of what the module takes, in its order; an {batches}.",
        '    """',
    ]


def imports(params: SolverParameter) -> list[str]:
    """What `rate` and `train` need beside the framework."""
    needed = ["import math"] if params.lr_policy == "sigmoid" else []
    return [*needed, "from collections.abc import Iterable, Iterator"]


def able(net: Net, learned: Learning) -> None:
    """Raises SpecError (NS813) for a net that learns nothing."""
    if not losses(net):
        raise SpecError([NothingToLearn("the net has no loss", help="a loss layer, or loss_weight, gives one")])
    if not learned.groups:
        raise SpecError([NothingToLearn("no parameter of the net learns")])
