# A net | Input: data 2×4×6×6. | Output: y 2×4×4×4. | Phase: TEST.
# torch, F, Tensor, nn | window_padding, avg_pool
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = avg_pool(data, kernel_size=(1, 1), stride=(2, 2), padding=(0, 0), ends=(1, 1))
        return y
