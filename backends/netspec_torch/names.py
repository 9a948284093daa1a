"""Names that emitted code cannot give to a blob or a layer."""

from __future__ import annotations

from netspec.emit.code import Code, call

# What emitted code uses itself.
USED = frozenset({"F", "Tensor", "init_weights", "math", "nn", "param_groups", "self", "torch"})

# What every nn.Module has.
MODULE = frozenset(
    {"T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu"}
    | {"cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state"}
    | {"get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers"}
    | {"named_children", "named_modules", "named_parameters", "parameters", "register_backward_hook"}
    | {"register_buffer", "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"}
    | {"register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook"}
    | {"register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook"}
    | {"requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train"}
    | {"training", "type", "xpu", "zero_grad"}
)


def reach(path: str, parameter: bool = False) -> Code:
    """The module at a path below `self`, or the parameter; an entry of a loop is called by its key."""
    if not path or all(name.isidentifier() for name in path.split(".")):
        return Code(f"self.{path}".rstrip("."))
    return call("self.get_parameter" if parameter else "self.get_submodule", path)
