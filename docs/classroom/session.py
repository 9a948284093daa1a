"""Trains a dataflow graph in a session, and looks at what is inside: python session.py small.pb --steps 100"""

import argparse
from pathlib import Path

import digits
import numpy as np
import tensorflow.compat.v1 as tf

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("graph", type=Path)
parser.add_argument("--steps", type=int, default=100)
args = parser.parse_args()

(x, y), (x_test, y_test) = digits.load()
graph_def = tf.GraphDef()
graph_def.ParseFromString(args.graph.read_bytes())
with tf.Graph().as_default(), tf.Session() as session:
    tf.import_graph_def(graph_def, name="")
    session.run("init")
    random = np.random.default_rng(0)
    losses = []
    for _ in range(args.steps):
        chosen = random.integers(0, len(y), 64)
        _, loss = session.run(["train", "loss:0"], {"data:0": x[chosen], "label:0": y[chosen]})
        losses.append(loss)
    fed = {"data:0": x_test[:64], "label:0": y_test[:64]}
    accuracy, conv1, gradient = session.run(["accuracy:0", "conv1:0", "gradients/conv1_kernel:0"], fed)
    print(f"the loss has fallen to a quarter: {np.mean(losses[-10:]) < losses[0] / 4}")
    print(f"more than 8 of 10 digits are known: {accuracy > 0.8}")
    print(f"conv1 {conv1.shape}, the gradient of its weight {gradient.shape}")
