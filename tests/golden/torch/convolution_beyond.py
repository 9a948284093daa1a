# A net | Input: data 1×2×3×3. | Output: y 1×6×1×1. | Phase: TEST; the module begins in evaluation mode.
# F, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 6, kernel_size=4, stride=3)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.convolution.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.convolution.bias)

    def forward(self, data: Tensor) -> Tensor:
        y = self.convolution(F.pad(data, (0, 1, 0, 1)))  # 1×6×1×1
        return y
