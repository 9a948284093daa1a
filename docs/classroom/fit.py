"""Trains a module that netspec has written: Adam, epochs, and batches of several sizes, one after the other.

python fit.py small.py --batch 10 1024 --epochs 10 --picture small.svg
"""

import argparse
import runpy
import time
from itertools import pairwise
from pathlib import Path

import digits
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset


def module_of(path):
    """A new module of the class in a file that `netspec compile` has written."""
    found = runpy.run_path(path).values()
    classes = [c for c in found if isinstance(c, type) and issubclass(c, torch.nn.Module)]
    return classes[-1]()


@torch.no_grad()
def accuracy(module, x, y):
    module.eval()
    found = [module(a, b)["accuracy"] * len(b) for a, b in zip(x.split(500), y.split(500), strict=True)]
    module.train()
    return float(sum(found)) / len(y)


def fit(module, train, test, batch, epochs, rate):
    """Trains, and gives the loss of each step."""
    optimizer = torch.optim.Adam(module.parameters(), lr=rate)
    losses = []
    begin = time.process_time()
    module.train()
    for epoch in range(1, epochs + 1):
        for x, y in DataLoader(TensorDataset(*train), batch, shuffle=True):
            optimizer.zero_grad()
            loss = module(x, y)["loss"]
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        steps = -(-len(train[0]) // batch)
        seconds = time.process_time() - begin
        print(
            f"batch {batch}, epoch {epoch}: loss {np.mean(losses[-steps:]):.3f}, "
            f"accuracy {accuracy(module, *test):.3f}, {seconds:.1f} s of processor time",
            flush=True,
        )
    return losses


def picture(path, runs, epochs):
    """The losses over the epochs, each point the mean of a twentieth of an epoch or of a step."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "netspec"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    for batch, losses in runs.items():
        edges = np.unique(np.linspace(0, len(losses), min(len(losses), 20 * epochs) + 1).astype(int))
        means = [np.mean(losses[a:b]) for a, b in pairwise(edges)]
        axes.plot(edges[1:] * epochs / len(losses), means, label=f"batch {batch}")
    axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    print(f"wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", help="what netspec compile --backend torch has written")
    parser.add_argument("--batch", type=int, nargs="+", default=[10, 1024])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--lr", type=float, default=1e-5)
    parser.add_argument("--digits", type=int, help="so many to learn from (default: all)")
    parser.add_argument("--picture", type=Path)
    args = parser.parse_args()
    (x, y), (x_test, y_test) = digits.load()
    x, y = x[: args.digits], y[: args.digits]
    train, test = (torch.tensor(x), torch.tensor(y)), (torch.tensor(x_test), torch.tensor(y_test))
    runs = {}
    for batch in args.batch:
        torch.manual_seed(0)
        runs[batch] = fit(module_of(args.module), train, test, batch, args.epochs, args.lr)
    if args.picture:
        picture(args.picture, runs, args.epochs)
