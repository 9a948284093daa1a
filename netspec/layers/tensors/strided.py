"""Every so-manieth element of the axes of a blob, as the slices of TensorFlow and ONNX take them."""

from typing import ClassVar, NamedTuple

from netspec.arrays import Array, concat, cut, flip, full, reshape
from netspec.layers.base import CallSite, Field, Formula, Refusal, UInt, canonical_axis
from netspec.layers.fit import needs_number
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import EmptyOutput
from netspec.shapes import UNKNOWN, Dim, Shape, show

LARGE = 1 << 30  # what stands for a size that is not known


class Row(NamedTuple):
    """What is taken of an axis: every `stride`-th element from `begin` on, up to `end`."""

    begin: int
    end: int
    stride: int

    @property
    def taken(self) -> int:
        """How many, by C's division."""
        towards = 1 if self.stride > 0 else -1
        free = self.end - self.begin - towards
        return (abs(free) // abs(self.stride)) * (1 if free * self.stride >= 0 else -1) + 1


class StridedSlice(Formula):
    """On each axis every strides-th element from begin on, up to end, which is not taken; negative counts from the end.

    With `axes`, these are the axes of the entries, as ONNX has it; else entries are for the first axes. Bit i of a mask
    is for entry i: begin_mask and end_mask say that there is no begin or end, ellipsis_mask that the entry stands for
    all axes that the others leave, new_axis_mask that it makes an axis of size 1, shrink_axis_mask that the axis goes,
    of which the element at begin is left. The fork counts a negative begin of entry i from the end of axis i, whatever
    axis the entry is for.
    Shape: how many elements are taken. Source: strided_slice_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "strided_slice_param"
    in_place: ClassVar = False

    begin: tuple[int, ...] = Field((), description="the first element")
    end: tuple[int, ...] = Field((), description="the element behind the last one")
    strides: tuple[int, ...] = Field((), description="the step, not 0; none is 1 everywhere")
    axes: tuple[int, ...] = Field((), description="ONNX: the axes; masks have no effect then")
    begin_mask: UInt = Field(0, description="entries without a begin")
    end_mask: UInt = Field(0, description="entries without an end")
    ellipsis_mask: UInt = Field(0, description="the entry that stands for all axes left")
    new_axis_mask: UInt = Field(0, description="entries that make an axis")
    shrink_axis_mask: UInt = Field(0, description="entries whose axis goes")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape, rows, gone = self._plan(site.bottoms[0])
        sizes: list[Dim] = []
        for dim, row in zip(shape, rows, strict=True):
            whole = row.begin == 0 and row.stride == 1 and row.taken == _number(dim)
            fixed = isinstance(dim, int) or row == Row(0, 1, 1)
            sizes.append(dim if whole else row.taken if fixed else UNKNOWN)
        return (tuple(size for axis, size in enumerate(sizes) if axis not in gone),)

    def lacks(self, site: CallSite) -> str:
        return next((reason for size in site.bottoms[0] if (reason := needs_number(size))), "")

    def formula(self, x: Array) -> Array:
        shape, rows, gone = self._plan(x.shape)
        y = reshape(x, shape) if len(shape) > x.rank else x
        for axis, row in enumerate(rows):
            y = _taken(y, axis, row)
        return reshape(y, tuple(d for axis, d in enumerate(y.shape) if axis not in gone)) if gone else y

    def _plan(self, bottom: Shape) -> tuple[Shape, list[Row], set[int]]:
        """The shape with new axes, what is taken of each axis, and which axes go. Raises Refusal."""
        strides = self._check(bottom)
        entries = [
            (max(begin + _number(bottom[i]), 0) if begin < 0 else begin, end, stride)
            for i, (begin, end, stride) in enumerate(zip(self.begin, self.end, strides, strict=True))
        ]
        if self.axes:
            shape, gone = bottom, set[int]()
            rows = [Row(0, _number(dim), 1) for dim in bottom]
            for axis, entry in zip(self.axes, entries, strict=True):
                at = canonical_axis(axis, bottom, "axes")
                rows[at] = _within(*entry, _number(bottom[at]))
        else:
            shape, rows, gone = self._masked(bottom, entries)
        for axis, row in enumerate(rows):
            if row.taken < 1:
                message = f"StridedSlice takes nothing of axis {axis}, {show(shape)}: {row.begin} to {row.end}"
                raise Refusal(EmptyOutput, message, fields=("begin", "end"), bottoms={0: ""})
        return shape, rows, gone

    def _check(self, bottom: Shape) -> tuple[int, ...]:
        """The strides. Raises Refusal where entries do not fit together."""
        strides = self.strides or (1,) * len(self.begin)
        for name, given in (("end", self.end), ("strides", strides), ("axes", self.axes or self.begin)):
            if len(given) != len(self.begin):
                message = f"StridedSlice takes as many {name} as begin: {len(given)} and {len(self.begin)}"
                raise Refusal(EntryCount, message, fields=(name, "begin"))
        if 0 in strides:
            raise Refusal(InvalidValue, "strides are not 0", fields=("strides",))
        if self.ellipsis_mask & (self.ellipsis_mask - 1):
            raise Refusal(InvalidValue, "one entry at most stands for all axes left", fields=("ellipsis_mask",))
        new = 0 if self.axes else sum(self._bit(self.new_axis_mask, i) for i in range(len(self.begin)))
        if len(self.begin) - new > len(bottom) or len(self.begin) > len(bottom):
            message = f"StridedSlice has {len(self.begin)} entries for the axes of {show(bottom)}"
            raise Refusal(EntryCount, message, fields=("begin",), bottoms={0: ""})
        in_order = [axis % len(bottom) for axis in self.axes] == list(range(len(bottom)))
        if len(self.axes) == len(bottom) and not in_order:
            message = "where all axes are given, the fork takes them in order"
            raise Refusal(InvalidValue, message, fields=("axes",), help="list the axes in order")
        return strides

    def _bit(self, mask: int, entry: int) -> bool:
        """Whether a mask is set for an entry that does not stand for the axes left."""
        return bool(mask & ~self.ellipsis_mask & 1 << entry)

    def _masked(self, bottom: Shape, entries: list[tuple[int, int, int]]) -> tuple[Shape, list[Row], set[int]]:
        """As TensorFlow has it: entries axis by axis, an ellipsis for the rest."""
        dims = list(bottom)
        ellipsis = self.ellipsis_mask.bit_length() - 1 if self.ellipsis_mask else len(entries)
        new = sum(self._bit(self.new_axis_mask, i) for i in range(len(entries)))
        listed = len(entries) - new - (ellipsis < len(entries))
        order = [
            *range(min(ellipsis, len(entries))),
            *(-1,) * (len(bottom) - listed),
            *range(ellipsis + 1, len(entries)),
        ]
        shape: list[Dim] = []
        rows: list[Row] = []
        gone = set[int]()
        for entry in order:
            if entry >= 0 and self._bit(self.new_axis_mask, entry):
                shape.append(1)
                rows.append(Row(0, 1, 1))
                continue
            dim = dims.pop(0)
            size = _number(dim)
            shape.append(dim)
            if entry < 0:
                rows.append(Row(0, size, 1))
                continue
            begin, end, stride = entries[entry]
            if shrinks := self._bit(self.shrink_axis_mask, entry):
                stride = 1 if stride > 0 else -1
                end = begin + stride
                gone.add(len(rows))
            row = _within(begin, end, stride, size)
            if not shrinks and self._bit(self.begin_mask, entry):
                row = row._replace(begin=0 if stride > 0 else size - 1)
            if not shrinks and self._bit(self.end_mask, entry):
                row = row._replace(end=size if stride > 0 else -1)
            rows.append(row)
        return tuple(shape), rows, gone


def _within(begin: int, end: int, stride: int, size: int) -> Row:
    """An entry within an axis; begin is not negative any more."""
    return Row(min(begin, size - 1), min(end, size) if end >= 0 else max(end + size, -1), stride)


def _number(size: Dim) -> int:
    return size if isinstance(size, int) else LARGE


def _taken(x: Array, axis: int, row: Row) -> Array:
    """The elements of a row, by a cut, and by a reshape in which a column is kept."""
    step, count = abs(row.stride), row.taken
    first = row.begin if row.stride > 0 else row.begin - (count - 1) * step
    size = x.shape[axis]
    if not isinstance(size, int):
        return x
    if first or first + (count - 1) * step + 1 < size:
        x = cut(x, axis, first, first + (count - 1) * step + 1)
    if step > 1 and count > 1:
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        rest = full((*before, step - 1, *after), 0.0)
        columns = reshape(concat((x, rest), axis), (*before, count, step, *after))
        x = reshape(cut(columns, axis + 1, 0, 1), (*before, count, *after))
    return flip(x, axis) if row.stride < 0 and count > 1 else x
