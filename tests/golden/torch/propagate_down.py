# A net | Input: data 2×4. | Output: y 2×3. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.innerproduct = nn.Linear(4, 3)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.zeros_(self.innerproduct.weight)
        nn.init.zeros_(self.innerproduct.bias)

    def forward(self, data: Tensor) -> Tensor:
        ip = self.innerproduct(data)  # 2×3
        y = torch.tanh(ip.detach())
        return y
