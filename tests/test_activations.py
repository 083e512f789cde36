import math
import warnings
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad

from convnotes import activations
from convnotes.activations import (
    ACTIVATIONS,
    dead_units,
    elu,
    erf,
    erfc,
    gain,
    geglu,
    gelu,
    glu,
    hardtanh,
    leaky_relu,
    log_softmax,
    reglu,
    relu,
    saturation,
    sigmoid,
    silu,
    softmax,
    softplus,
    squared_relu,
    swiglu,
    tanh,
)

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
FLOATS = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
INF = math.inf

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805

# One number at a time, each written as its paper or PyTorch's documentation writes it.
SLOW = {
    "relu": lambda x: x if x > 0 else 0.0,
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * math.expm1(x)),
    "gelu": lambda x: x * math.erfc(-x / math.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "squared_relu": lambda x: x**2 if x > 0 else 0.0,
    "relu6": lambda x: sorted([0.0, x, 6.0])[1],
    "hardswish": lambda x: x * sorted([0.0, x + 3, 6.0])[1] / 6,
    "hardsigmoid": lambda x: sorted([0.0, x / 6 + 0.5, 1.0])[1],
    "hardtanh": lambda x: sorted([-1.0, x, 1.0])[1],
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "softsign": lambda x: x / (1 + abs(x)),
    "logsigmoid": lambda x: -math.log1p(math.exp(-x)),
    "identity": lambda x: x,
}

# Values at −1e38 and 1e38, then slopes there: the limits, or the number itself where it fits.
LIMITS = {
    "relu": (0, 1e38, 0, 1),
    "leaky_relu": (-1e36, 1e38, 0.01, 1),
    "elu": (-1, 1e38, 0, 1),
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
    "identity": (-1e38, 1e38, 1, 1),
}

# PyTorch's derivative at each kink: hardswish as in its kernel since 2025 (x <= −3 and x >= 3).
AT_KINKS = {
    "relu": {0: 0},
    "leaky_relu": {0: 0.01},
    "selu": {0: SCALE * ALPHA},
    "relu6": {0: 0, 6: 0},
    "hardswish": {-3: 0, 3: 1},
    "hardsigmoid": {-3: 0, 3: 0},
    "hardtanh": {-1: 0, 1: 0},
}


def test_every_activation_has_an_oracle_and_a_module_level_name():
    assert set(ACTIVATIONS) == set(SLOW) == set(LIMITS)
    for name, activation in ACTIVATIONS.items():
        assert activation.name == name
        assert getattr(activations, name) is activation
        assert name in activations.__all__


@EVERY
@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_values_are_those_of_the_definition(activation, dtype, bound):
    x = np.linspace(-12, 12, 4801, dtype=dtype)
    expected = [SLOW[activation.name](float(number)) for number in x]
    assert_allclose(activation(x), expected, rtol=bound, atol=bound)


@EVERY
def test_far_tails_keep_their_relative_digits(activation):
    x = np.array([-30.0, -20.0, 20.0, 30.0])
    expected = [SLOW[activation.name](float(number)) for number in x]
    if activation.name in ("sigmoid", "silu", "mish", "softplus", "gelu"):
        assert_allclose(activation(x), expected, rtol=1e-12)
    else:
        assert_allclose(activation(x), expected, rtol=1e-12, atol=1e-12)


def _fourth_order_slope(function, x, step=1e-3):
    near = function(x + step) - function(x - step)
    far = function(x + 2 * step) - function(x - 2 * step)
    return (8 * near - far) / (12 * step)


