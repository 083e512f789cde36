"""Identities between activations, published numbers, and the error function."""

import math

import numpy as np
import pytest
import scipy.special
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad

from convnotes.activations import (
    binary_step,
    celu,
    elu,
    erf,
    erfc,
    gelu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    softshrink,
    softsign,
    squared_relu,
    tanh,
    tanhshrink,
    threshold,
)

INF = math.inf

# Two functions that are one and the same.
SAME = {
    "softplus' = sigmoid": (softplus.derivative, sigmoid),
    "logsigmoid' = sigmoid of −x": (logsigmoid.derivative, lambda x: sigmoid(-x)),
    "logsigmoid = −softplus of −x": (logsigmoid, lambda x: -softplus(-x)),
    "logsigmoid = log sigmoid": (lambda x: np.exp(logsigmoid(x)), sigmoid),
    "sigmoid + sigmoid of −x = 1": (lambda x: sigmoid(x) + sigmoid(-x), np.ones_like),
    "sigmoid' = s (1 − s)": (sigmoid.derivative, lambda x: sigmoid(x) * sigmoid(-x)),
    "tanh is a stretched sigmoid": (tanh, lambda x: 2 * sigmoid(2 * x) - 1),
    "tanh' = 1 − tanh²": (tanh.derivative, lambda x: 1 - tanh(x) ** 2),
    "tanhshrink' = tanh²": (tanhshrink.derivative, lambda x: tanh(x) ** 2),
    "tanhshrink + tanh = x": (lambda x: tanhshrink(x) + tanh(x), lambda x: x),
    "relu of x − relu of −x = x": (lambda x: relu(x) - relu(-x), lambda x: x),
    "silu of x − silu of −x = x": (lambda x: silu(x) - silu(-x), lambda x: x),
    "gelu of x − gelu of −x = x": (lambda x: gelu(x) - gelu(-x), lambda x: x),
    "softplus of x − of −x = x": (lambda x: softplus(x) - softplus(-x), lambda x: x),
    "mish = x tanh softplus": (mish, lambda x: x * tanh(softplus(x))),
    "silu = x sigmoid": (silu, lambda x: x * sigmoid(x)),
    "hardswish = x hardsigmoid": (hardswish, lambda x: x * hardsigmoid(x)),
    "elu' = elu + 1 below 0": (elu.derivative, lambda x: np.minimum(elu(x), 0) + 1),
    "celu is elu at alpha 1": (celu, elu),
    "celu is elu with x and value scaled": (
        lambda x: celu(x, alpha=2.5),
        lambda x: 2.5 * elu(x / 2.5),
    ),
    "selu is elu, scaled": (
        selu,
        lambda x: 1.0507009873554805 * elu(x, alpha=1.6732632423543772),
    ),
    "prelu at 0.01 is leaky": (lambda x: prelu(x, weight=0.01), leaky_relu),
    "leaky at 0 is relu": (lambda x: leaky_relu(x, negative_slope=0), relu),
    "threshold at 0 is relu": (lambda x: threshold(x, threshold=0), relu),
    "relu' · x = relu": (lambda x: relu.derivative(x) * x, relu),
    "relu = x step": (relu, lambda x: x * binary_step(x)),
    "squared relu = relu²": (squared_relu, lambda x: relu(x) ** 2),
    "squared relu' = 2 relu": (squared_relu.derivative, lambda x: 2 * relu(x)),
    "relu6 = 6 hardsigmoid of x − 3": (relu6, lambda x: 6 * hardsigmoid(x - 3)),
    "softshrink + hardtanh = x": (
        lambda x: softshrink(x, lambd=0.8) + hardtanh(x, min_val=-0.8, max_val=0.8),
        lambda x: x,
    ),
    "softshrink = relu − relu": (softshrink, lambda x: relu(x - 0.5) - relu(-x - 0.5)),
    "hardshrink = softshrink ± λ": (
        hardshrink,
        lambda x: softshrink(x) + 0.5 * np.sign(softshrink(x)),
    ),
    "softsign is odd": (softsign, lambda x: -softsign(-x)),
    "erf is odd": (erf, lambda x: -erf(-x)),
    "erf + erfc = 1": (lambda x: erf(x) + erfc(x), np.ones_like),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_two_ways_to_say_one_thing(one, other):
    x = np.concatenate([np.linspace(-50, 50, 4001), [-1e-9, 1e-9, -1e3, 1e3]])
    assert_allclose(one(x), other(x), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("beta", [0.1, 1, 7.3, 1e3])
def test_softplus_is_at_most_ln_2_over_beta_above_relu(beta):
    x = np.linspace(-50, 50, 4001)
    above = softplus(x, beta=beta) - relu(x)
    assert above.min() >= -1e-14
    assert above.max() <= math.log(2) / beta * (1 + 1e-12)


@pytest.mark.parametrize("x", [-3.0, -0.6, -0.2, 0.0, 0.45, 0.7, 2.5])
def test_shrinks_are_the_best_trades_of_error_against_size(x):
    # The u that makes ½(u − x)² + λ|u| least is soft; with λ²/2 for a u that isn't 0, it is hard.
    u = np.append(np.linspace(-4, 4, 8001), x)
    error = (u - x) ** 2 / 2
    assert_allclose(u[np.argmin(error + 0.5 * np.abs(u))], softshrink(x), atol=1e-3)
    assert_allclose(u[np.argmin(error + 0.125 * (u != 0))], hardshrink(x), atol=1e-12)


def test_values_and_slopes_agree_with_scipy():
    x = np.linspace(-40, 40, 2001)
    assert_allclose(sigmoid(x), scipy.special.expit(x), rtol=1e-13)
    assert_allclose(logsigmoid(x), scipy.special.log_expit(x), rtol=1e-13)
    assert_allclose(gelu(x), x * scipy.special.ndtr(x), rtol=1e-12, atol=1e-300)
    assert_allclose(softplus.derivative(x), scipy.special.expit(x), rtol=1e-13)
    assert_allclose(tanh.derivative(x), np.cosh(x) ** -2.0, rtol=1e-13)


def test_published_extremes():
    x = np.linspace(-3, 5, 160_001)
    for activation, place, lowest in [(gelu, -0.7518, -0.16997), (silu, -1.2785, -0.27846)]:
        values = activation(x)
        assert_allclose([x[values.argmin()], values.min()], [place, lowest], atol=6e-5)
    assert_allclose(silu.derivative(x).max(), 1.09984, atol=1e-5)
    assert_allclose(x[silu.derivative(x).argmax()], 2.3994, atol=1e-3)


def test_tanh_form_of_gelu_is_near_but_not_equal():
    x = np.linspace(-12, 12, 24_001)
    gap = np.abs(gelu(x, approximate="tanh") - gelu(x)).max()
    assert 4.7e-4 < gap < 4.8e-4


def test_selu_keeps_mean_0_and_variance_1():
    def moment(power):
        def weighted(z):
            value = z if z > 0 else 1.6732632423543772 * math.expm1(z)
            density = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
            return (1.0507009873554805 * value) ** power * density

        return quad(weighted, -14, 0, epsabs=1e-13)[0] + quad(weighted, 0, 14, epsabs=1e-13)[0]

    assert_allclose([moment(1), moment(2)], [0, 1], atol=1e-12)
    assert_allclose(selu([-1.0, 1.0]), [1.0507009873554805 * 1.6732632423543772 * math.expm1(-1),
                                        1.0507009873554805])  # fmt: skip


def test_erf_and_erfc_agree_with_scipy():
    edges = [0.46875, 4.0]
    joints = [np.nextafter(edge, side) for edge in edges for side in (0, 9)]
    x = np.concatenate([np.linspace(-30, 30, 60_001), np.logspace(-300, 0, 300), joints])
    assert_allclose(erf(x), scipy.special.erf(x), rtol=2e-15)
    assert_allclose(erfc(x), scipy.special.erfc(x), rtol=2e-13, atol=1e-300)


def test_erf_keeps_float32_and_reaches_its_limits():
    x = np.linspace(-6, 6, 1001, dtype=np.float32)
    assert erf(x).dtype == erfc(x).dtype == np.float32
    assert_allclose(erf(x), scipy.special.erf(x.astype(float)), rtol=5e-7)
    assert_array_equal(erf([-INF, -1e300, 0.0, 1e300, INF, math.nan]), [-1, -1, 0, 1, 1, math.nan])
    assert_array_equal(erfc([-INF, -1e300, 0.0, 1e300, INF, math.nan]), [2, 2, 1, 0, 0, math.nan])
