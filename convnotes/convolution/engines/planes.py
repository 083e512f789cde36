"""One kernel on one image, signal or volume: which engine, on which part of it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.convolution.engines.bands import factors, separable, toeplitz
from convnotes.convolution.engines.spectra import overlap_save, tile_size
from convnotes.convolution.engines.taps import CACHED, dot_products, is_whole, shift_and_add, stamp
from convnotes.convolution.shapes import Sides, source_lines

LARGE, QUICK = 225, 1 << 22  # weights, and products, from which a transform is faster
FAR = 100  # times the mean: a value that far above the others costs them two digits

ENGINES = {
    "taps": shift_and_add,
    "every tap": partial(shift_and_add, skip_zeros=False),
    "dots": dot_products,
    "separable": separable,
    "toeplitz": toeplitz,
    "fft": overlap_save,
}


def choose(kernel: NDArray[Any], outputs: float = np.inf) -> str:
    """Name the engine that is fastest for a kernel and so many outputs."""
    if not np.isfinite(kernel).all():
        return "every tap"
    if kernel.dtype.char not in "fdFD" or np.count_nonzero(kernel) <= 4:
        return "taps"
    if kernel.ndim == 2 and min(kernel.shape) > 1 and factors(kernel):
        return "separable"
    if np.count_nonzero(kernel) <= 12:
        return "taps"
    large = kernel.size > (LARGE if kernel.ndim == 2 else 100)
    return "fft" if large and kernel.size * outputs > QUICK else direct(kernel)


def direct(kernel: NDArray[Any]) -> str:
    """Name the fastest engine that adds up the products of any kernel one by one."""
    if kernel.ndim > 2:
        return "taps"
    if kernel.shape[0] == 1 and kernel.size > LARGE:
        return "dots"
    return "separable" if min(kernel.shape) == 1 else "toeplitz"


class Careful:
    """The engine that is fastest for a kernel; what it doesn't suit is left to others.

    Between its two steps an engine may overflow although the sums don't, and a transform rounds all
    outputs of a tile to the digits of its largest value. NaN, infinity and values too large for
    either are set apart and stamped; where they are many, products are added up one by one.
    """

    def __init__(self, kernel: NDArray[Any], outputs: int) -> None:
        self.kernel, self.name = kernel, choose(kernel, outputs)
        self.fast = ENGINES[self.name](kernel)

    def __call__(self, padded: NDArray[Any], out: NDArray[Any]) -> None:
        """Correlate a padded array into ``out``."""
        size = padded if self.name != "fft" and padded.dtype.kind == "f" else abs(padded)
        peak, limit = max(size.max(), -size.min()), self.limit(padded)
        if self.name == "fft":
            limit = min(limit, FAR * size.mean())
        if self.name == "every tap" or 0 < peak <= limit:
            self.fast(padded, out)
        elif peak == 0:
            out[...] = 0
        else:
            self.apart(padded, limit, out)

    def limit(self, padded: NDArray[Any]) -> float:
        """Return the largest value that can't make the engine overflow or spoil a whole number."""
        top, weights = float(np.finfo(padded.dtype).max), max(1.0, abs(self.kernel).sum())
        if self.name not in ("separable", "fft"):
            return top
        if self.name == "fft" and is_whole(self.kernel) and is_whole(padded):
            return min(top**0.5, 2.0**46) / weights
        return top**0.5 / weights

    def apart(self, padded: NDArray[Any], limit: float, out: NDArray[Any]) -> None:
        """Correlate values of which some aren't suited, a few of them, NaN or many of them."""
        lost, size, kernel = np.isnan(padded), abs(padded), self.kernel
        if 2048 * np.count_nonzero(lost) > lost.size:
            ones = np.ones(kernel.shape, size.dtype)
            reached = np.empty(out.shape, size.dtype)
            ENGINES[choose(ones)](ones)(lost.astype(size.dtype), reached)
            self(np.where(lost, 0, padded), out)
            out[reached > 0.5] *= np.nan
            return
        few = 1 + size.size // (128 + kernel.size // 64)  # copies that cost less than the products
        if self.name == "fft":  # the mean of all but the largest
            limit = min(limit, FAR * np.partition(size, -few, axis=None)[:-few].mean())
        far = np.flatnonzero(~(size <= limit))  # many times as fast as ``argwhere``
        if len(far) > few:
            finite = np.isfinite(padded).all()
            ENGINES[direct(kernel) if finite else "every tap"](kernel)(padded, out)
        else:
            places = np.stack(np.unravel_index(far, size.shape), axis=1)
            self(np.where(size <= limit, padded, 0), out)
            stamp(padded, places, kernel, out)


def correlate_plane(
    plane: NDArray[Any],
    kernel: NDArray[Any],
    sides: Sides,
    padding_mode: str,
    out: NDArray[Any],
    method: str = "auto",
) -> None:
    """Correlate an image with a kernel of its dtype and write ``out``, strip by strip."""
    if not out.size:
        return
    engine = Careful(kernel, out.size) if method == "auto" else ENGINES[method](kernel)
    name = engine.name if isinstance(engine, Careful) else method
    overlap = len(kernel) - 1
    height = max(CACHED // (plane.shape[1] * plane.itemsize), overlap + 64)
    if name == "fft":
        height = tile_size(len(kernel), 2) - overlap
    for start, strip in strips(plane, sides, padding_mode, min(height, len(out)), overlap):
        engine(strip, out[start : start + height])


def strips(
    plane: NDArray[Any], sides: Sides, padding_mode: str, height: int, overlap: int
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the rows of a padded image, ``height + overlap`` at a time, in one buffer.

    A strip gets its border while it is in the cache; the padded image never exists as a whole.
    Lines end in zeros that nothing reads, up to a multiple of 16, so that all begin aligned.
    """
    (h, w), ((top, _), (left, right)) = plane.shape, sides
    rows, columns = map(source_lines, plane.shape, sides, (padding_mode,) * 2)
    buffer = np.zeros((height + overlap, -(-columns.size // 16) * 16), plane.dtype)
    for start in range(0, rows.size - overlap, height):
        here = rows[start : start + height + overlap]
        strip = buffer[: here.size]
        inside = top <= start and start + here.size <= top + h
        strip[:, left : left + w] = plane[here[0] : here[-1] + 1] if inside else plane[here]
        for border in (slice(left), slice(left + w, left + w + right)):
            strip[:, border] = strip[:, left + columns[border]]
            if padding_mode == "zeros":
                strip[:, border] = 0
        if padding_mode == "zeros":
            strip[: max(0, top - start)] = strip[max(0, top + h - start) :] = 0
        yield start, strip
