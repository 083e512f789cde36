"""Activations made of curves.

Nothing overflows on the way to a finite result: exponentials are taken of numbers below zero, and
where a function has reached its limit its argument is clipped.
"""

import math

import numpy as np
from numpy.typing import NDArray

from convnotes.activations.activation import Activation
from convnotes.activations.blocks import pick
from convnotes.activations.error_function import tail_share
from convnotes.arguments import word

INF = math.inf
FORMS = ("none", "tanh")  # of GELU
FAR = 1e3  # exp(−FAR) is 0 in every dtype, so clipping here changes no value
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _sigmoid(x: NDArray) -> NDArray:
    share = 1 / (1 + np.exp(-x))
    # Further left, where exp(−x) may overflow, 1 is nothing beside it. No NaN is above −80.
    return share if x.min(initial=0) > -80 else pick(x < -80, np.exp(x), share)


def _sigmoid_slope(x: NDArray) -> NDArray:
    small = np.exp(-np.abs(x))
    return small / (1 + small) ** 2  # in s · (1 − s), 1 − s would round to 0 at x = 37


def _tanh_slope(x: NDArray) -> NDArray:
    small = np.exp(-np.abs(x))
    return (2 * small / (1 + small**2)) ** 2


def _softplus(x: NDArray, beta: float = 1.0) -> NDArray:
    _check_beta(beta)
    return np.maximum(x, 0) + np.log1p(np.exp(-beta * np.abs(x))) / beta


def _softplus_slope(x: NDArray, beta: float) -> NDArray:
    _check_beta(beta)
    return _sigmoid(beta * x)


def _check_beta(beta: float) -> None:
    if not beta > 0:
        raise ValueError(f"beta={beta} must be above 0")


def _silu(x: NDArray) -> NDArray:
    near = np.clip(x, -FAR, INF)  # faster than the maximum of the two
    return near * _sigmoid(near)


def _silu_slope(x: NDArray) -> NDArray:
    near = np.clip(x, -FAR, FAR)
    return _sigmoid(near) * (1 + near * _sigmoid(-near))


def _mish(x: NDArray) -> NDArray:
    near = np.maximum(x, -FAR)
    return near * np.tanh(_softplus(near))


def _mish_slope(x: NDArray) -> NDArray:
    near = np.clip(x, -FAR, FAR)
    inner = _softplus(near)
    return np.tanh(inner) + near * _tanh_slope(inner) * _sigmoid(near)


def _gelu(x: NDArray, approximate: str = "none") -> NDArray:
    if word(approximate, "approximate", FORMS) == "tanh":
        near = np.clip(x, -FAR, INF)
        return near * _gate(near, approximate)
    size = np.clip(np.abs(x), 0, 40)
    return np.clip(x, 0, INF) - size * tail_share(size)


def _gelu_slope(x: NDArray, approximate: str) -> NDArray:
    near = np.clip(x, -40, 40)  # the bell is 0 in float64 beyond 39
    if word(approximate, "approximate", FORMS) == "tanh":
        bell = _sigmoid_slope(_cubic(near)) * math.sqrt(8 / math.pi) * (1 + 0.134145 * near**2)
    else:
        bell = np.exp(-(near**2) / 2) / math.sqrt(2 * math.pi)
    return _gate(near, approximate) + near * bell


def _gate(x: NDArray, approximate: str) -> NDArray:
    if word(approximate, "approximate", FORMS) == "tanh":
        return _sigmoid(_cubic(np.clip(x, -40, 40)))  # (1 + tanh u) / 2 is sigmoid(2u)
    tail = tail_share(np.abs(x))  # 1 + erf would lose the left tail's digits
    return pick(x > 0, 1 - tail, tail)


def _cubic(x: NDArray) -> NDArray:
    return math.sqrt(8 / math.pi) * (x + 0.044715 * x * x * x)


def _tanhshrink(x: NDArray) -> NDArray:
    # tanh x = x / (1 + t) with Lambert's continued fraction t, so x − tanh x keeps its digits at 0.
    square = np.minimum(x * x, 1)
    t = np.zeros_like(x)
    for odd in range(19, 1, -2):
        t = square / (odd + t)
    return pick(np.abs(x) < 1, x * (t / (1 + t)), x - np.tanh(x))


def _check_alpha(alpha: float) -> None:
    if not alpha > 0:
        raise ValueError(f"alpha={alpha} must be above 0")


