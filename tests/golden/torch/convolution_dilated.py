# A net | Input: data 2×4×6×7. | Output: y 2×6×4×5. | Phase: TEST; the module begins in evaluation mode.
# Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(4, 6, kernel_size=2, dilation=2, bias=False)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.convolution.weight, nonlinearity="linear")  # Caffe's xavier

    def forward(self, data: Tensor) -> Tensor:
        y = self.convolution(data)  # 2×6×4×5
        return y
