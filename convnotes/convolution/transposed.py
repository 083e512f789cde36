"""The transpose of a convolution: every value stamps a copy of the kernel."""

from collections.abc import Sequence
from itertools import product
from math import gcd, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_floats, check_room, whole_number, whole_numbers
from convnotes.convolution.engines.layer import correlate_layer
from convnotes.convolution.layers import bias_per_channel
from convnotes.convolution.shapes import Plan, as_batch, side_pairs, working


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def conv_transpose2d(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int | Sequence[int]] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> NDArray[Any]:
    """Apply the transpose of a convolution: every input value stamps a scaled kernel.

    It goes from the output's shape back to the input's, and isn't an inverse.

    Args:
        x: Images, shape (N, C_in, H, W), or one image, (C_in, H, W).
        weight: Filters, shape (C_in, C_out // groups, KH, KW): that of the ``conv2d`` which it
            transposes.
        bias: Added to each output channel, shape (C_out,).
        stride: Distance between neighbouring stamps: an int or (height, width).
        padding: Cut off each side of the result: an int, (height, width) or
            ((top, bottom), (left, right)).
        output_padding: Rows and columns added at the bottom and right, which tell apart the input
            sizes that give one output size; less than the stride or the dilation.
        dilation: Step between neighbouring taps: an int or (height, width).
        groups: Number of independent convolutions.

    Returns:
        Shape (N, C_out, OH, OW), or (C_out, OH, OW) for one image, in the dtype of ``x``, with
            ``OH = (H - 1) * stride - 2 * padding + dilation * (KH - 1) + output_padding + 1``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Dumoulin & Visin, arXiv:1603.07285, chapter 4.

    Examples:
        >>> from convnotes.convolution import conv_transpose2d
        >>> conv_transpose2d([[[[1.0, 10.0]]]], [[[[1.0, 2.0, 3.0]]]], stride=(1, 2)).tolist()
        [[[[1.0, 2.0, 13.0, 20.0, 30.0]]]]
    """
    stamps, batched = as_batch(x, "x", "N, C_in, H, W")
    filters = as_floats(weight, "weight", "C_in, C_out // groups, KH, KW")
    groups = whole_number(groups, "groups", minimum=1)
    if filters.shape[0] != stamps.shape[1]:
        raise ValueError(f"weight.shape[0]={filters.shape[0]} must be C_in={stamps.shape[1]}")
    c_out = filters.shape[1] * groups
    if filters.shape[0] % groups:
        raise ValueError(f"groups={groups} must divide C_in={filters.shape[0]}")
    offsets = bias_per_channel(bias, c_out)
    settled = transposed_plan(stamps, filters, stride, padding, output_padding, dilation)
    wide = working(stamps.dtype)
    out = stamp(stamps.astype(wide, copy=False), filters.astype(wide, copy=False), settled, groups)
    if offsets is not None:
        out += offsets.astype(wide).reshape(c_out, 1, 1)
    return (out if batched else out[0]).astype(stamps.dtype, copy=False)


def transposed_plan(
    stamps: NDArray[Any],
    filters: NDArray[Any],
    stride: int | Sequence[int],
    padding: int | Sequence[int | Sequence[int]],
    output_padding: int | Sequence[int],
    dilation: int | Sequence[int],
) -> Plan:
    """Check the arguments of a transposed convolution and settle its sizes."""
    kernel = filters.shape[2:]
    if 0 in kernel:
        raise ValueError(f"weight: kernel_size={kernel} must be at least 1 along each axis")
    steps = whole_numbers(stride, "stride", 2, minimum=1)
    gaps = whole_numbers(dilation, "dilation", 2, minimum=1)
    cuts = side_pairs(padding, 2)
    extras = whole_numbers(output_padding, "output_padding", 2, minimum=0)
    output = []
    for size, k, s, p, d, e in zip(
        stamps.shape[2:], kernel, steps, cuts, gaps, extras, strict=True
    ):
        if e >= max(s, d):
            raise ValueError(f"output_padding={e} must be less than stride={s} or dilation={d}")
        output.append((size - 1) * s - sum(p) + d * (k - 1) + e + 1)
        if size == 0 or output[-1] < 1:
            raise ValueError(f"x of size {size} with padding={p} leaves no output")
    words = f"stride={stride} with dilation={dilation} and output_padding={output_padding}"
    check_room(words, *stamps.shape[:1], *output)
    return Plan(kernel, steps, cuts, gaps, tuple(output))


