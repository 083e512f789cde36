"""Softmax, maxout and the gated units: values, gradients, Jacobians, extremes, refusals."""

import math
import warnings

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.activations import (
    ACTIVATIONS,
    COUPLED,
    geglu,
    glu,
    log_softmax,
    maxout,
    reglu,
    relu,
    silu,
    softmax,
    squared_relu,
    swiglu,
)
from tests import activation_oracles as oracles

EVERY = pytest.mark.parametrize("function", COUPLED.values(), ids=COUPLED)
GATES = pytest.mark.parametrize(
    ("unit", "gate"), [(glu, "sigmoid"), (reglu, "relu"), (geglu, "gelu"), (swiglu, "silu")]
)
INF = math.inf


def _slices(dtype=np.float64):
    return np.random.default_rng(0).uniform(-12, 12, size=(20, 6)).astype(dtype)


@EVERY
@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_values_and_slopes_have_the_digits_of_a_hundred_digit_computation(function, dtype, bound):
    x = _slices(dtype)
    values = [oracles.coupled_values(function.name, x_i) for x_i in x]
    slopes = [oracles.coupled_slopes(function.name, x_i) for x_i in x]
    assert function(x).dtype == function.jacobian(x).dtype == dtype
    for found, expected in [(function(x), values), (function.jacobian(x), slopes)]:
        size = np.maximum(1, np.abs(expected))
        assert np.max(np.abs(found.astype(float) - expected) / size) <= bound


@EVERY
def test_gradient_is_the_slope_of_a_loss(function):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 6, 3))
    weight = rng.normal(size=function(x, axis=1).shape)
    measured = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        change = function(x + step, axis=1) - function(x - step, axis=1)
        measured[place] = np.sum(weight * change) / 2e-6
    assert_allclose(function.gradient(x, weight, axis=1), measured, rtol=1e-7, atol=1e-8)


@EVERY
@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
def test_every_axis_is_the_last_one_moved(function, axis):
    x = np.random.default_rng(2).normal(size=(2, 4, 6))
    moved = np.moveaxis(x, axis, -1)
    outputs = function(x, axis=axis)
    grad_output = np.random.default_rng(3).normal(size=outputs.shape)
    assert_array_equal(np.moveaxis(outputs, axis, -1), function(moved))
    assert_array_equal(function.jacobian(x, axis=axis), function.jacobian(moved))
    back = function.gradient(x, grad_output, axis=axis)
    assert back.shape == x.shape
    expected = function.gradient(moved, np.moveaxis(grad_output, axis, -1))
    assert_array_equal(np.moveaxis(back, axis, -1), expected)


@EVERY
def test_gradient_is_the_jacobian_transposed_times_the_upstream_gradient(function):
    x = _slices()
    grad_output = np.random.default_rng(4).normal(size=function(x).shape)
    by_matrix = np.einsum("noi,no->ni", function.jacobian(x), grad_output)
    assert_allclose(function.gradient(x, grad_output), by_matrix, rtol=1e-12, atol=1e-12)


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_nan_and_no_warning_far_out(function, dtype):
    x = np.array([[1e38, -1e38, -1e38, 1e38], [-1e38] * 4, [1e38] * 4, [0, 0, -1e38, 1e38]], dtype)
    low, high = function.range
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("error")
        values, slopes = function(x), function.jacobian(x)
    assert values.dtype == slopes.dtype == dtype
    assert not np.isnan(values).any()
    assert not np.isnan(slopes).any()
    assert np.all((low <= values) & (values <= high))


@EVERY
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept_and_the_input_is_not_changed(function, dtype):
    x = np.random.default_rng(5).normal(size=(3, 4)).astype(dtype)
    x.setflags(write=False)
    outputs = function(x)
    assert outputs.dtype == function.gradient(x, outputs).dtype == dtype
    assert function.jacobian(x).dtype == dtype
    assert function([[1, 2]]).dtype == np.float64
    assert_allclose(outputs, function(x.astype(np.float64)), rtol=2e-3, atol=1e-3)


