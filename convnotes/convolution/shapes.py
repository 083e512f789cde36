"""Sizes, borders and arguments: what is checked and settled before any work is done."""

import sys
from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}

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
    (length,) = whole_numbers(size, "size", 1, minimum=0)
    (kernel,) = whole_numbers(kernel_size, "kernel_size", 1, minimum=1)
    (step,) = whole_numbers(stride, "stride", 1, minimum=1)
    (gap,) = whole_numbers(dilation, "dilation", 1, minimum=1)
    sides = padding_sides(padding, (kernel,), (step,), (gap,))
    return count_outputs(length, kernel, step, sides[0], gap)


def count_outputs(
    size: int, kernel_size: int, stride: int, sides: tuple[int, int], dilation: int
) -> int:
    """Apply the output-size formula to settled values."""
    padded, span = size + sum(sides), dilation * (kernel_size - 1) + 1
    if span > padded:
        raise ValueError(
            f"kernel_size={kernel_size} with dilation={dilation} spans {span}, "
            f"more than the padded input of {padded}"
        )
    return (padded - span) // stride + 1


def pad(
    x: ArrayLike, padding: int | Sequence[int | Sequence[int]], mode: str = "zeros"
) -> NDArray[Any]:
    """Add a border to the last axes of an array.

    Args:
        x: Array of any dtype, which is kept, shape (..., H, W); 1-D arrays are padded along their
            only axis.
        padding: How much to add: one number for every side, or one entry for each of the last
            axes, ``(height, width)``, where an entry is a number or a pair ``(before, after)``.
        mode: What the border holds. For ``[1, 2, 3]`` padded by 2::

                zeros       0 0 | 1 2 3 | 0 0
                reflect     3 2 | 1 2 3 | 2 1      the edge value isn't repeated
                replicate   1 1 | 1 2 3 | 3 3
                circular    2 3 | 1 2 3 | 1 2

    Returns:
        A new array, larger by the padding.

    Raises:
        ValueError: ``padding`` is negative, doesn't fit the axes, or is wider than ``mode`` can
            fill: less than the size for ``reflect``, at most the size for ``circular``.
        TypeError: ``padding`` isn't made of whole numbers.

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
    if isinstance(padding, np.ndarray):
        padding = padding.tolist()
    if isinstance(padding, Sequence) and not isinstance(padding, str | bytes):
        entries = tuple(padding)
    else:
        entries = (padding,) * min(array.ndim, 2)
    if len(entries) > array.ndim:
        raise ValueError(f"padding={padding!r} has more entries than x has axes ({array.ndim})")
    sides = tuple(whole_numbers(entry, "padding", 2, minimum=0) for entry in entries)
    check_padding_mode(mode, array.shape[array.ndim - len(sides) :], sides, "mode")
    padded = pad_sides(array, sides, mode)
    return array.copy() if padded is array else padded


def pad_sides(array: NDArray[Any], sides: Sides, mode: str) -> NDArray[Any]:
    """Pad the last axes by settled amounts; by none, return the array itself."""
    if not np.any(sides):
        return array
    untouched = ((0, 0),) * (array.ndim - len(sides))
    return np.pad(array, untouched + sides, mode=NUMPY_MODES[mode])  # type: ignore[call-overload]


def check_padding_mode(mode: str, sizes: Sequence[int], sides: Sides, name: str) -> None:
    """Refuse an unknown mode, and a border wider than the mode can fill."""
    if not isinstance(mode, str) or mode not in NUMPY_MODES:
        raise ValueError(f"{name}={mode!r} must be one of {', '.join(map(repr, NUMPY_MODES))}")
    for size, pair in zip(sizes, sides, strict=True):
        widest = {"zeros": max(pair), "reflect": size - 1, "circular": size}.get(mode)
        if widest is None:  # replicate repeats one value as often as it likes, but needs that one
            widest = max(pair) if size else 0
        if max(pair) > max(widest, 0):
            raise ValueError(f"padding={max(pair)} is too wide for {name}={mode!r} on size {size}")


def padding_sides(
    padding: int | Sequence[int] | str,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Sides:
    """Turn any form of ``padding`` into (before, after) for each axis."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in whole_numbers(padding, "padding", len(kernel), minimum=0))
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding != "same":
        raise ValueError(f"padding={padding!r} must be whole numbers, 'valid' or 'same'")
    if max(stride) > 1:
        raise ValueError(f"padding='same' needs stride=1, not stride={max(stride)}")
    extra = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in extra)


