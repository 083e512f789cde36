"""Measures of how a layer does: dead units, saturated units, and what keeps its scale."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.activations.activation import Activation, checked_axis
from convnotes.activations.registry import ACTIVATIONS
from convnotes.arguments import as_floats, real_number

REACH = 14  # the normal density beyond is below 1e-42


def dead_units(activations: ArrayLike, *, axis: int = 1) -> NDArray[np.bool_]:
    """Tell which units are 0 on every input.

    Dead is a word about a data set: give the activations of all training inputs. A unit that is 0
    on one batch may be alive on the next.

    Args:
        activations: A layer's outputs, shape (N, units) or (N, C, H, W). A channel counts as one
            unit, since its positions share their weights.
        axis: Where the units lie.

    Returns:
        Shape (units,), true for the dead. NaN isn't 0.

    Raises:
        TypeError: If the activations aren't real numbers, or axis isn't a whole one.
        ValueError: If there is no such axis, or a unit has no activation to judge by.

    Examples:
        >>> from convnotes.activations import dead_units
        >>> dead_units([[0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]).tolist()
        [True, False, False]
    """
    numbers = as_floats(activations, "activations")
    by_unit = np.moveaxis(numbers, checked_axis(axis, "activations", numbers), 0)
    if 0 in by_unit.shape[1:]:
        raise ValueError(f"activations of shape {numbers.shape} hold no input to judge by")
    return np.all(by_unit == 0, axis=tuple(range(1, by_unit.ndim)))


def saturation(activation: str | Activation, x: ArrayLike, *, flat: float = 0.01) -> float:
    """Return the share of inputs at which an activation is flat, so that little gradient passes.

    Args:
        activation: A name in `ACTIVATIONS`, or an activation.
        x: What goes into it (pre-activations), any shape.
        flat: The steepest slope, up or down, that counts as flat.

    Returns:
        Between 0 and 1. NaN counts as not flat.

    Raises:
        TypeError: If x isn't real numbers, or flat isn't a number.
        ValueError: If the name is unknown, x is empty, or flat is below 0.

    Examples:
        >>> from convnotes.activations import saturation
        >>> saturation("tanh", [-5.0, 0.0, 1.0, 5.0])
        0.5
    """
    steepest = real_number(flat, "flat")
    if not steepest >= 0:
        raise ValueError(f"flat={flat} must be at least 0")
    numbers = as_floats(x, "x")
    if numbers.size == 0:
        raise ValueError(f"x of shape {numbers.shape} is empty")
    return float(np.mean(np.abs(_find(activation).derivative(numbers)) <= steepest))


def gain(activation: str | Activation, **parameters: float | str) -> float:
    """Return the factor on the weights that keeps the mean square through an activation.

    With a standard normal input z, 1/√E[f(z)²]. Weights of mean 0 and standard deviation
    gain/√fan_in then give the next layer pre-activations of variance 1 again (exactly so on
    average over the weights, for pre-activations that are normal with mean 0).

    PyTorch's `calculate_gain` agrees for the identity, ReLU and leaky ReLU. Its other values are
    conventions: 5/3 for tanh (1.5925 here), 1 for the sigmoid (1.8462 here), 3/4 for SELU (1 here).

    Args:
        activation: A name in `ACTIVATIONS`, or an activation.
        **parameters: Its options by name.

    Returns:
        A positive number, exact to 1e-12 for the activations in `ACTIVATIONS`; infinity for an
        activation that is 0 wherever normal numbers fall.

    Raises:
        TypeError: If an option has an unknown name or isn't a number.
        ValueError: If the activation's name is unknown, or an option makes no sense.

    Source:
        He et al. 2015, arXiv:1502.01852, section 2.2, for ReLU; the integral for any other.

    Examples:
        >>> from convnotes.activations import gain
        >>> round(gain("relu"), 12), round(gain("tanh"), 4)
        (1.414213562373, 1.5925)
    """
    found = _find(activation)
    found(0.0, **parameters)  # names a wrong option
    kinks = found.kinks
    if found.kinks_for:
        kinks = found.kinks_for(**(found.parameters | parameters))
    # Gauss–Legendre between whole numbers and kinks: smooth pieces, so few nodes are enough.
    edges = np.unique([*range(-REACH, REACH + 1), *np.clip(kinks, -REACH, REACH)])
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges)[:, None] / 2
    z = edges[:-1, None] + half * (1 + nodes)  # (pieces, nodes)
    with np.errstate(all="ignore"):  # far out, the density and tails may be 0
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        mean_square = np.sum(half * weights * density * found(z, **parameters) ** 2)
        return float(1 / np.sqrt(mean_square)) if mean_square else math.inf


def _find(activation: str | Activation) -> Activation:
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(f"activation={activation!r} is none of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[activation]
