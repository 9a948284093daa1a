class FrozenBatchNorm(nn.BatchNorm2d):
    """Keeps to its statistics in training, as use_global_stats says. For any number of axes."""

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )
