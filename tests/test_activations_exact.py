"""What holds for every activation of the registry: digits, limits, kinks, ranges, dtypes."""

import math
import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convnotes import activations
from convnotes.activations import ACTIVATIONS, COUPLED
from tests import activation_oracles as oracles

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
FLOATS = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
EXACT = pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-12), (np.float32, 3e-6)])
INF = math.inf
ALPHA, SCALE = float(oracles.ALPHA), float(oracles.SCALE)

# 0.1 apart, and beside the places where the code changes from one formula to another.
JOINTS = np.array([0.46875 * math.sqrt(2), 4 * math.sqrt(2), 1.0])
PLACES = np.concatenate(
    [np.linspace(-12, 12, 241), JOINTS - 1e-6, JOINTS + 1e-6, [-1e-3, -1e-8, 1e-8, 1e-3]]
)

# Values at −1e38 and 1e38, then slopes there: the limits, or the number itself where it fits.
LIMITS = {
    "relu": (0, 1e38, 0, 1),
    "leaky_relu": (-1e36, 1e38, 0.01, 1),
    "prelu": (-2.5e37, 1e38, 0.25, 1),
    "elu": (-1, 1e38, 0, 1),
    "celu": (-1, 1e38, 0, 1),
    "selu": (-SCALE * ALPHA, SCALE * 1e38, 0, SCALE),
    "gelu": (0, 1e38, 0, 1),
    "silu": (0, 1e38, 0, 1),
    "mish": (0, 1e38, 0, 1),
    "softplus": (0, 1e38, 0, 1),
    "squared_relu": (0, 1e76, 0, 2e38),
    "relu6": (0, 6, 0, 0),
    "hardswish": (0, 1e38, 0, 1),
    "hardsigmoid": (0, 1, 0, 0),
    "hardtanh": (-1, 1, 0, 0),
    "sigmoid": (0, 1, 0, 0),
    "tanh": (-1, 1, 0, 0),
    "softsign": (-1, 1, 0, 0),
    "logsigmoid": (-1e38, 0, 1, 0),
    "tanhshrink": (-1e38, 1e38, 1, 1),
    "softshrink": (-1e38, 1e38, 1, 1),
    "hardshrink": (-1e38, 1e38, 1, 1),
    "threshold": (0, 1e38, 0, 1),
    "binary_step": (0, 1, 0, 0),
    "identity": (-1e38, 1e38, 1, 1),
}

# PyTorch's derivative at each kink: hardswish as in its kernel since 2025 (x <= −3 and x >= 3).
AT_KINKS = {
    "relu": {0: 0},
    "leaky_relu": {0: 0.01},
    "prelu": {0: 0.25},
    "selu": {0: SCALE * ALPHA},
    "relu6": {0: 0, 6: 0},
    "hardswish": {-3: 0, 3: 1},
    "hardsigmoid": {-3: 0, 3: 0},
    "hardtanh": {-1: 0, 1: 0},
    "softshrink": {-0.5: 0, 0.5: 0},
    "hardshrink": {-0.5: 0, 0.5: 0},
    "threshold": {1: 0},
    "binary_step": {0: 0},
}


def test_every_activation_has_an_oracle_and_a_module_level_name():
    assert set(ACTIVATIONS) == set(oracles.VALUES) == set(LIMITS)
    assert set(COUPLED) == set(oracles.COUPLED)
    for name, activation in (ACTIVATIONS | COUPLED).items():
        assert activation.name == name
        assert getattr(activations, name) is activation
        assert name in activations.__all__
        assert activation.source


def _error(found, expected):
    """The largest error: relative where the true number is above 1, absolute elsewhere."""
    expected = np.array(expected)
    return np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)))


@EVERY
@EXACT
def test_values_have_the_digits_of_a_hundred_digit_computation(activation, dtype, bound):
    x = PLACES.astype(dtype)
    expected = [oracles.value(activation.name, float(number)) for number in x]
    assert _error(activation(x).astype(float), expected) <= bound


@EVERY
@EXACT
def test_slopes_have_the_digits_of_a_hundred_digit_computation(activation, dtype, bound):
    x = PLACES.astype(dtype)
    x = x[~np.isin(x, activation.kinks)]
    expected = [oracles.slope(activation.name, float(number)) for number in x]
    assert _error(activation.derivative(x).astype(float), expected) <= bound


@pytest.mark.parametrize(
    "name", ["sigmoid", "logsigmoid", "softplus", "silu", "gelu", "mish", "elu", "tanhshrink"]
)
def test_small_values_keep_their_digits_too(name):
    x = np.array([-12.5, -1e-3, -1e-9, 1e-9, 1e-3, 0.7, 12.5])
    expected = [oracles.value(name, float(number)) for number in x]
    assert_allclose(ACTIVATIONS[name](x), expected, rtol=1e-13, atol=0)


@EVERY
def test_derivative_is_the_slope_of_the_value_between_the_kinks(activation):
    x, step = np.linspace(-12, 12, 1601), 1e-3
    x = x[[min(abs(number - kink) for kink in (*activation.kinks, 0)) > 0.01 for number in x]]
    near = activation(x + step) - activation(x - step)
    far = activation(x + 2 * step) - activation(x - 2 * step)
    slopes = (8 * near - far) / (12 * step)
    assert_allclose(activation.derivative(x), slopes, rtol=1e-10, atol=1e-10)


@EVERY
def test_kinks_are_exactly_the_places_where_slope_or_value_jumps(activation):
    x = np.arange(-16, 17) / 2  # all kinks lie on halves
    step = 1e-6
    left = (activation(x) - activation(x - step)) / step
    right = (activation(x + step) - activation(x)) / step
    assert_array_equal(x[np.abs(right - left) > 1e-3], activation.kinks)


