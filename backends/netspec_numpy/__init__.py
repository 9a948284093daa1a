"""The numpy reference: it runs a net as Caffe's definition reads, apart from any framework, and writes no code."""

from __future__ import annotations

from netspec_numpy.backend import NumpyBackend

BACKEND = NumpyBackend()
