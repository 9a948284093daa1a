class BatchNorm(nn.Module):
    """Caffe's BatchNorm: sums of the means and variances seen so far, and the factor by which both
    are divided.

    fraction: how much of the sums is kept when a batch enters them.
    """

    mean: Tensor
    variance: Tensor
    factor: Tensor

    def __init__(self, *, channels: int, eps: float = 1e-5, fraction: float = 0.999) -> None:
        super().__init__()
        self.eps, self.fraction = eps, fraction
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.zeros(channels))
        self.register_buffer("factor", torch.zeros(1))
        self.weight = None
        self.bias = None

    def forward(self, x: Tensor, by_batch: bool | None = None) -> Tensor:
        """by_batch: whether to normalise by the batch, which then enters the sums; None: in
        training.
        """
        if self.training if by_batch is None else by_batch:
            return self.by_batch(x)
        scale = torch.where(self.factor == 0, 0.0, 1 / self.factor)
        return self.by_sums(x, self.mean * scale, self.variance * scale)

    def by_sums(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        return F.batch_norm(x, mean, variance, self.weight, self.bias, eps=self.eps)

    def by_batch(self, x: Tensor) -> Tensor:
        mean, variance = self.measured(x.detach())
        if x.numel() == x.shape[1]:  # which training=True refuses: an element is its own mean
            return F.batch_norm(
                x.detach(), mean.flatten(), variance.flatten(), self.weight, self.bias, eps=self.eps
            )
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)

    def measured(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and variance of a batch, which enter the sums, there the variance unbiased."""
        others = list(range(x.dim()))
        others.remove(1)
        variance, mean = torch.var_mean(x, others, correction=0, keepdim=True)
        count = x.numel() // x.shape[1]
        with torch.no_grad():
            self.factor.mul_(self.fraction).add_(1)
            self.mean.mul_(self.fraction).add_(mean.flatten())
            self.variance.mul_(self.fraction).add_(variance.flatten() * (count / max(count - 1, 1)))
        return mean, variance
