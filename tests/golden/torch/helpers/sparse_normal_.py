def sparse_normal_(weight: Tensor, *, sparse: int, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal, with each element kept with the probability sparse / outputs and 0 otherwise."""
    with torch.no_grad():
        kept = torch.bernoulli(torch.full_like(weight, sparse / weight.shape[0]))
        return weight.normal_(mean, std).mul_(kept)
