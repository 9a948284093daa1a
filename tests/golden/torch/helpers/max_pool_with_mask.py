def max_pool_with_mask(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> tuple[Tensor, Tensor]:
    """The maximum of each window, and its index in the plane of the input as a float; −1 for a
    window outside.
    """
    pads = window_padding(padding=padding, ends=ends)
    padded = F.pad(x, pads, value=torch.finfo(x.dtype).min)
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(kernel_size) - 1]
    y, index = pool(padded, kernel_size, stride, return_indices=True)
    place, inside, factor = torch.zeros_like(index), torch.ones_like(index, dtype=torch.bool), 1
    for axis in range(x.dim() - 1, 1, -1):
        at = index % padded.shape[axis] - padding[axis - 2]
        index = index // padded.shape[axis]
        inside = inside & (at >= 0) & (at < x.shape[axis])
        place, factor = place + at * factor, factor * x.shape[axis]
    return y, torch.where(inside, place, -1).to(x.dtype)
