"""Functions and modules that emitted files carry with them.

This file is read as text, one definition at a time: a helper may use torch, nn, F, math and other helpers alone.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def sparse_normal_(weight: Tensor, sparse: int, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal, with each element kept with the probability sparse / outputs and 0 otherwise."""
    with torch.no_grad():
        kept = torch.bernoulli(torch.full_like(weight, sparse / weight.shape[0]))
        return weight.normal_(mean, std).mul_(kept)


def positive_unitball_(weight: Tensor) -> Tensor:
    """Uniform and positive, with a sum of 1 for each output."""
    with torch.no_grad():
        return weight.uniform_().div_(weight.flatten(1).sum(1).reshape(-1, *(1,) * (weight.dim() - 1)))


def bilinear_(weight: Tensor) -> Tensor:
    """The kernel of bilinear interpolation, for every pair of channels."""
    with torch.no_grad():
        size = weight.shape[-1]
        f = math.ceil(size / 2)
        ramp = 1 - (torch.arange(size) / f - (size - 1) / (2 * f)).abs()
        return weight.copy_(ramp[:, None] * ramp)


def symmetric_(weight: Tensor, filters: int) -> Tensor:
    """Makes the first filters the same wherever swapping and mirroring the three axes of a cube leads."""
    with torch.no_grad():
        size = weight.shape[-1]
        away = (torch.arange(size, device=weight.device) - size // 2).abs()
        positions = torch.stack(torch.meshgrid(away, away, away, indexing="ij")) + size // 2
        x, y, z = positions.sort(0, descending=True).values
        weight[:filters] = weight[:filters, :, x, y, z]
        return weight


class BatchNorm(nn.Module):
    """Caffe's BatchNorm: sums of the means and variances seen so far, and the factor by which both are divided.

    affine, bias: whether a weight multiplies the result, and a bias is added.
    fraction: how much of the sums is kept when a batch enters them.
    use_global_stats: whether to normalise by the sums, or by the batch, which then enters them; None: not in training.
    """

    mean: Tensor
    variance: Tensor
    factor: Tensor

    def __init__(
        self,
        channels: int,
        affine: bool = False,
        bias: bool = True,
        eps: float = 1e-5,
        fraction: float = 0.999,
        use_global_stats: bool | None = None,
    ) -> None:
        super().__init__()
        self.eps, self.fraction, self.use_global_stats = eps, fraction, use_global_stats
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.zeros(channels))
        self.register_buffer("factor", torch.zeros(1))
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        if self.use_global_stats or (self.use_global_stats is None and not self.training):
            scale = torch.where(self.factor == 0, 0.0, 1 / self.factor)
            mean, variance = self.mean * scale, self.variance * scale
            return F.batch_norm(x, mean, variance, self.weight, self.bias, eps=self.eps)
        count = x.numel() // x.shape[1]
        with torch.no_grad():
            variance, mean = torch.var_mean(x, [axis for axis in range(x.dim()) if axis != 1], correction=0)
            self.factor.mul_(self.fraction).add_(1)
            self.mean.mul_(self.fraction).add_(mean)
            self.variance.mul_(self.fraction).add_(variance * (count / max(count - 1, 1)))
        if count == 1:  # which F.batch_norm refuses: an element is its own mean
            return F.batch_norm(torch.zeros_like(x), mean * 0, variance, self.weight, self.bias, eps=self.eps)
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)


class MovingBatchNorm(nn.Module):
    """Batch normalisation with moving averages of mean and variance; all parameters are 1×C×1×1.

    kept: how much of the averages stays when a batch enters them; None: no batch does.
    use_averages: whether to normalise by the averages, rather than by the batch; None: not in training.
    """

    mean: Tensor
    variance: Tensor

    def __init__(
        self, channels: int, eps: float = 1e-5, kept: float | None = 0.9, use_averages: bool | None = None
    ) -> None:
        super().__init__()
        self.eps, self.kept, self.use_averages = eps, kept, use_averages
        self.weight = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("variance", torch.full((1, channels, 1, 1), 1.0 if kept is None else 0.0))

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight.flatten(), self.bias.flatten()
        if self.use_averages or (self.use_averages is None and not self.training):
            return F.batch_norm(x, self.mean.flatten(), self.variance.flatten(), weight, bias, eps=self.eps)
        if self.training and self.kept is not None:
            with torch.no_grad():
                variance, mean = torch.var_mean(x, [axis for axis in range(x.dim()) if axis != 1], correction=0)
                self.mean.mul_(self.kept).add_((1 - self.kept) * mean.reshape(self.mean.shape))
                self.variance.mul_(self.kept).add_((1 - self.kept) * variance.reshape(self.mean.shape))
        if x.numel() == x.shape[1]:  # which F.batch_norm refuses: an element is its own mean
            zeros = torch.zeros_like(weight)
            return F.batch_norm(x * 0, zeros, zeros, weight, bias, eps=self.eps)
        return F.batch_norm(x, None, None, weight, bias, training=True, eps=self.eps)


