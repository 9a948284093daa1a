# A net | Input: data 2×4×6×6. | Output: y 2×4×4×4. | Phase: TEST.
# torch, F, Tensor, nn | window_padding, avg_pool
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = avg_pool(data, (1, 1), (2, 2), (0, 0), (1, 1))  # 2×4×4×4
        return y
