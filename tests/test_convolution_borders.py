"""Borders: wider than the array, on axes of one pixel, of four sizes, and on the way back."""

import numpy as np
import pytest
import scipy.ndimage
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import (
    conv1d,
    conv2d,
    conv2d_input,
    conv2d_loops,
    conv2d_weight,
    conv_transpose2d,
    filter2d,
    pad,
)
from convnotes.convolution.shapes import fold_sides
from convnotes.kernels import gaussian
from tests.convolution_layers import MODES

EVERY = pytest.mark.parametrize("mode", MODES)
WORDS = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}  # NumPy's, where others


def wide_by_hand(mode):
    """Return ``[1, 2, 3]`` with seven values on each side, copied from a drawing."""
    before, after = {
        "zeros": ([0] * 7, [0] * 7),
        "replicate": ([1] * 7, [3] * 7),
        "reflect": ([2, 3, 2, 1, 2, 3, 2], [2, 1, 2, 3, 2, 1, 2]),
        "symmetric": ([1, 1, 2, 3, 3, 2, 1], [3, 2, 1, 1, 2, 3, 3]),
        "circular": ([3, 1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3, 1]),
    }[mode]
    return [*before, 1, 2, 3, *after]


@EVERY
def test_a_border_wider_than_the_array_goes_on(mode):
    assert pad([1, 2, 3], 7, mode).tolist() == wide_by_hand(mode)
    alone = 0 if mode == "zeros" else 5
    assert pad([5], 2, mode).tolist() == [alone, alone, 5, alone, alone]


@EVERY
def test_pad_is_numpys(mode):
    rng = np.random.default_rng(0)
    for _ in range(200):
        x = rng.integers(-9, 9, rng.integers(1, 6, rng.integers(1, 4)))
        sides = rng.integers(0, 9, (x.ndim, 2))
        assert_array_equal(pad(x, sides, mode), np.pad(x, sides, WORDS.get(mode, mode)))


