"""Shift and add: one scaled copy of the input for each weight, on long runs of memory."""

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.convolution.engines.columns import stride_phases
from convnotes.convolution.shapes import Plan

CACHED = 1 << 18  # bytes of a run, so that the few in use stay in the cache of a core

Engine = Callable[[NDArray[Any], NDArray[Any]], None]


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


def depthwise(padded: NDArray[Any], filters: NDArray[Any], settled: Plan) -> NDArray[Any]:
    """Shift and add a few images and channels at a time, where each filter reads one channel.

    No weight is skipped: NaN and infinity stay in their windows. The error is that of
    ``shift_and_add``.
    """
    (kh, kw), (sh, sw), (dh, dw) = settled.kernel, settled.stride, settled.dilation
    (n, c), (oh, ow), c_out = padded.shape[:2], settled.output, filters.shape[0]
    phases = stride_phases(padded, settled)
    width = phases[0, 0].shape[-1]
    runs = {at: np.ascontiguousarray(phase).reshape(n, c, -1) for at, phase in phases.items()}
    length = (oh - 1) * width + ow
    out = np.empty((n, c_out, oh, ow), padded.dtype)
    per_channel = c_out // max(c, 1)
    planes = max(1, CACHED // (oh * width * padded.itemsize))
    step = max(1, planes // c), min(c, planes)
    sums = np.empty((*step, oh * width), padded.dtype)
    for image, channel, number in product(
        range(0, n, step[0]), range(0, c, step[1]), range(per_channel)
    ):
        here = slice(image, image + step[0]), slice(channel, channel + step[1])
        weights = filters[number::per_channel][here[1]]  # (channels, 1, KH, KW)
        part = out[:, number::per_channel][here]
        total = sums[: len(part), : len(weights)]
        shifted = []
        for u, v in np.ndindex(kh, kw):
            (down, a), (across, b) = divmod(u * dh, sh), divmod(v * dw, sw)
            at = down * width + across
            shifted.append((runs[a, b][*here, at : at + length], weights[:, :, u, v]))
        weighted_sum(shifted, total[..., :length])
        part[...] = total.reshape(*part.shape[:3], width)[..., :ow]
    return out


def weighted_sum(terms: Iterable[tuple[NDArray[Any], Any]], out: NDArray[Any]) -> None:
    """Set ``out`` to the sum of arrays times weights; weights of 1 and -1 cost no product."""
    plus, minus, others = [], [], []
    for array, weight in terms:
        unit = np.ndim(weight) == 0 and weight in (1, -1)
        (others if not unit else plus if weight == 1 else minus).append((array, weight))
    if len(plus) > 1:
        np.add(plus.pop()[0], plus.pop()[0], out=out)
    elif plus and minus:
        np.subtract(plus.pop()[0], minus.pop()[0], out=out)
    elif plus or minus or others:
        np.multiply(*(plus or minus or others).pop(), out=out)
    else:
        out[...] = 0
    product = np.empty_like(out)
    for array, _ in plus:
        np.add(out, array, out=out)
    for array, _ in minus:
        np.subtract(out, array, out=out)
    for array, weight in others:
        np.add(out, np.multiply(array, weight, out=product), out=out)