def stamp(values: NDArray[Any], filters: NDArray[Any], settled: Plan, groups: int) -> NDArray[Any]:
    """Add a copy of the filters, scaled by each value, at that value's place.

    ``values`` has shape (N, C, H, W) and ``filters`` (C, depth, KH, KW); ``settled.output`` is the
    size that is left when ``settled.padding`` is cut off. The places that leave one remainder
    modulo the stride are reached by the same taps: each such phase is a layer of stride 1.
    """
    c, depth, *_ = filters.shape
    if prod(values.shape[2:]) < prod(settled.kernel):
        return stamp_each_value(values, filters, settled, groups)
    if 4 * depth <= c // groups or not np.isfinite(filters).all():  # zeros meet no inf
        return stamp_each_tap(values, filters, settled, groups)
    by_output = filters.reshape(groups, c // groups, depth, *settled.kernel).swapaxes(1, 2)
    turned = by_output.reshape(groups * depth, c // groups, *settled.kernel)[..., ::-1, ::-1]
    out = np.zeros((len(values), groups * depth, *settled.output), values.dtype)
    reached = (
        sorted({u * d % s for u in range(k)})
        for k, s, d in zip(settled.kernel, settled.stride, settled.dilation, strict=True)
    )
    for remainders in product(*reached):
        down, across = (
            phase(settled, axis, remainder, values.shape[2 + axis])
            for axis, remainder in enumerate(remainders)
        )
        if down and across:
            layer = Plan(*zip(down.layer, across.layer, strict=True))
            read = values[..., down.read, across.read]
            made = correlate_layer(
                read, turned[..., down.taps, across.taps], layer, groups, "zeros"
            )
            if made.shape == out.shape:  # at stride 1, one phase is all
                return made
            out[..., down.places, across.places] = made
    return out


class Phase(NamedTuple):
    """Along one axis: places of the result, the taps and values that reach them, and how."""

    places: slice
    taps: slice
    read: slice
    layer: tuple[Any, ...]


def phase(settled: Plan, axis: int, remainder: int, size: int) -> Phase | None:
    """Settle the layer of stride 1 that makes every ``stride``-th place, or none."""
    k, s, (before, _), d, places = (field[axis] for field in settled)
    reaching = [u for u in range(k) if u * d % s == remainder]
    first = (remainder - before) % s
    if not reaching or first >= places:
        return None
    step = s // gcd(s, d)
    count = len(range(first, places, s))
    # Place ``first + s * q`` is the sum of ``tap[u] * value[q + (before + first - u * d) // s]``.
    start = (before + first) // s - reaching[-1] * d // s
    stop = (before + first) // s + count - reaching[0] * d // s
    read = slice(min(max(start, 0), size), min(max(stop, 0), size))
    missing = stop - start - (read.stop - read.start)
    above = min(max(-start, 0), missing)
    return Phase(
        slice(first, None, s),
        slice(k - 1 - reaching[-1], k - reaching[0], step),
        read,
        (len(reaching), 1, (above, missing - above), step * d // s, count),
    )


def stamp_each_tap(
    values: NDArray[Any], filters: NDArray[Any], settled: Plan, groups: int
) -> NDArray[Any]:
    """Do the same one tap at a time, one product and one strided addition for each.

    No border of zeros meets the filters, so their NaN and infinity go where the definition sends
    them; and it moves less memory where many channels become few.
    """
    (n, c, h, w), (_, depth, kh, kw) = values.shape, filters.shape
    (sh, sw), (dh, dw) = settled.stride, settled.dilation
    canvas, kept = empty_canvas(n, groups * depth, settled, values.dtype)
    grouped = values.reshape(n, groups, c // groups, h * w)
    taps = filters.reshape(groups, c // groups, depth, kh, kw).transpose(3, 4, 0, 2, 1)
    for u, v in np.ndindex(kh, kw):
        rows = slice(u * dh, u * dh + sh * (h - 1) + 1, sh)
        across = slice(v * dw, v * dw + sw * (w - 1) + 1, sw)
        canvas[..., rows, across] += (taps[u, v] @ grouped).reshape(n, groups * depth, h, w)
    return kept


def stamp_each_value(
    values: NDArray[Any], filters: NDArray[Any], settled: Plan, groups: int
) -> NDArray[Any]:
    """Do the same one place of the values at a time: for small images and large kernels."""
    (n, c, h, w), (_, depth, kh, kw) = values.shape, filters.shape
    (sh, sw), (dh, dw) = settled.stride, settled.dilation
    canvas, kept = empty_canvas(n, groups * depth, settled, values.dtype)
    flat = filters.reshape(groups, c // groups, depth * kh * kw)
    grouped = values.reshape(n, groups, c // groups, h, w).swapaxes(0, 1)
    for i, j in np.ndindex(h, w):
        rows = slice(i * sh, i * sh + dh * (kh - 1) + 1, dh)
        across = slice(j * sw, j * sw + dw * (kw - 1) + 1, dw)
        stamps = (grouped[..., i, j] @ flat).reshape(groups, n, depth, kh, kw).swapaxes(0, 1)
        canvas[..., rows, across] += stamps.reshape(n, groups * depth, kh, kw)
    return kept


def empty_canvas(
    images: int, channels: int, settled: Plan, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return zeros with room for every stamp, and a view of them without the padding."""
    (top, bottom), (left, right) = settled.padding
    oh, ow = settled.output
    canvas = np.zeros((images, channels, top + oh + bottom, left + ow + right), dtype)
    return canvas, canvas[..., top : top + oh, left : left + ow]
