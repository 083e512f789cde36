"""The options of the activations: what they mean, and how a wrong one is refused."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.activations import (
    ACTIVATIONS,
    celu,
    elu,
    gelu,
    hardshrink,
    hardtanh,
    leaky_relu,
    prelu,
    relu,
    softplus,
    softshrink,
    threshold,
)

OTHER_OPTIONS = pytest.mark.parametrize(
    ("activation", "options", "kinks"),
    [
        (gelu, {"approximate": "tanh"}, ()),
        (leaky_relu, {"negative_slope": 0.3}, (0,)),
        (prelu, {"weight": -0.5}, (0,)),
        (elu, {"alpha": 1.7}, (0,)),
        (celu, {"alpha": 2.5}, ()),
        (softplus, {"beta": 3.0}, ()),
        (hardtanh, {"min_val": -0.4, "max_val": 2.2}, (-0.4, 2.2)),
        (softshrink, {"lambd": 1.3}, (-1.3, 1.3)),
        (hardshrink, {"lambd": 1.3}, (-1.3, 1.3)),
        (threshold, {"threshold": -0.7, "value": 2.0}, (-0.7,)),
    ],
)


def test_every_option_is_tried():
    tried = {(mark[0].name, *mark[1]) for mark in OTHER_OPTIONS.args[1]}
    assert tried == {(f.name, *f.parameters) for f in ACTIVATIONS.values() if f.parameters}


@OTHER_OPTIONS
def test_options_reach_value_and_derivative(activation, options, kinks):
    x, step = np.linspace(-5, 5, 1001) + 0.005, 1e-4  # kinks lie in the middle between two
    near = activation(x + step, **options) - activation(x - step, **options)
    far = activation(x + 2 * step, **options) - activation(x - 2 * step, **options)
    slopes = (8 * near - far) / (12 * step)
    assert_allclose(activation.derivative(x, **options), slopes, rtol=1e-9, atol=1e-9)
    assert not np.allclose(activation(x, **options), activation(x), atol=1e-5)
    if activation.kinks_for:
        assert activation.kinks_for(**options) == kinks
        assert activation.kinks_for(**activation.parameters) == activation.kinks


def test_options_mean_what_their_papers_say():
    assert_allclose(elu([-1.0, 2.0], alpha=3.0), [3 * (math.exp(-1) - 1), 2])
    assert_allclose(celu([-1.0, 2.0], alpha=3.0), [3 * (math.exp(-1 / 3) - 1), 2])
    assert_allclose(softplus([0.5], beta=4.0), [math.log(1 + math.exp(2)) / 4])
    assert_allclose(leaky_relu([-2.0], negative_slope=0.25), [-0.5])
    assert_array_equal(hardtanh([-9.0, 1.5, 9.0], min_val=1, max_val=2), [1, 1.5, 2])
    assert_array_equal(softshrink([-3.0, 0.9, 1.0, 1.5], lambd=1), [-2, 0, 0, 0.5])
    assert_array_equal(hardshrink([-3.0, 0.9, 1.0, 1.5], lambd=1), [-3, 0, 0, 1.5])
    assert_array_equal(threshold([0.4, 0.5, 0.6], threshold=0.5, value=-7), [-7, -7, 0.6])
    inner = math.sqrt(2 / math.pi) * (0.7 + 0.044715 * 0.7**3)
    assert_allclose(gelu([0.7], approximate="tanh"), [0.35 * (1 + math.tanh(inner))])


@pytest.mark.parametrize("shrink", [softshrink, hardshrink])
def test_a_shrink_by_nothing_is_the_identity(shrink):
    x = np.array([-2.0, 0.0, 1e-300, 3.0])
    assert_array_equal(shrink(x, lambd=0), x)
    assert_array_equal(shrink.derivative(x, lambd=0), [1, 1, 1, 1])
    assert shrink.kinks_for(lambd=0) == ()


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_prelu_takes_one_slope_for_each_channel(shape):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    slopes = np.array([0.1, -0.2, 3.0])
    for method in (prelu, prelu.derivative):
        result = method(x, weight=slopes)
        assert result.dtype == np.float32
        for channel, slope in enumerate(slopes):
            expected = method(x[:, channel], weight=float(slope))
            assert_allclose(result[:, channel], expected, rtol=1e-6)


def test_prelu_refuses_slopes_that_fit_no_channel():
    message = r"weight of shape \(2,\) must be a number, .* x of shape \(4, 3\)"
    with pytest.raises(ValueError, match=message):
        prelu(np.zeros((4, 3)), weight=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"weight of shape \(3,\) .* x of shape \(3,\)"):
        prelu.derivative(np.zeros(3), weight=[0.1, 0.2, 0.3])


def test_infinity_times_an_option_of_0_is_nan_without_a_warning():
    assert_array_equal(leaky_relu([-math.inf, 1.0], negative_slope=0), [math.nan, 1])


@pytest.mark.parametrize("method", [relu, relu.derivative])
def test_wrong_input_is_named(method):
    with pytest.raises(TypeError, match="x must be real, not complex128"):
        method([1j])
    with pytest.raises(TypeError, match="x must be an array of numbers, not of dtype <U"):
        method(["one"])
    with pytest.raises(TypeError, match=r"alpha=2: relu takes no options"):
        method([1.0], alpha=2)


@pytest.mark.parametrize(
    ("activation", "options", "message"),
    [
        (leaky_relu, {"slope": 0.1}, "slope=0.1: leaky_relu takes negative_slope"),
        (leaky_relu, {"negative_slope": "a"}, "negative_slope='a' must be a real number"),
        (leaky_relu, {"negative_slope": [0.1, 0.2]}, r"negative_slope=\[0.1, 0.2\] must be a real"),
        (prelu, {"weight": None}, "weight=None must be a real number"),
        (gelu, {"approximate": "sigmoid"}, "approximate='sigmoid' must be"),
        (gelu, {"approximate": True}, "approximate=True must be"),
        (softplus, {"beta": 0.0}, "beta=0.0 must be above 0"),
        (softplus, {"beta": math.nan}, "beta=nan must be above 0"),
        (celu, {"alpha": 0.0}, "alpha=0.0 must be above 0"),
        (hardtanh, {"min_val": 2.0}, "min_val=2.0 must be below max_val=1.0"),
        (softshrink, {"lambd": -1.0}, "lambd=-1.0 must be at least 0"),
        (hardshrink, {"lambd": math.nan}, "lambd=nan must be at least 0"),
        (threshold, {"value": 1j}, "value=1j must be a real number"),
    ],
)
def test_wrong_options_are_named_by_value_and_derivative(activation, options, message):
    for method in (activation, activation.derivative):
        with pytest.raises((TypeError, ValueError), match=message):
            method([1.0], **options)
