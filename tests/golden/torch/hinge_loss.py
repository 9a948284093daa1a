# A net | Input: score 2×5, label 2. | Output: loss (). | Phase: TEST.
# torch, F, Tensor, nn
class Net(nn.Module):
    def forward(self, score: Tensor, label: Tensor) -> Tensor:
        labels = label.long()
        sign = 1 - 2 * (labels[..., None] == torch.arange(5, device=labels.device)).type_as(score)
        margins = F.relu(1 + sign * score)
        loss = margins.sum(dim=1).mean()  # scalar
        return loss
