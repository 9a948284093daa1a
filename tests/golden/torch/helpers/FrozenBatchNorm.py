class FrozenBatchNorm(nn.BatchNorm2d):
    """Normalises by its statistics in training, too: the spec says use_global_stats. For any number
    of axes.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )
