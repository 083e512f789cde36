"""Every engine against the definition in loops: values, borders, NaN, and the stated error."""

import numpy as np
import pytest
import scipy.ndimage
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import conv2d, conv2d_input, conv2d_loops, conv2d_weight, filter2d
from convnotes.convolution.engines import bands, columns, planes, spectra, taps
from tests.convolution_layers import METHODS, MODES, assert_close, random_layer

SEEDS = 1200  # for each engine, half of them in pieces


def with_mode(seed, method):
    """Draw a layer for an engine, with a padding mode."""
    rng, x, weight, bias, options = random_layer(seed, method)
    mode = str(rng.choice(["zeros", MODES[seed % len(MODES)]]))
    return rng, x, weight, bias, {**options, "padding_mode": mode}


@pytest.fixture(params=["whole", "in pieces"])
def pieces(request, monkeypatch):
    """Make blocks, strips and tiles as small as can be, so that small layers have many."""
    if request.param == "in pieces":
        monkeypatch.setattr(columns, "BUFFER", 1)
        monkeypatch.setattr(taps, "CACHED", 1)
        monkeypatch.setattr(taps, "FEW", 1)
        monkeypatch.setattr(planes, "QUICK", 1)
        monkeypatch.setattr(planes, "CACHED", 1)
        monkeypatch.setattr(spectra, "TILES", ((2, 1), (2, 1), (2, 1)))
        monkeypatch.setattr(bands, "SHORT", 0)
        monkeypatch.setattr(bands, "WIDTH", 2)
        monkeypatch.setattr(bands, "BUFFER", 1)
    return request.param


@pytest.mark.parametrize("method", METHODS)
def test_every_engine_is_the_definition(method, pieces):
    met = 0
    for seed in range(pieces == "in pieces", SEEDS, 2):
        _, x, weight, bias, options = with_mode(seed, method)
        expected = conv2d_loops(x, weight, bias, **options)
        met += expected.size > 0
        # F(4×4, 3×3) loses a digit or two; its bound has its own test.
        out = conv2d(x, weight, bias, **options, method=method)
        assert_close(out, expected, 20 if method == "winograd4" else 1, f"seed {seed}")
        assert_close(conv2d(x, weight, bias, **options), expected, note=f"auto, seed {seed}")
    assert met > 500


@pytest.mark.parametrize("method", METHODS)
def test_nan_and_infinity_go_where_the_definition_sends_them(method, pieces):
    for seed in range(150):
        rng, x, weight, _, options = with_mode(seed, method)
        x = x if len(x) else rng.normal(size=(1, *x.shape[1:]))
        x.ravel()[rng.integers(x.size, size=2)] = rng.choice([np.nan, np.inf, -np.inf], 2)
        if seed % 3 == 0:
            weight.ravel()[rng.integers(weight.size)] = rng.choice([np.nan, np.inf, 0])
        expected = conv2d_loops(x, weight, **options)
        assert_close(conv2d(x, weight, **options), expected, note=f"auto, seed {seed}")
        if method in ("im2col", "matmul", "taps"):
            out = conv2d(x, weight, **options, method=method)
            assert_close(out, expected, note=f"seed {seed}")


@pytest.mark.parametrize("padding_mode", MODES)
def test_nan_and_infinity_stay_in_their_windows_of_large_planes(padding_mode):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 2, 100, 130)), rng.normal(size=(4, 1, 5, 5))
    x[0, 1, 3, 128], x[1, 0, 60, 70], x[1, 0, 61, 71] = np.nan, np.inf, -np.inf
    layer = {"padding": 2, "groups": 2, "padding_mode": padding_mode}
    expected = conv2d(x, weight, **layer, method="taps")  # itself held to the loops above
    assert_close(conv2d(x, weight, **layer), expected)


@pytest.mark.parametrize("padding_mode", MODES)
@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (1, 20), (9, 9), (17, 17)])
def test_nan_and_infinity_stay_in_their_windows_of_an_image(shape, padding_mode):
    rng = np.random.default_rng(0)
    image = rng.normal(size=(24, 40))
    image[3, 7], image[15, 20], image[16, 22] = np.nan, np.inf, -np.inf
    top, left = (shape[0] - 1) // 2, (shape[1] - 1) // 2
    for kernel in (rng.normal(size=shape), np.outer(np.arange(shape[0]), np.ones(shape[1]))):
        padded = np.pad(
            image,
            [(top, shape[0] - 1 - top), (left, shape[1] - 1 - left)],
            {"zeros": "constant", "replicate": "edge", "circular": "wrap"}.get(
                padding_mode, padding_mode
            ),
        )
        windows = np.lib.stride_tricks.sliding_window_view(padded, shape)
        with np.errstate(invalid="ignore"):
            expected = (windows * kernel).sum(axis=(2, 3))
        out = filter2d(image, kernel, padding_mode=padding_mode)
        assert_allclose(out, expected, atol=1e-11)


def test_nan_of_the_weights_meets_a_border_around_nothing():
    weight = np.array([[[[1.0]]], [[[np.nan]]]])
    expected = conv2d_loops(np.ones((1, 1, 0, 1)), weight, padding=1)
    assert_array_equal(conv2d(np.ones((1, 1, 0, 1)), weight, padding=1), expected)
    assert np.isnan(expected[0, 1]).all()


