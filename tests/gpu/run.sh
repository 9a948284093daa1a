#!/bin/sh
# What only a GPU can show, in less than eight minutes and without a network: do the specs compute the same there, and
# how fast are the emitted PyTorch models?
#
#     tests/gpu/run.sh export         here, where TensorFlow is: its functions as StableHLO, to build/gpu/
#     tests/gpu/run.sh                there, with PyTorch, and JAX or TensorFlow or both; build/gpu/ goes along
#     DEVICE=cpu tests/gpu/run.sh lenet
#
# Names of specs may follow either; --eager leaves out torch.compile. PYTHON is the interpreter, LIMIT the seconds that
# it may take: what is not reached by then is said. The status is 1 where something differs.
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${PYTHON:-}" ]; then
  PYTHON=python3
  if [ -x .venv/bin/python ]; then PYTHON=.venv/bin/python; fi
fi
export PYTHONPATH="$PWD:$PWD/backends:$PWD/tests/gpu${PYTHONPATH:+:$PYTHONPATH}"
export TF_CPP_MIN_LOG_LEVEL="${TF_CPP_MIN_LOG_LEVEL:-2}"
# The frameworks share the card's memory.
export XLA_PYTHON_CLIENT_PREALLOCATE=false TF_FORCE_GPU_ALLOW_GROWTH=true
if [ "${1:-}" = export ]; then
  shift
  exec "$PYTHON" tests/gpu/export.py "$@"
fi
limit="${LIMIT:-450}"
exec timeout -k 5 "$((limit + 20))" "$PYTHON" tests/gpu/check.py --device "${DEVICE:-cuda}" --limit "$limit" "$@"
