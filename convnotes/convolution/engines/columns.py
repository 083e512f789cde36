"""im2col: windows as the columns of a matrix, a few rows of the image at a time."""

from collections.abc import Iterator
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
    n, c_out, (oh, ow) = padded.shape[0], filters.shape[0], settled.output
    out = np.empty((n, groups, c_out // groups, oh * ow), padded.dtype)
    rows = filters.reshape(groups, c_out // groups, -1)
    for images, lines, columns in column_blocks(padded, settled, groups):
        part = out[images, :, :, lines.start * ow : lines.stop * ow]
        if len(part) == 1:
            np.matmul(rows, columns, out=part[0])
        else:
            sums = (rows @ columns).reshape(groups, c_out // groups, len(part), -1)
            part[...] = sums.transpose(2, 0, 1, 3)
    return out.reshape(n, c_out, oh, ow)


def weight_gradient(
    padded: NDArray[Any], gradient: NDArray[Any], settled: Plan, groups: int
) -> NDArray[Any]:
    """Multiply the gradient of the outputs, as rows, by the transposed columns.

    Returns shape (C_out, C_in // groups * taps). The error is that of ``multiply_columns`` for
    ``K = N * OH * OW``.
    """
    c_out = gradient.shape[1]
    depth = padded.shape[1] // groups * settled.kernel[0] * settled.kernel[1]
    total = np.zeros((groups, c_out // groups, depth), padded.dtype)
    for images, lines, columns in column_blocks(padded, settled, groups):
        rows = gradient[images, :, lines].swapaxes(0, 1)
        total += rows.reshape(groups, c_out // groups, -1) @ columns.swapaxes(1, 2)
    return total.reshape(c_out, depth)


def column_blocks(padded: NDArray[Any], settled: Plan, groups: int) -> Iterator[Block]:
    """Yield slices of images and of output rows, with their windows as columns.

    The columns, shape (groups, C_in // groups * taps, positions), are in a buffer that the next
    block overwrites.
    """
    (kh, kw), (sh, sw), (dh, dw) = settled.kernel, settled.stride, settled.dilation
    (n, c), (oh, ow) = padded.shape[:2], settled.output
    phases = stride_phases(padded, settled.stride)
    row_bytes = max(c * kh * kw * ow * padded.itemsize, 1)
    height = min(oh, max(1, BUFFER // row_bytes))
    batch = min(n, max(1, BUFFER // (row_bytes * oh)))
    buffer = np.empty(c * kh * kw * batch * height * ow, padded.dtype)
    for first, top in np.ndindex(-(-n // max(batch, 1)), -(-oh // height)):
        images = slice(first * batch, min(n, (first + 1) * batch))
        lines = slice(top * height, min(oh, (top + 1) * height))
        shape = (c, kh, kw, images.stop - images.start, lines.stop - lines.start, ow)
        columns = buffer[: np.prod(shape)].reshape(shape)
        for u, v in np.ndindex(kh, kw):
            (down, a), (across, b) = divmod(u * dh, sh), divmod(v * dw, sw)
            window = phases[a, b, images, :, down + lines.start : down + lines.stop]
            columns[:, u, v] = window[..., across : across + ow].swapaxes(0, 1)
        yield images, lines, columns.reshape(groups, c // groups * kh * kw, -1)


def stride_phases(padded: NDArray[Any], stride: tuple[int, ...]) -> NDArray[Any]:
    """Sort rows and columns by their remainder modulo the stride, so that taps read runs.

    Returns shape (SH, SW, N, C, ceil(H / SH), ceil(W / SW)), a view if the stride is 1.
    """
    if stride == (1, 1):
        return padded[None, None]
    n, c, h, w = padded.shape
    sh, sw = stride
    phases = np.zeros((sh, sw, n, c, -(-h // sh), -(-w // sw)), padded.dtype)
    for a, b in np.ndindex(sh, sw):
        part = padded[:, :, a::sh, b::sw]
        phases[a, b, :, :, : part.shape[2], : part.shape[3]] = part
    return phases
