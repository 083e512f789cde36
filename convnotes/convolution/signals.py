"""Convolution and correlation of plain arrays: sounds, images, volumes."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_array, as_floats, word
from convnotes.convolution.engines.planes import QUICK, Careful, choose, correlate_plane
from convnotes.convolution.engines.spectra import tile_size
from convnotes.convolution.shapes import MODES, Sides, pad_sides, padding_sides, working


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def convolve(x: ArrayLike, kernel: ArrayLike, mode: str = "full") -> NDArray[Any]:
    """Convolve two arrays with any number of axes: every sample sends out a copy of the kernel.

    The products are added up one by one where they are at most 16 million along one axis or 4
    million along more, or where the smaller array has at most 225 values (100 along three axes or
    more), or 12 that aren't 0, or is a matrix of rank 1. Beyond, overlapping tiles are transformed,
    and the error is absolute: at most 16 ε times the largest value in a tile times the sum of the
    kernel's magnitudes. Values a hundred times above the mean are set apart and cost the others no
    digits, and whole numbers are rounded to whole numbers.

    Args:
        x: Signal, any shape with at least one axis.
        kernel: Array with as many axes as ``x``.
        mode: ``"full"``, every position with any overlap; ``"same"``, the centre of that, as
            large as ``x``; ``"valid"``, only positions where one lies wholly inside the other.

    Returns:
        Along each axis ``n + k - 1`` values for full, ``n`` for same, ``|n - k| + 1`` for valid.
            In the dtype of ``x``; complex if either is.

    Raises:
        ValueError: The numbers of axes differ, an array is empty, the mode is unknown, or neither
            array contains the other in ``"valid"`` mode.
        TypeError: An argument isn't an array of numbers.

    Source: Oppenheim & Schafer, "Discrete-Time Signal Processing", section 2.3 (the convolution
    sum). Modes as in ``scipy.signal.convolve``.

    Examples:
        >>> from convnotes.convolution import convolve
        >>> convolve([1.0, 2.0, 3.0], [1.0, 10.0]).tolist()
        [1.0, 12.0, 23.0, 30.0]
    """
    signal, taps, dtype = signal_and_taps(x, kernel, mode)
    return convolve_taps(signal, taps, mode).astype(dtype, copy=False)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def correlate(x: ArrayLike, kernel: ArrayLike, mode: str = "full") -> NDArray[Any]:
    """Correlate two arrays: slide the kernel over ``x`` without flipping it.

    The same as [`convolve`][convnotes.convolution.convolve] with the kernel flipped along every
    axis (and conjugated, if it is complex).

    Args:
        x: Signal, any shape with at least one axis.
        kernel: Array with as many axes as ``x``.
        mode: ``"full"``, ``"same"`` or ``"valid"``, as in ``convolve``.

    Returns:
        Along each axis ``n + k - 1`` values for full, ``n`` for same, ``|n - k| + 1`` for valid.
            In the dtype of ``x``; complex if either is.

    Raises:
        ValueError: The numbers of axes differ, an array is empty, the mode is unknown, or neither
            array contains the other in ``"valid"`` mode.
        TypeError: An argument isn't an array of numbers.

    Source: as ``scipy.signal.correlate``.

    Examples:
        >>> from convnotes.convolution import correlate
        >>> correlate([1.0, 2.0, 3.0], [1.0, 10.0]).tolist()
        [10.0, 21.0, 32.0, 3.0]
    """
    signal, taps, dtype = signal_and_taps(x, kernel, mode)
    return convolve_taps(signal, np.flip(taps).conj(), mode).astype(dtype, copy=False)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def filter2d(image: ArrayLike, kernel: ArrayLike, *, padding_mode: str = "reflect") -> NDArray[Any]:
    """Correlate an image with one kernel and keep its size.

    The products are added up one by one, except for kernels of more than 225 weights that aren't of
    rank 1, and more than 4 million products: these are transformed, as in
    [`convolve`][convnotes.convolution.convolve], with an absolute error.

    Args:
        image: Grey, shape (H, W), or colour, shape (H, W, C), each channel on its own.
        kernel: Shape (KH, KW), converted to the dtype of the image (float16: to float32). The
            centre of an even kernel is the value before its middle, so that the larger border is
            at the bottom and right.
        padding_mode: What lies beyond the border: ``reflect``, ``zeros``, ``replicate``,
            ``circular``, ``symmetric`` (see [`pad`][convnotes.convolution.pad]).

    Returns:
        The shape and dtype of ``image`` (integers become float64).

    Raises:
        ValueError: An argument has the wrong number of axes, the kernel is empty, or the mode is
            unknown.
        TypeError: An argument isn't an array of real numbers.

    Source: the same result as ``scipy.ndimage.correlate``, for kernels of odd size, whose modes
    ``mirror``, ``constant``, ``nearest``, ``wrap`` and ``reflect``, its default, are ours in this
    order.

    Examples:
        >>> from convnotes.convolution import filter2d
        >>> filter2d([[0.0, 0.0, 9.0], [0.0, 0.0, 9.0]], [[-1.0, 0.0, 1.0]]).tolist()
        [[0.0, 9.0, 0.0], [0.0, 9.0, 0.0]]
    """
    pixels = as_floats(image, "image", "H, W", "H, W, C")
    taps = as_floats(kernel, "kernel", "KH, KW").astype(working(pixels.dtype))
    if not taps.size:
        raise ValueError(f"kernel must not be empty, shape {taps.shape}")
    sides = padding_sides("same", taps.shape, (1, 1), (1, 1))
    word(padding_mode, "padding_mode", MODES)
    out = np.empty(pixels.shape, taps.dtype)
    for channel in np.ndindex(pixels.shape[2:]):
        plane = pixels[..., *channel].astype(taps.dtype, copy=False)
        correlate_plane(plane, taps, sides, padding_mode, out[..., *channel])
    return out.astype(pixels.dtype, copy=False)


def signal_and_taps(
    x: ArrayLike, kernel: ArrayLike, mode: str
) -> tuple[NDArray[Any], NDArray[Any], np.dtype[Any]]:
    """Check the arguments of ``convolve`` and ``correlate``; return the dtype of the result too."""
    signal, taps = as_array(x, "x"), as_array(kernel, "kernel")
    if signal.ndim != taps.ndim or signal.ndim == 0:
        raise ValueError(
            f"x and kernel must have equally many axes, not shapes {signal.shape} and {taps.shape}"
        )
    if not (signal.size and taps.size):
        raise ValueError(f"x and kernel must not be empty: shapes {signal.shape}, {taps.shape}")
    word(mode, "mode", ("full", "same", "valid"))
    longer = [n >= k for n, k in zip(signal.shape, taps.shape, strict=True)]
    shorter = [n <= k for n, k in zip(signal.shape, taps.shape, strict=True)]
    if mode == "valid" and not (all(longer) or all(shorter)):
        raise ValueError(
            f"mode='valid' needs one shape inside the other: {signal.shape}, {taps.shape}"
        )
    dtype = signal.dtype if signal.dtype.kind in "fc" else np.dtype(np.float64)
    if taps.dtype.kind == "c":
        dtype = np.result_type(dtype, np.complex64)
    wide = working(dtype)
    return signal.astype(wide, copy=False), taps.astype(wide, copy=False), dtype


def convolve_taps(signal: NDArray[Any], taps: NDArray[Any], mode: str) -> NDArray[Any]:
    """Convolve the longer array with the shorter, and cut out what the mode keeps."""
    few, many = sorted((taps, signal), key=np.size)
    full = np.add(few.shape, many.shape) - 1
    kept = {
        "full": full,
        "same": np.array(signal.shape),
        "valid": abs(np.subtract(few.shape, many.shape)) + 1,
    }[mode]
    start = (full - kept) // 2
    everywhere = add_up(few, many, full)
    if everywhere is not None:
        return everywhere[tuple(map(slice, start, start + kept))].copy()
    reach = np.array(few.shape) - 1
    # What the outputs read beyond the array is a border; what none of them reads is cut off.
    beyond = np.array([reach - start, reach - (full - kept - start)]).T.tolist()
    read = (slice(max(0, -b), n - max(0, -a)) for n, (b, a) in zip(many.shape, beyond, strict=True))
    sides = tuple((max(0, b), max(0, a)) for b, a in beyond)
    out = np.empty(kept, signal.dtype)
    correlate_array(many[tuple(read)], np.flip(few), sides, out)
    return out


def add_up(few: NDArray[Any], many: NDArray[Any], full: NDArray[Any]) -> NDArray[Any] | None:
    """Convolve fully, product by product, if that is quick or if no engine could: else ``None``.

    NaN and infinity in the kernel must not meet the zeros of a border, so they meet none.
    """
    if few.ndim == 1 and few.size * many.size <= 4 * QUICK:
        return np.convolve(many, few)
    sound, finite = (bool(np.isfinite(array).all()) for array in (few, many))
    if few.ndim == 1 and not sound:
        return np.convolve(many, few)
    if sound and finite:
        few, many = sorted((few, many), key=np.count_nonzero)
    places = np.argwhere(few if sound else np.ones(few.shape))
    if sound and not (finite and len(places) <= 12):
        line = few.ndim == 1 and choose(few[None], many.size) != "fft"
        return np.convolve(many, few) if line else None
    out = np.zeros(full, few.dtype)
    for place in places:
        out[tuple(map(slice, place, np.add(place, many.shape)))] += few[tuple(place)] * many
    return out


def correlate_array(
    array: NDArray[Any], kernel: NDArray[Any], sides: Sides, out: NDArray[Any]
) -> None:
    """Correlate finite values, within a border of zeros, for any number of axes."""
    if array.ndim == 2:
        correlate_plane(array, kernel, sides, "zeros", out)
    elif array.ndim > 2:
        Careful(kernel, out.size)(pad_sides(array, sides, "zeros"), out)
    else:
        engine, reach = Careful(kernel[None], out.size), kernel.size - 1
        padded, room = pad_sides(array, sides, "zeros"), tile_size(kernel.size, 1) - reach
        length = -(-out.size // -(-out.size // room))  # equal parts share a spectrum
        for start in range(0, out.size, length):
            sums = out[None, start : start + length]
            engine(padded[None, start : start + sums.size + reach], sums)
