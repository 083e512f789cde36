"""Shift and add: one scaled copy of the input for each weight, on long runs of memory."""

from collections.abc import Callable, Iterable
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.convolution.shapes import Plan

CACHED = 1 << 18  # bytes of a run, so that the few in use stay in the cache of a core
FEW = 400  # pixels of an image up to which runs of neighbouring channels are longer

Engine = Callable[[NDArray[Any], NDArray[Any]], None]


def is_whole(values: NDArray[Any]) -> bool:
    """Tell whether all values are whole numbers."""
    return bool((np.rint(values) == values).all())


def shift_and_add(kernel: NDArray[Any], *, skip_zeros: bool = True) -> Engine:
    """Return a function that correlates a padded array, of any number of axes, into ``out``.

    Skipping weights of 0 hides ``0 * inf``: without ``skip_zeros``, NaN and infinity go where the
    definition sends them. The error is that of a plain sum, at most ``taps * eps`` times the sum
    of the absolute products.
    """
    places = np.argwhere(kernel != 0 if skip_zeros else np.ones(kernel.shape, bool))

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        ends = places + out.shape
        views = (padded[tuple(map(slice, *pair))] for pair in zip(places, ends, strict=True))
        weighted_sum(zip(views, kernel[tuple(places.T)], strict=True), out)

    return engine


def dot_products(kernel: NDArray[Any]) -> Engine:
    """Return a function that correlates every line with a kernel of one row, as NumPy does it."""

    def engine(padded: NDArray[Any], out: NDArray[Any]) -> None:
        for line, sums in zip(padded, out, strict=False):
            sums[...] = np.convolve(line[: sums.size + kernel.size - 1], kernel[0, ::-1], "valid")

    return engine


def stamp(
    padded: NDArray[Any], places: NDArray[np.intp], kernel: NDArray[Any], out: NDArray[Any]
) -> None:
    """Add the products of a few values of a padded array, each one a copy of the kernel."""
    turned, starts = np.flip(kernel), places - kernel.shape + 1
    first = np.maximum(starts, 0)
    last = np.maximum(np.minimum(places + 1, out.shape), first)
    for here, *ends in np.stack([places, first, last, first - starts, last - starts], 1).tolist():
        window, part = (tuple(map(slice, *pair)) for pair in (ends[:2], ends[2:]))
        out[window] += padded[tuple(here)] * turned[part]


def depthwise(padded: NDArray[Any], filters: NDArray[Any], settled: Plan) -> NDArray[Any]:
    """Shift and add where each filter reads one channel, each channel a run of memory.

    NaN and infinity stay in their windows, and the error is that of ``shift_and_add``.
    """
    if settled.stride != (1, 1) or prod(settled.output) < FEW:
        return channels_last(padded, filters, settled)
    (n, c, h, width), (oh, ow), (dh, dw) = padded.shape, settled.output, settled.dilation
    out, alike = np.empty((n, len(filters), oh, ow), padded.dtype), len(filters) // c
    planes = max(1, CACHED // (h * width * padded.itemsize))
    step = min(n, planes), max(1, planes // n)
    for image, channel in product(range(0, n, step[0]), range(0, c, step[1])):
        here = slice(image, image + step[0]), slice(channel, channel + step[1])
        part = padded[here].swapaxes(0, 1)
        runs = part.reshape(len(part), -1)
        sums = np.empty_like(runs)
        length = runs.shape[1] - (h - oh) * width - (width - ow)
        for number in range(alike):
            weights = filters[number::alike][here[1]]
            shifted = (
                (runs[:, u * dh * width + v * dw :][:, :length], weights[:, :, u, v])
                for u, v in np.ndindex(settled.kernel)
            )
            weighted_sum(shifted, sums[:, :length])
            out[:, number::alike][here] = sums.reshape(part.shape)[..., :oh, :ow].swapaxes(0, 1)
    return out


def channels_last(padded: NDArray[Any], filters: NDArray[Any], settled: Plan) -> NDArray[Any]:
    """Do the same with neighbouring channels as the run: for many channels of small images."""
    (sh, sw), (dh, dw), (oh, ow) = settled.stride, settled.dilation, settled.output
    out = np.empty((len(padded), len(filters), oh, ow), padded.dtype)
    alike = len(filters) // padded.shape[1]
    weights = filters.reshape(-1, alike, *settled.kernel).transpose(1, 2, 3, 0).copy()
    sums = np.empty((oh, ow, padded.shape[1]), padded.dtype)
    pixels = np.empty((*padded.shape[2:], padded.shape[1]), padded.dtype)
    for image, made in zip(padded, out, strict=True):
        pixels[...] = image.transpose(1, 2, 0)
        for number in range(alike):
            shifted = (
                (pixels[u * dh :: sh, v * dw :: sw][:oh, :ow], weights[number, u, v])
                for u, v in np.ndindex(settled.kernel)
            )
            weighted_sum(shifted, sums)
            made[number::alike] = sums.transpose(2, 0, 1)
    return out


def weighted_sum(terms: Iterable[tuple[NDArray[Any], Any]], out: NDArray[Any]) -> None:
    """Set ``out`` to the sum of arrays times weights; weights of 1 and -1 cost no product."""
    units_first = sorted(terms, key=lambda term: np.ndim(term[1]) > 0 or term[1] != 1)
    (total, weight), *others = units_first or [(out.dtype.type(0), 0)]
    if not others or np.ndim(weight) > 0 or weight != 1:
        total = np.multiply(total, weight, out=out)
    product = np.empty_like(out)
    for array, weight in others:
        if np.ndim(weight) == 0 and weight in (1, -1):
            total = (np.add if weight == 1 else np.subtract)(total, array, out=out)
        else:
            total = np.add(total, np.multiply(array, weight, out=product), out=out)
