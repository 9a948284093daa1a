"""The function with which an emitted file makes its module with trained weights."""

from __future__ import annotations

from netspec.emit import Emission
from netspec.emit.code import literal


def loader(emission: Emission, file: str, complete: bool) -> str:
    """`file` lies beside the source. Where it is not complete, what it lacks begins as filled."""
    count = len({slot.path for slot in emission.slots.values() if slot.path})
    check = f"""
    if len(values) != {count}:
        raise ValueError(f"{{path}} does not belong to this module")"""
    if all(part.isidentifier() for slot in emission.slots.values() if slot.path for part in slot.path.split(".")):
        standard, variable = (
            "    import operator\n    import pathlib",
            "        variable = operator.attrgetter(name)(module)",
        )
    else:  # modules of a loop are in dictionaries
        standard = "    import functools\n    import pathlib"
        variable = """\
        def inside(owner, key):
            return owner[key] if isinstance(owner, dict) else getattr(owner, key)

        variable = functools.reduce(inside, name.split("."), module)"""
    return f'''

def trained(dtype=tf.float32):
    """The module with its trained weights, which lie beside this file."""
{standard}

    import safetensors.numpy

    module = {emission.class_name}(dtype)
    path = pathlib.Path(__file__).with_name({literal(file)})
    values = safetensors.numpy.load_file(path){check if complete else ""}
    for name, value in values.items():
{variable}
        variable.assign(tf.cast(value, dtype))
    return module
'''