def _celu(x: NDArray, alpha: float = 1.0) -> NDArray:
    _check_alpha(alpha)
    return pick(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


def _celu_slope(x: NDArray, alpha: float) -> NDArray:
    _check_alpha(alpha)
    return np.exp(np.minimum(x, 0) / alpha)


def _softsign(x: NDArray) -> NDArray:
    near = np.clip(x, -np.finfo(x.dtype).max, np.finfo(x.dtype).max)  # inf / inf would be NaN
    return near / (1 + np.abs(near))


sigmoid = Activation(
    "sigmoid",
    formula=r"1 \, / \, (1 + e^{-x})",
    value=_sigmoid,
    slope=_sigmoid_slope,
    range=(0.0, 1.0),
    source="Rumelhart, Hinton and Williams 1986, Nature 323, 533–536",
)
"""The logistic curve from 0 to 1."""

logsigmoid = Activation(
    "logsigmoid",
    formula=r"-\ln(1 + e^{-x})",
    value=lambda x: -_softplus(-x),
    slope=lambda x: _sigmoid(-x),
    range=(-INF, 0.0),
    source="The logarithm of the logistic curve, for likelihoods",
)
"""The logarithm of the sigmoid, finite where the sigmoid itself rounds to 0."""

tanh = Activation(
    "tanh",
    formula=r"\tanh x",
    value=lambda x: np.tanh(x),
    slope=_tanh_slope,
    range=(-1.0, 1.0),
    source="LeCun, Bottou, Orr and Müller 1998, Efficient BackProp, section 4.4",
)
"""The hyperbolic tangent: a sigmoid from −1 to 1 through 0."""

tanhshrink = Activation(
    "tanhshrink",
    formula=r"x - \tanh x",
    value=_tanhshrink,
    slope=lambda x: np.tanh(x) ** 2,
    range=(-INF, INF),
    source="The error that tanh makes as a copy of its input; PyTorch's function of the same name",
)
"""What tanh takes away: cubic around 0, a straight line far out."""

softsign = Activation(
    "softsign",
    formula=r"x \, / \, (1 + |x|)",
    value=_softsign,
    slope=lambda x: (1 / (1 + np.abs(x))) ** 2,
    range=(-1.0, 1.0),
    source="Bergstra et al. 2009, Quadratic polynomials learn better image features; "
    "Glorot and Bengio 2010, section 3",
)
"""Like tanh, but it nears ±1 as 1/x and not exponentially."""

softplus = Activation(
    "softplus",
    formula=r"\ln(1 + e^{\beta x}) \, / \, \beta",
    value=_softplus,
    slope=_softplus_slope,
    range=(0.0, INF),
    source="Dugas et al. 2000, Incorporating second-order functional knowledge, NIPS 13",
)
"""ReLU with a rounded corner; the larger `beta`, the sharper."""

elu = Activation(
    "elu",
    formula=r"\max(x, 0) + \alpha \, (e^{\min(x, 0)} - 1)",
    value=lambda x, alpha=1.0: pick(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    slope=lambda x, alpha: pick(x > 0, np.ones_like(x), alpha * np.exp(np.minimum(x, 0))),
    range=(-1.0, INF),
    kinks_for=lambda alpha: () if alpha == 1 else (0.0,),
    source="Clevert, Unterthiner and Hochreiter 2015, arXiv:1511.07289, section 3",
)
"""Linear above zero, an exponential down to −`alpha` below; a kink at 0 unless `alpha` is 1."""

celu = Activation(
    "celu",
    formula=r"\max(x, 0) + \alpha \, (e^{\min(x, 0) / \alpha} - 1)",
    value=_celu,
    slope=_celu_slope,
    range=(-1.0, INF),
    source="Barron 2017, Continuously differentiable exponential linear units, arXiv:1704.07483",
)
"""ELU with `alpha` in the exponent too: no kink, whatever `alpha` is."""

selu = Activation(
    "selu",
    formula=r"\lambda \, (\max(x, 0) + \alpha \, (e^{\min(x, 0)} - 1))",
    value=lambda x: SELU_SCALE * elu.value(x, SELU_ALPHA),
    slope=lambda x: SELU_SCALE * elu.slope(x, SELU_ALPHA),
    range=(-SELU_SCALE * SELU_ALPHA, INF),
    kinks=(0.0,),
    source="Klambauer et al. 2017, arXiv:1706.02515",
)
"""ELU with α ≈ 1.6733, scaled by λ ≈ 1.0507, so that mean 0 and variance 1 are kept."""

silu = Activation(
    "silu",
    formula=r"x \, / \, (1 + e^{-x})",
    value=_silu,
    slope=_silu_slope,
    range=(-0.2784645427610738, INF),
    source="Elfwing, Uchibe and Doya 2017, arXiv:1702.03118; as Swish: Ramachandran, Zoph and Le "
    "2017, arXiv:1710.05941",
)
"""x times its sigmoid."""

gelu = Activation(
    "gelu",
    formula=r"x \, \Phi(x)",
    value=_gelu,
    slope=_gelu_slope,
    range=(-0.1699712074799037, INF),
    source="Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2",
)
"""x times the chance that a standard normal number is below x; `approximate="tanh"` is faster."""

mish = Activation(
    "mish",
    formula=r"x \, \tanh(\ln(1 + e^x))",
    value=_mish,
    slope=_mish_slope,
    range=(-0.30884341301725043, INF),
    source="Misra 2019, arXiv:1908.08681",
)
"""x times the tanh of its softplus."""
