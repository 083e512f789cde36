"""How activations run over arrays: in blocks, without branches or warnings, and kept by pickle."""

import copy
import operator
import pickle

import numpy as np
import pytest
import scipy.special
from numpy.testing import assert_allclose, assert_array_equal

from convnotes import activations
from convnotes.activations import ACTIVATIONS, COUPLED, Activation, gelu, prelu, sigmoid
from convnotes.activations.blocks import BLOCK, by_blocks, pick

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
MOST = 3 * BLOCK // 4 + 77  # float32 numbers of some three blocks


@EVERY
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ">f4"])
def test_many_numbers_are_as_each_of_them(activation, dtype):
    x = np.random.default_rng(0).normal(0, 3, MOST).astype(dtype)
    x[[5, MOST // 2, -1]] = np.nan
    few = np.r_[0:9, MOST // 2 - 4 : MOST // 2 + 4, MOST - 9 : MOST]
    for function in (activation, activation.derivative):
        many = function(x)
        assert many.dtype == x.dtype
        assert_array_equal(many[few], [function(x[i]) for i in few])
        assert np.flatnonzero(np.isnan(many)).tolist() == [5, MOST // 2, MOST - 1]


@EVERY
def test_any_layout_of_memory(activation):
    x = np.random.default_rng(1).normal(size=(40, 50, 60)).astype(np.float32)
    expected = activation(x)
    for other in (np.asfortranarray(x), x[::-1, :, ::2], x.transpose(2, 0, 1)):
        here = {x.shape: expected, (40, 50, 30): expected[::-1, :, ::2]}
        wanted = here.get(other.shape, expected.transpose(2, 0, 1))
        assert_array_equal(activation(other), wanted)
    row = np.broadcast_to(x[0, 0], (3, 60))
    assert_array_equal(activation(row), activation(row.copy()))


def test_slopes_of_channels_meet_their_channels_in_every_block():
    x = np.random.default_rng(2).normal(size=(7, 5, 130, 61)).astype(np.float32)
    slopes = np.array([0.1, -0.2, 3.0, 0.0, 1.0])
    expected = np.where(x > 0, x, slopes.astype(np.float32)[:, None, None] * x)
    assert_array_equal(prelu(x, weight=slopes), expected)
    assert_array_equal(prelu(x[0, 0], weight=slopes[:1]), expected[0, 0])


@EVERY
def test_one_slope_for_all_may_stand_in_an_array_of_one(activation):
    for name in activation.per_channel:
        for x in (np.float64(-3), np.array([-3.0, 2.0]), -np.ones((2, 3))):
            for method in (activation, activation.derivative):
                assert_array_equal(method(x, **{name: [0.5]}), method(x, **{name: 0.5}))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_pick_is_where(dtype):
    rng = np.random.default_rng(3)
    special = np.array([0, -0.0, np.nan, np.inf, -np.inf, 1e-40, -1e30, 1], dtype)
    one, other = rng.choice(special, (2, 500))
    condition = rng.random(500) < 0.5
    for third in (other, 0.1, np.nan, -np.inf):
        expected = np.where(condition, one, dtype(third) if np.ndim(third) == 0 else third)
        made = pick(condition, one, third)
        assert made.dtype == dtype
        assert_array_equal(made, expected)
        assert_array_equal(np.signbit(made), np.signbit(expected))


@pytest.mark.parametrize("level", ["raise", "warn"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_no_error_of_floating_point_whatever_numpy_is_told(dtype, level):
    limits = np.finfo(dtype)
    x = np.array([0, -0.0, limits.tiny, limits.smallest_subnormal, limits.max, np.inf, np.nan])
    x = np.concatenate([x, -x, np.linspace(-800, 800, 999), np.geomspace(1e-30, 1e4, 99)])
    x = x[: len(x) // 6 * 6].reshape(-1, 6).astype(dtype) if dtype is not np.float16 else x
    with np.errstate(all="ignore"):
        x = np.resize(x, (200, 6)).astype(dtype)
    with np.errstate(all=level):
        for each in ACTIVATIONS.values():
            each(x), each.derivative(x)
            activations.gain(each)
        for each in COUPLED.values():
            each.gradient(x, each(x)), each.jacobian(x)
        activations.erf(x), activations.erfc(x), activations.saturation("tanh", x)


@pytest.mark.parametrize("each", [*ACTIVATIONS.values(), *COUPLED.values()], ids=lambda e: e.name)
def test_a_copy_is_the_activation_itself(each):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(each, protocol)) is each
    assert copy.copy(each) is each
    assert copy.deepcopy({"layer": [each]})["layer"][0] is each


def test_an_activation_of_your_own_is_copied_as_what_it_is():
    """Also under a name that is taken."""
    own = Activation("relu", "x", operator.pos, np.ones_like, (-np.inf, np.inf), "this test")
    for twin in (copy.copy(own), copy.deepcopy(own), pickle.loads(pickle.dumps(own))):
        assert twin is not own
        assert twin([-2.0]) == [-2.0]


def test_gelu_and_sigmoid_keep_the_digits_of_their_tails():
    """exp(−x²/2) costs about x² roundings, in SciPy too."""
    for dtype, left in ((np.float32, -13), (np.float64, -37)):
        x = np.linspace(left, 12, 200_001).astype(dtype)
        eps, wide = np.finfo(dtype).eps, x.astype(np.float64)
        expected = wide * scipy.special.ndtr(wide)
        assert np.all(abs(gelu(x) - expected) <= (6 + 1.5 * x**2) * eps * abs(expected))
        x = np.linspace(7 * left, 100, 200_001).astype(dtype)
        shares = scipy.special.expit(x.astype(np.float64))
        least = np.finfo(dtype).smallest_subnormal
        assert np.all(abs(sigmoid(x) - shares) <= 4 * eps * shares + 2 * least)


def test_a_function_reads_each_number_once():
    seen = []

    def watched(x):
        seen.append(x.copy())
        return -x

    x = np.random.default_rng(4).normal(size=(3, 100_000)).astype(np.float32)
    assert_array_equal(by_blocks(watched, x), -x)
    assert len(seen) > 3
    assert max(part.nbytes for part in seen) <= BLOCK
    assert_allclose(np.sort(np.concatenate(seen)), np.sort(x.ravel()), rtol=0)
