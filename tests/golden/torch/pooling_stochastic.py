# A net | Input: data 2×4×6×7. | Output: y 2×4×3×4. | Phase: TEST.
# torch, F, Tensor, nn | window_padding, weighted_pool
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = weighted_pool(data, kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), ends=(0, 1))
        return y
