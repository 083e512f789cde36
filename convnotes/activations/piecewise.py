"""Activations made of straight pieces (two with a parabola): no exponential, cheap to compute."""

import math

import numpy as np
from numpy.typing import NDArray

from convnotes.activations.activation import Activation
from convnotes.activations.blocks import pick

INF = math.inf


def _hardtanh(x: NDArray, min_val: float = -1.0, max_val: float = 1.0) -> NDArray:
    _check_bounds(min_val, max_val)
    return np.clip(x, min_val, max_val)


def _hardtanh_slope(x: NDArray, min_val: float, max_val: float) -> NDArray:
    _check_bounds(min_val, max_val)
    return (x > min_val) & (x < max_val)


def _check_bounds(min_val: float, max_val: float) -> None:
    if not min_val < max_val:
        raise ValueError(f"min_val={min_val} must be below max_val={max_val}")


def _hardswish_slope(x: NDArray) -> NDArray:
    near = pick(x > -3, np.minimum(x, 3) / 3 + 0.5, 0)
    return pick(x < 3, near, 1)


def _softshrink(x: NDArray, lambd: float = 0.5) -> NDArray:
    _check_lambd(lambd)
    return x - np.clip(x, -lambd, lambd)


def _hardshrink(x: NDArray, lambd: float = 0.5) -> NDArray:
    _check_lambd(lambd)
    return pick(np.abs(x) > lambd, x, 0)


def _shrink_slope(x: NDArray, lambd: float) -> NDArray:
    _check_lambd(lambd)
    return (np.abs(x) > lambd) | (lambd == 0)


def _check_lambd(lambd: float) -> None:
    if not lambd >= 0:
        raise ValueError(f"lambd={lambd} must be at least 0")


def _threshold(x: NDArray, threshold: float = 1.0, value: float = 0.0) -> NDArray:
    return pick(x > threshold, x, value)


identity = Activation(
    "identity",
    formula=r"x",
    value=lambda x: x,
    slope=np.ones_like,
    range=(-INF, INF),
    source="The output layer of a regression",
)
"""Every number as it is."""

relu = Activation(
    "relu",
    formula=r"\max(x, 0)",
    value=lambda x: np.maximum(x, 0),
    slope=lambda x: x > 0,
    range=(0.0, INF),
    kinks=(0.0,),
    source="Nair and Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
)
"""Rectified linear unit: zero below zero."""

leaky_relu = Activation(
    "leaky_relu",
    formula=r"\max(x, 0) + a \, \min(x, 0)",
    value=lambda x, negative_slope=0.01: pick(x > 0, x, negative_slope * x),
    slope=lambda x, negative_slope: pick(x > 0, np.ones_like(x), negative_slope),
    range=(-INF, INF),
    kinks=(0.0,),
    kinks_for=lambda negative_slope: () if negative_slope == 1 else (0.0,),
    source="Maas, Hannun and Ng 2013, Rectifier nonlinearities improve neural network acoustic "
    "models",
)
"""ReLU with a small slope a = `negative_slope` below zero."""

prelu = Activation(
    "prelu",
    formula=r"\max(x, 0) + w \, \min(x, 0)",
    value=lambda x, weight=0.25: pick(x > 0, x, weight * x),
    slope=lambda x, weight: pick(x > 0, np.ones_like(x), weight),
    range=(-INF, INF),
    kinks=(0.0,),
    per_channel=("weight",),
    source="He et al. 2015, arXiv:1502.01852, section 2.1",
)
"""Leaky ReLU whose slope `weight` is learned: one number for all, or one for each channel.

The slope of its value with respect to `weight` is min(x, 0), which is what gradient descent needs.
"""

relu6 = Activation(
    "relu6",
    formula=r"\min(\max(x, 0), 6)",
    value=lambda x: np.clip(x, 0, 6),
    slope=lambda x: (x > 0) & (x < 6),
    range=(0.0, 6.0),
    kinks=(0.0, 6.0),
    source="Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10",
)
"""ReLU that stops at 6."""

