# A net | Input: data 2×4. | Output: y 2×6. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution_weight = nn.Parameter(torch.empty(6, 2))
        self.convolution_bias = nn.Parameter(torch.zeros(6))
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.convolution_weight, nonlinearity="linear")  # Caffe's xavier

    def forward(self, data: Tensor) -> Tensor:
        y = (
            torch.einsum(
                "...gc,goc->...go",
                data.unflatten(-1, (2, -1)),
                self.convolution_weight.unflatten(0, (2, -1)),
            ).flatten(-2)
            + self.convolution_bias
        )  # 2×6
        return y
