"""Dead units, saturation, and the gain with the variance experiment behind it."""

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad

from convnotes.activations import ACTIVATIONS, Activation, dead_units, gain, relu, saturation

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)


def test_dead_means_zero_on_every_input():
    layer = [[0.0, 2.0, 0.0, -0.0], [0.0, 0.0, math.nan, 0.0]]
    assert_array_equal(dead_units(layer), [True, False, False, True])
    assert_array_equal(dead_units(np.transpose(layer), axis=0), dead_units(layer))


def test_a_channel_is_one_unit():
    maps = np.zeros((2, 3, 4, 5))
    maps[1, 2, 3, 4] = 1e-300
    assert_array_equal(dead_units(maps), [True, True, False])
    assert dead_units(np.zeros((2, 0, 4))).shape == (0,)


def test_dead_units_names_wrong_arguments():
    with pytest.raises(ValueError, match=r"axis=1 is outside activations of shape \(3,\)"):
        dead_units(np.zeros(3))
    with pytest.raises(ValueError, match=r"activations of shape \(0, 3\) hold no input"):
        dead_units(np.zeros((0, 3)))
    with pytest.raises(TypeError, match=r"axis=0\.5 must be a whole number"):
        dead_units(np.zeros((2, 3)), axis=0.5)
    with pytest.raises(TypeError, match="activations must be real, not complex128"):
        dead_units(np.zeros((2, 3), complex))


def test_saturation_is_the_share_of_flat_places():
    # sech² x = 0.01 at x = arcosh 10 = 2.9932
    assert saturation("tanh", [-2.9933, -2.9931, 0.0, 2.9933]) == 0.5
    assert saturation(relu, [[-1.0, 2.0], [0.0, 3.0]]) == 0.5
    assert saturation("sigmoid", [0.0, 1.0], flat=0.25) == 1
    assert saturation("sigmoid", [math.nan, 50.0]) == 0.5
    assert saturation("binary_step", [-1.0, 2.0]) == 1


@pytest.mark.parametrize("unknown", ["rleu", 3, ["relu"], None])
def test_an_unknown_activation_is_named(unknown):
    message = f"activation={unknown!r} is none of relu, leaky_relu".replace("[", r"\[")
    with pytest.raises(ValueError, match=message):
        saturation(unknown, [1.0])
    with pytest.raises(ValueError, match=message):
        gain(unknown)


def test_saturation_names_wrong_arguments():
    with pytest.raises(ValueError, match=r"x of shape \(0,\) is empty"):
        saturation("relu", [])
    with pytest.raises(ValueError, match=r"flat=-0\.1 must be at least 0"):
        saturation("relu", [1.0], flat=-0.1)
    with pytest.raises(TypeError, match="flat='steep' must be a real number"):
        saturation("relu", [1.0], flat="steep")


def _gain_by_quadrature(activation, kinks, **options):
    def weighted(z):
        value = float(activation(z, **options))
        return value**2 * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

    edges = [-14.0, *sorted({*kinks, 0.0}), 14.0]
    return sum(quad(weighted, a, b, epsabs=1e-14)[0] for a, b in pairwise(edges)) ** -0.5


@EVERY
def test_gain_is_one_over_the_root_mean_square(activation):
    expected = _gain_by_quadrature(activation, activation.kinks)
    assert_allclose(gain(activation), expected, rtol=1e-10)
    assert gain(activation.name) == gain(activation)


@pytest.mark.parametrize(
    ("name", "options", "kinks"),
    [
        ("hardtanh", {"min_val": -0.4, "max_val": 2.2}, (-0.4, 2.2)),
        ("softshrink", {"lambd": 1.3}, (-1.3, 1.3)),
        ("hardshrink", {"lambd": 1.3}, (-1.3, 1.3)),
        ("threshold", {"threshold": -0.73, "value": 2.0}, (-0.73,)),
        ("elu", {"alpha": 1.7}, ()),
        ("prelu", {"weight": -0.5}, ()),
    ],
)
def test_gain_follows_the_kinks_that_options_move(name, options, kinks):
    expected = _gain_by_quadrature(ACTIVATIONS[name], kinks, **options)
    assert_allclose(gain(name, **options), expected, rtol=1e-10)


def test_gains_known_in_closed_form():
    assert_allclose(gain("identity"), 1, rtol=1e-12)
    assert_allclose(gain("relu"), math.sqrt(2), rtol=1e-12)
    assert_allclose(gain("leaky_relu", negative_slope=0.2), math.sqrt(2 / 1.04), rtol=1e-12)
    assert_allclose(gain("prelu", weight=-1), 1, rtol=1e-12)
    assert_allclose(gain("squared_relu"), math.sqrt(2 / 3), rtol=1e-12)
    assert_allclose(gain("binary_step"), math.sqrt(2), rtol=1e-12)
    assert_allclose(gain("selu"), 1, rtol=1e-12)
    assert gain("softshrink", lambd=100) == math.inf


def test_gain_names_wrong_options():
    with pytest.raises(TypeError, match="slope=1: relu takes no options"):
        gain("relu", slope=1)
    with pytest.raises(TypeError, match="lambd='a' must be a real number"):
        gain("softshrink", lambd="a")
    with pytest.raises(ValueError, match=r"lambd=-1\.0 must be at least 0"):
        gain("softshrink", lambd=-1.0)


def test_gain_takes_an_activation_of_your_own():
    double = Activation(
        "double", formula="2x", value=lambda x: 2 * x, slope=lambda x: 2 + 0 * x,
        range=(-math.inf, math.inf), source="this test",
    )  # fmt: skip
    assert_allclose(gain(double), 0.5, rtol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gain_keeps_the_variance_of_the_next_layer(name):
    rng = np.random.default_rng(3)
    z = rng.normal(size=(400, 1000))
    weight = rng.normal(size=(1000, 400)) * gain(name) / math.sqrt(1000)
    next_layer = ACTIVATIONS[name](z) @ weight
    tolerance = 0.1 if name in ("threshold", "squared_relu", "tanhshrink") else 0.02  # heavy tails
    assert_allclose(next_layer.std(), 1, rtol=tolerance)
