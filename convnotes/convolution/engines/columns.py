"""im2col: windows as the columns of a matrix, a few rows of the image at a time."""

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.convolution.shapes import Plan

BUFFER = 4 << 20  # bytes of columns at a time: more costs page faults, less costs BLAS its speed

Block = tuple[slice, slice, NDArray[Any]]


def multiply_columns(
    padded: NDArray[Any], filters: NDArray[Any], settled: Plan, groups: int
) -> NDArray[Any]:
    """Multiply the filters, as rows, by the windows, as columns.

    The error of one output is that of one BLAS dot product: at most about ``K * eps`` times the
    sum of the absolute products, for the ``K`` weights of a filter. NaN and infinity stay in the
    windows that hold them.
    """
    n, c_out = len(padded), len(filters)
    out = np.empty((n, groups, c_out // groups, prod(settled.output)), padded.dtype)
    rows = filters.reshape(groups, c_out // groups, -1)
    for images, positions, columns in column_blocks(padded, settled, groups):
        part = out[images, ..., positions]
        if len(part) == 1:
            np.matmul(rows, columns, out=part[0])
        else:
            sums = (rows @ columns).reshape(groups, c_out // groups, len(part), -1)
            part[...] = sums.transpose(2, 0, 1, 3)
    return out.reshape(n, c_out, *settled.output)


def weight_gradient(
    padded: NDArray[Any], gradient: NDArray[Any], settled: Plan, groups: int
) -> NDArray[Any]:
    """Multiply the gradient of the outputs, as rows, by the transposed columns.

    Returns shape (C_out, C_in // groups * taps). The error is that of ``multiply_columns`` for
    ``K = N * OH * OW``.
    """
    c_out = gradient.shape[1]
    depth = padded.shape[1] // groups * prod(settled.kernel)
    total = np.zeros((groups, c_out // groups, depth), padded.dtype)
    flat = gradient.reshape(*gradient.shape[:2], prod(settled.output))
    for images, positions, columns in column_blocks(padded, settled, groups):
        rows = flat[images, :, positions].swapaxes(0, 1)
        total += rows.reshape(*total.shape[:2], columns.shape[2]) @ columns.swapaxes(1, 2)
    return total.reshape(c_out, depth)


def column_blocks(padded: NDArray[Any], settled: Plan, groups: int) -> Iterator[Block]:
    """Yield slices of images and of output positions, with their windows as columns.

    Positions count along the rows. The columns, shape (groups, C_in // groups * taps, positions),
    are in a buffer that the next block overwrites: of several images, several rows of one, or a
    part of a row.
    """
    (kh, kw), (sh, sw), (dh, dw) = settled.kernel, settled.stride, settled.dilation
    (n, c), (oh, ow) = padded.shape[:2], settled.output
    room = max(1, BUFFER // max(1, c * kh * kw * padded.itemsize))  # in columns
    width, height = min(ow, room), min(oh, max(1, room // ow))
    batch = max(1, min(n, room // (oh * ow)))
    buffer = np.empty(c * kh * kw * batch * height * width, padded.dtype)
    for first, top, left in product(range(0, n, batch), range(0, oh, height), range(0, ow, width)):
        images = slice(first, first + batch)
        bottom, right = min(top + height, oh), min(left + width, ow)
        shape = (c, kh, kw, min(batch, n - first), bottom - top, right - left)
        columns = buffer[: prod(shape)].reshape(shape)
        for u, v in np.ndindex(kh, kw):
            down = slice(u * dh + top * sh, u * dh + (bottom - 1) * sh + 1, sh)
            across = slice(v * dw + left * sw, v * dw + (right - 1) * sw + 1, sw)
            columns[:, u, v] = padded[images, :, down, across].swapaxes(0, 1)
        positions = slice(top * ow + left, (bottom - 1) * ow + right)
        yield images, positions, columns.reshape(groups, c // groups * kh * kw, prod(shape[3:]))
