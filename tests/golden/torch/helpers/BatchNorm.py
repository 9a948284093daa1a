class BatchNorm(nn.Module):
    """Caffe's BatchNorm: sums of the means and variances seen so far, and the factor by which both are divided.

    affine, bias: whether a weight multiplies the result, and a bias is added.
    fraction: how much of the sums is kept when a batch enters them.
    use_global_stats: whether to normalise by the sums, or by the batch, which then enters them; None: not in training.
    outside: whether eps is added to the deviation, not to the variance.
    """

    mean: Tensor
    variance: Tensor
    factor: Tensor

    def __init__(
        self,
        *,
        channels: int,
        affine: bool = False,
        bias: bool = True,
        eps: float = 1e-5,
        fraction: float = 0.999,
        use_global_stats: bool | None = None,
        outside: bool = False,
    ) -> None:
        super().__init__()
        self.eps, self.fraction, self.use_global_stats, self.outside = eps, fraction, use_global_stats, outside
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.zeros(channels))
        self.register_buffer("factor", torch.zeros(1))
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        if self.use_global_stats or (self.use_global_stats is None and not self.training):
            scale = torch.where(self.factor == 0, 0.0, 1 / self.factor)
            mean, variance = self.mean * scale, self.variance * scale
            if self.outside:
                return F.batch_norm(x, mean, (variance.sqrt() + self.eps) ** 2, self.weight, self.bias, eps=0.0)
            return F.batch_norm(x, mean, variance, self.weight, self.bias, eps=self.eps)
        count = x.numel() // x.shape[1]
        with torch.no_grad():
            variance, mean = torch.var_mean(x, [axis for axis in range(x.dim()) if axis != 1], correction=0)
            self.factor.mul_(self.fraction).add_(1)
            self.mean.mul_(self.fraction).add_(mean)
            self.variance.mul_(self.fraction).add_(variance * (count / max(count - 1, 1)))
        if count == 1:  # which F.batch_norm refuses: an element is its own mean
            return F.batch_norm(torch.zeros_like(x), mean * 0, variance, self.weight, self.bias, eps=self.eps)
        if self.outside:
            return self.normalized(x)
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)

    def normalized(self, x: Tensor) -> Tensor:
        """By the batch, with eps added to its deviation. Of (deviation + eps)² only the variance is differentiated."""
        variance, mean = torch.var_mean(x, [axis for axis in range(x.dim()) if axis != 1], correction=0, keepdim=True)
        rest = self.eps * (2 * variance.detach().sqrt() + self.eps)
        y = (x - mean) / torch.sqrt(variance + rest)
        for value, apply in ((self.weight, torch.mul), (self.bias, torch.add)):
            y = y if value is None else apply(y, value.reshape(mean.shape))
        return y
