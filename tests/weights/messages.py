"""Caffe's messages as protobuf knows them: an account of the format apart from netspec's own.

Field numbers from caffe.proto (BVLC/caffe); only those that weights are in.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Kind = descriptor_pb2.FieldDescriptorProto

OPTIONAL, REPEATED = Kind.LABEL_OPTIONAL, Kind.LABEL_REPEATED
MESSAGES: dict[str, list[tuple[str, int, Any, Any, str]]] = {
    "BlobShape": [("dim", 1, Kind.TYPE_INT64, REPEATED, "")],
    "BlobProto": [
        ("num", 1, Kind.TYPE_INT32, OPTIONAL, ""),
        ("channels", 2, Kind.TYPE_INT32, OPTIONAL, ""),
        ("height", 3, Kind.TYPE_INT32, OPTIONAL, ""),
        ("width", 4, Kind.TYPE_INT32, OPTIONAL, ""),
        ("data", 5, Kind.TYPE_FLOAT, REPEATED, ""),
        ("diff", 6, Kind.TYPE_FLOAT, REPEATED, ""),
        ("shape", 7, Kind.TYPE_MESSAGE, OPTIONAL, "BlobShape"),
        ("double_data", 8, Kind.TYPE_DOUBLE, REPEATED, ""),
        ("double_diff", 9, Kind.TYPE_DOUBLE, REPEATED, ""),
    ],
    "V0LayerParameter": [
        ("name", 1, Kind.TYPE_STRING, OPTIONAL, ""),
        ("type", 2, Kind.TYPE_STRING, OPTIONAL, ""),
        ("num_output", 3, Kind.TYPE_UINT32, OPTIONAL, ""),
        ("blobs", 50, Kind.TYPE_MESSAGE, REPEATED, "BlobProto"),
    ],
    "V1LayerParameter": [
        ("layer", 1, Kind.TYPE_MESSAGE, OPTIONAL, "V0LayerParameter"),
        ("bottom", 2, Kind.TYPE_STRING, REPEATED, ""),
        ("top", 3, Kind.TYPE_STRING, REPEATED, ""),
        ("name", 4, Kind.TYPE_STRING, OPTIONAL, ""),
        ("type", 5, Kind.TYPE_INT32, OPTIONAL, ""),
        ("blobs", 6, Kind.TYPE_MESSAGE, REPEATED, "BlobProto"),
    ],
    "LayerParameter": [
        ("name", 1, Kind.TYPE_STRING, OPTIONAL, ""),
        ("type", 2, Kind.TYPE_STRING, OPTIONAL, ""),
        ("bottom", 3, Kind.TYPE_STRING, REPEATED, ""),
        ("top", 4, Kind.TYPE_STRING, REPEATED, ""),
        ("blobs", 7, Kind.TYPE_MESSAGE, REPEATED, "BlobProto"),
        ("phase", 10, Kind.TYPE_INT32, OPTIONAL, ""),
    ],
    "Datum": [
        ("channels", 1, Kind.TYPE_INT32, OPTIONAL, ""),
        ("height", 2, Kind.TYPE_INT32, OPTIONAL, ""),
        ("width", 3, Kind.TYPE_INT32, OPTIONAL, ""),
        ("data", 4, Kind.TYPE_BYTES, OPTIONAL, ""),
        ("label", 5, Kind.TYPE_INT32, OPTIONAL, ""),
        ("float_data", 6, Kind.TYPE_FLOAT, REPEATED, ""),
        ("encoded", 7, Kind.TYPE_BOOL, OPTIONAL, ""),
    ],
    "NetParameter": [
        ("name", 1, Kind.TYPE_STRING, OPTIONAL, ""),
        ("layers", 2, Kind.TYPE_MESSAGE, REPEATED, "V1LayerParameter"),
        ("input", 3, Kind.TYPE_STRING, REPEATED, ""),
        ("input_dim", 4, Kind.TYPE_INT32, REPEATED, ""),
        ("layer", 100, Kind.TYPE_MESSAGE, REPEATED, "LayerParameter"),
    ],
}
PACKED = {Kind.TYPE_FLOAT, Kind.TYPE_DOUBLE, Kind.TYPE_INT64}


def classes(packed: bool = True) -> dict[str, Any]:
    """The message classes; with numbers one by one instead of packed, as a reader has to take, too."""
    package = "packed" if packed else "plain"
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label, of in fields:
            made = message.field.add(name=field, number=number, type=kind, label=label)
            if of:
                made.type_name = f".{package}.{of}"
            if label == REPEATED and kind in PACKED:
                made.options.packed = packed
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {n: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{n}")) for n in MESSAGES}
