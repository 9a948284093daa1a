def avg_pool(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> Tensor:
    """Mean over windows that may lie partly outside, of which elements up to `padding` beyond the
    input count.

    `ends`: what has to follow the input for the last window.
    """
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel_size) - 1]
    y = pool(F.pad(x, window_padding(padding=padding, ends=ends)), kernel_size, stride)
    for axis, (k, s, p) in enumerate(zip(kernel_size, stride, padding, strict=True), 2):
        begin = torch.arange(y.shape[axis], device=x.device) * s - p
        counted = (begin + k).clamp(max=x.shape[axis] + p) - begin
        y = y * (k / counted.to(x.dtype)).reshape(-1, *(1,) * (x.dim() - 1 - axis))
    return y
