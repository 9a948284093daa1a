# A net | Input: data 2×4×6. | Output: y 2×12×2. | Phase: TEST.
# F, Tensor, nn | im2col
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = im2col(data, kernel_size=(3,), stride=(1,), padding=(0,), dilation=(2,))  # 2×12×2
        return y