@EVERY
def test_empty_inputs(function):
    no_slice = np.zeros((0, 4), np.float32)
    assert function(no_slice).shape[0] == 0
    assert function.gradient(no_slice, function(no_slice)).shape == (0, 4)
    no_length = np.zeros((3, 0))
    assert function(no_length).shape == (3, 0)
    assert function.gradient(no_length, np.zeros((3, 0))).shape == (3, 0)
    assert function.jacobian(no_length).shape == (3, 0, 0)


@EVERY
def test_wrong_arguments_are_named(function):
    for method in (function, function.jacobian):
        with pytest.raises(ValueError, match=r"axis=2 is outside x of shape \(3, 4\)"):
            method(np.zeros((3, 4)), axis=2)
        with pytest.raises(ValueError, match=r"axis=-1 is outside x of shape \(\)"):
            method(1.0)
        with pytest.raises(TypeError, match=r"axis=1\.5 must be a whole number"):
            method(np.zeros((3, 4)), axis=1.5)
        with pytest.raises(TypeError, match="x must be real, not complex128"):
            method([1j, 2j])
        with pytest.raises(TypeError, match=f"dim=1: {function.name} takes"):
            method([1.0, 2.0], dim=1)
    outputs = function(np.zeros((3, 4)))
    with pytest.raises(ValueError, match=r"grad_output of shape \(2,\) must have the outputs'"):
        function.gradient(np.zeros((3, 4)), outputs[0, :1].repeat(2))
    with pytest.raises(TypeError, match="grad_output must be an array of numbers, not of dtype <U"):
        function.gradient(np.zeros((3, 4)), outputs.astype(str))


# ---- softmax


@given(
    arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e4, 1e4)),
    st.floats(-1e3, 1e3),
)
def test_softmax_gives_shares_and_ignores_a_shift(x, shift):
    shares = softmax(x)
    assert_allclose(shares.sum(axis=-1), 1, rtol=1e-12)
    assert shares.min() >= 0
    assert_allclose(softmax(x + shift), shares, atol=1e-11)
    assert_allclose(softmax.jacobian(x).sum(axis=-1), 0, atol=1e-12)


@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
def test_softmax_and_its_logarithm_agree_with_scipy(axis):
    x = np.random.default_rng(0).normal(size=(2, 3, 5)) * 50
    assert_allclose(softmax(x, axis=axis), scipy.special.softmax(x, axis=axis), rtol=1e-12)
    assert_allclose(log_softmax(x, axis=axis), scipy.special.log_softmax(x, axis=axis), rtol=1e-12)


def test_jacobians_in_closed_form():
    x = np.array([1.0, -0.5, 2.0])
    p = scipy.special.softmax(x)
    assert_allclose(softmax.jacobian(x), np.diag(p) - np.outer(p, p), rtol=1e-13, atol=1e-16)
    assert_allclose(log_softmax.jacobian(x), np.eye(3) - p, rtol=1e-13)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_gradients_in_float16_sum_more_ones_than_float16_can_hold(function):
    # Seventy thousand equal scores have equal shares, and equal upstream slopes cancel.
    scores, upstream = np.zeros((2, 70_000), np.float16), np.ones((2, 70_000), np.float16)
    slopes = function.gradient(scores, upstream)
    assert slopes.dtype == np.float16
    assert_allclose(slopes, 0, atol=1e-6)


def test_softmax_extremes():
    assert_array_equal(softmax([1e38, -1e38, 1e38]), [0.5, 0, 0.5])
    assert_array_equal(softmax(np.float32([3e38, -3e38])), np.float32([1, 0]))
    assert_array_equal(log_softmax([0.0, -1e38]), [0, -1e38])
    assert_array_equal(softmax([0.0, -INF]), [1, 0])
    assert_array_equal(log_softmax([0.0, -INF]), [0, -INF])
    assert np.isnan(softmax([[0.0, INF], [-INF, -INF], [math.nan, 0.0]])).all()
    assert np.isnan(log_softmax([[0.0, INF], [-INF, -INF], [math.nan, 0.0]])).all()
    assert_array_equal(softmax.gradient([1e38, -1e38], [3.0, 5.0]), [0, 0])
    assert_array_equal(log_softmax.gradient([1e38, -1e38], [3.0, 5.0]), [-5, 5])


