"""Overlap-save: tiles of the input, convolved by the fast Fourier transform."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.convolution.engines.taps import Engine

SMALLEST = (4096, 128, 32)  # a tile's edge, for kernels that reach along 1, 2, 3 axes or more


def tile_size(kernel_size: int, axes: int) -> int:
    """Return the edge of a tile: a power of two, several times the kernel's."""
    return max(SMALLEST[min(axes, 3) - 1], 1 << (max(16 >> axes, 2) * kernel_size - 1).bit_length())


def overlap_save(kernel: NDArray[Any]) -> Engine:
    """Return a function that correlates a padded array, of any number of axes, by its spectrum.

    Tiles overlap by the kernel's size less one, and keep the outputs that don't wrap around. One
    NaN or infinity spoils its tile. The error is at most ``16 * eps`` times the largest value of
    a tile times the sum of the absolute weights: small outputs beside large inputs lose digits.

    Source: Oppenheim & Schafer, "Discrete-Time Signal Processing", section 8.7.3.
    """
    axes = [axis for axis, k in enumerate(kernel.shape) if k > 1] or [0]
    ample = [4] * kernel.ndim  # along the other axes: a few lines at a time
    for axis in axes:
        ample[axis] = tile_size(kernel.shape[axis], len(axes))
    transform, inverse = np.fft.rfftn, np.fft.irfftn
    if kernel.dtype.kind == "c":
        transform, inverse = np.fft.fftn, np.fft.ifftn

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        tile = np.minimum(ample, [1 << (n - 1).bit_length() for n in padded.shape])
        sizes, steps = tile[axes], tile - kernel.shape + 1
        spectrum = transform(kernel.conj(), sizes, axes).conj()
        for number in np.ndindex(*-(-np.array(out.shape) // steps)):
            start = number * steps
            part = padded[tuple(map(slice, start, start + tile))]
            made = inverse(transform(part, sizes, axes) * spectrum, sizes, axes)
            here = out[tuple(map(slice, start, start + steps))]
            here[...] = made[tuple(map(slice, here.shape))]

    return engine
