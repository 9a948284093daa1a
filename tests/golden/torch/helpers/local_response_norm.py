def local_response_norm(x: Tensor, *, size: int, alpha: float, beta: float, k: float) -> Tensor:
    """F.local_response_norm, which has no half precision on the CPU: it averages on three axes,
    this on two.
    """
    squares = x.square().reshape(x.shape[0], 1, x.shape[1], -1)
    squares = F.avg_pool2d(squares, (size, 1), stride=1, padding=(size // 2, 0))
    return x / (k + alpha * squares.reshape(x.shape)) ** beta
