"""Convolution as a linear map: its matrix, its transpose, and its gradients."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.convolution.layers import bias_per_channel, columns
from convnotes.convolution.shapes import (
    Plan,
    as_floats,
    pad_sides,
    plan,
    whole_numbers,
)


def conv_matrix(
    weight: ArrayLike,
    input_shape: Sequence[int],
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> NDArray[Any]:
    """Write a convolution as a matrix, which holds each weight once for every output position.

    For one image ``x`` and ``out`` from [`conv2d`][convnotes.convolution.conv2d] without bias,
    ``out.ravel() == conv_matrix(weight, x.shape) @ x.ravel()``. The matrix is dense, with
    ``C_out * OH * OW * C_in * H * W`` entries, most of them zero: it is for looking at.

    Args:
        weight: Filters, shape (C_out, C_in // groups, KH, KW).
        input_shape: Shape of one image, (C_in, H, W).
        stride: An int or (height, width).
        padding: An int, (height, width), ``"valid"`` or ``"same"``.
        dilation: An int or (height, width).
        groups: Number of independent convolutions.
        padding_mode: ``zeros``, ``reflect``, ``replicate`` or ``circular``.

    Returns:
        Shape (C_out * OH * OW, C_in * H * W), in the dtype of ``weight``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Dumoulin & Visin, arXiv:1603.07285, section 4.1 (convolution as a matrix operation).

    Examples:
        >>> conv_matrix([[[[1, 2]]]], (1, 1, 4)).astype(int).tolist()
        [[1, 2, 0, 0], [0, 1, 2, 0], [0, 0, 1, 2]]
    """
    filters = as_floats(weight, "weight", "C_out, C_in // groups, KH, KW")
    shape = (1, *whole_numbers(list(input_shape), "input_shape", 3, minimum=0))
    settled = plan(
        shape,
        filters.shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
    )
    # Every pixel holds its own number, from 1; 0 is the border. Windows of these numbers say
    # which column of the matrix each tap belongs in.
    count = int(np.prod(shape))
    numbers = np.arange(1, count + 1).reshape(shape)
    reads = columns(pad_sides(numbers, settled.padding, padding_mode), settled, groups)[0]
    rows, taps, positions = filters.shape[0] // groups, *reads.shape[1:]
    matrix = np.zeros((groups, rows, positions, count + 1), filters.dtype)
    values = filters.reshape(groups, rows, taps)
    for g, o, p in np.ndindex(groups, rows, positions):
        np.add.at(matrix[g, o, p], reads[g, :, p], values[g, o])
    return matrix.reshape(-1, count + 1)[:, 1:]


def conv_transpose2d(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> NDArray[Any]:
    """Apply the transpose of a convolution: every input value stamps a scaled kernel.

    It goes from the output's shape back to the input's, and isn't an inverse.

    Args:
        x: Images, shape (N, C_in, H, W).
        weight: Filters, shape (C_in, C_out // groups, KH, KW): that of the ``conv2d`` which it
            transposes.
        bias: Added to each output channel, shape (C_out,).
        stride: Distance between neighbouring stamps: an int or (height, width).
        padding: Cut off each side of the result: an int or (height, width).
        output_padding: Rows and columns added at the bottom and right, which tell apart the input
            sizes that give one output size; less than the stride or the dilation.
        dilation: Step between neighbouring taps: an int or (height, width).
        groups: Number of independent convolutions.

    Returns:
        Shape (N, C_out, OH, OW), in the dtype of ``x``, with
            ``OH = (H - 1) * stride - 2 * padding + dilation * (KH - 1) + output_padding + 1``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Dumoulin & Visin, arXiv:1603.07285, chapter 4.

    Examples:
        >>> conv_transpose2d([[[[1.0, 10.0]]]], [[[[1.0, 2.0, 3.0]]]], stride=(1, 2)).tolist()
        [[[[1.0, 2.0, 13.0, 20.0, 30.0]]]]
    """
    stamps = as_floats(x, "x", "N, C_in, H, W")
    filters = as_floats(weight, "weight", "C_in, C_out // groups, KH, KW").astype(stamps.dtype)
    whole_numbers(groups, "groups", 1, minimum=1)
    if filters.shape[0] != stamps.shape[1]:
        raise ValueError(f"weight.shape[0]={filters.shape[0]} must be C_in={stamps.shape[1]}")
    c_out = filters.shape[1] * groups
    if filters.shape[0] % groups:
        raise ValueError(f"groups={groups} must divide C_in={filters.shape[0]}")
    offsets = bias_per_channel(bias, c_out)
    settled = transposed_plan(stamps, filters, stride, padding, output_padding, dilation)
    out = stamp(stamps, filters, settled, groups)
    if offsets is not None:
        out += offsets.astype(stamps.dtype).reshape(c_out, 1, 1)
    return out


def conv2d_input(
    input_shape: Sequence[int],
    weight: ArrayLike,
    grad_output: ArrayLike,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> NDArray[Any]:
    """Carry a gradient back through ``conv2d`` to its input.

    Args:
        input_shape: Shape of the input of ``conv2d``, (N, C_in, H, W).
        weight: Filters, shape (C_out, C_in // groups, KH, KW).
        grad_output: Gradient of a scalar with respect to the output, shape (N, C_out, OH, OW).
        stride: An int or (height, width), as it was given to ``conv2d``; so are the others.
        padding: An int, (height, width), ``"valid"`` or ``"same"``; zero padding.
        dilation: An int or (height, width).
        groups: Number of independent convolutions.

    Returns:
        Gradient with respect to the input, shape ``input_shape``, in the dtype of ``grad_output``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", 2016, section 9.5.

    Examples:
        >>> conv2d_input((1, 1, 1, 4), [[[[1.0, 2.0]]]], [[[[1.0, 1.0, 1.0]]]]).tolist()
        [[[[1.0, 3.0, 3.0, 2.0]]]]
    """
    shape = whole_numbers(list(input_shape), "input_shape", 4, minimum=0)
    gradient = as_floats(grad_output, "grad_output", "N, C_out, OH, OW")
    filters = as_floats(weight, "weight", "C_out, C_in // groups, KH, KW").astype(gradient.dtype)
    settled = plan(
        shape, filters.shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    check_gradient(gradient, (shape[0], filters.shape[0], *settled.output))
    return stamp(gradient, filters, settled._replace(output=shape[2:]), groups)


def conv2d_weight(
    x: ArrayLike,
    weight_shape: Sequence[int],
    grad_output: ArrayLike,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> NDArray[Any]:
    """Carry a gradient back through ``conv2d`` to its filters.

    Nothing is flipped: the input is correlated with the gradient of the output.

    Args:
        x: The input of ``conv2d``, shape (N, C_in, H, W).
        weight_shape: Shape of the filters, (C_out, C_in // groups, KH, KW).
        grad_output: Gradient of a scalar with respect to the output, shape (N, C_out, OH, OW).
        stride: An int or (height, width), as it was given to ``conv2d``; so are the others.
        padding: An int, (height, width), ``"valid"`` or ``"same"``; zero padding.
        dilation: An int or (height, width).
        groups: Number of independent convolutions.

    Returns:
        Gradient with respect to the filters, shape ``weight_shape``, in the dtype of ``x``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", 2016, section 9.5.

    Examples:
        >>> conv2d_weight([[[[1.0, 2.0, 4.0]]]], (1, 1, 1, 2), [[[[1.0, 10.0]]]]).tolist()
        [[[[21.0, 42.0]]]]
    """
    images = as_floats(x, "x", "N, C_in, H, W")
    shape = whole_numbers(list(weight_shape), "weight_shape", 4, minimum=0)
    gradient = as_floats(grad_output, "grad_output", "N, C_out, OH, OW").astype(images.dtype)
    settled = plan(
        images.shape, shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    check_gradient(gradient, (images.shape[0], shape[0], *settled.output))
    windows = columns(pad_sides(images, settled.padding, "zeros"), settled, groups)
    n, _, _, positions = windows.shape
    rows = gradient.reshape(n, groups, shape[0] // groups, positions)
    with np.errstate(invalid="ignore"):
        return (rows @ windows.swapaxes(2, 3)).sum(axis=0).reshape(shape)


def check_gradient(gradient: NDArray[Any], expected: tuple[int, ...]) -> None:
    """Check that a gradient has the shape of the output it belongs to."""
    if gradient.shape != expected:
        raise ValueError(f"grad_output.shape={gradient.shape} must be {expected}")


def transposed_plan(
    stamps: NDArray[Any],
    filters: NDArray[Any],
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    output_padding: int | Sequence[int],
    dilation: int | Sequence[int],
) -> Plan:
    """Check the arguments of a transposed convolution and settle its sizes."""
    kernel = whole_numbers(filters.shape[2:], "kernel_size", 2, minimum=1)
    steps = whole_numbers(stride, "stride", 2, minimum=1)
    gaps = whole_numbers(dilation, "dilation", 2, minimum=1)
    cuts = whole_numbers(padding, "padding", 2, minimum=0)
    extras = whole_numbers(output_padding, "output_padding", 2, minimum=0)
    output = []
    for size, k, s, p, d, e in zip(
        stamps.shape[2:], kernel, steps, cuts, gaps, extras, strict=True
    ):
        if e >= max(s, d):
            raise ValueError(f"output_padding={e} must be less than stride={s} or dilation={d}")
        output.append((size - 1) * s - 2 * p + d * (k - 1) + e + 1)
        if size == 0 or output[-1] < 1:
            raise ValueError(f"x of size {size} with padding={p} leaves no output")
    return Plan(kernel, steps, tuple((p, p) for p in cuts), gaps, tuple(output))


def stamp(values: NDArray[Any], filters: NDArray[Any], settled: Plan, groups: int) -> NDArray[Any]:
    """Add a copy of the filters, scaled by each value, at that value's place.

    ``values`` has shape (N, C, H, W) and ``filters`` (C, depth, KH, KW); ``settled.output`` is the
    size that is left when ``settled.padding`` is cut off.
    """
    (n, c, h, w), (_, depth, kh, kw) = values.shape, filters.shape
    (sh, sw), (dh, dw), ((top, bottom), (left, right)) = (
        settled.stride,
        settled.dilation,
        settled.padding,
    )
    oh, ow = settled.output
    canvas = np.zeros((n, groups, depth, top + oh + bottom, left + ow + right), values.dtype)
    grouped = values.reshape(n, groups, c // groups, h * w)
    taps = filters.reshape(groups, c // groups, depth, kh, kw).transpose(3, 4, 0, 2, 1)
    with np.errstate(invalid="ignore"):
        for u, v in np.ndindex(kh, kw):
            rows = slice(u * dh, u * dh + sh * (h - 1) + 1, sh)
            across = slice(v * dw, v * dw + sw * (w - 1) + 1, sw)
            canvas[..., rows, across] += (taps[u, v] @ grouped).reshape(n, groups, depth, h, w)
    return canvas[..., top : top + oh, left : left + ow].reshape(n, groups * depth, oh, ow)
