# class ___ _ _ import os | Input: in put/1_ _x 1×3×4×4. | Output: torch.nn 1×6×4×4. | Phase: TEST; the module begins in evaluation mode.
# F, Tensor, nn
class ClassImportOs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.import_ = nn.Conv2d(3, 6, kernel_size=1)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.import_.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.import_.bias)

    def forward(self, in_put_1_x: Tensor) -> Tensor:
        self_2 = self.import_(in_put_1_x)  # 1×6×4×4
        torch_nn = F.relu(self_2, inplace=True)
        return torch_nn
