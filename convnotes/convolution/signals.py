"""Convolution and correlation of plain arrays: sounds, images, volumes."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_array, as_floats, word
from convnotes.convolution.engines.planes import correlate_array, correlate_plane
from convnotes.convolution.shapes import MODES, padding_sides


def convolve(x: ArrayLike, kernel: ArrayLike, mode: str = "full") -> NDArray[Any]:
    """Convolve two arrays with any number of axes: every sample sends out a copy of the kernel.

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
    signal, taps = signal_and_taps(x, kernel, mode)
    return convolve_taps(signal, taps, mode)


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
    signal, taps = signal_and_taps(x, kernel, mode)
    return convolve_taps(signal, np.flip(taps).conj(), mode)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def filter2d(image: ArrayLike, kernel: ArrayLike, *, padding_mode: str = "reflect") -> NDArray[Any]:
    """Correlate an image with one kernel and keep its size.

    Args:
        image: Grey, shape (H, W), or colour, shape (H, W, C), each channel on its own.
        kernel: Shape (KH, KW), converted to the dtype of the image. The centre of an even kernel
            is the value before its middle, so that the larger border is at the bottom and right.
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
    taps = as_floats(kernel, "kernel", "KH, KW").astype(pixels.dtype)
    if not taps.size:
        raise ValueError(f"kernel must not be empty, shape {taps.shape}")
    sides = padding_sides("same", taps.shape, (1, 1), (1, 1))
    word(padding_mode, "padding_mode", MODES)
    out = np.empty(pixels.shape, pixels.dtype)
    for channel in np.ndindex(pixels.shape[2:]):
        here = (..., *channel)
        correlate_plane(pixels[here], taps, sides, padding_mode, out[here])
    return out


def signal_and_taps(
    x: ArrayLike, kernel: ArrayLike, mode: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Check the arguments of ``convolve`` and ``correlate`` and settle one dtype for both."""
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
    return signal.astype(dtype, copy=False), taps.astype(dtype, copy=False)


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
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
    if not (np.isfinite(few).all() and np.isfinite(many).all()):
        everywhere = np.empty(full, signal.dtype)
        scatter(many, few, everywhere)
        return everywhere[tuple(map(slice, start, start + kept))].copy()
    reach = np.array(few.shape) - 1
    # What the outputs read beyond the array is a border; what none of them reads is cut off.
    beyond = np.array([reach - start, reach - (full - kept - start)]).T.tolist()
    read = (slice(max(0, -b), n - max(0, -a)) for n, (b, a) in zip(many.shape, beyond, strict=True))
    sides = tuple((max(0, b), max(0, a)) for b, a in beyond)
    out = np.empty(kept, signal.dtype)
    correlate_array(many[tuple(read)], np.flip(few), sides, out)
    return out


def scatter(many: NDArray[Any], few: NDArray[Any], out: NDArray[Any]) -> None:
    """Add a copy of ``many`` for each value of ``few``: NaN and infinity meet no border."""
    out[...] = 0
    for shift in np.ndindex(few.shape):
        out[tuple(map(slice, shift, np.add(shift, many.shape)))] += few[shift] * many
