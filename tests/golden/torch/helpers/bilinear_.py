def bilinear_(weight: Tensor) -> Tensor:
    """The kernel of bilinear interpolation, for every pair of channels."""
    with torch.no_grad():
        size = weight.shape[-1]
        f = math.ceil(size / 2)
        ramp = 1 - (torch.arange(size) / f - (size - 1) / (2 * f)).abs()
        return weight.copy_(ramp[:, None] * ramp)
