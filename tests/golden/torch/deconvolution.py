# A net | Input: data 2×4×6×7. | Output: y 2×6×12×14. | Phase: TEST; the module begins in evaluation mode.
# Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.deconvolution = nn.ConvTranspose2d(4, 6, kernel_size=4, stride=2, padding=1, groups=2)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.deconvolution.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.deconvolution.bias)

    def forward(self, data: Tensor) -> Tensor:
        y = self.deconvolution(data)  # 2×6×12×14
        return y