@EVERY
@pytest.mark.parametrize("shape", [(1, 2, 1, 5), (2, 4, 3, 2), (1, 2, 1, 1)])
def test_a_layer_of_wide_borders_is_that_of_the_padded_images(mode, shape):
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=shape), rng.normal(size=(4, shape[1] // 2, 3, 4))
    sides = ((3, 9), (0, 8))
    layer = {"stride": (2, 1), "dilation": (1, 2), "groups": 2}
    padded = np.pad(x, ((0, 0), (0, 0), *sides), WORDS.get(mode, mode))
    expected = conv2d_loops(padded, weight, **layer)
    border = {**layer, "padding": sides, "padding_mode": mode}
    assert_allclose(conv2d(x, weight, **border), expected, atol=1e-12)
    assert_allclose(conv2d_loops(x, weight, **border), expected, atol=1e-12)
    y = rng.normal(size=expected.shape)
    product = np.sum(expected * y)  # the transpose moves the layer to the other side of it
    assert_allclose(np.sum(x * conv2d_input(shape, weight, y, **border)), product, rtol=1e-11)
    back = conv2d_weight(x, weight.shape, y, **border)
    assert_allclose(np.sum(weight * back), product, rtol=1e-11)


@EVERY
@pytest.mark.parametrize(
    "shape", [(9, 2), (2, 3), (1, 2)]
)  # SciPy 1.17 errs on such with "reflect"
def test_an_image_much_smaller_than_the_kernel_is_that_of_its_border(mode, shape):
    rng = np.random.default_rng(5)
    image, kernel = rng.normal(size=shape), rng.normal(size=(23, 25))
    padded = np.pad(image, ((11, 11), (12, 12)), WORDS.get(mode, mode))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    expected = np.sum(windows * kernel, axis=(2, 3))
    assert_allclose(filter2d(image, kernel, padding_mode=mode), expected, atol=1e-11)


def test_a_gradient_that_folds_back_by_hand():
    border = {"padding": ((0, 0), (2, 2))}
    ones = np.ones((1, 1, 1, 7))
    for mode, expected in {
        "zeros": [1, 1, 1],
        "replicate": [3, 1, 3],
        "reflect": [2, 3, 2],
        "symmetric": [2, 3, 2],
        "circular": [2, 3, 2],
    }.items():
        made = conv2d_input((1, 1, 1, 3), [[[[1.0]]]], ones, **border, padding_mode=mode)
        assert made.ravel().tolist() == expected


def test_float16_borders_are_added_up_in_float32():
    made = fold_sides(np.ones((1, 5003), np.float16), ((0, 0), (5000, 0)), "replicate")
    assert made.dtype == np.float16
    assert made.tolist() == [[5000, 1, 1]]  # in float16, 2048 + 1 is 2048


@EVERY
def test_one_image_is_a_batch_of_one(mode):
    rng = np.random.default_rng(2)
    x, weight, bias = rng.normal(size=(2, 5, 6)), rng.normal(size=(2, 2, 3, 3)), rng.normal(size=2)
    border = {"padding": ((1, 0), (2, 1)), "padding_mode": mode}
    out = conv2d(x[None], weight, bias, **border)
    assert_array_equal(conv2d(x, weight, bias, **border), out[0])
    assert_array_equal(
        conv2d_loops(x, weight, bias, **border), conv2d_loops(x[None], weight, bias, **border)[0]
    )
    grads = conv2d_input((1, *x.shape), weight, out, **border)
    assert_array_equal(conv2d_input(x.shape, weight, out[0], **border), grads[0])
    to_weight = conv2d_weight(x[None], weight.shape, out, **border)
    assert_array_equal(conv2d_weight(x, weight.shape, out[0], **border), to_weight)
    line = {"padding": ((1, 2),), "padding_mode": mode}
    one = conv1d(x[:, 0], weight[:, :, 0], bias, **line)
    assert_array_equal(one, conv1d(x[None, :, 0], weight[:, :, 0], bias, **line)[0])
    with pytest.raises(ValueError, match=r"input_shape=\(2, 5, 6\) and grad_output must both"):
        conv2d_input(x.shape, weight, out, **border)
    with pytest.raises(ValueError, match="x and grad_output must both have a batch axis"):
        conv2d_weight(x, weight.shape, out, **border)


def test_a_transposed_convolution_is_cut_by_four_sizes():
    rng = np.random.default_rng(3)
    x, weight = rng.normal(size=(2, 4, 5)), rng.normal(size=(2, 3, 3, 3))
    whole = conv_transpose2d(x, weight, stride=2)
    cut = conv_transpose2d(x, weight, stride=2, padding=((1, 0), (2, 3)))
    assert_allclose(cut, whole[:, 1:, 2:-3], atol=1e-14)


@EVERY
def test_a_gaussian_of_two_widths_is_scipys(mode):
    image = np.random.default_rng(4).normal(size=(30, 40))
    theirs = {"zeros": "constant", "reflect": "mirror", "replicate": "nearest"}
    theirs |= {"circular": "grid-wrap", "symmetric": "reflect"}
    for sigma, radius in [((0.7, 2.5), None), ((3.0, 0.5), (2, 6)), ((20.0, 1.0), None)]:
        blurred = filter2d(image, gaussian(sigma, radius), padding_mode=mode)
        expected = scipy.ndimage.gaussian_filter(image, sigma, mode=theirs[mode], radius=radius)
        assert_allclose(blurred, expected, atol=1e-14)


def test_a_gaussian_of_two_equal_widths_is_the_round_one():
    assert_array_equal(gaussian((1.5, 1.5), (4, 4)), gaussian(1.5, 4))
    assert gaussian((0.5, 2.0)).shape == (5, 17)
    with pytest.raises(ValueError, match="sigma=1e\\+300 asks for"):
        gaussian(1e300)
    with pytest.raises(ValueError, match=r"radius=\(1, 4611686018427387904\) asks for"):
        gaussian(1.0, (1, 2**62))
