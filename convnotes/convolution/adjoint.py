"""Convolution as a linear map: its matrix, and its gradients."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_floats, check_room, shape_entries, whole_number
from convnotes.convolution.engines.columns import column_blocks, weight_gradient
from convnotes.convolution.shapes import as_batch, fold_sides, pad_sides, plan, working
from convnotes.convolution.transposed import stamp


def conv_matrix(
    weight: ArrayLike,
    input_shape: Sequence[int],
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int | Sequence[int]] | str = 0,
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
        padding: An int, (height, width), ((top, bottom), (left, right)), ``"valid"`` or ``"same"``.
        dilation: An int or (height, width).
        groups: Number of independent convolutions.
        padding_mode: What the border holds, as in ``conv2d``: a pixel that stands there too has
            several weights in a row.

    Returns:
        Shape (C_out * OH * OW, C_in * H * W), in the dtype of ``weight``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Dumoulin & Visin, arXiv:1603.07285, section 4.1 (convolution as a matrix operation).

    Examples:
        >>> from convnotes.convolution import conv_matrix
        >>> conv_matrix([[[[1, 2]]]], (1, 1, 4)).astype(int).tolist()
        [[1, 2, 0, 0], [0, 1, 2, 0], [0, 0, 1, 2]]
    """
    groups = whole_number(groups, "groups", minimum=1)
    filters = as_floats(weight, "weight", "C_out, C_in // groups, KH, KW")
    shape = (1, *shape_entries(input_shape, "input_shape", "C_in, H, W"))
    settled = plan(
        shape,
        filters.shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
        names=("input_shape", "weight"),
    )
    # Every pixel holds its own number, from 1; 0 is the border. Windows of these numbers say
    # which column of the matrix each tap belongs in.
    count = prod(shape)
    check_room(f"input_shape={input_shape}", filters.shape[0], *settled.output, count)
    numbers = np.arange(1, count + 1).reshape(shape)
    padded = pad_sides(numbers, settled.padding, padding_mode)
    blocks = [block.copy() for *_, block in column_blocks(padded, settled, groups)]
    reads = np.concatenate(blocks, axis=2)
    rows, taps, positions = filters.shape[0] // groups, *reads.shape[1:]
    matrix = np.zeros((groups, rows, positions, count + 1), working(filters.dtype))
    values = filters.reshape(groups, rows, taps)
    for g, o, p in np.ndindex(groups, rows, positions):
        np.add.at(matrix[g, o, p], reads[g, :, p], values[g, o])
    return matrix.reshape(-1, count + 1)[:, 1:].astype(filters.dtype, copy=False)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def conv2d_input(
    input_shape: Sequence[int],
    weight: ArrayLike,
    grad_output: ArrayLike,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int | Sequence[int]] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> NDArray[Any]:
    """Carry a gradient back through ``conv2d`` to its input.

    Args:
        input_shape: Shape of the input of ``conv2d``, (N, C_in, H, W), or (C_in, H, W).
        weight: Filters, shape (C_out, C_in // groups, KH, KW).
        grad_output: Gradient of a scalar with respect to the output, shape (N, C_out, OH, OW), or
            (C_out, OH, OW) for one image.
        stride: An int or (height, width), as it was given to ``conv2d``; so are the others.
        padding: An int, (height, width), ((top, bottom), (left, right)), ``"valid"`` or ``"same"``.
        dilation: An int or (height, width).
        groups: Number of independent convolutions.
        padding_mode: What the border held. What isn't zero there is a copy of a pixel, which gets
            the border's share of the gradient too.

    Returns:
        Gradient with respect to the input, shape ``input_shape``, in the dtype of ``grad_output``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", 2016, section 9.5.

    Examples:
        >>> from convnotes.convolution import conv2d_input
        >>> conv2d_input((1, 1, 1, 4), [[[[1.0, 2.0]]]], [[[[1.0, 1.0, 1.0]]]]).tolist()
        [[[[1.0, 3.0, 3.0, 2.0]]]]
    """
    groups = whole_number(groups, "groups", minimum=1)
    given = shape_entries(input_shape, "input_shape", "N, C_in, H, W", "C_in, H, W")
    gradient, batched = as_batch(grad_output, "grad_output", "N, C_out, OH, OW")
    check_batches(f"input_shape={given}", len(given) == 4, batched)
    shape = given if batched else (1, *given)
    filters = as_floats(weight, "weight", "C_out, C_in // groups, KH, KW")
    settled = plan(
        shape,
        filters.shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
        names=("input_shape", "weight"),
    )
    check_gradient(gradient, (shape[0], filters.shape[0], *settled.output), "input_shape, weight")
    wide = working(gradient.dtype)
    values, weights = gradient.astype(wide, copy=False), filters.astype(wide, copy=False)
    if padding_mode == "zeros":
        grad_input = stamp(values, weights, settled._replace(output=shape[2:]), groups)
    else:  # to the padded input first, whose border is made of copies
        sizes = np.add(shape[2:], np.sum(settled.padding, axis=1))
        whole = settled._replace(padding=((0, 0), (0, 0)), output=tuple(sizes.tolist()))
        padded = stamp(values, weights, whole, groups)
        grad_input = fold_sides(padded, settled.padding, padding_mode)
    return (grad_input if batched else grad_input[0]).astype(gradient.dtype, copy=False)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def conv2d_weight(
    x: ArrayLike,
    weight_shape: Sequence[int],
    grad_output: ArrayLike,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int | Sequence[int]] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> NDArray[Any]:
    """Carry a gradient back through ``conv2d`` to its filters.

    Nothing is flipped: the input is correlated with the gradient of the output.

    Args:
        x: The input of ``conv2d``, shape (N, C_in, H, W), or (C_in, H, W).
        weight_shape: Shape of the filters, (C_out, C_in // groups, KH, KW).
        grad_output: Gradient of a scalar with respect to the output, shape (N, C_out, OH, OW), or
            (C_out, OH, OW) for one image.
        stride: An int or (height, width), as it was given to ``conv2d``; so are the others.
        padding: An int, (height, width), ((top, bottom), (left, right)), ``"valid"`` or ``"same"``.
        dilation: An int or (height, width).
        groups: Number of independent convolutions.
        padding_mode: What the border held. What isn't zero there is a copy of a pixel, which gets
            the border's share of the gradient too.

    Returns:
        Gradient with respect to the filters, shape ``weight_shape``, in the dtype of ``x``.

    Raises:
        ValueError: An argument has the wrong shape or range, or doesn't fit another.
        TypeError: An argument isn't a number, or isn't whole where it must be.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", 2016, section 9.5.

    Examples:
        >>> from convnotes.convolution import conv2d_weight
        >>> conv2d_weight([[[[1.0, 2.0, 4.0]]]], (1, 1, 1, 2), [[[[1.0, 10.0]]]]).tolist()
        [[[[21.0, 42.0]]]]
    """
    groups = whole_number(groups, "groups", minimum=1)
    images, batched = as_batch(x, "x", "N, C_in, H, W")
    shape = shape_entries(weight_shape, "weight_shape", "C_out, C_in // groups, KH, KW")
    gradient, with_batch = as_batch(grad_output, "grad_output", "N, C_out, OH, OW")
    check_batches("x", batched, with_batch)
    settled = plan(
        images.shape,
        shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
        names=("x", "weight_shape"),
    )
    check_gradient(gradient, (images.shape[0], shape[0], *settled.output), "x, weight_shape")
    wide = working(images.dtype)
    padded = pad_sides(images.astype(wide, copy=False), settled.padding, padding_mode)
    out = weight_gradient(padded, gradient.astype(wide, copy=False), settled, groups)
    return out.reshape(shape).astype(images.dtype, copy=False)


def check_gradient(gradient: NDArray[Any], expected: tuple[int, ...], names: str) -> None:
    """Check that a gradient has the shape of the output it belongs to."""
    if gradient.shape != expected:
        words = f"{expected}, by {names}, stride, padding and dilation"
        raise ValueError(f"grad_output.shape={gradient.shape} must be {words}")


def check_batches(words: str, one: bool, other: bool) -> None:
    """Check that input and gradient both have a batch axis, or neither."""
    if one != other:
        raise ValueError(f"{words} and grad_output must both have a batch axis, or neither")
