"""Functions whose outputs depend on more than one input: softmax, maxout, and the gated units.

Every function here gets the axis it works along as the last one.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from convnotes.activations.activation import Activation
from convnotes.activations.coupled import Coupled
from convnotes.activations.curved import gelu, sigmoid, silu
from convnotes.activations.piecewise import relu

INF = math.inf


def _below_zero(x: NDArray) -> NDArray:
    """Shift each slice to a largest number of 0: the shares stay, and exp can't overflow."""
    return x - x.max(axis=-1, keepdims=True, initial=-np.inf)


def _softmax(x: NDArray) -> NDArray:
    shares = np.exp(_below_zero(x))
    return shares / shares.sum(axis=-1, keepdims=True)


def _softmax_back(x: NDArray, grad_output: NDArray) -> NDArray:
    shares = _softmax(x)
    return shares * (grad_output - np.sum(shares * grad_output, axis=-1, keepdims=True))


def _log_softmax(x: NDArray) -> NDArray:
    shifted = _below_zero(x)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _log_softmax_back(x: NDArray, grad_output: NDArray) -> NDArray:
    return grad_output - _softmax(x) * grad_output.sum(axis=-1, keepdims=True)


def _pieces(pieces: int = 2) -> int:
    if not pieces >= 1 or pieces % 1:
        raise ValueError(f"pieces={pieces} must be a whole number, at least 1")
    return int(pieces)


def _maxout(x: NDArray, pieces: int = 2) -> NDArray:
    return _grouped(x, pieces).max(axis=-1)


def _maxout_back(x: NDArray, grad_output: NDArray, pieces: int) -> NDArray:
    groups = _grouped(x, pieces)
    winner = groups.argmax(axis=-1, keepdims=True)
    result = np.zeros(groups.shape, np.result_type(x, grad_output))
    np.put_along_axis(result, winner, grad_output[..., None], axis=-1)
    return result.reshape(x.shape)


def _grouped(x: NDArray, pieces: int) -> NDArray:
    pieces = _pieces(pieces)
    return x.reshape(*x.shape[:-1], x.shape[-1] // pieces, pieces)


def _gated(gate: Activation) -> dict[str, Callable[..., NDArray]]:
    """The first half of the last axis, times the gate of the second half."""

    def value(x: NDArray) -> NDArray:
        first, second = np.split(x, 2, axis=-1)
        return first * gate(second)

    def pullback(x: NDArray, grad_output: NDArray) -> NDArray:
        first, second = np.split(x, 2, axis=-1)
        slopes = gate(second), first * gate.derivative(second)
        return np.concatenate([grad_output * slope for slope in slopes], axis=-1)

    return {"value": value, "pullback": pullback, "parts": lambda: 2}


softmax = Coupled(
    "softmax",
    formula=r"e^{x_i} \, / \, \sum_j e^{x_j}",
    value=_softmax,
    pullback=_softmax_back,
    range=(0.0, 1.0),
    source="Bridle 1990, Training stochastic model recognition algorithms as networks can lead to "
    "maximum mutual information estimation of parameters",
)
"""Scores turned into shares: positive numbers that add up to 1 along an axis."""

log_softmax = Coupled(
    "log_softmax",
    formula=r"x_i - \ln \sum_j e^{x_j}",
    value=_log_softmax,
    pullback=_log_softmax_back,
    range=(-INF, 0.0),
    source="The logarithm of softmax, for likelihoods",
)
"""The logarithm of softmax, finite even where the share itself rounds to 0."""

maxout = Coupled(
    "maxout",
    formula=r"\max_j x_{ij}",
    value=_maxout,
    pullback=_maxout_back,
    range=(-INF, INF),
    parts=_pieces,
    kinks="where the largest of a group are equal; the slope is then 1 at the first of them",
    source="Goodfellow et al. 2013, Maxout networks, arXiv:1302.4389, section 3",
)
"""The largest of each group of `pieces` neighbours along an axis."""

glu = Coupled(
    "glu",
    formula=r"a \, \sigma(b)",
    **_gated(sigmoid),
    range=(-INF, INF),
    source="Dauphin et al. 2016, arXiv:1612.08083, section 2; the halves in PyTorch's order",
)
"""Gated linear unit: the first half of an axis, times the sigmoid of the second half."""

reglu = Coupled(
    "reglu",
    formula=r"a \, \max(b, 0)",
    **_gated(relu),
    range=(-INF, INF),
    kinks="where b is 0; the slope for b is then 0, ReLU's",
    source="Shazeer 2020, arXiv:2002.05202, section 2, where the gate is the first factor",
)
"""The first half of an axis, times the ReLU of the second half."""

geglu = Coupled(
    "geglu",
    formula=r"a \, b \, \Phi(b)",
    **_gated(gelu),
    range=(-INF, INF),
    source="Shazeer 2020, arXiv:2002.05202, section 2, where the gate is the first factor",
)
"""The first half of an axis, times the (exact) GELU of the second half."""

swiglu = Coupled(
    "swiglu",
    formula=r"a \, b \, \sigma(b)",
    **_gated(silu),
    range=(-INF, INF),
    source="Shazeer 2020, arXiv:2002.05202, section 2, where the gate is the first factor",
)
"""The first half of an axis, times the SiLU of the second half."""
