"""Convolution as a linear map: its matrix, and its gradients."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.convolution.engines.columns import column_blocks, weight_gradient
from convnotes.convolution.shapes import as_floats, pad_sides, plan, shape_entries, whole_numbers
from convnotes.convolution.transposed import stamp


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
        >>> from convnotes.convolution import conv_matrix
        >>> conv_matrix([[[[1, 2]]]], (1, 1, 4)).astype(int).tolist()
        [[1, 2, 0, 0], [0, 1, 2, 0], [0, 0, 1, 2]]
    """
    (groups,) = whole_numbers(groups, "groups", 1, minimum=1)
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
    )
    # Every pixel holds its own number, from 1; 0 is the border. Windows of these numbers say
    # which column of the matrix each tap belongs in.
    count = int(np.prod(shape))
    numbers = np.arange(1, count + 1).reshape(shape)
    padded = pad_sides(numbers, settled.padding, padding_mode)
    blocks = [block.copy() for *_, block in column_blocks(padded, settled, groups)]
    reads = np.concatenate(blocks, axis=2)
    rows, taps, positions = filters.shape[0] // groups, *reads.shape[1:]
    matrix = np.zeros((groups, rows, positions, count + 1), filters.dtype)
    values = filters.reshape(groups, rows, taps)
    for g, o, p in np.ndindex(groups, rows, positions):
        np.add.at(matrix[g, o, p], reads[g, :, p], values[g, o])
    return matrix.reshape(-1, count + 1)[:, 1:]


@np.errstate(invalid="ignore", over="ignore")  # inf − inf is NaN, and no surprise
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
        >>> from convnotes.convolution import conv2d_input
        >>> conv2d_input((1, 1, 1, 4), [[[[1.0, 2.0]]]], [[[[1.0, 1.0, 1.0]]]]).tolist()
        [[[[1.0, 3.0, 3.0, 2.0]]]]
    """
    (groups,) = whole_numbers(groups, "groups", 1, minimum=1)
    shape = shape_entries(input_shape, "input_shape", "N, C_in, H, W")
    gradient = as_floats(grad_output, "grad_output", "N, C_out, OH, OW")
    filters = as_floats(weight, "weight", "C_out, C_in // groups, KH, KW").astype(gradient.dtype)
    settled = plan(
        shape, filters.shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    check_gradient(gradient, (shape[0], filters.shape[0], *settled.output))
    return stamp(gradient, filters, settled._replace(output=shape[2:]), groups)


@np.errstate(invalid="ignore", over="ignore")  # inf − inf is NaN, and no surprise
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
        >>> from convnotes.convolution import conv2d_weight
        >>> conv2d_weight([[[[1.0, 2.0, 4.0]]]], (1, 1, 1, 2), [[[[1.0, 10.0]]]]).tolist()
        [[[[21.0, 42.0]]]]
    """
    (groups,) = whole_numbers(groups, "groups", 1, minimum=1)
    images = as_floats(x, "x", "N, C_in, H, W")
    shape = shape_entries(weight_shape, "weight_shape", "C_out, C_in // groups, KH, KW")
    gradient = as_floats(grad_output, "grad_output", "N, C_out, OH, OW").astype(images.dtype)
    settled = plan(
        images.shape, shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    check_gradient(gradient, (images.shape[0], shape[0], *settled.output))
    padded = pad_sides(images, settled.padding, "zeros")
    return weight_gradient(padded, gradient, settled, groups).reshape(shape)


def check_gradient(gradient: NDArray[Any], expected: tuple[int, ...]) -> None:
    """Check that a gradient has the shape of the output it belongs to."""
    if gradient.shape != expected:
        raise ValueError(f"grad_output.shape={gradient.shape} must be {expected}")
