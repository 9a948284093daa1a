# A net | Input: data 2×3×4. | Output: y 2×3×12. | Phase: TEST.
# Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = data.repeat(1, 1, 3)  # 2×3×12
        return y
