def weighted_pool(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> Tensor:
    """What stochastic pooling gives on average: Σ x² / Σ x over each window, 0 where Σ x is not
    above 0.
    """
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel_size) - 1]
    x = F.pad(x, window_padding(padding=padding, ends=ends))
    total, squares = pool(x, kernel_size, stride), pool(x * x, kernel_size, stride)
    positive = total > 0
    return torch.where(positive, squares / torch.where(positive, total, 1), 0)
