"""A convolutional layer: which engine computes it."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import word
from convnotes.convolution.engines.bands import factors
from convnotes.convolution.engines.columns import multiply_columns
from convnotes.convolution.engines.planes import correlate_plane
from convnotes.convolution.engines.taps import FEW, depthwise
from convnotes.convolution.engines.winograd import winograd_tiles
from convnotes.convolution.shapes import Plan, pad_sides

PLANES = ("separable", "toeplitz", "fft")
WINOGRAD = ("winograd2", "winograd4")
METHODS = ("auto", "im2col", "matmul", "taps", *PLANES, *WINOGRAD)


def correlate_layer(
    images: NDArray[Any],
    filters: NDArray[Any],
    settled: Plan,
    groups: int,
    padding_mode: str,
    method: str = "auto",
) -> NDArray[Any]:
    """Compute a layer without its bias, in the dtype of both arrays."""
    check_method(method, filters, settled, groups)
    if not (images.size and filters.size):
        out = np.zeros((len(images), len(filters), *settled.output), images.dtype)
        out += (0 * filters).sum(axis=(1, 2, 3))[:, None, None]  # NaN times 0 is NaN
        return out
    name = choose_layer(images, filters, settled, groups) if method == "auto" else method
    if name in (*PLANES, "planes"):
        return by_planes(images, filters, settled, padding_mode, method)
    padded = pad_sides(images, settled.padding, padding_mode)
    if name == "matmul":
        out = np.empty((len(images), len(filters), prod(settled.output)), images.dtype)
        np.matmul(filters[:, :, 0, 0], padded.reshape(*padded.shape[:2], -1), out=out)
        return out.reshape(*out.shape[:2], *settled.output)
    if name == "taps":
        return depthwise(padded, filters, settled)
    if name == "im2col":
        return multiply_columns(padded, filters, settled, groups)
    return winograd_tiles(padded, filters, settled, groups, size=int(name[-1]))


def check_method(method: str, filters: NDArray[Any], settled: Plan, groups: int) -> None:
    """Refuse an unknown method, and one that can't compute such a layer."""
    word(method, "method", METHODS)
    kernel, shallow = settled.kernel, filters.shape[1] == 1
    near = settled.stride == settled.dilation == (1, 1)
    point = kernel == settled.stride == (1, 1) and groups == 1
    rank_1 = method != "separable" or all(map(factors, filters[:, 0]))
    for methods, possible, need in (
        (("matmul",), point, "1×1 kernels, stride 1 and groups=1"),
        (("taps",), shallow, "filters of one channel"),
        (PLANES, shallow and near, "filters of one channel, stride 1 and dilation 1"),
        (WINOGRAD, kernel == (3, 3) and near, "3×3 kernels, stride and dilation 1"),
        (("separable",), rank_1, "kernels of rank 1"),
    ):
        if method in methods and not possible:
            raise ValueError(
                f"method={method!r} needs {need}, not weight.shape={filters.shape}, "
                f"stride={settled.stride}, dilation={settled.dilation}, groups={groups}"
            )


def choose_layer(images: NDArray[Any], filters: NDArray[Any], settled: Plan, groups: int) -> str:
    """Name the engine for a layer."""
    near = settled.stride == settled.dilation == (1, 1)
    if settled.kernel == settled.stride == (1, 1) and groups == 1:
        return "matmul"
    alike = len(filters) // groups  # filters that share the columns of a window
    if near and prod(settled.kernel) >= 25 * alike and prod(settled.output) >= 9216:
        return "planes"
    if filters.shape[1] > 1 or alike > 2 or groups == 1:
        return "im2col"
    large = settled.stride == (1, 1) and prod(settled.output) >= FEW
    return "taps" if large or groups >= 64 else "im2col"


def by_planes(
    images: NDArray[Any], filters: NDArray[Any], settled: Plan, padding_mode: str, method: str
) -> NDArray[Any]:
    """Correlate each channel on its own, and add up those that a filter reads."""
    out = np.zeros((len(images), len(filters), *settled.output), images.dtype)
    sums, depth = np.empty(settled.output, images.dtype), filters.shape[1]
    alike = len(filters) * depth // images.shape[1]
    for n, o, c in np.ndindex(*out.shape[:2], depth):
        plane = images[n, o // alike * depth + c]
        correlate_plane(plane, filters[o, c], settled.padding, padding_mode, sums, method)
        out[n, o] += sums
    return out