@pytest.mark.parametrize("name", AT_KINKS)
def test_derivative_at_a_kink_is_the_slope_beside_it_that_pytorch_gives(name):
    activation = ACTIVATIONS[name]
    assert set(AT_KINKS[name]) == set(activation.kinks)
    for kink, expected in AT_KINKS[name].items():
        slope = activation.derivative(float(kink))
        assert_allclose(slope, expected, rtol=1e-15)
        beside = activation.derivative([kink - 1e-9, kink + 1e-9])
        assert np.abs(beside - slope).min() < 1e-8


def test_table_of_kinks_is_complete():
    assert set(AT_KINKS) == {name for name, item in ACTIVATIONS.items() if item.kinks}


@EVERY
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_limits_without_warning(activation, dtype, rtol):
    low, high, low_slope, high_slope = LIMITS[activation.name]
    x = np.array([-1e38, 1e38], dtype=dtype)
    with np.errstate(over="ignore"):
        expected = np.array([low, high]).astype(dtype)  # 1e76 is infinity in float32
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("error")
        assert_allclose(activation(x), expected, rtol=rtol)
        assert_allclose(activation.derivative(x), [low_slope, high_slope], rtol=rtol, atol=1e-70)


@EVERY
@FLOATS
def test_infinity_and_nan_propagate_without_warning(activation, dtype):
    low, high, low_slope, high_slope = LIMITS[activation.name]
    x = np.array([-np.inf, np.inf, np.nan], dtype=dtype)
    expected = [-INF if low < -1e30 else low, INF if high > 1e30 else high, math.nan]
    assert_allclose(activation(x), expected, rtol=1e-3)
    high_slope = INF if high_slope > 1e30 else high_slope
    assert_allclose(activation.derivative(x), [low_slope, high_slope, math.nan], rtol=1e-3)


@EVERY
@FLOATS
def test_dtype_and_shape_are_kept_and_the_input_is_not_changed(activation, dtype):
    x = np.linspace(-20, 20, 12).astype(dtype).reshape(1, 3, 2, 2)
    before = x.copy()
    x.setflags(write=False)
    for result in (activation(x), activation.derivative(x)):
        assert result.dtype == dtype
        assert result.shape == x.shape
        assert not np.shares_memory(result, x)
    assert_array_equal(x, before)


@EVERY
def test_float16_is_the_rounded_float64(activation):
    x = np.linspace(-12, 12, 97).astype(np.float16)
    exact = activation(x.astype(np.float64))
    assert_allclose(activation(x), exact, rtol=1e-3, atol=1e-6)


@EVERY
def test_integers_numbers_lists_and_empty_arrays(activation):
    assert activation(np.array([-2, 3])).dtype == np.float64
    assert_array_equal(activation([-2, 3]), activation(np.array([-2.0, 3.0])))
    assert np.ndim(activation(2)) == 0
    assert isinstance(activation(np.float32(2)), np.float32)
    assert activation(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert activation.derivative(np.zeros((0, 3))).shape == (0, 3)


@EVERY
def test_range_holds_and_its_bounds_are_reached_or_neared(activation):
    low, high = activation.range
    values = activation(np.concatenate([np.linspace(-12, 12, 240_001), [-1e38, 1e38]]))
    assert values.min() >= low - 1e-12
    assert values.max() <= high + 1e-12
    assert values.min() <= low + 1e-9 if math.isfinite(low) else values.min() < -1e35
    assert values.max() >= high - 1e-9 if math.isfinite(high) else values.max() > 1e35


def _as_python(formula):
    """Translate the formulas' few signs: enough for these, not LaTeX."""
    for pattern, python in [
        (r"\[\\,", "["), (r"\\,\]", "]"),  # thin spaces that aren't products
        (r" \\, / \\, ", "/"), (r" \\, ", "*"), (r"\\beta x", "beta*x"),
        (r"e\^\{(.+?)\}", r"exp(\1)"), (r"e\^x", "exp(x)"), (r"\^2", "**2"),
        (r"\\tanh x", "tanh(x)"),
        (r"\|x\|", "abs(x)"), (r"\[(.+?)\]", r"(\1)"), (r"\\leq", "<="), (r"\\geq", ">="),
        (r"\\lambda", "lambd"), (r"\\", ""),
    ]:  # fmt: skip
        formula = re.sub(pattern, python, formula)
    return formula


@EVERY
def test_formula_says_what_the_value_is(activation):
    options = activation.parameters
    letters = {
        "a": options.get("negative_slope"), "w": options.get("weight"),
        "alpha": options.get("alpha", ALPHA), "beta": options.get("beta"),
        "lambd": options.get("lambd", SCALE), "t": options.get("threshold"),
        "v": options.get("value"), "Phi": lambda x: math.erfc(-x / math.sqrt(2)) / 2,
        "exp": math.exp, "ln": math.log, "tanh": math.tanh, "min": min, "max": max, "abs": abs,
    }  # fmt: skip
    for x in (-7.3, -2.6, -0.8, -0.2, 0.0, 0.3, 0.9, 2.2, 6.7):
        expected = float(eval(_as_python(activation.formula), letters | {"x": x}))
        assert activation(x) == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("activation", [*ACTIVATIONS.values(), *COUPLED.values()])
def test_formula_can_be_drawn(activation):
    figure = plt.figure("a formula")
    figure.text(0, 0, f"${activation.formula}$")
    figure.canvas.draw()