@EVERY
@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-10), (np.float32, 3e-6)])
def test_derivative_is_the_slope_of_the_value(activation, dtype, bound):
    x = np.linspace(-12, 12, 1601)
    smooth_at = np.array([min(abs(x_i - k) for k in (*activation.kinks, 0)) > 0.01 for x_i in x])
    expected = _fourth_order_slope(activation, x[smooth_at])
    slopes = activation.derivative(x[smooth_at].astype(dtype))
    assert_allclose(slopes, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize(
    ("activation", "options"),
    [
        (gelu, {"approximate": "tanh"}),
        (leaky_relu, {"negative_slope": 0.3}),
        (elu, {"alpha": 1.7}),
        (softplus, {"beta": 3.0}),
        (hardtanh, {"min_val": -0.4, "max_val": 2.2}),
    ],
)
def test_options_reach_value_and_derivative(activation, options):
    x = np.linspace(-5, 5, 1001) + 0.005
    expected = _fourth_order_slope(lambda t: activation(t, **options), x)
    assert_allclose(activation.derivative(x, **options), expected, rtol=1e-9, atol=1e-9)
    assert not np.allclose(activation(x, **options), activation(x), atol=1e-5)


def test_options_mean_what_their_papers_say():
    assert_allclose(elu([-1.0, 2.0], alpha=3.0), [3 * (math.exp(-1) - 1), 2])
    assert_allclose(softplus([0.5], beta=4.0), [math.log(1 + math.exp(2)) / 4])
    assert_allclose(leaky_relu([-2.0], negative_slope=0.25), [-0.5])
    assert_array_equal(hardtanh([-9.0, 1.5, 9.0], min_val=1, max_val=2), [1, 1.5, 2])
    inner = math.sqrt(2 / math.pi) * (0.7 + 0.044715 * 0.7**3)
    assert_allclose(gelu([0.7], approximate="tanh"), [0.35 * (1 + math.tanh(inner))])


@EVERY
def test_kinks_are_exactly_the_places_where_the_slope_jumps(activation):
    x = np.arange(-16, 17) / 2  # all kinks lie on halves
    step = 1e-6
    left = (activation(x) - activation(x - step)) / step
    right = (activation(x + step) - activation(x)) / step
    assert_array_equal(x[np.abs(right - left) > 1e-3], activation.kinks)


@pytest.mark.parametrize("name", AT_KINKS)
def test_derivative_at_a_kink_is_the_one_sided_slope_that_pytorch_gives(name):
    activation = ACTIVATIONS[name]
    assert set(AT_KINKS[name]) == set(activation.kinks)
    for kink, expected in AT_KINKS[name].items():
        slope = activation.derivative(float(kink))
        assert_allclose(slope, expected, rtol=1e-15)
        one_sided = activation.derivative([kink - 1e-9, kink + 1e-9])
        assert np.abs(one_sided - slope).min() < 1e-8


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


@EVERY
def test_formula_can_be_drawn_and_options_appear_in_the_signature(activation):
    figure = plt.figure("a formula")
    figure.text(0, 0, f"${activation.formula}$")
    figure.canvas.draw()
    plt.close(figure)
    assert activation.source
    assert_array_equal(activation([-1.5, 2.5], **activation.parameters), activation([-1.5, 2.5]))


@pytest.mark.parametrize("method", [relu, relu.derivative])
def test_wrong_input_is_named(method):
    with pytest.raises(TypeError, match="x has dtype complex128"):
        method([1j])
    with pytest.raises(TypeError, match="x has dtype <U"):
        method(["one"])
    with pytest.raises(TypeError, match=r"alpha=2: relu takes no options"):
        method([1.0], alpha=2)


@pytest.mark.parametrize(
    ("activation", "options", "message"),
    [
        (leaky_relu, {"slope": 0.1}, "slope=0.1: leaky_relu takes negative_slope"),
        (gelu, {"approximate": "sigmoid"}, "approximate='sigmoid' must be"),
        (softplus, {"beta": 0.0}, "beta=0.0 must be above 0"),
        (softplus, {"beta": math.nan}, "beta=nan must be above 0"),
        (hardtanh, {"min_val": 2.0}, "min_val=2.0 must be below max_val=1.0"),
    ],
)
def test_wrong_options_are_named_by_value_and_derivative(activation, options, message):
    for method in (activation, activation.derivative):
        with pytest.raises((TypeError, ValueError), match=message):
            method([1.0], **options)


# ---- the error function


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


# ---- facts and identities


def test_values_and_slopes_agree_with_scipy():
    x = np.linspace(-40, 40, 2001)
    assert_allclose(sigmoid(x), scipy.special.expit(x), rtol=1e-13)
    assert_allclose(activations.logsigmoid(x), scipy.special.log_expit(x), rtol=1e-13)
    assert_allclose(gelu(x), x * scipy.special.ndtr(x), rtol=1e-12, atol=1e-300)
    assert_allclose(softplus.derivative(x), scipy.special.expit(x), rtol=1e-13)
    assert_allclose(tanh.derivative(x), np.cosh(x) ** -2.0, rtol=1e-13)


def test_published_extremes():
    x = np.linspace(-3, 5, 800_001)
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
            return SLOW["selu"](z) ** power * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

        return quad(weighted, -14, 0, epsabs=1e-13)[0] + quad(weighted, 0, 14, epsabs=1e-13)[0]

    assert_allclose([moment(1), moment(2)], [0, 1], atol=1e-12)


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


@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
def test_softmax_and_its_logarithm_agree_with_scipy(axis):
    x = np.random.default_rng(0).normal(size=(2, 3, 5)) * 50
    assert_allclose(softmax(x, axis=axis), scipy.special.softmax(x, axis=axis), rtol=1e-12)
    assert_allclose(log_softmax(x, axis=axis), scipy.special.log_softmax(x, axis=axis), rtol=1e-12)


def test_softmax_extremes():
    assert_array_equal(softmax([1e38, -1e38, 1e38]), [0.5, 0, 0.5])
    assert_array_equal(softmax(np.float32([3e38, -3e38])), np.float32([1, 0]))
    assert_array_equal(log_softmax([0.0, -1e38]), [0, -1e38])
    assert_array_equal(softmax([0.0, -INF]), [1, 0])
    assert_array_equal(log_softmax([0.0, -INF]), [0, -INF])
    assert np.isnan(softmax([[0.0, INF], [-INF, -INF], [math.nan, 0.0]])).all()
    assert np.isnan(log_softmax([[0.0, INF], [-INF, -INF], [math.nan, 0.0]])).all()


def test_softmax_shapes_and_dtypes():
    assert softmax(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert softmax(np.zeros((3, 0))).shape == (3, 0)
    assert softmax(np.zeros((2, 3), np.float32)).dtype == np.float32
    assert log_softmax(np.zeros((2, 3), np.float16)).dtype == np.float16
    assert softmax([1, 2]).dtype == np.float64


@pytest.mark.parametrize("function", [softmax, log_softmax, glu, swiglu])
def test_functions_over_an_axis_name_wrong_arguments(function):
    with pytest.raises(ValueError, match=r"axis=2 is outside x of shape \(3, 4\)"):
        function(np.zeros((3, 4)), axis=2)
    with pytest.raises(ValueError, match=r"axis=-1 is outside x of shape \(\)"):
        function(1.0)
    with pytest.raises(TypeError, match="x has dtype complex128"):
        function([1j, 2j])


# ---- gated units


@pytest.mark.parametrize(
    ("unit", "gate"), [(glu, "sigmoid"), (reglu, "relu"), (geglu, "gelu"), (swiglu, "silu")]
)
def test_a_gated_unit_is_one_half_times_the_gate_of_the_other(unit, gate):
    x = np.random.default_rng(1).normal(size=(3, 4, 5))
    for c in range(2):
        expected = x[:, c] * np.vectorize(SLOW[gate])(x[:, c + 2])
        assert_allclose(unit(x, axis=1)[:, c], expected, rtol=1e-12)
    assert unit(x.astype(np.float32), axis=1).dtype == np.float32
    assert unit(np.zeros((0, 4))).shape == (0, 2)
    with pytest.raises(ValueError, match="x has length 5 along axis=-1, which must be even"):
        unit(x)


def test_a_gated_unit_fed_the_same_number_twice_is_an_activation():
    x = np.linspace(-4, 4, 81)[:, None]
    twice = np.concatenate([x, x], axis=1)
    assert_allclose(glu(twice), silu(x), rtol=1e-14)
    assert_allclose(reglu(twice), squared_relu(x), rtol=1e-14)


def test_gated_units_pass_infinity_on_without_warning():
    assert_array_equal(reglu([3e200, 3e200]), [INF])
    assert_array_equal(reglu([INF, 2.0, -1.0, 2.0]), [math.nan, 4])


# ---- health of a layer


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


def test_saturation_is_the_share_of_flat_places():
    # sech² x = 0.01 at x = arcosh 10 = 2.9932
    assert saturation("tanh", [-2.9933, -2.9931, 0.0, 2.9933]) == 0.5
    assert saturation(relu, [[-1.0, 2.0], [0.0, 3.0]]) == 0.5
    assert saturation("sigmoid", [0.0, 1.0], flat=0.25) == 1
    assert saturation("sigmoid", [math.nan, 50.0]) == 0.5


def test_saturation_names_wrong_arguments():
    with pytest.raises(ValueError, match="activation='rleu' is none of relu, leaky_relu"):
        saturation("rleu", [1.0])
    with pytest.raises(ValueError, match=r"x of shape \(0,\) is empty"):
        saturation("relu", [])
    with pytest.raises(ValueError, match=r"flat=-0\.1 must be at least 0"):
        saturation("relu", [1.0], flat=-0.1)


@EVERY
def test_gain_is_one_over_the_root_mean_square(activation):
    def weighted(z):
        return SLOW[activation.name](z) ** 2 * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

    edges = [-14.0, *sorted({*activation.kinks, 0.0}), 14.0]
    square = sum(quad(weighted, a, b, epsabs=1e-14)[0] for a, b in pairwise(edges))
    assert_allclose(gain(activation), square**-0.5, rtol=1e-10)
    assert gain(activation.name) == gain(activation)


def test_gains_known_in_closed_form():
    assert_allclose(gain("identity"), 1, rtol=1e-12)
    assert_allclose(gain("relu"), math.sqrt(2), rtol=1e-12)
    assert_allclose(gain("leaky_relu", negative_slope=0.2), math.sqrt(2 / 1.04), rtol=1e-12)
    assert_allclose(gain("squared_relu"), math.sqrt(2 / 3), rtol=1e-12)
    assert_allclose(gain("selu"), 1, rtol=1e-12)
    with pytest.raises(ValueError, match="activation='linear' is none of"):
        gain("linear")
    with pytest.raises(TypeError, match="slope=1: relu takes no options"):
        gain("relu", slope=1)


@pytest.mark.parametrize("name", ["relu", "tanh", "selu", "gelu"])
def test_gain_keeps_the_variance_of_the_next_layer(name):
    rng = np.random.default_rng(3)
    z = rng.normal(size=(400, 1000))
    weight = rng.normal(size=(1000, 400)) * gain(name) / math.sqrt(1000)
    assert_allclose((ACTIVATIONS[name](z) @ weight).std(), 1, rtol=0.02)


# ---- PyTorch, where it is installed


@EVERY
def test_values_and_slopes_are_those_of_pytorch(activation):
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    functions = {
        "identity": lambda x: x * 1,
        "squared_relu": lambda x: torch.nn.functional.relu(x) ** 2,
    }
    function = functions.get(activation.name) or getattr(torch.nn.functional, activation.name)
    x = np.concatenate([np.linspace(-12, 12, 4801), [-3.0, -1.0, 0.0, 1.0, 3.0, 6.0]])
    tensor = torch.tensor(x, requires_grad=True)
    values = function(tensor)
    values.sum().backward()
    # The range ends below 20, where PyTorch cuts softplus and mish off.
    assert_allclose(activation(x), values.detach().numpy(), rtol=1e-8, atol=1e-12)
    # PyTorch 2.13 multiplies hardsigmoid's gradient by a float32 1/6 even in float64.
    rtol = 2**-24 if activation.name == "hardsigmoid" else 1e-8
    assert_allclose(activation.derivative(x), tensor.grad.numpy(), rtol=rtol, atol=1e-12)
