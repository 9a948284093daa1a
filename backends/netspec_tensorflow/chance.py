"""The random numbers of a live module, from a generator whose state can be kept.

What `tf.nn.dropout` and `tf.random.uniform` draw comes from a counter inside TensorFlow that nobody can read, so that a
run could not go on from where another ended. The text of a module calls them by the name `tf`; where that stands for
`Drawing.framework`, the same functions draw from a `tf.random.Generator`.
"""

from __future__ import annotations

from typing import Any

from netspec.backend.executable import Floats


class Instead:
    """A module, but for some of its names."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        vars(self).update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class Drawing:
    """tf: the framework. The generator begins where the global seed says, if one has been set."""

    def __init__(self, tf: Any) -> None:
        seed = tf.random.uniform([], maxval=1 << 62, dtype=tf.int64)
        generator = self._generator = tf.random.Generator.from_seed(seed)

        def dropout(x: Any, rate: Any, noise_shape: Any = None) -> Any:
            return tf.nn.experimental.general_dropout(x, rate, generator.uniform, noise_shape)

        def uniform(shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = tf.float32) -> Any:
            return generator.uniform(shape, minval, maxval, dtype)

        self.framework = Instead(
            tf,
            nn=Instead(tf.nn, dropout=dropout),
            random=Instead(tf.random, uniform=uniform, normal=generator.normal),
        )

    @property
    def state(self) -> Floats:
        return self._generator.state.numpy()

    @state.setter
    def state(self, value: Floats) -> None:
        self._generator.reset(value)
