"""Linear stacks of small kernels: the one kernel they equal, and how many kernels they reach."""

from collections.abc import Sequence
from itertools import count, pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_array, whole_numbers

PRIME = 2**31 - 1  # the product of two residues fits in int64


def compose(
    *kernels: ArrayLike,
    strides: Sequence[int | tuple[int, int]] | None = None,
    dilations: Sequence[int | tuple[int, int]] | None = None,
) -> NDArray[Any]:
    """Return the one kernel that equals correlating with each of `kernels` in turn.

    The equality is that of linear layers without padding; biases only add a constant. With padding
    it holds for the outputs whose receptive field stays inside the image.

    Args:
        *kernels: In the order in which they are applied, all of shape (KH, KW), or all weights of
            shape (C_out, C_in, KH, KW) where each C_in is the C_out before it.
        strides: One int or (height, width) pair for each kernel; all 1 if None. The composed
            kernel is used with their product.
        dilations: One int or (height, width) pair for each kernel; all 1 if None.

    Returns:
        Shape (H, W), or (last C_out, first C_in, H, W). H is the receptive field of the stack,
            1 + Σ_l (KH_l − 1) · dilation_l · Π_{i<l} stride_i; W likewise.

    Raises:
        ValueError: If there is no kernel, a kernel has another shape or other channels, or
            `strides` or `dilations` doesn't hold one positive entry for each kernel.
        TypeError: If a kernel isn't made of numbers, or a stride or dilation isn't a whole number.

    Source:
        Associativity of convolution. Simonyan & Zisserman (2015), arXiv:1409.1556,
        section 2.3, for the stack.

    Examples:
        >>> from convnotes.three_by_three import compose
        >>> compose([[1, 1, 1]], [[1, 1, 1]]).tolist()
        [[1.0, 2.0, 3.0, 2.0, 1.0]]
        >>> compose([[1, 1, 1]], [[1, 10]], strides=(2, 1)).tolist()
        [[1.0, 1.0, 11.0, 10.0, 10.0]]
    """
    weights = settle_weights(kernels)
    stride_pairs = settle_pairs(strides, len(weights), "strides")
    dilation_pairs = settle_pairs(dilations, len(weights), "dilations")
    composed = np.eye(weights[0].shape[1], dtype=np.result_type(*weights))[:, :, None, None]
    jump_h, jump_w = 1, 1  # input pixels between neighbours in the input of the next kernel
    for weight, stride, dilation in zip(weights, stride_pairs, dilation_pairs, strict=True):
        composed = append(composed, weight, dilation[0] * jump_h, dilation[1] * jump_w)
        jump_h, jump_w = jump_h * stride[0], jump_w * stride[1]
    return composed[0, 0] if np.ndim(kernels[0]) == 2 else composed


def append(composed: NDArray[Any], weight: NDArray[Any], step_h: int, step_w: int) -> NDArray[Any]:
    """Apply `weight` after `composed`, its taps `step_h` and `step_w` input pixels apart."""
    _, c_in, h, w = composed.shape
    c_out, _, kh, kw = weight.shape
    size = (h + (kh - 1) * step_h, w + (kw - 1) * step_w)
    out = np.zeros((c_out, c_in, *size), dtype=composed.dtype)
    for u, v in np.ndindex(kh, kw):
        top, left = u * step_h, v * step_w
        window = out[:, :, top : top + h, left : left + w]
        window += np.einsum("om,mihw->oihw", weight[:, :, u, v], composed)
    return out


