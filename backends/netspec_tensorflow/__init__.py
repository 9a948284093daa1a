"""netspec's TensorFlow backend. Importing it, and emitting with it, does not import tensorflow."""

from __future__ import annotations

from netspec_tensorflow.backend import TensorFlowBackend

BACKEND = TensorFlowBackend()
