# A net | Input: score 2×5, target 2×5. | Output: loss (). | Phase: TEST.
# F, Tensor, nn
class Net(nn.Module):
    def forward(self, score: Tensor, target: Tensor) -> Tensor:
        target_2 = target.detach()
        losses = F.softplus(score, threshold=40) - score * target_2
        loss = losses.sum(dim=1).mean()  # scalar
        return loss
