# A net | Input: data 1×2×4×4×4. | Output: y 1×6×2×2×2. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn | symmetric_
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(2, 6, kernel_size=3)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        symmetric_(
            nn.init.kaiming_uniform_(self.convolution.weight, nonlinearity="linear"), filters=3
        )
        nn.init.zeros_(self.convolution.bias)

    def forward(self, data: Tensor) -> Tensor:
        y = self.convolution(data)  # 1×6×2×2×2
        return y