def im2col(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], dilation: tuple[int, ...]
) -> Tensor:
    """The patches that a kernel sees, along the channels: …×C×S to …×(C·kernel)×S'."""
    x = F.pad(x, [p for p in reversed(padding) for _ in range(2)])
    n, channel = len(kernel), x.dim() - len(kernel) - 1
    for i in range(n):
        x = x.unfold(channel + 1 + i, dilation[i] * (kernel[i] - 1) + 1, stride[i])[..., :: dilation[i]]
    last = channel + 1 + n
    x = x.permute(*range(channel + 1), *range(last, last + n), *range(channel + 1, last))
    return x.flatten(channel, channel + n)


def window_padding(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> list[int]:
    """F.pad's argument that makes room for exactly `output` windows."""
    pads: list[int] = []
    for size, k, s, p, n in zip(x.shape[2:], kernel, stride, padding, output, strict=True):
        pads = [p, max(0, (n - 1) * s + k - p - size), *pads]
    return pads


def avg_pool(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> Tensor:
    """Mean over windows that may lie partly outside, of which elements up to `padding` beyond the input count."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    y = pool(F.pad(x, window_padding(x, kernel, stride, padding, output)), kernel, stride)
    for axis, (k, s, p, n) in enumerate(zip(kernel, stride, padding, output, strict=True), 2):
        begin = torch.arange(n, device=x.device) * s - p
        counted = (begin + k).clamp(max=x.shape[axis] + p) - begin
        y = y * (k / counted.to(x.dtype)).reshape(-1, *(1,) * (x.dim() - 1 - axis))
    return y


def avg_pool_inside(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> Tensor:
    """Mean over what windows have of the input."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    pads = window_padding(x, kernel, stride, padding, output)
    inside = pool(F.pad(torch.ones_like(x[:1, :1]), pads), kernel, stride)
    return pool(F.pad(x, pads), kernel, stride) / inside


def max_pool_with_mask(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """The maximum of each window, and its index in the plane of the input as a float; −1 for a window outside."""
    pads = window_padding(x, kernel, stride, padding, output)
    padded = F.pad(x, pads, value=torch.finfo(torch.float32).min)
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(kernel) - 1]
    y, index = pool(padded, kernel, stride, return_indices=True)
    place, inside, factor = torch.zeros_like(index), torch.ones_like(index, dtype=torch.bool), 1
    for axis in range(x.dim() - 1, 1, -1):
        at = index % padded.shape[axis] - padding[axis - 2]
        index = index // padded.shape[axis]
        inside = inside & (at >= 0) & (at < x.shape[axis])
        place, factor = place + at * factor, factor * x.shape[axis]
    return y, torch.where(inside, place, -1).to(x.dtype)


def weighted_pool(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> Tensor:
    """What stochastic pooling gives on average: Σ x² / Σ x over each window, 0 where Σ x is not above 0."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    x = F.pad(x, window_padding(x, kernel, stride, padding, output))
    total, squares = pool(x, kernel, stride), pool(x * x, kernel, stride)
    positive = total > 0
    return torch.where(positive, squares / torch.where(positive, total, 1), 0)


def stochastic_pool(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> Tensor:
    """An element of each window, drawn with a probability proportional to it; none is negative."""
    x = F.pad(x, window_padding(x, kernel, stride, padding, output))
    for axis, (k, s) in enumerate(zip(kernel, stride, strict=True), 2):
        x = x.unfold(axis, k, s)
    x = x.flatten(-len(kernel))
    sums = x.detach().cumsum(-1)
    drawn = torch.rand_like(sums[..., :1]) * sums[..., -1:]
    first = (sums >= drawn).to(x.dtype).argmax(-1, keepdim=True)
    return x.take_along_dim(first, -1).squeeze(-1)


class Recurrent(nn.Module):
    """What LSTM and RNN have in common: weights for the input and the state, and the state between passes.

    streams: how many sequences run side by side, if the state is to last from one forward pass to the next.
    static: the size of an input that is the same at every step, 0 if there is none.
    """

    state: Tensor | None

    def __init__(self, inputs: int, outputs: int, gates: int, states: int, streams: int | None, static: int) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(gates * outputs, inputs))
        self.bias = nn.Parameter(torch.empty(gates * outputs))
        self.weight_static = nn.Parameter(torch.empty(gates * outputs, static)) if static else None
        self.weight_h = nn.Parameter(torch.empty(gates * outputs, outputs))
        self.register_buffer("state", torch.zeros(states, streams, outputs) if streams else None, persistent=False)

    def project(self, x: Tensor, static: Tensor | None) -> Tensor:
        """What the inputs add to the gates of every step, T×N×gates."""
        gates = F.linear(x.flatten(2), self.weight_x, self.bias)
        if static is None or self.weight_static is None:
            return gates
        return gates + F.linear(static.flatten(1), self.weight_static)

    def begin(self, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The first state: as given, or as the last pass left it. It takes no gradient."""
        return tuple(state.detach()[0] for state in given) if self.state is None else self.state.clone().unbind()

    def finish(self, steps: Tensor, *states: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Hands the last state on: to the next pass, or to the caller."""
        last = torch.stack(states).detach()
        if self.state is None:
            return steps, *last.unsqueeze(1).unbind()
        self.state.copy_(last)
        return steps


class LSTM(Recurrent):
    """x T×N×…, cont T×N (0 where a sequence begins) and the first h and c, 1×N×H, to h T×N×H and the last h and c.

    Without a first state the last one of the pass before is used, and no state is returned.
    """

    def __init__(self, inputs: int, outputs: int, streams: int | None = None, static: int = 0) -> None:
        super().__init__(inputs, outputs, 4, 2, streams, static)

    def forward(
        self, x: Tensor, cont: Tensor, *first: Tensor, static: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        projected, (h, c) = self.project(x, static), self.begin(first)
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            i, f, o, g = (gates + F.linear(keep * h, self.weight_h)).chunk(4, 1)
            c = keep * torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            steps.append(h)
        return self.finish(torch.stack(steps), h, c)


class RNN(Recurrent):
    """x T×N×…, cont T×N (0 where a sequence begins) and the first h, 1×N×H, to the outputs T×N×H and the last h.

    Without a first state the last one of the pass before is used, and no state is returned.
    """

    def __init__(self, inputs: int, outputs: int, streams: int | None = None, static: int = 0) -> None:
        super().__init__(inputs, outputs, 1, 1, streams, static)
        self.weight_o = nn.Parameter(torch.empty(outputs, outputs))
        self.bias_o = nn.Parameter(torch.empty(outputs))

    def forward(
        self, x: Tensor, cont: Tensor, *first: Tensor, static: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        projected, (h,) = self.project(x, static), self.begin(first)
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            h = torch.tanh(gates + F.linear(keep * h, self.weight_h))
            steps.append(h)
        outputs = torch.tanh(F.linear(torch.stack(steps), self.weight_o, self.bias_o))
        return self.finish(outputs, h)


def nearest(x: Tensor, axis: int, size: int, step: int, shift: int, divisor: int) -> Tensor:
    """An axis of another size, whose element i is that at (step·i + shift) / divisor, rounded down."""
    at = (torch.arange(size, device=x.device) * step + shift) // divisor
    return x.index_select(axis, at.clamp(0, x.shape[axis] - 1))


def linear(x: Tensor, axis: int, size: int, scale: float, shift: float) -> Tensor:
    """An axis of another size, whose element i lies at scale·i + shift between two elements of the input."""
    last = x.shape[axis] - 1
    at = (torch.arange(size, device=x.device, dtype=x.dtype) * scale + shift).clamp(0, last)
    below = at.floor()
    share = (at - below).reshape(-1, *(1,) * (x.dim() - 1 - axis))
    low = x.index_select(axis, below.long())
    return low + share * (x.index_select(axis, (below.long() + 1).clamp(max=last)) - low)


def filtered(
    x: Tensor, axis: int, size: int, scale: float, shift: float, sharpness: float = 1.0, cubic: bool = False
) -> Tensor:
    """An axis of another size, whose element i is the mean of those around scale·i + shift.

    What an element counts falls with its distance, times `sharpness`: as a line, or as Catmull and Rom's cubic.
    """
    at = torch.arange(size, device=x.device, dtype=x.dtype)[:, None] * scale + shift
    d = (at - torch.arange(x.shape[axis], device=x.device)).abs() * sharpness
    if cubic:
        weights = torch.where(d <= 1, d * d * (1.5 * d - 2.5) + 1, (d * (2.5 - 0.5 * d) - 4) * d + 2) * (d < 2)
    else:
        weights = (1 - d).clamp(min=0)
    total = weights.sum(1, keepdim=True)
    weights = weights / torch.where(total == 0, 1.0, total)
    return (x.movedim(axis, -1) @ weights.T).movedim(-1, axis)


def unpool(x: Tensor, mask: Tensor, height: int, width: int) -> Tensor:
    """Zeros, but for the elements of x, each at its index in the plane."""
    planes = x.new_zeros(*x.shape[:2], height * width)
    placed = planes.scatter(2, mask.flatten(2).long(), x.flatten(2))
    return placed.reshape(*x.shape[:2], height, width)


def prior_boxes(
    cells: tuple[int, int],
    image: tuple[int, int],
    sizes: list[tuple[float, float]],
    steps: tuple[float, float],
    variances: tuple[float, ...],
    offset: float = 0.5,
    clip: bool = False,
) -> Tensor:
    """Boxes of some sizes (width, height) around each cell of a feature map, in parts of the image; and variances.

    cells, image: rows and columns. steps: how many pixels they are apart.
    """
    rows, columns = ((torch.arange(n) + offset) * step for n, step in zip(cells, steps, strict=True))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    middle, half = torch.stack([x, y], -1)[:, :, None], torch.tensor(sizes, dtype=x.dtype) / 2
    height, width = image
    boxes = torch.cat([middle - half, middle + half], -1) / torch.tensor([width, height, width, height])
    boxes = boxes.clamp(0, 1) if clip else boxes
    return torch.stack([boxes.flatten(), torch.tensor(variances).expand_as(boxes).flatten()])[None]


def decode_boxes(offsets: Tensor, prior: Tensor, code: str) -> Tensor:
    """Boxes (x1, y1, x2, y2) from what a net says of them beside prior ones."""
    size = prior[..., 2:] - prior[..., :2]
    if code == "corner":
        return prior + offsets
    if code == "corner_size":
        return prior + offsets * torch.cat([size, size], -1)
    middle = offsets[..., :2] * size + (prior[..., :2] + prior[..., 2:]) / 2
    half = torch.exp(offsets[..., 2:]) * size / 2
    return torch.cat([middle - half, middle + half], -1)


def overlaps(a: Tensor, b: Tensor, margin: float) -> Tensor:
    """The intersection of boxes by their union. A side is longer by `margin` than its ends are apart: 1 for pixels."""
    common = torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2]) + margin
    shared = common.clamp(min=0).prod(-1)
    area_a, area_b = ((x[..., 2:] - x[..., :2] + margin).clamp(min=0).prod(-1) for x in (a, b))
    return torch.where(shared > 0, shared / (area_a + area_b - shared), 0)


def suppress(
    boxes: Tensor, candidates: Tensor, limit: float, eta: float = 1.0, margin: float = 0.0, reached: bool = False
) -> Tensor:
    """Which candidates among boxes …×K×4, best first, are kept: those that no box kept overlaps by more than `limit`.

    eta: what the limit is multiplied by after each box kept, while it is above 0.5. reached: whether overlapping by
    just the limit is too much.
    """
    kept = torch.zeros_like(candidates)
    limits = boxes.new_full(candidates.shape[:-1], limit)
    for i in range(candidates.shape[-1]):
        shares = overlaps(boxes[..., i : i + 1, :], boxes[..., :i, :], margin)
        covered = shares >= limits[..., None] if reached else shares > limits[..., None]
        kept[..., i] = candidates[..., i] & ~(kept[..., :i] & covered).any(-1)
        if eta < 1:
            limits = torch.where(kept[..., i] & (limits > 0.5), limits * eta, limits)
    return kept


@torch.no_grad()
def detection_output(
    location: Tensor,
    score: Tensor,
    prior: Tensor,
    *first: Tensor,
    classes: int,
    limit: float,
    threshold: float = -math.inf,
    code: str = "corner",
    background: int = 0,
    share_location: bool = True,
    variance_in_target: bool = False,
    top_k: int | None = None,
    keep_top_k: int | None = None,
    eta: float = 1.0,
    objectness: float = 0.01,
) -> Tensor:
    """The boxes found, 1×1×K×7: item, class, score, x1, y1, x2, y2. Of each class those with a score above `threshold`
    that overlap by no more than `limit`, then of each item the `keep_top_k` best.

    first: scores and locations of a first stage, which says where there is an object at all.
    """
    n = len(location)
    score = score.reshape(n, -1, classes)
    boxes, variance = prior.reshape(2, -1, 1, 4)
    variance = torch.ones_like(variance) if variance_in_target else variance
    if first:
        nothing = first[0].reshape(n, -1, 2)[..., 1:] < objectness
        score = torch.where(nothing, (torch.arange(classes, device=score.device) == 0).to(score), score)
    if len(first) > 1:
        boxes = decode_boxes(first[1].reshape(n, -1, 1, 4) * variance, boxes, code)
    labels = torch.tensor([c for c in range(classes) if c != background], dtype=torch.long, device=score.device)
    offsets = location.reshape(n, len(variance), -1, 4) * variance
    boxes = decode_boxes(offsets, boxes, code).transpose(1, 2)
    boxes = boxes.expand(-1, len(labels), -1, -1) if share_location else boxes[:, labels]
    best, order = score.transpose(1, 2)[:, labels].sort(descending=True, stable=True)
    longest = int((best[..., :top_k] > threshold).any(0).any(0).sum())
    best, order = best[..., :longest], order[..., :longest, None]
    boxes = boxes.take_along_dim(order, 2)
    kept = suppress(boxes, best > threshold, limit, eta)
    if keep_top_k is not None:
        rank = torch.where(kept, best, -math.inf).flatten(1).argsort(descending=True, stable=True).argsort()
        kept &= rank.reshape(kept.shape) < keep_top_k
    item, label, _ = kept.nonzero(as_tuple=True)
    if len(item):
        rows = torch.cat([torch.stack([item.to(best), labels[label].to(best), best[kept]], 1), boxes[kept]], 1)
    else:
        rows = torch.cat([torch.arange(n).to(best)[:, None], best.new_full((n, 6), -1)], 1)
    return rows[None, None]


def encode_boxes(boxes: Tensor, prior: Tensor, code: str) -> Tensor:
    """What a net has to say of boxes (x1, y1, x2, y2) beside prior ones: the inverse of `decode_boxes`."""
    size = prior[..., 2:] - prior[..., :2]
    if code == "corner":
        return boxes - prior
    if code == "corner_size":
        return (boxes - prior) / torch.cat([size, size], -1)
    middle = (boxes[..., :2] + boxes[..., 2:] - prior[..., :2] - prior[..., 2:]) / 2
    return torch.cat([middle / size, torch.log((boxes[..., 2:] - boxes[..., :2]) / size)], -1)


def pair_up(overlap: Tensor, threshold: float) -> Tensor:
    """The column that each row of P×G is matched with; −1 for none. The largest element of all matches its row and its
    column, then the largest of those left, and so on; rows left take their largest one, if it is at least `threshold`.
    """
    matched, left = torch.full_like(overlap[:, 0], -1, dtype=torch.long), overlap.clone()
    while left.max() > 1e-6:
        row, column = divmod(int(left.argmax()), left.shape[1])
        matched[row] = column
        left[row], left[:, column] = 0, 0
    best, column = overlap.max(1)
    return torch.where((matched < 0) & (best >= threshold), column, matched)


@torch.no_grad()
def match_annotations(
    location: Tensor,
    prior: Tensor,
    annotations: Tensor,
    threshold: float = math.inf,
    background: int = 0,
    below: float = 0.5,
    difficult: bool = True,
    one_object: bool = False,
    inside: bool = False,
    predicted: str | None = None,
    variance_in_target: bool = False,
) -> tuple[Tensor, Tensor]:
    """The annotation of each prior box, N×P×8: item (−1: there is none), class, number, x1, y1, x2, y2, difficult. And
    which boxes without one may be negatives: those that overlap all annotations of the item by less than `below`.

    one_object: give all the class behind background. inside: leave boxes out that go beyond the image. predicted: match
    the boxes predicted, in this code.
    """
    n = len(location)
    boxes, variance = prior.reshape(2, -1, 4)
    candidates = boxes.expand(n, -1, -1)
    if predicted:
        offsets = location.reshape(candidates.shape)
        candidates = decode_boxes(offsets if variance_in_target else offsets * variance, boxes, predicted)
    usable = ((candidates >= 0) & (candidates <= 1)).all(-1) | (not inside)
    rows = annotations.reshape(-1, 8)
    rows = rows if difficult else rows[rows[:, 7] == 0]
    if one_object:
        rows = torch.cat([rows[:, :1], torch.full_like(rows[:, :1], background + 1), rows[:, 2:]], 1)
    nothing = rows.new_tensor([[-1, background, 0, 0, 0, 0, 0, 0]])
    found: list[Tensor] = []
    largest: list[Tensor] = []
    for i in range(n):
        mine = torch.cat([rows[rows[:, 0].trunc() == i], nothing])
        overlap = overlaps(candidates[i][:, None], mine[:, 3:7], 0) * usable[i][:, None]
        found.append(mine[pair_up(overlap, threshold)])
        largest.append(overlap.amax(1))
    truth = torch.stack(found)
    return truth, (truth[..., 0] == -1) & (torch.stack(largest) < below) & usable


def multibox_loss(
    location: Tensor,
    score: Tensor,
    prior: Tensor,
    truth: Tensor,
    negative: Tensor,
    classes: int,
    ratio: float | None = None,
    code: str = "corner",
    weight: float = 1.0,
    l2: bool = False,
    logistic: bool = False,
    share_location: bool = True,
    variance_in_target: bool = False,
    inside: bool = False,
    divisor: str = "matches",
) -> Tensor:
    """The loss of the locations of boxes that match annotations, and of the classes of these and of negatives.

    truth, negative: of `match_annotations`. ratio: how many negatives count for each match of an item, those with the
    greatest loss first; None: all boxes count. inside: leave coordinates out that prior boxes have beyond the image.
    """
    boxes, variance = prior.detach().reshape(2, -1, 4)
    positive, label = truth[..., 0] > -1, truth[..., 1].long()
    score = score.reshape(*label.shape, classes)
    location = location.reshape(*label.shape, -1, 4)
    location = location[:, :, 0] if share_location else location.take_along_dim(label[..., None, None], 2)[:, :, 0]
    target = encode_boxes(truth[..., 3:7], boxes, code) / variance
    counted = positive[..., None] & ((boxes >= 0) & (boxes <= 1) | (not inside))
    difference = ((location / variance if variance_in_target else location) - target)[counted]
    zeros = torch.zeros_like(difference)
    moved = difference.square() / 2 if l2 else F.smooth_l1_loss(difference, zeros, reduction="none")
    if logistic:
        labels = F.one_hot(label, classes).to(score)
        losses = F.binary_cross_entropy_with_logits(score, labels, reduction="none").sum(-1)
    else:
        losses = F.cross_entropy(score.transpose(1, 2), label, reduction="none")
        losses = losses - (losses.detach() + math.log(2**-126)).clamp(min=0)  # no logarithm of less than FLT_MIN
    if ratio is not None:
        order = torch.where(negative, losses.detach(), -math.inf).argsort(dim=1, descending=True, stable=True)
        most = (positive.sum(1, keepdim=True) * ratio).floor()
        losses = losses[positive | (negative & (order.argsort(1) < most))]
    sizes = {"matches": positive.sum().clamp(min=1), "boxes": positive.numel(), "items": len(positive), "one": 1}
    return (weight * moved.sum() + losses.sum()) / sizes[divisor]


@torch.no_grad()
def proposals(
    score: Tensor,
    delta: Tensor,
    info: Tensor,
    anchors: list[tuple[float, float, float, float]],
    stride: int,
    least: float,
    examined: int,
    most: int,
    limit: float,
    empty: float = -math.inf,
) -> tuple[Tensor, Tensor]:
    """Regions R×5 (item, x1, y1, x2, y2, in pixels) with their scores: anchors around each cell, moved as `delta` says,
    the best of those that overlap.

    info: height, width and scale of the image. least: how long sides have to be before scaling. examined, most: how
    many to look at, and to keep. empty: the score of those too small; −∞ leaves them out.
    """
    n, _, height, width = delta.shape
    base = torch.tensor(anchors).to(delta)
    y, x = (stride * torch.arange(size).to(delta) for size in (height, width))
    y, x = torch.meshgrid(y, x, indexing="ij")
    boxes = torch.stack([x, y, x, y], -1)[:, :, None] + base
    size = boxes[..., 2:] - boxes[..., :2] + 1
    delta = delta.reshape(n, len(base), 4, height, width).permute(0, 3, 4, 1, 2)
    middle = delta[..., :2] * size + (boxes[..., :2] + size / 2)
    half = torch.exp(delta[..., 2:]) * size / 2
    rows, columns, scale, *scales = info.flatten().unbind()
    border = torch.stack([columns, rows, columns, rows]) - 1
    boxes = torch.cat([middle - half, middle + half], -1).minimum(border).clamp(min=0)
    shortest = least * torch.stack([scales[0] if scales else scale, scale])
    small = (boxes[..., 2:] - boxes[..., :2] + 1 < shortest).any(-1)
    score = torch.where(small, empty, score[:, len(base) :].permute(0, 2, 3, 1)).flatten(1)
    best, order = score.sort(descending=True, stable=True)
    best, boxes = best[:, :examined], boxes.flatten(1, 3).take_along_dim(order[:, :examined, None], 1)
    kept = suppress(boxes, best > -math.inf, limit, margin=1)
    kept &= kept.cumsum(1) <= most
    item = kept.nonzero()[:, :1]
    return torch.cat([item.to(boxes), boxes[kept]], 1), best[kept]


@torch.no_grad()
def yolo_output(
    *predictions: Tensor,
    anchors: list[list[tuple[float, float]]],
    strides: list[int],
    threshold: float,
    limit: float,
    exclusive: bool = False,
) -> Tensor:
    """The boxes found, 1×1×K×7: 0, class + 1, score, x1, y1, x2, y2; the best of those that overlap.

    predictions: N×(boxes·(5 + classes))×S×S. anchors: for each of them, width and height of a cell's boxes in pixels,
    which `strides` turns into cells. exclusive: whether a box is of its best class alone, by a softmax.
    """
    boxes: list[Tensor] = []
    scores: list[Tensor] = []
    for x, sizes, stride in zip(predictions, anchors, strides, strict=True):
        side = x.shape[3]
        x = x.reshape(len(x), len(sizes), -1, side, side).permute(0, 3, 4, 1, 2)
        cells = torch.arange(side).to(x)
        rows, columns = torch.meshgrid(cells, cells, indexing="ij")
        middle = (torch.sigmoid(x[..., :2]) + torch.stack([columns, rows], -1)[:, :, None]) / side
        half = torch.exp(x[..., 2:4]) * torch.tensor(sizes).to(x) / (2 * stride * side)
        boxes.append(torch.cat([middle - half, middle + half], -1).reshape(-1, 4))
        classes = torch.softmax(x[..., 5:], -1) if exclusive else torch.sigmoid(x[..., 5:])
        scores.append((torch.sigmoid(x[..., 4:5]) * classes).flatten(0, -2))
    score = torch.cat(scores)
    if exclusive:
        best, label = score.max(1)
        at = (best >= threshold).nonzero()[:, 0]
        best, label = best[at], label[at]
    else:
        at, label = (score > threshold).nonzero(as_tuple=True)
        best = score[at, label]
    best, order = best.sort(descending=True, stable=True)
    box, label = torch.cat(boxes)[at[order]], label[order]
    kept = suppress(box, torch.ones_like(best, dtype=torch.bool), limit, reached=True)
    rows = torch.cat([torch.stack([torch.zeros_like(best), label.to(best) + 1, best], 1), box], 1)[kept]
    if not len(rows):
        items = torch.arange(len(predictions[0])).to(best)
        rows = torch.cat([items[:, None], best.new_full((len(items), 6), -1)], 1)
    return rows[None, None]


def rounded(x: Tensor) -> Tensor:
    """To whole numbers, halves away from 0."""
    return (x.abs() + 0.5).floor() * x.sign()


def roi_pool(x: Tensor, rois: Tensor, size: tuple[int, int], scale: float = 1.0) -> Tensor:
    """The maxima of size[0]×size[1] bins of each region (item, x1, y1, x2, y2); 0 for a bin outside."""
    rois = rois.detach().reshape(-1, 5)
    regions = torch.cat([rois[:, :1], rounded(rois[:, 1:] * scale)], 1).long()
    pooled: list[Tensor] = []
    for region in regions.unbind():
        item, x1, y1, x2, y2 = (int(end) for end in region)
        wide, high = max(x2 - x1 + 1, 1), max(y2 - y1 + 1, 1)
        inside = x[item, :, max(y1, 0) : max(y1 + high, 0), max(x1, 0) : max(x1 + wide, 0)]
        left, above = min(max(-x1, 0), wide), min(max(-y1, 0), high)
        around = (left, wide - left - inside.shape[2], above, high - above - inside.shape[1])
        pooled.append(F.adaptive_max_pool2d(F.pad(inside, around, value=-math.inf), size))
    y = torch.stack(pooled) if pooled else x.new_zeros((0, x.shape[1], *size))
    return torch.where(y == -math.inf, 0, y)


def psroi_pool(x: Tensor, rois: Tensor, channels: int, size: int, scale: float) -> Tensor:
    """The means of size×size bins of each region (item, x1, y1, x2, y2), every bin from channels of its own."""
    rois = rois.detach().reshape(-1, 5)
    ends = rounded(rois[:, 1:])
    start = ends[:, :2] * scale
    bins = ((ends[:, 2:] + 1) * scale - start).clamp(min=0.1) / size

    def shares(axis: int, count: int) -> Tensor:
        """How much of each bin, R×size, each of `count` cells along an axis is."""
        i = torch.arange(size, device=x.device)
        first = (i * bins[:, axis, None] + start[:, axis, None]).floor().clamp(0, count)
        last = ((i + 1) * bins[:, axis, None] + start[:, axis, None]).ceil().clamp(0, count)
        cell = torch.arange(count, device=x.device)
        inside = (cell >= first[..., None]) & (cell < last[..., None])
        return inside / (last - first).clamp(min=1)[..., None]

    items = rois[:, :1].long() == torch.arange(len(x), device=x.device)
    rows = shares(1, x.shape[2])[:, None] * items[..., None, None]
    grouped = x.reshape(len(x), channels, size, size, *x.shape[2:])
    columns = torch.einsum("ndijhw,rjw->nrdijh", grouped, shares(0, x.shape[3]))
    return torch.einsum("nrdijh,rnih->rdij", columns, rows)


def correlation(
    a: Tensor,
    b: Tensor,
    kernel: int,
    reach: int,
    padding: int = 0,
    stride: int = 1,
    step: int = 1,
    subtract: bool = False,
) -> Tensor:
    """The mean of a·b, or of |a − b|, over windows of all channels, for each displacement of b up to `reach`."""
    a, b = F.pad(a, (padding,) * 4), F.pad(b, (padding,) * 4)
    height, width = a.shape[2] - 2 * reach, a.shape[3] - 2 * reach
    still = a[..., reach : reach + height, reach : reach + width]
    places = range(reach % step, 2 * reach + 1, step)
    planes: list[Tensor] = []
    for y in places:
        for x in places:
            moved = b[..., y : y + height, x : x + width]
            planes.append((torch.abs(still - moved) if subtract else still * moved).mean(1))
    return F.avg_pool2d(torch.stack(planes, 1), kernel, stride)
