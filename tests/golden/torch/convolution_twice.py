# A net | Input: a 1×2×5×5, b 1×2×5×5. | Output: y 1×6×3×3, z 1×6×3×3. | Phase: TEST; the module begins in evaluation mode.
# Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 6, kernel_size=3)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.convolution.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.convolution.bias)

    def forward(self, a: Tensor, b: Tensor) -> dict[str, Tensor]:
        y = self.convolution(a)  # 1×6×3×3
        z = self.convolution(b)  # 1×6×3×3
        return {"y": y, "z": z}
