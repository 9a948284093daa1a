# A net | Input: word 3×2. | Output: y 3×2×4. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed_weight = nn.Parameter(torch.empty(9, 4))
        self.embed_bias = nn.Parameter(torch.zeros(4))
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.uniform_(self.embed_weight)

    def forward(self, word: Tensor) -> Tensor:
        y = self.embed_weight[word.long()] + self.embed_bias  # 3×2×4
        return y
