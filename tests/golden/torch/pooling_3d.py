# A net | Input: data 1×2×4×4×4. | Output: y 1×2×2×2×2. | Phase: TEST.
# F, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = F.max_pool3d(data, 2)  # 1×2×2×2×2
        return y
