# A net | Input: data 2×4×6×7. | Output: y 2×4×14×16. | Phase: TEST; the module begins in evaluation mode.
# math, torch, Tensor, nn | bilinear_
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.deconvolution = nn.ConvTranspose2d(4, 4, kernel_size=4, stride=2, groups=4, bias=False)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        bilinear_(self.deconvolution.weight)

    def forward(self, data: Tensor) -> Tensor:
        y = self.deconvolution(data)  # 2×4×14×16
        return y