def test_gradients_keep_nan_and_infinity_of_the_weights_off_the_border():
    # Value 0 stamps 0 · inf = NaN on its own place only; places no tap reaches stay 0.
    weight, grad = np.array([[[[np.inf, 1.0]]]]), np.array([[[[0.0, 1.0]]]])
    out = conv2d_input((1, 1, 1, 5), weight, grad, stride=(1, 2))
    assert_array_equal(out, [[[[np.nan, 0, np.inf, 1, 0]]]])


def test_gradients_keep_nan_of_the_data_in_its_taps():
    x, grad = np.zeros((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    x[0, 0, 0, 0] = np.nan
    assert_array_equal(conv2d_weight(x, (1, 1, 2, 2), grad)[0, 0], [[np.nan, 0], [0, 0]])
    grad[0, 0, 2, 2] = np.inf
    reached = np.isfinite(conv2d_input(x.shape, np.ones((1, 1, 2, 2)), grad)[0, 0])
    assert_array_equal(np.argwhere(~reached), [[2, 2], [2, 3], [3, 2], [3, 3]])


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("size", [9, 15, 31])
def test_few_filters_with_large_kernels_add_up_their_channels(size, groups):
    rng = np.random.default_rng(size)
    x, weight = rng.normal(size=(2, 6, 110, 120)), rng.normal(size=(4, 6 // groups, size, size))
    weight = weight[:groups] if size == 9 else weight
    x[1, 2, 50, 60] = np.nan
    out = conv2d(x, weight, groups=groups, padding=size // 2)
    for n, o in np.ndindex(out.shape[:2]):
        first = o // (len(weight) // groups) * weight.shape[1]
        expected = sum(
            scipy.ndimage.correlate(
                x[n, first + c], kernel, mode="constant", origin=(size - 1) % 2 * -1
            )
            for c, kernel in enumerate(weight[o])
        )
        assert_allclose(out[n, o], expected, atol=1e-11)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_many_channels_of_small_images_are_the_definition(stride, multiplier):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(3, 70, 7, 6)), rng.normal(size=(70 * multiplier, 1, 3, 2))
    x[1, 4, 3, 3] = np.inf
    layer = {"groups": 70, "stride": stride, "padding": 1, "dilation": (2, 3)}
    assert_close(conv2d(x, weight, **layer), conv2d_loops(x, weight, **layer))
    whole = conv2d(x, weight, **layer, method="im2col")
    assert_close(conv2d(x, weight, **layer, method="taps"), whole)


# The stated errors, in units of ε: at one output, Σ is its sum of absolute products.
BOUNDS = {
    "im2col": lambda k, here, largest: k * here,
    "matmul": lambda k, here, largest: k * here,
    "taps": lambda k, here, largest: k * here,
    "toeplitz": lambda k, here, largest: k * here,
    "separable": lambda k, here, largest: k * here,
    "fft": lambda k, here, largest: 16 * largest,
    "winograd2": lambda k, here, largest: (8 + k / 9) * largest,
    "winograd4": lambda k, here, largest: (100 + k / 9) * largest,
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("offset", [0, 3])
def test_each_engine_keeps_its_stated_error(method, offset):
    rng = np.random.default_rng(1)
    channels = 1 if method in ("taps", "toeplitz", "separable", "fft") else 24
    size = {"matmul": 1, "im2col": 3, "winograd2": 3, "winograd4": 3}.get(method, 9)
    for _ in range(10):
        x = (rng.normal(size=(1, channels, 20, 37)) + offset).astype(np.float32)
        weight = rng.normal(size=(4, channels, size, size))
        if method == "separable":
            weight = weight[..., :1] * weight[..., :1, :]
        weight = weight.astype(np.float32)
        if method == "separable":  # rounding leaves it of rank 1 only to float32
            weight = weight[..., :1] * weight[..., :1, :]
        exact = conv2d(x.astype(float), weight.astype(float), method="im2col")
        here = conv2d(abs(x.astype(float)), abs(weight.astype(float)), method="im2col")
        largest = here.max()
        bound = BOUNDS[method](channels * size**2, here, largest) * np.finfo(np.float32).eps
        error = abs(conv2d(x, weight, method=method) - exact)
        assert (error <= bound).all(), (error / bound).max()
        assert error.max() > 0


@pytest.mark.parametrize("method", METHODS)
def test_a_method_refuses_a_layer_it_cannot_compute(method):
    x, weight = np.ones((1, 4, 9, 9)), np.ones((4, 2, 3, 3))
    weight[0, 0, 0, 0] = 2
    options = {"groups": 2, "dilation": 2}
    if method == "im2col":
        assert conv2d(x, weight, **options, method=method).shape == (1, 4, 5, 5)
        return
    with pytest.raises(ValueError, match=f"method='{method}' needs"):
        conv2d(x, weight, **options, method=method)


def test_a_method_is_named_if_it_is_unknown_or_its_kernel_has_another_rank():
    x, weight = np.ones((1, 1, 9, 9)), np.eye(3)[None, None]
    with pytest.raises(ValueError, match="method='direct' must be one of 'auto', 'im2col'"):
        conv2d(x, weight, method="direct")
    with pytest.raises(ValueError, match="method='separable' needs kernels of rank 1"):
        conv2d(x, weight, method="separable")