def plan(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: int | Sequence[int],
    padding: int | Sequence[int] | str,
    dilation: int | Sequence[int],
    groups: int,
    padding_mode: str = "zeros",
) -> Plan:
    """Check the arguments of a convolution against each other and settle its sizes."""
    axes = len(input_shape) - 2
    kernel = tuple(weight_shape[2:])
    whole_numbers(kernel, "kernel_size", axes, minimum=1)
    steps = whole_numbers(stride, "stride", axes, minimum=1)
    gaps = whole_numbers(dilation, "dilation", axes, minimum=1)
    check_channels(input_shape[1], weight_shape, groups)
    sides = padding_sides(padding, kernel, steps, gaps)
    check_padding_mode(padding_mode, input_shape[2:], sides, "padding_mode")
    output = tuple(map(count_outputs, input_shape[2:], kernel, steps, sides, gaps))
    return Plan(kernel, steps, sides, gaps, output)


def check_channels(c_in: int, weight_shape: Sequence[int], groups: int) -> None:
    """Check that the groups divide the channels and that the filters are as deep as a group."""
    whole_numbers(groups, "groups", 1, minimum=1)
    c_out, depth = weight_shape[:2]
    if c_in % groups:
        raise ValueError(f"groups={groups} must divide C_in={c_in}")
    if c_out % groups:
        raise ValueError(f"groups={groups} must divide C_out={c_out}")
    if depth != c_in // groups:
        raise ValueError(
            f"weight.shape[1]={depth} must be C_in // groups = {c_in} // {groups} = "
            f"{c_in // groups}"
        )


def whole_numbers(
    value: int | Sequence[int], name: str, count: int, *, minimum: int
) -> tuple[int, ...]:
    """Return ``count`` whole numbers from one number, used for every axis, or one per axis."""
    given = value.tolist() if isinstance(value, np.ndarray) else value
    entries = tuple(given) if isinstance(given, Sequence) else (given,) * count
    if isinstance(value, str | bytes) or not all(is_whole(entry) for entry in entries):
        raise TypeError(f"{name}={value!r} must be a whole number or {count} of them")
    if len(entries) != count:
        raise ValueError(f"{name}={value!r} must be one number or {count}, not {len(entries)}")
    if any(entry < minimum for entry in entries):
        raise ValueError(f"{name}={value!r} must be at least {minimum}")
    if any(entry > sys.maxsize for entry in entries):
        raise ValueError(f"{name}={value!r} must be at most {sys.maxsize}")
    return tuple(int(entry) for entry in entries)


def shape_entries(value: Sequence[int], name: str, layout: str) -> tuple[int, ...]:
    """Return the sizes of an array with the axes that ``layout`` names."""
    if np.ndim(value) != 1:
        raise TypeError(f"{name}={value!r} must be the sizes ({layout})")
    if len(value) != len(layout.split(", ")):
        raise ValueError(f"{name}={value!r} must be the sizes ({layout})")
    return whole_numbers(value, name, len(value), minimum=0)


def is_whole(value: object) -> bool:
    """Tell integers, NumPy's included, from everything else, bool included."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def as_array(value: ArrayLike, name: str) -> NDArray[Any]:
    """Return an array of numbers, or say which argument isn't one."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array with rows of equal length") from error
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{name} must be an array of numbers, not {type(value).__name__}")
    return array


def as_floats(value: ArrayLike, name: str, layout: str) -> NDArray[Any]:
    """Return real floating-point numbers with the axes that ``layout`` names."""
    array = as_array(value, name)
    if array.ndim != len(layout.split(", ")):
        raise ValueError(f"{name} must have the axes ({layout}), not shape {array.shape}")
    if array.dtype.kind == "c":
        raise TypeError(f"{name} must be real, not {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)