# ---- maxout


def test_maxout_takes_neighbours():
    assert_array_equal(maxout([1, 2, 3, 9, 8, 7], pieces=3), [3, 9])
    assert_array_equal(maxout([1, 2, 3, 9, 8, 7], pieces=2), [2, 9, 8])
    assert_array_equal(maxout([1.0, math.nan, 3.0, 4.0]), [math.nan, 4])
    assert maxout.parameters == {"pieces": 2}


@given(arrays(np.float64, (3, 5), elements=st.floats(-1e6, 1e6)))
def test_maxout_of_one_piece_changes_nothing_and_of_x_and_0_is_relu(x):
    assert_array_equal(maxout(x, pieces=1), x)
    assert_array_equal(maxout(np.stack([x, np.zeros_like(x)], axis=-1))[..., 0], relu(x))


def test_between_equals_the_slope_of_maxout_is_at_the_first():
    assert_array_equal(maxout.jacobian([2.0, 2.0, 2.0], pieces=3), [[1, 0, 0]])
    assert_array_equal(maxout.gradient([0.0, 0.0, 1.0, 1.0], [5.0, 7.0]), [5, 0, 7, 0])


@pytest.mark.parametrize(
    ("pieces", "error", "message"),
    [
        (3, ValueError, "x has length 4 along axis=-1, which must be a multiple of 3"),
        (0, ValueError, "pieces=0 must be a whole number, at least 1"),
        (1.5, ValueError, r"pieces=1\.5 must be a whole number, at least 1"),
        (math.nan, ValueError, "pieces=nan must be a whole number, at least 1"),
        ("two", TypeError, "pieces='two' must be a real number"),
    ],
)
def test_maxout_names_wrong_pieces(pieces, error, message):
    with pytest.raises(error, match=message):
        maxout(np.zeros((3, 4)), pieces=pieces)


# ---- gated units


@GATES
def test_a_gated_unit_is_one_half_times_the_gate_of_the_other(unit, gate):
    x = np.random.default_rng(1).normal(size=(3, 4, 5))
    for c in range(2):
        expected = x[:, c] * ACTIVATIONS[gate](x[:, c + 2])
        assert_allclose(unit(x, axis=1)[:, c], expected, rtol=1e-12)
    with pytest.raises(ValueError, match=r"x has length 5 along axis=-1, .* a multiple of 2"):
        unit(x)


@GATES
def test_slopes_of_a_gated_unit_are_the_gate_and_the_value_times_the_gate_s_slope(unit, gate):
    a, b = 3.0, -0.7
    f = ACTIVATIONS[gate]
    assert_allclose(unit.jacobian([a, b]), [[f(b), a * f.derivative(b)]], rtol=1e-15)


def test_the_slope_of_reglu_where_its_gate_just_closes_is_0():
    assert_array_equal(reglu.jacobian([3.0, 0.0]), [[0, 0]])


def test_a_gated_unit_fed_the_same_number_twice_is_an_activation():
    x = np.linspace(-4, 4, 81)[:, None]
    twice = np.concatenate([x, x], axis=1)
    assert_allclose(glu(twice), silu(x), rtol=1e-14)
    assert_allclose(reglu(twice), squared_relu(x), rtol=1e-14)


def test_gated_units_pass_infinity_on_without_warning():
    assert_array_equal(reglu([3e200, 3e200]), [INF])
    assert_array_equal(reglu([INF, 2.0, -1.0, 2.0]), [math.nan, 4])
    assert_array_equal(swiglu(np.float32([1e38, -1e38, 1e38, 1e38])), np.float32([INF, -INF]))
