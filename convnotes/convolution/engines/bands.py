"""Banded Toeplitz matrices: neighbouring outputs of a line as one product with its inputs."""

from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convnotes.convolution.engines.taps import Engine, shift_and_add, weighted_sum

WIDTH = 16  # outputs of one product: more would multiply more zeros, fewer keep BLAS waiting
SHORT = 7  # taps up to which shifting and adding is faster


def band(taps: NDArray[Any]) -> NDArray[Any]:
    """Return the Toeplitz matrix of 16 outputs in a line, shape (..., 16 + K - 1, 16)."""
    matrix = np.zeros((*taps.shape[:-1], WIDTH + taps.shape[-1] - 1, WIDTH), taps.dtype)
    for j in range(WIDTH):
        matrix[..., j : j + taps.shape[-1], j] = taps
    return matrix


def toeplitz(kernel: NDArray[Any]) -> Engine:
    """Return a function that correlates a padded image with a kernel by banded matrices.

    Each 16 outputs in a row are a small banded matrix times the strip of the image that they
    read. The zeros beside the band are multiplied too, so a NaN spreads over its 16 outputs. The
    error is that of a dot product, at most ``taps * eps`` times the sum of the absolute products.
    """
    kh, span = len(kernel), WIDTH + kernel.shape[1] - 1
    matrix = band(kernel).reshape(kh * span, WIDTH)

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        (h, w), blocks = out.shape, -(-out.shape[1] // WIDTH)
        lines = -(-(h + kh - 1) // kh) * kh
        strips = np.zeros((blocks, lines + kh, span), padded.dtype)
        reads = sliding_window_view(padded, min(span, padded.shape[1]), axis=1)[:, ::WIDTH]
        inside = min(blocks, reads.shape[1])
        strips[:inside, : len(padded), : reads.shape[2]] = reads[:, :inside].swapaxes(0, 1)
        for b in range(inside, blocks):
            part = padded[:, b * WIDTH : b * WIDTH + span]
            strips[b, : len(padded), : part.shape[1]] = part
        for first in range(min(kh, h)):
            # Lines first, first + 1, ... in groups of KH: each group is one line of inputs.
            count = len(range(first, h, kh))
            groups = strips[:, first : first + count * kh].reshape(blocks, count, kh * span)
            sums = (groups @ matrix).swapaxes(0, 1).reshape(count, -1)
            out[first::kh] = sums[:, :w]

    return engine


def factors(kernel: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Split a kernel of rank 1 into a column and a row, or return ``None``.

    The column and the row that cross in its largest value are the factors already, up to one
    division: exact for small whole numbers, and with less rounding than an SVD.
    """
    i, j = np.unravel_index(abs(kernel).argmax(), kernel.shape)
    peak = abs(kernel[i, j]) or 1
    column, row = kernel[:, j] * (kernel[i, j].conj() / peak), kernel[i] / peak
    error = abs(np.outer(column, row) - kernel)
    return (column, row) if (error <= 4 * np.finfo(kernel.dtype).eps * abs(kernel)).all() else None


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
        across, along = partial(shift_across, row), partial(shift_down, column)
    else:
        across, along = partial(multiply_across, band(row)), partial(multiply_down, band(column).T)

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        middle = np.empty(padded.shape, padded.dtype)
        across(padded, middle)
        along(middle, out)

    return engine


def shift_across(row: NDArray[Any], padded: NDArray[Any], out: NDArray[Any]) -> None:
    """Read all lines as one run, which is faster; its last sums of a line mix it with the next."""
    run, sums = padded.ravel(), out.ravel()
    reach = run.size - row.size + 1
    weighted_sum(((run[v : v + reach], row[v]) for v in np.flatnonzero(row)), sums[:reach])


def shift_down(column: NDArray[Any], padded: NDArray[Any], out: NDArray[Any]) -> None:
    """Do the same for a column: the lines of ``padded`` are longer than those of ``out``."""
    run, width = padded.ravel(), padded.shape[1]
    sums = np.empty(len(out) * width, out.dtype)
    starts = np.flatnonzero(column) * width
    weighted_sum(((run[v : v + sums.size], column[v // width]) for v in starts), sums)
    out[...] = sums.reshape(-1, width)[:, : out.shape[1]]


def multiply_across(matrix: NDArray[Any], padded: NDArray[Any], out: NDArray[Any]) -> None:
    """Write 16 columns at a time: what they read, times the banded matrix."""
    reach = len(matrix) - WIDTH
    for left in range(0, padded.shape[1] - reach, WIDTH):
        read = padded[:, left : left + len(matrix)]
        width = read.shape[1] - reach
        np.matmul(read, matrix[: width + reach, :width], out=out[:, left : left + width])


def multiply_down(matrix: NDArray[Any], padded: NDArray[Any], out: NDArray[Any]) -> None:
    """Write 16 rows at a time: the banded matrix times what they read."""
    reach = matrix.shape[1] - WIDTH
    for top in range(0, len(out), WIDTH):
        part = out[top : top + WIDTH]
        read = padded[top : top + len(part) + reach, : out.shape[1]]
        np.matmul(matrix[: len(part), : len(read)], read, out=part)
