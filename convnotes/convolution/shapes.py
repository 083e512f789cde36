"""Sizes, borders and arguments: what is checked and settled before any work is done."""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_array, as_floats, check_room, whole_number, whole_numbers, word

MODES = ("zeros", "reflect", "replicate", "circular", "symmetric")

Sides = tuple[tuple[int, int], ...]


class Plan(NamedTuple):
    """One value per spatial axis of everything a convolution needs to know."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Sides
    dilation: tuple[int, ...]
    output: tuple[int, ...]

    def with_height(self) -> "Plan":
        """Return the same for images of one row."""
        return Plan(
            (1, *self.kernel),
            (1, *self.stride),
            ((0, 0), *self.padding),
            (1, *self.dilation),
            (1, *self.output),
        )


def output_size(
    size: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
) -> int:
    """Count the outputs of a convolution along one axis.

    Args:
        size: Length of the input along the axis.
        kernel_size: Length of the kernel along the axis.
        stride: Step between neighbouring windows.
        padding: Values added on each side, or ``"valid"`` (none), or ``"same"``.
        dilation: Step between neighbouring taps; 1 means that they touch.

    Returns:
        ``(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1``.

    Raises:
        ValueError: A value is out of range, or the kernel spans more than the padded input.
        TypeError: A value isn't a whole number.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285, relationships 6 and 15 (section 5.1 for dilation).

    Examples:
        >>> from convnotes.convolution import output_size
        >>> output_size(224, 7, stride=2, padding=3)
        112
    """
    length = whole_number(size, "size", minimum=0)
    kernel = whole_number(kernel_size, "kernel_size", minimum=1)
    step = whole_number(stride, "stride", minimum=1)
    gap = whole_number(dilation, "dilation", minimum=1)
    sides = padding_sides(padding, (kernel,), (step,), (gap,))
    return count_outputs(length, kernel, step, sides[0], gap)


def count_outputs(
    size: int,
    kernel_size: int,
    stride: int,
    sides: tuple[int, int],
    dilation: int,
    names: tuple[str, str] = ("", "input"),
) -> int:
    """Apply the output-size formula to settled values, of what the names say."""
    padded, span = size + sum(sides), dilation * (kernel_size - 1) + 1
    if span > padded:
        raise ValueError(
            f"{names[0]}kernel_size={kernel_size} with dilation={dilation} spans {span}, "
            f"more than the padded {names[1]} of {padded}"
        )
    return (padded - span) // stride + 1


def pad(
    x: ArrayLike, padding: int | Sequence[int | Sequence[int]], mode: str = "zeros"
) -> NDArray[Any]:
    """Add a border to the last axes of an array.

    Args:
        x: Numbers of any dtype, which is kept, shape (..., H, W); 1-D arrays are padded along
            their only axis.
        padding: How much to add: one number for every side, or one entry for each of the last
            axes, ``(height, width)``, where an entry is a number or a pair ``(before, after)``.
        mode: What the border holds. For ``[1, 2, 3]`` padded by 2::

                zeros       0 0 | 1 2 3 | 0 0
                reflect     3 2 | 1 2 3 | 2 1      the edge value isn't repeated
                symmetric   2 1 | 1 2 3 | 3 2      it is
                replicate   1 1 | 1 2 3 | 3 3
                circular    2 3 | 1 2 3 | 1 2

            Borders wider than the array go on in the same way: to and fro, or round and round. A
            single value has only itself to reflect.

    Returns:
        A new array, larger by the padding.

    Raises:
        ValueError: ``padding`` is negative or doesn't fit the axes, ``mode`` is another word, or
            has nothing to repeat along an axis of length 0.
        TypeError: ``x`` isn't made of numbers, or ``padding`` of whole ones.

    Source: as ``numpy.pad``, whose names are ``constant``, ``reflect``, ``symmetric``, ``edge`` and
    ``wrap``; SciPy's ``ndimage`` calls them ``constant``, ``mirror``, ``reflect``, ``nearest`` and
    ``wrap``.

    Examples:
        >>> from convnotes.convolution import pad
        >>> pad([1, 2, 3], 2, mode="reflect").tolist()
        [3, 2, 1, 2, 3, 2, 1]
        >>> pad([[1, 2], [3, 4]], (0, (0, 1))).tolist()
        [[1, 2, 0], [3, 4, 0]]
    """
    array = as_array(x, "x")
    if array.ndim == 0:
        raise ValueError(f"x={x!r} must have at least one axis")
    given = padding.tolist() if isinstance(padding, np.ndarray) else padding
    several = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    axes = len(given) if several else min(array.ndim, 2)
    if axes == 0:
        raise ValueError(f"padding={padding!r} must have at least one entry")
    if axes > array.ndim:
        raise ValueError(f"padding={padding!r} has more entries than x has axes ({array.ndim})")
    sides = side_pairs(padding, axes)
    check_border(array.shape, sides, mode, ("mode", "x"))
    padded = pad_sides(array, sides, mode)
    return array.copy() if padded is array else padded


def pad_sides(array: NDArray[Any], sides: Sides, mode: str) -> NDArray[Any]:
    """Pad the last axes by settled amounts; by none, return the array itself."""
    if not np.any(sides):
        return array
    first = array.ndim - len(sides)
    if mode == "zeros":
        return np.pad(array, ((0, 0),) * first + sides)
    for axis, pair in enumerate(sides, first):
        if any(pair):
            array = array.take(source_lines(array.shape[axis], pair, mode), axis)
    return array


def source_lines(size: int, pair: tuple[int, int], mode: str) -> NDArray[np.intp]:
    """Say which line of an array each line of the padded one copies; for zeros, any."""
    lines = np.arange(-pair[0], size + pair[1])
    if mode == "circular":
        return lines % size
    if mode == "reflect":
        turn = max(2 * (size - 1), 1)  # from an edge to the other and back
        return np.minimum(lines % turn, -lines % turn)
    if mode == "symmetric":
        return np.minimum(lines % (2 * size), (-1 - lines) % (2 * size))
    return lines.clip(0, size - 1)


def fold_sides(padded: NDArray[Any], sides: Sides, mode: str) -> NDArray[Any]:
    """Carry a gradient back through ``pad_sides``: each border value to what it is a copy of."""
    total = padded.astype(working(padded.dtype), copy=False)
    for axis, (before, after) in enumerate(sides, padded.ndim - len(sides)):
        rows = np.moveaxis(total, axis, 0)
        size = len(rows) - before - after
        inner = rows[before : before + size].copy()
        if mode != "zeros":
            lines = source_lines(size, (before, after), mode)
            for place in (*range(before), *range(before + size, len(rows))):
                inner[lines[place]] += rows[place]
        total = np.moveaxis(inner, 0, axis)
    return np.ascontiguousarray(total, padded.dtype)


def check_border(shape: Sequence[int], sides: Sides, mode: str, names: tuple[str, str]) -> None:
    """Refuse an unknown mode, a border with nothing to copy, and one that fits no memory.

    The names are those of the mode and of the array.
    """
    name, array = names
    word(mode, name, MODES)
    sizes = shape[len(shape) - len(sides) :]
    for size, pair in zip(sizes, sides, strict=True):
        if mode != "zeros" and size == 0 and any(pair):
            raise ValueError(f"{name}={mode!r} has nothing to repeat in {array} of shape {shape}")
    padded = prod(size + sum(pair) for size, pair in zip(sizes, sides, strict=True))
    added = (padded - prod(sizes)) * prod(shape[: len(shape) - len(sides)])
    check_room(f"padding={sides}", added)


def padding_sides(
    padding: int | Sequence[int | Sequence[int]] | str,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Sides:
    """Turn any form of ``padding`` into (before, after) for each axis."""
    if not isinstance(padding, str):
        return side_pairs(padding, len(kernel))
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding != "same":
        raise ValueError(f"padding={padding!r} must be whole numbers, 'valid' or 'same'")
    if max(stride) > 1:
        raise ValueError(f"padding='same' needs stride=1, not stride={max(stride)}")
    extra = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in extra)


def side_pairs(padding: int | Sequence[int | Sequence[int]], axes: int) -> Sides:
    """Turn one number, or one for each axis, or a pair for each axis, into pairs."""
    given = padding.tolist() if isinstance(padding, np.ndarray) else padding
    pairs = isinstance(given, Sequence) and any(isinstance(each, Sequence) for each in given)
    if isinstance(given, str | bytes) or not pairs:
        return tuple((p, p) for p in whole_numbers(padding, "padding", axes, minimum=0))
    if len(given) != axes:
        raise ValueError(f"padding={padding!r} must be one number or {axes} entries")
    first, *others = (whole_numbers(each, "padding", 2, minimum=0) for each in given)
    return (first, *others)


def plan(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: int | Sequence[int],
    padding: int | Sequence[int | Sequence[int]] | str,
    dilation: int | Sequence[int],
    groups: int,
    padding_mode: str = "zeros",
    names: tuple[str, str] = ("x", "weight"),
) -> Plan:
    """Check the arguments of a convolution against each other and settle its sizes.

    The names are those of the arguments that the two shapes come from.
    """
    source, weight = names
    axes = len(input_shape) - 2
    kernel = tuple(weight_shape[2:])
    if 0 in kernel:
        raise ValueError(f"{weight}: kernel_size={kernel} must be at least 1 along each axis")
    steps = whole_numbers(stride, "stride", axes, minimum=1)
    gaps = whole_numbers(dilation, "dilation", axes, minimum=1)
    check_channels(input_shape[1], weight_shape, groups, names)
    sides = padding_sides(padding, kernel, steps, gaps)
    check_border(input_shape, sides, padding_mode, ("padding_mode", source))
    words = f"{weight}: ", source
    along = zip(input_shape[2:], kernel, steps, sides, gaps, strict=True)
    output = tuple(count_outputs(*axis, words) for axis in along)
    return Plan(kernel, steps, sides, gaps, output)


def check_channels(
    c_in: int,
    weight_shape: Sequence[int],
    groups: int,
    names: tuple[str, str] = ("c_in", "weight"),
) -> None:
    """Check that the groups divide the channels and that the filters are as deep as a group."""
    whole_number(groups, "groups", minimum=1)
    c_out, depth = weight_shape[:2]
    if c_in % groups:
        raise ValueError(f"groups={groups} must divide C_in={c_in}")
    if c_out % groups:
        raise ValueError(f"groups={groups} must divide C_out={c_out}")
    if depth != c_in // groups:
        raise ValueError(
            f"{names[1]}.shape[1]={depth} must be C_in // groups = {c_in} // {groups} = "
            f"{c_in // groups}, by {names[0]}"
        )


def as_batch(value: ArrayLike, name: str, layout: str) -> tuple[NDArray[Any], bool]:
    """Return real floats with a batch axis in front, and whether it was there already."""
    array = as_floats(value, name, layout, layout.removeprefix("N, "))
    batched = array.ndim == len(layout.split(", "))
    return (array if batched else array[None]), batched


def working(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to compute in: float16 is summed in float32 and rounded once."""
    return np.result_type(dtype, np.float32)
