"""One kernel on one image, signal or volume: which engine, on which part of it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convnotes.convolution.engines.bands import factors, separable, toeplitz
from convnotes.convolution.engines.spectra import overlap_save, tile_size
from convnotes.convolution.engines.taps import CACHED, Engine, shift_and_add
from convnotes.convolution.shapes import Sides, pad_sides, source_lines

ENGINES = {
    "taps": shift_and_add,
    "every tap": partial(shift_and_add, skip_zeros=False),
    "separable": separable,
    "toeplitz": toeplitz,
    "fft": overlap_save,
}


def choose(kernel: NDArray[Any]) -> str:
    """Name the engine that is fastest for a kernel."""
    if kernel.dtype.char not in "fdFD" or not np.isfinite(kernel).all():
        return "taps"
    if kernel.ndim > 2:
        return "fft" if kernel.size > 100 else "taps"
    if min(kernel.shape) > 1 and max(kernel.shape) < 64 and factors(kernel):
        return "separable"
    if np.count_nonzero(kernel) <= 12:
        return "taps"
    if kernel.size > 225:
        return "fft"
    return "separable" if kernel.shape[1] == 1 else "toeplitz"


def careful(kernel: NDArray[Any]) -> Engine:
    """Return the engine that is fastest for a kernel; what it doesn't suit is left to another."""
    name = choose(kernel)
    fast = ENGINES[name](kernel)

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        other = suit(name, kernel, padded)
        (fast if other == name else ENGINES[other](kernel))(padded, out)

    return engine


def suit(name: str, kernel: NDArray[Any], values: NDArray[Any]) -> str:
    """Name an engine that adds up products one by one, where the fast one would go wrong.

    Between its two steps an engine may overflow although the sums don't. And the transform
    rounds every output of a tile to the digits of the tile's largest value, which is too
    coarse if one value is far above the others.
    """
    peak = abs(values).max() if values.dtype.kind == "c" else max(values.max(), -values.min())
    if not np.isfinite(peak):
        return "every tap"
    if name not in ("separable", "fft"):
        return name
    some = values[..., :: 1 | values.shape[-1] // 1024]  # as good as all for their mean
    even = name != "fft" or kernel.ndim > 2 or peak * some.size <= 100 * abs(some).sum()
    if even and peak * max(1, abs(kernel).sum()) < np.finfo(values.dtype).max ** 0.5:
        return name
    return "taps" if kernel.ndim > 2 else "toeplitz"


def correlate_plane(
    plane: NDArray[Any],
    kernel: NDArray[Any],
    sides: Sides,
    padding_mode: str,
    out: NDArray[Any],
    method: str = "auto",
) -> None:
    """Correlate an image with a kernel of its dtype and write ``out``, strip by strip.

    With ``"auto"``, a strip that holds a NaN or an infinity is left to shift and add, which keeps
    them in their windows.
    """
    if not out.size:
        return
    name = choose(kernel) if method == "auto" else method
    engine = careful(kernel) if method == "auto" else ENGINES[method](kernel)
    overlap = len(kernel) - 1
    height = max(CACHED // (plane.shape[1] * plane.itemsize), 4 * overlap, 1)
    if name == "fft" and (method != "auto" or np.isfinite(plane).all()):
        height = len(out)
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


def correlate_array(
    array: NDArray[Any], kernel: NDArray[Any], sides: Sides, out: NDArray[Any]
) -> None:
    """Correlate finite values, within a border of zeros, for any number of axes."""
    if array.ndim == 2:
        correlate_plane(array, kernel, sides, "zeros", out)
    elif array.ndim > 2:
        careful(kernel)(pad_sides(array, sides, "zeros"), out)
    else:
        engine, reach, ((before, after),) = careful(kernel[None]), kernel.size - 1, sides
        zeros, inner = np.zeros(max(before, after), array.dtype), array.size - reach
        # The ends are padded apart, since padding a long signal would copy it.
        for line, sums in (
            (np.concatenate([zeros[:before], array[:reach]]), out[:before]),
            (array, out[before : before + inner]),
            (np.concatenate([array[inner:], zeros[:after]]), out[before + inner :]),
        ):
            correlate_line(line, engine, kernel.size, sums)


def correlate_line(line: NDArray[Any], engine: Engine, taps: int, out: NDArray[Any]) -> None:
    """Fold a signal into an image of overlapping rows, a few of which fit the cache."""
    if not out.size:
        return
    length = min(tile_size(taps, 1) - taps + 1, out.size)
    rows = sliding_window_view(line, length + taps - 1)[::length]
    whole = out.size // length
    for first in range(0, whole, 4):
        last = min(first + 4, whole)
        engine(rows[first:last], out[first * length : last * length].reshape(-1, length))
    if whole * length < out.size:
        engine(line[None, whole * length :], out[None, whole * length :])
