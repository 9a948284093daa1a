"""Caffe's message types for protobuf, as far as a ResNet uses them: the yardstick parser of the bench."""

from __future__ import annotations

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import Message

_Field = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "string": _Field.TYPE_STRING,
    "int32": _Field.TYPE_INT32,
    "uint32": _Field.TYPE_UINT32,
    "int64": _Field.TYPE_INT64,
    "bool": _Field.TYPE_BOOL,
    "float": _Field.TYPE_FLOAT,
}

# Message: its fields, each with a number and a type; a `*` marks a repeated one. Numbers are those of caffe.proto.
MESSAGES = {
    "BlobShape": {"dim": (1, "int64*")},
    "InputParameter": {"shape": (1, "BlobShape*")},
    "ConvolutionParameter": {
        "num_output": (1, "uint32"),
        "bias_term": (2, "bool"),
        "pad": (3, "uint32*"),
        "kernel_size": (4, "uint32*"),
        "stride": (6, "uint32*"),
    },
    "PoolingParameter": {
        "pool": (1, "PoolMethod"),
        "kernel_size": (2, "uint32"),
        "stride": (3, "uint32"),
    },
    "BatchNormParameter": {"use_global_stats": (1, "bool"), "eps": (3, "float")},
    "ScaleParameter": {"axis": (1, "int32"), "bias_term": (4, "bool")},
    "InnerProductParameter": {"num_output": (1, "uint32"), "bias_term": (2, "bool")},
    "LayerParameter": {
        "name": (1, "string"),
        "type": (2, "string"),
        "bottom": (3, "string*"),
        "top": (4, "string*"),
        "convolution_param": (106, "ConvolutionParameter"),
        "inner_product_param": (117, "InnerProductParameter"),
        "pooling_param": (121, "PoolingParameter"),
        "batch_norm_param": (139, "BatchNormParameter"),
        "scale_param": (142, "ScaleParameter"),
        "input_param": (143, "InputParameter"),
    },
    "NetParameter": {
        "name": (1, "string"),
        "input": (3, "string*"),
        "input_dim": (4, "int32*"),
        "layer": (100, "LayerParameter*"),
    },
}
ENUMS = {"PoolMethod": ("MAX", "AVE", "STOCHASTIC")}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="net.proto", package="bench", syntax="proto2")
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in MESSAGES.items():
        described = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            base = kind.removesuffix("*")
            field = described.field.add(name=field_name, number=number)
            field.label = _Field.LABEL_REPEATED if kind.endswith("*") else _Field.LABEL_OPTIONAL
            if base in _TYPES:
                field.type = _TYPES[base]
            else:
                field.type = _Field.TYPE_ENUM if base in ENUMS else _Field.TYPE_MESSAGE
                field.type_name = f".bench.{base}"
    return file


def net_parameter() -> type[Message]:
    """The class of a net."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("bench.NetParameter"))


def parse(text: str) -> Message:
    """The text as a protobuf message."""
    return text_format.Parse(text, net_parameter()())