squared_relu = Activation(
    "squared_relu",
    formula=r"\max(x, 0)^2",
    value=lambda x: np.maximum(x, 0) ** 2,
    slope=lambda x: 2 * np.maximum(x, 0),
    range=(0.0, INF),
    source="So et al. 2021, Primer, arXiv:2109.08668",
)
"""ReLU, squared: no kink, and steeper the further it goes."""

threshold = Activation(
    "threshold",
    formula=r"x \, [x > t] + v \, [x \leq t]",
    value=_threshold,
    slope=lambda x, threshold, value: x > threshold,
    range=(0.0, INF),
    kinks=(1.0,),
    kinks_for=lambda threshold, value: (threshold,),
    source="Konda, Memisevic and Krueger 2014, Zero-bias autoencoders and the benefits of "
    "co-adapting features, arXiv:1402.3337",
)
"""x above t = `threshold`, and v = `value` up to it, with a step between."""

softshrink = Activation(
    "softshrink",
    formula=r"x - \min(\max(x, -\lambda), \lambda)",
    value=_softshrink,
    slope=_shrink_slope,
    range=(-INF, INF),
    kinks=(-0.5, 0.5),
    kinks_for=lambda lambd: (-lambd, lambd) if lambd else (),
    source="Donoho 1995, De-noising by soft-thresholding, IEEE Transactions on Information Theory "
    "41, 613–627",
)
"""λ = `lambd` closer to 0, and 0 where that would pass it."""

hardshrink = Activation(
    "hardshrink",
    formula=r"x \, [\,|x| > \lambda\,]",
    value=_hardshrink,
    slope=_shrink_slope,
    range=(-INF, INF),
    kinks=(-0.5, 0.5),
    kinks_for=lambda lambd: (-lambd, lambd) if lambd else (),
    source="Donoho and Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage, Biometrika "
    "81, 425–455",
)
"""x where it is more than λ = `lambd` away from 0, and 0 elsewhere, with a step between."""

binary_step = Activation(
    "binary_step",
    formula=r"[x \geq 0]",
    value=lambda x: x >= 0,
    slope=np.zeros_like,
    range=(0.0, 1.0),
    kinks=(0.0,),
    source="McCulloch and Pitts 1943, A logical calculus of the ideas immanent in nervous activity",
)
"""1 from 0 on, and 0 below: a decision, with slope 0 on both sides of it."""

hardtanh = Activation(
    "hardtanh",
    formula=r"\min(\max(x, -1), 1)",
    value=_hardtanh,
    slope=_hardtanh_slope,
    range=(-1.0, 1.0),
    kinks=(-1.0, 1.0),
    kinks_for=lambda min_val, max_val: (min_val, max_val),
    source="Collobert et al. 2011, Natural language processing (almost) from scratch, "
    "arXiv:1103.0398",
)
"""A straight line between `min_val` and `max_val`, flat outside."""

hardsigmoid = Activation(
    "hardsigmoid",
    formula=r"\min(\max(x + 3, 0), 6) \, / \, 6",
    value=lambda x: (np.clip(x, -3, 3) + 3) / 6,
    slope=lambda x: ((x > -3) & (x < 3)) / x.dtype.type(6),
    range=(0.0, 1.0),
    kinks=(-3.0, 3.0),
    source="Howard et al. 2019, MobileNetV3, arXiv:1905.02244, section 5.2",
)
"""A straight line from 0 at −3 to 1 at 3, in place of the sigmoid."""

hardswish = Activation(
    "hardswish",
    formula=r"x \, \min(\max(x + 3, 0), 6) \, / \, 6",
    value=lambda x: np.maximum(x, -3) * ((np.clip(x, -3, 3) + 3) / 6),
    slope=_hardswish_slope,
    range=(-0.375, INF),
    kinks=(-3.0, 3.0),
    source="Howard et al. 2019, MobileNetV3, arXiv:1905.02244, section 5.2",
)
"""x times the hard sigmoid of x, in place of SiLU."""
