# A net | Input: a 2×5, b 2×5, similar 2. | Output: loss (). | Phase: TEST.
# torch, F, Tensor, nn
class Net(nn.Module):
    def forward(self, a: Tensor, b: Tensor, similar: Tensor) -> Tensor:
        square = ((a - b) ** 2).sum(dim=1)
        distance = torch.sqrt(square).detach()  # its gradient is by distance + 1e-4, as in Caffe
        lacking = F.relu(1 - (distance + (square - square.detach()) / (2 * (distance + 0.0001))))
        loss = torch.where(similar.long() != 0, square, lacking**2).mean() / 2  # scalar
        return loss
