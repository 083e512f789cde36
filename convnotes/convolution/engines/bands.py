"""Banded Toeplitz matrices: neighbouring outputs of a line as one product with its inputs."""

from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convnotes.convolution.engines.taps import Engine, is_whole, shift_and_add

WIDTH = 16  # outputs of one product: more would multiply more zeros, fewer keep BLAS waiting
BUFFER = 1 << 20  # bytes of the lines of one product, which stay in the cache of a core
SHORT = 7  # taps up to which shifting and adding is faster


def band(taps: NDArray[Any]) -> NDArray[Any]:
    """Return the Toeplitz matrix of 16 outputs in a line, shape (..., 16 + K - 1, 16)."""
    matrix = np.zeros((*taps.shape[:-1], WIDTH + taps.shape[-1] - 1, WIDTH), taps.dtype)
    for j in range(WIDTH):
        matrix[..., j : j + taps.shape[-1], j] = taps
    return matrix


def toeplitz(kernel: NDArray[Any]) -> Engine:
    """Return a function that correlates a padded image with a kernel by a banded matrix.

    One product makes 16 rows: the matrix times the lines that these read, shifted once for each
    column of the kernel. Zeros beside the band are multiplied too, so a NaN spreads over 16 rows.
    The error is at most ``taps * eps`` times the sum of the absolute products.
    """
    (kh, kw), span = kernel.shape, WIDTH + len(kernel) - 1
    matrix = band(kernel.T).transpose(2, 0, 1).reshape(WIDTH, kw * span)

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        columns = max(WIDTH, BUFFER // matrix[0].nbytes)
        buffer = np.zeros(kw * span * min(columns, out.shape[1]), padded.dtype)
        for top, left in product(range(0, len(out), WIDTH), range(0, out.shape[1], columns)):
            part = out[top : top + WIDTH, left : left + columns]
            height, width = len(part) + kh - 1, part.shape[1]
            lines = padded[top : top + height, left : left + width + kw - 1]
            strips = buffer[: kw * span * width].reshape(kw, span, width)
            strips[:, :height] = sliding_window_view(lines, width, axis=1).swapaxes(0, 1)
            np.matmul(matrix[: len(part)], strips.reshape(-1, width), out=part)

    return engine


def factors(kernel: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Split a kernel of rank 1 into a column and a row, or return ``None``.

    The column and row that cross in its largest value are the factors, up to a division: by that
    value, or, so that whole numbers have whole factors, by the greatest divisor of the row.
    """
    i, j = np.unravel_index(abs(kernel).argmax(), kernel.shape)
    peak, tolerance = abs(kernel[i, j]) or 1, 4 * np.finfo(kernel.dtype).eps
    column, row = kernel[:, j] * (kernel[i, j].conj() / peak), kernel[i] / peak
    if is_whole(kernel):
        tolerance = 0
        if kernel.dtype.kind == "f" and peak < 2**53:
            row = kernel[i] / max(1, np.gcd.reduce(kernel[i].astype(np.int64)))
            column = kernel[:, j] / (row[j] or 1)
    error = abs(np.outer(column, row) - kernel)
    return (column, row) if (error <= tolerance * abs(kernel)).all() else None


def separable(kernel: NDArray[Any]) -> Engine:
    """Return a function that correlates with a kernel of rank 1, along one axis at a time.

    Short factors shift and add, long ones are banded matrices, which spread NaN and infinity. The
    error is at most ``(KH + KW) * eps`` times the sum of the absolute products.

    Raises:
        ValueError: The kernel isn't of rank 1.
    """
    if kernel.shape[1] == 1:
        short = len(kernel) <= SHORT
        return shift_and_add(kernel) if short else partial(multiply_down, band(kernel[:, 0]).T)
    pair = factors(kernel)
    if pair is None:
        raise ValueError("method='separable' needs kernels of rank 1")
    column, row = pair
    if max(kernel.shape) <= SHORT:
        across, along = shift_and_add(row[None]), shift_and_add(column[:, None])
    else:
        across, along = partial(multiply_across, band(row)), partial(multiply_down, band(column).T)

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        middle = np.empty((len(padded), out.shape[1]), padded.dtype)
        across(padded, middle)
        along(middle, out)

    return engine


def multiply_across(matrix: NDArray[Any], padded: NDArray[Any], out: NDArray[Any]) -> None:
    """Write 16 columns at a time: what they read, times the banded matrix."""
    reach = len(matrix) - WIDTH
    for left in range(0, out.shape[1], WIDTH):
        part = out[:, left : left + WIDTH]
        read = padded[:, left : left + part.shape[1] + reach]
        np.matmul(read, matrix[: read.shape[1], : part.shape[1]], out=part)


def multiply_down(matrix: NDArray[Any], padded: NDArray[Any], out: NDArray[Any]) -> None:
    """Write 16 rows at a time: the banded matrix times what they read."""
    reach = matrix.shape[1] - WIDTH
    for top in range(0, len(out), WIDTH):
        part = out[top : top + WIDTH]
        read = padded[top : top + len(part) + reach, : out.shape[1]]
        np.matmul(matrix[: len(part), : len(read)], read, out=part)
