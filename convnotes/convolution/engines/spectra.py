"""Overlap-save: tiles of the input, convolved by the fast Fourier transform."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.convolution.engines.taps import Engine, is_whole

# A tile's edge, for kernels along 1, 2, 3 axes or more: so many times theirs, and at least that.
TILES = ((2, 16384), (4, 128), (2, 32))


def tile_size(kernel_size: int, axes: int) -> int:
    """Return the edge of a tile, a power of two."""
    times, least = TILES[min(axes, 3) - 1]
    return max(least, 1 << (times * kernel_size - 1).bit_length())


def overlap_save(kernel: NDArray[Any]) -> Engine:
    """Return a function that correlates a padded array, of any number of axes, by its spectrum.

    Tiles overlap by the kernel's size less one, and keep the outputs that don't wrap around. One
    NaN or infinity spoils its tile. The error is absolute, at most ``16 * eps`` times the largest
    value of a tile times the sum of the absolute weights: small outputs beside large inputs lose
    digits. Whole numbers are transformed in double precision, and their sums rounded.

    Source: Oppenheim & Schafer, "Discrete-Time Signal Processing", section 8.7.3.
    """
    axes = [axis for axis, k in enumerate(kernel.shape) if k > 1] or [0]
    ample = [4] * kernel.ndim  # along the other axes: a few lines at a time
    for axis in axes:
        ample[axis] = tile_size(kernel.shape[axis], len(axes))
    transform, inverse = np.fft.rfftn, np.fft.irfftn
    if kernel.dtype.kind == "c":
        transform, inverse = np.fft.fftn, np.fft.ifftn

    whole = is_whole(kernel)
    dtype = np.result_type(kernel, np.float64) if whole else kernel.dtype

    @cache
    def spectrum(*sizes: int) -> NDArray[Any]:
        return transform(kernel.astype(dtype).conj(), sizes, axes).conj()

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        tile = np.minimum(ample, [1 << (n - 1).bit_length() for n in padded.shape])
        sizes, steps = tile[axes].tolist(), tile - kernel.shape + 1
        for number in np.ndindex(*-(-np.array(out.shape) // steps)):
            start = number * steps
            part = padded[tuple(map(slice, start, start + tile))]
            products = transform(part.astype(dtype, copy=False), sizes, axes)
            products *= spectrum(*sizes)
            made = inverse(products, sizes, axes)
            if whole and is_whole(part):
                made = np.rint(made)
            here = out[tuple(map(slice, start, start + steps))]
            here[...] = made[tuple(map(slice, here.shape))]

    return engine
