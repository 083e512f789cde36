"""The convolutional layer: the definition in loops, and the same by faster engines."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_floats, whole_number
from convnotes.convolution.engines.layer import correlate_layer
from convnotes.convolution.shapes import as_batch, plan, working


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def conv2d(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int | Sequence[int]] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
    method: str = "auto",
) -> NDArray[Any]:
    """Correlate a batch of images with a bank of filters, as a convolutional layer does.

    The kernel isn't flipped. Every method computes the same sums, in another order or after a
    transform, so they differ in speed and in rounding. Below, ``K`` weights make an output, Σ is
    the sum of the absolute products that make it, and ε is the ``eps`` of the dtype.

    - ``"im2col"``: windows as the columns of a matrix, a block of rows at a time, times the
      filters as rows. Any layer; error at most KεΣ.
    - ``"matmul"``: one matrix product. 1×1 kernels at stride 1 without groups; at most KεΣ.
    - ``"taps"``: shift, scale, add, for each weight. Filters of one channel; at most KεΣ.
    - ``"toeplitz"``: banded matrices times strips of the image. Filters of one channel, stride and
      dilation 1; at most KεΣ.
    - ``"separable"``: a row, then a column. As ``"toeplitz"``, for kernels of rank 1; at most KεΣ.
    - ``"fft"``: spectra of overlapping tiles. As ``"toeplitz"``; the error is absolute, at most 16ε
      times the largest magnitude in ``x`` times the sum of those in a filter.
    - ``"winograd2"``, ``"winograd4"``: Winograd's F(2×2, 3×3) and F(4×4, 3×3). 3×3 kernels, stride
      and dilation 1. Measured on random layers, not proved: below (8 + K/9)ε and (100 + K/9)ε
      times the largest Σ.

    The first three keep a NaN or an infinity in the windows that hold it; asked for by name, the
    others spread it to neighbouring outputs.

    Args:
        x: Images, shape (N, C_in, H, W), or one image, (C_in, H, W).
        weight: Filters, shape (C_out, C_in // groups, KH, KW), converted to the dtype of ``x``.
        bias: Added to each output channel, shape (C_out,).
        stride: Step between neighbouring windows: an int or (height, width).
        padding: Border on each side: an int, (height, width) or ((top, bottom), (left, right));
            ``"valid"`` for none; ``"same"`` for outputs as large as the input (stride 1 only; an
            odd leftover goes to the bottom and the right).
        dilation: Step between neighbouring taps: an int or (height, width); 1 means they touch.
        groups: Splits the channels into this many independent convolutions; ``groups=C_in`` is
            depthwise.
        padding_mode: What the border holds: ``zeros``, ``reflect``, ``replicate``, ``circular``,
            ``symmetric`` (see [`pad`][convnotes.convolution.pad]).
        method: One of the above, or ``"auto"``, which picks a fast one, never Winograd. It keeps
            NaN and infinity where the definition sends them, and adds up one by one what would
            overflow or lies far above the other values. Few filters of more than 225 weights that
            aren't of rank 1 it transforms, with the absolute error of ``"fft"`` for each channel.

    Returns:
        Shape (N, C_out, OH, OW), or (C_out, OH, OW) for one image, with the sizes of
            [`output_size`][convnotes.convolution.output_size], in the dtype of ``x``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another; ``method``
            is unknown, or can't compute such a layer.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Chellapilla, Puri & Simard, "[High performance convolutional neural networks for
    document processing](https://inria.hal.science/inria-00112631)", 2006 (convolution
    unrolled into a matrix product). The other engines name theirs in
    ``convnotes.convolution.engines``.

    Examples:
        >>> import numpy as np
        >>> from convnotes.convolution import conv2d
        >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
        >>> conv2d(x, np.ones((1, 1, 2, 2))).tolist()
        [[[[8.0, 12.0], [20.0, 24.0]]]]
    """
    groups = whole_number(groups, "groups", minimum=1)
    images, batched = as_batch(x, "x", "N, C_in, H, W")
    filters = as_floats(weight, "weight", "C_out, C_in // groups, KH, KW")
    settled = plan(
        images.shape,
        filters.shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
    )
    offsets = bias_per_channel(bias, filters.shape[0])
    wide = working(images.dtype)
    layer = images.astype(wide, copy=False), filters.astype(wide, copy=False), settled, groups
    out = correlate_layer(*layer, padding_mode, method)
    if offsets is not None:
        out += offsets.astype(wide).reshape(-1, 1, 1)
    return (out if batched else out[0]).astype(images.dtype, copy=False)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def conv1d(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int | Sequence[int]] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> NDArray[Any]:
    """Correlate a batch of signals with a bank of filters.

    Args:
        x: Signals, shape (N, C_in, L), or one signal, (C_in, L).
        weight: Filters, shape (C_out, C_in // groups, K), converted to the dtype of ``x``.
        bias: Added to each output channel, shape (C_out,).
        stride: Step between neighbouring windows.
        padding: Border on each side, or ``((left, right),)``, or ``"valid"``, or ``"same"``
            (stride 1 only).
        dilation: Step between neighbouring taps; 1 means they touch.
        groups: Splits the channels into this many independent convolutions.
        padding_mode: What the border holds, as in ``conv2d``.

    Returns:
        Shape (N, C_out, OL), or (C_out, OL) for one signal, in the dtype of ``x``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: [`conv2d`][convnotes.convolution.conv2d] with one axis.

    Examples:
        >>> from convnotes.convolution import conv1d
        >>> conv1d([[[1.0, 2.0, 4.0, 8.0]]], [[[-1.0, 1.0]]]).tolist()
        [[[1.0, 2.0, 4.0]]]
    """
    groups = whole_number(groups, "groups", minimum=1)
    signals, batched = as_batch(x, "x", "N, C_in, L")
    filters = as_floats(weight, "weight", "C_out, C_in // groups, K")
    settled = plan(
        signals.shape,
        filters.shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
    )
    offsets = bias_per_channel(bias, filters.shape[0])
    rows, kernels = (a.astype(working(signals.dtype))[:, :, None] for a in (signals, filters))
    flat = settled.with_height()
    out = correlate_layer(rows, kernels, flat, groups, padding_mode)[:, :, 0]
    if offsets is not None:
        out += offsets.astype(out.dtype)[:, None]
    return (out if batched else out[0]).astype(signals.dtype, copy=False)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def conv2d_loops(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int | Sequence[int]] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> NDArray[Any]:
    """Compute ``conv2d`` from its definition, one multiplication at a time.

    Slow and plain on purpose: this is what [`conv2d`][convnotes.convolution.conv2d] is tested
    against. It pads by looking up each index, so it shares no arithmetic with the fast path.

    Args:
        x: Images, shape (N, C_in, H, W), or one image, (C_in, H, W).
        weight: Filters, shape (C_out, C_in // groups, KH, KW), converted to the dtype of ``x``.
        bias: Added to each output channel, shape (C_out,).
        stride: An int or (height, width).
        padding: As in ``conv2d``.
        dilation: An int or (height, width).
        groups: Number of independent convolutions.
        padding_mode: As in ``conv2d``.

    Returns:
        Shape (N, C_out, OH, OW), or (C_out, OH, OW) for one image, in the dtype of ``x``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", 2016, section 9.5 (strided
    convolution with channels).

    Examples:
        >>> import numpy as np
        >>> from convnotes.convolution import conv2d_loops
        >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
        >>> conv2d_loops(x, np.ones((1, 1, 2, 2))).tolist()
        [[[[8.0, 12.0], [20.0, 24.0]]]]
    """
    groups = whole_number(groups, "groups", minimum=1)
    images, batched = as_batch(x, "x", "N, C_in, H, W")
    filters = as_floats(weight, "weight", "C_out, C_in // groups, KH, KW")
    settled = plan(
        images.shape,
        filters.shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
    )
    offsets = bias_per_channel(bias, filters.shape[0])
    (n, _, h, w), (c_out, depth, kh, kw) = images.shape, filters.shape
    (sh, sw), (dh, dw) = settled.stride, settled.dilation
    (top, _), (left, _) = settled.padding
    out = np.zeros((n, c_out, *settled.output), images.dtype)
    wide = working(images.dtype).type
    for b, o, i, j in np.ndindex(out.shape):
        first = o // (c_out // groups) * depth  # the first input channel of this output's group
        total = wide(0 if offsets is None else offsets[o])
        for c, u, v in product(range(depth), range(kh), range(kw)):
            row = source_index(i * sh + u * dh - top, h, padding_mode)
            column = source_index(j * sw + v * dw - left, w, padding_mode)
            outside = row is None or column is None
            value = wide(0 if outside else images[b, first + c, row, column])
            total += wide(filters[o, c, u, v]) * value
        out[b, o, i, j] = total
    return out if batched else out[0]


def source_index(index: int, size: int, padding_mode: str) -> int | None:
    """Say which input value stands at a padded position; ``None`` is zero padding."""
    if 0 <= index < size:
        return index
    if padding_mode == "zeros":
        return None
    if padding_mode == "circular":
        return index % size
    if padding_mode == "replicate" or size == 1:
        return 0 if index < 0 else size - 1
    twice = 0 if padding_mode == "reflect" else 1  # the edge value stands there once, or twice
    while not 0 <= index < size:  # a mirror behind each edge
        index = -twice - index if index < 0 else 2 * size - 2 + twice - index
    return index


def bias_per_channel(bias: ArrayLike | None, c_out: int) -> NDArray[Any] | None:
    """Check that there is one bias for each output channel."""
    if bias is None:
        return None
    offsets = as_floats(bias, "bias", "C_out")
    if offsets.shape != (c_out,):
        raise ValueError(f"bias.shape={offsets.shape} must be (C_out,) = ({c_out},)")
    return offsets
