# A net | Input: data 2×4×6×7. | Output: y 2×36×3×4. | Phase: TEST.
# F, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = F.unfold(data, 3, padding=1, stride=2).unflatten(-1, (3, 4))  # 2×36×3×4
        return y
