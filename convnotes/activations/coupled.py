"""Functions whose outputs depend on more than one input: softmax, and the gated units."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.activations.activation import Activation, as_floats, widened
from convnotes.activations.curved import gelu, sigmoid, silu
from convnotes.activations.piecewise import relu


def softmax(x: ArrayLike, *, axis: int = -1) -> NDArray[np.floating]:
    """Turn scores into shares: positive numbers that add up to 1 along an axis.

    Args:
        x: Scores (logits), any shape of at least one axis. Any real number; −inf gets the share 0.
        axis: The axis along which the shares add up to 1.

    Returns:
        exp(x) divided by its sum, the same shape and dtype. Where a slice holds NaN or +inf, or
        nothing but −inf, there is no answer and the slice holds NaN.

    Raises:
        TypeError: If x isn't real numbers.
        ValueError: If x has no such axis.

    Examples:
        >>> softmax([1000.0, 1000.0, -np.inf]).tolist()
        [0.5, 0.5, 0.0]
    """
    numbers = as_floats(x)
    shares = np.exp(_below_zero(numbers, axis))
    return (shares / shares.sum(axis=axis, keepdims=True)).astype(numbers.dtype)


def log_softmax(x: ArrayLike, *, axis: int = -1) -> NDArray[np.floating]:
    """Return the logarithm of softmax, finite even where the share itself rounds to 0.

    Args:
        x: Scores (logits), any shape of at least one axis.
        axis: The axis along which the shares add up to 1.

    Returns:
        x minus log(sum(exp(x))), the same shape and dtype, at most 0.

    Raises:
        TypeError: If x isn't real numbers.
        ValueError: If x has no such axis.

    Examples:
        >>> log_softmax([0.0, -2000.0]).tolist()
        [0.0, -2000.0]
    """
    numbers = as_floats(x)
    shifted = _below_zero(numbers, axis)
    logarithms = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    with np.errstate(over="ignore"):  # beyond the largest number of the dtype is infinity
        return logarithms.astype(numbers.dtype)


def glu(x: ArrayLike, *, axis: int = -1) -> NDArray[np.floating]:
    """Gated linear unit: the first half of an axis, times the sigmoid of the second half.

    Args:
        x: Any shape whose `axis` has an even length.
        axis: The axis to halve.

    Returns:
        first · sigmoid(second): x's shape with `axis` halved, the same dtype.

    Raises:
        TypeError: If x isn't real numbers.
        ValueError: If x has no such axis, or its length is odd.

    Source:
        Dauphin et al. 2017, arXiv 1612.08083, eq. 1; the halves in PyTorch's order.

    Examples:
        >>> glu([6.0, 8.0, 0.0, 0.0]).tolist()
        [3.0, 4.0]
    """
    return _gated(x, sigmoid, axis)


def reglu(x: ArrayLike, *, axis: int = -1) -> NDArray[np.floating]:
    """Gated unit: the first half of an axis, times the ReLU of the second half.

    Args, returns and errors are those of `glu`.

    Source:
        Shazeer 2020, arXiv 2002.05202, section 2, where the gate is the first factor.

    Examples:
        >>> reglu([6.0, 8.0, -1.0, 2.0]).tolist()
        [0.0, 16.0]
    """
    return _gated(x, relu, axis)


def geglu(x: ArrayLike, *, axis: int = -1) -> NDArray[np.floating]:
    """Gated unit: the first half of an axis, times the (exact) GELU of the second half.

    Args, returns and errors are those of `glu`.

    Source:
        Shazeer 2020, arXiv 2002.05202, section 2, where the gate is the first factor.

    Examples:
        >>> geglu([6.0, 8.0, -20.0, 20.0]).round(9).tolist()
        [-0.0, 160.0]
    """
    return _gated(x, gelu, axis)


def swiglu(x: ArrayLike, *, axis: int = -1) -> NDArray[np.floating]:
    """Gated unit: the first half of an axis, times the SiLU of the second half.

    Args, returns and errors are those of `glu`.

    Source:
        Shazeer 2020, arXiv 2002.05202, section 2, where the gate is the first factor.

    Examples:
        >>> swiglu([6.0, 8.0, 0.0, 100.0]).tolist()
        [0.0, 800.0]
    """
    return _gated(x, silu, axis)


def _gated(x: ArrayLike, gate: Activation, axis: int) -> NDArray[np.floating]:
    numbers = as_floats(x)
    length = numbers.shape[_axis(numbers, axis)]
    if length % 2:
        raise ValueError(f"x has length {length} along axis={axis}, which must be even")
    first, second = np.split(numbers, 2, axis=axis)
    with np.errstate(over="ignore", invalid="ignore"):  # infinity, and inf · 0, propagate
        return first * gate(second)


def _below_zero(numbers: NDArray[np.floating], axis: int) -> NDArray[np.floating]:
    """Shift each slice to a largest number of 0: the shares stay, and exp can't overflow."""
    _axis(numbers, axis)
    wide = widened(numbers)
    with np.errstate(invalid="ignore", over="ignore"):  # inf − inf is NaN, as promised
        return wide - wide.max(axis=axis, keepdims=True, initial=-np.inf)


def _axis(numbers: NDArray, axis: int) -> int:
    if not -numbers.ndim <= axis < numbers.ndim:
        raise ValueError(f"axis={axis} is outside x of shape {numbers.shape}")
    return axis
