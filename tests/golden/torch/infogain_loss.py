# A net | Input: score 2×5, label 2, H 5×5. | Output: loss (). | Phase: TEST.
# F, Tensor, nn
class Net(nn.Module):
    def forward(self, score: Tensor, label: Tensor, H: Tensor) -> Tensor:
        labels = label.long()
        gains = H.detach()[labels]
        log_probability = F.log_softmax(score, dim=1)
        losses = -(
            gains * (log_probability + F.relu(-46.051701859880914 - log_probability).detach())
        ).sum(dim=1)
        loss = losses.mean()  # scalar
        return loss