def rank_of_stack(n: int, *, channels: int = 1) -> int:
    """Return the dimension of the set of kernels that `n` linear 3×3 layers can reach.

    The stack has one input and one output channel, so it is one kernel of (2n + 1)² values. At
    almost every choice of weights the set of these kernels is a smooth surface whose dimension is
    the rank of the Jacobian of the kernel with respect to the weights. It is computed in integers
    modulo 2³¹ − 1, at one fixed choice: never rounded, never too large. With one channel it is
    8n + 1: nine weights a layer, less a scale that each layer but the last can hand to the next.
    With two channels it is (2n + 1)² up to five layers, and then less.

    Args:
        n: Number of 3×3 layers, at least 1.
        channels: Channels between the layers, at least 1.

    Raises:
        ValueError: If `n` or `channels` is below 1, or the two are too large to be exact.
        TypeError: If `n` or `channels` isn't a whole number.

    Source:
        Kileel, Trager & Bruna (2019), arXiv:1905.12207, whose measure of what a network can
        express this is.

    Examples:
        >>> from convnotes.three_by_three import rank_of_stack
        >>> rank_of_stack(2), rank_of_stack(2, channels=2), rank_of_stack(6, channels=2)
        (17, 25, 156)
    """
    (depth,) = whole_numbers(n, "n", 1, minimum=1)
    (between,) = whole_numbers(channels, "channels", 1, minimum=1)
    widths = [1] + [between] * (min(depth, 99) - 1) + [1]  # 99 are too many anyway
    if prod(27 * c_in for c_in in widths[:-1]) > 2**53:  # 9 taps, weights up to 3
        raise ValueError(f"n={n} with channels={channels} is too large to be exact in float64")
    weights = general_weights([(c_out, c_in, 3, 3) for c_in, c_out in pairwise(widths)])
    slopes = []
    for i, weight in enumerate(weights):
        for tap in np.ndindex(weight.shape):
            # The kernel is linear in each weight: its slope is the stack with that weight alone.
            alone = np.zeros_like(weight)
            alone[tap] = 1
            slopes.append(compose(*weights[:i], alone, *weights[i + 1 :]).ravel())
    return rank_modulo_prime(np.array(slopes).astype(np.int64))


def general_weights(shapes: Sequence[tuple[int, ...]]) -> list[NDArray[Any]]:
    """Fill arrays with whole numbers from −3 to 3 in no pattern that a kernel could inherit."""
    numbers = (pow(i, 5, 1009) % 7 - 3.0 for i in count(1))
    return [np.reshape([next(numbers) for _ in range(prod(shape))], shape) for shape in shapes]


def rank_modulo_prime(matrix: NDArray[Any]) -> int:
    """Count the pivots of Gaussian elimination in integers modulo `PRIME`, which never rounds."""
    rows = matrix % PRIME
    rank = 0
    for column in range(rows.shape[1]):
        candidates = np.flatnonzero(rows[rank:, column])
        if candidates.size:
            pivot = rank + candidates[0]
            rows[[rank, pivot]] = rows[[pivot, rank]]
            below = rows[rank + 1 :]
            factors = below[:, column] * pow(int(rows[rank, column]), -1, PRIME) % PRIME
            below -= factors[:, None] * rows[rank] % PRIME
            below %= PRIME
            rank += 1
    return rank


def settle_weights(kernels: Sequence[ArrayLike]) -> list[NDArray[Any]]:
    """Return the kernels as float arrays of shape (C_out, C_in, KH, KW) that fit each other."""
    if not kernels:
        raise ValueError("kernels=() must hold at least one kernel")
    arrays = [as_array(kernel, f"kernels[{i}]") for i, kernel in enumerate(kernels)]
    for i, array in enumerate(arrays):
        if array.ndim not in (2, 4) or array.ndim != arrays[0].ndim or array.size == 0:
            raise ValueError(
                f"kernels[{i}] must be 2-D, or 4-D as all the others, not of shape {array.shape}"
            )
        if i and array.ndim == 4 and array.shape[1] != len(arrays[i - 1]):
            raise ValueError(
                f"kernels[{i}] has C_in={array.shape[1]}, the one before it "
                f"C_out={len(arrays[i - 1])}"
            )
    floats = [array.astype(float) if array.dtype.kind in "biu" else array for array in arrays]
    return [array.reshape((1, 1, *array.shape)[-4:]) for array in floats]


def settle_pairs(
    values: Sequence[int | tuple[int, int]] | None, count: int, name: str
) -> list[tuple[int, ...]]:
    """Return one (height, width) pair for each kernel."""
    if values is None:
        return [(1, 1)] * count
    if isinstance(values, bytes) or not isinstance(values, Sequence) or len(values) != count:
        raise ValueError(f"{name}={values!r} must hold one entry for each of {count} kernels")
    return [whole_numbers(value, f"{name}[{i}]", 2, minimum=1) for i, value in enumerate(values)]
