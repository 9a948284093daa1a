def im2col(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Tensor:
    """The patches that a kernel sees, along the channels: …×C×S to …×(C·kernel)×S'."""
    x = F.pad(x, [p for p in reversed(padding) for _ in range(2)])
    n, channel = len(kernel_size), x.dim() - len(kernel_size) - 1
    for i in range(n):
        x = x.unfold(channel + 1 + i, dilation[i] * (kernel_size[i] - 1) + 1, stride[i])[
            ..., :: dilation[i]
        ]
    last = channel + 1 + n
    x = x.permute(*range(channel + 1), *range(last, last + n), *range(channel + 1, last))
    return x.flatten(channel, channel + n)
