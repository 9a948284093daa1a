"""A program that trains in PyTorch as a solver says."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.emit.learning import learning
from netspec.solver import Solver
from netspec.solver.fields import SolverParameter
from netspec.training.script import able, imports, joined, main, outputs, rate_function, signature, sum_of_losses
from netspec_torch.target import emitted


def script(solver: Solver) -> str:
    """The module of the net that is trained, and what trains it. Raises SpecError."""
    net = solver.net.compiled
    emission = emitted(net, outputs(net), flat=True)
    learned = learning(net, emission.slots)
    able(net, learned)
    name, loss = emission.class_name, sum_of_losses(net, "{}.sum()")
    own = [*rate_function(solver.params), "", "", *_train(solver, name, learned.usual), "", "", *EVALUATE]
    own = [line.replace("LOSS", loss).replace("MODEL", name) for line in own]
    lines = [*own, *main(solver, name, "Tensor", "torch.rand({})")]
    return joined(emission.text, "import torch\n", imports(solver.params), lines)


EVALUATE = """\
@torch.no_grad()
def evaluate(model: MODEL, batches: Iterable[tuple[Tensor, ...]]) -> float:
    \"\"\"The mean loss of batches, with the module as it is in use.\"\"\"
    model.eval()
    found = []
    for batch in batches:
        outputs = model(*batch)
        found.append(float(LOSS))
    model.train()
    return sum(found) / len(found)""".splitlines()


def _train(solver: Solver, name: str, usual: bool) -> Iterator[str]:
    params, kind = solver.params, solver.type
    inside = kind in ("SGD", "Nesterov") and params.lr_policy != "fixed"  # the rate, in the history
    decay = params.weight_decay if params.regularization_type == "L2" else 0.0
    yield from signature(name, "Tensor", params)
    if usual:
        yield "    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]"
        yield f'    groups = [{{"params": weights, "lr": 1.0, "weight_decay": {decay!r}}}]'
    else:
        yield f"    groups = model.param_groups(lr=1.0, weight_decay={decay!r})"
    if not inside:
        yield '    multipliers = [group["lr"] for group in groups]'
    elif decay:
        yield '    decays = [group["weight_decay"] for group in groups]'
    yield from _optimizer(params, kind, inside)
    yield '    learned = [parameter for group in groups for parameter in group["params"]]'
    yield "    for parameter in learned:"
    yield "        parameter.grad = torch.zeros_like(parameter)"
    yield "    feed = iter(batches)"
    yield "    model.train()"
    yield "    for iteration in range(iterations):"
    yield "        optimizer.zero_grad(set_to_none=False)"
    yield "        total = 0.0"
    if params.iter_size != 1:
        yield f"        for _ in range({params.iter_size}):"
    deeper = "    " if params.iter_size != 1 else ""
    yield f"{deeper}        outputs = model(*next(feed))"
    yield f"{deeper}        loss = LOSS"
    yield f"{deeper}        loss.backward()"
    yield f"{deeper}        total += loss.item()"
    if params.clip_gradients >= 0:
        yield f"        torch.nn.utils.clip_grad_norm_(learned, {params.clip_gradients!r})"
    if params.iter_size != 1:
        yield "        for parameter in learned:"
        yield f"            parameter.grad /= {params.iter_size}"
        yield f"        total /= {params.iter_size}"
    if params.regularization_type == "L1" and params.weight_decay:
        yield from _signs(params, usual)
    yield from _rates(params, kind, inside, bool(decay))
    yield "        optimizer.step()"
    yield "        yield total"


def _optimizer(params: SolverParameter, kind: str, inside: bool) -> Iterator[str]:
    delta, momentum = repr(params.delta), repr(params.momentum)
    if inside:
        yield "    # Caffe's momentum holds the rate inside its history, which a new rate leaves as it is."
        yield "    # PyTorch has it outside. So it multiplies gradients and decay, and the optimizer has 1."
    if kind == "Adam":
        yield "    # Caffe adds its epsilon before it corrects the bias, PyTorch after: `eps` follows below."
    nesterov = ", nesterov=True" if kind == "Nesterov" and params.momentum else ""
    calls = {
        "SGD": f"SGD(groups, lr=1.0, momentum={momentum})",
        "Nesterov": f"SGD(groups, lr=1.0, momentum={momentum}{nesterov})",
        "AdaGrad": f"Adagrad(groups, eps={delta})",
        "RMSProp": f"RMSprop(groups, alpha={params.rms_decay!r}, eps={delta})",
        "AdaDelta": f"Adadelta(groups, rho={momentum}, eps={delta})",
        "Adam": f"Adam(groups, betas=({momentum}, {params.momentum2!r}), eps={delta})",
    }
    yield f"    optimizer = torch.optim.{calls[kind]}"


def _signs(params: SolverParameter, usual: bool) -> Iterator[str]:
    weight = repr(params.weight_decay)
    yield "        # L1: what optimizers call weight_decay is L2."
    if usual:
        yield "        for parameter in learned:"
        yield f"            parameter.grad += {weight} * torch.sign(parameter.detach())"
    else:
        yield f"        by_sign = model.param_groups(lr=1.0, weight_decay={weight})"
        yield "        for group in by_sign:"
        yield '            for parameter in group["params"]:'
        yield '                parameter.grad += group["weight_decay"] * torch.sign(parameter.detach())'


def _rates(params: SolverParameter, kind: str, inside: bool, decays: bool) -> Iterator[str]:
    if inside:
        yield "        for parameter in learned:"
        yield "            parameter.grad *= rate(iteration)"
        if decays:
            yield "        for group, decay in zip(optimizer.param_groups, decays, strict=True):"
            yield '            group["weight_decay"] = rate(iteration) * decay'
        return
    yield "        for group, multiplier in zip(optimizer.param_groups, multipliers, strict=True):"
    yield '            group["lr"] = rate(iteration) * multiplier'
    if kind == "Adam":
        yield f'            group["eps"] = {params.delta!r} / (1 - {params.momentum2!r} ** (iteration + 1)) ** 0.5'
