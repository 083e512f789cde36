"""Digits: float16, whole numbers, spikes, decays and NaN, against exact sums and peers."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from numpy.testing import assert_allclose, assert_array_equal

from convnotes import kernels, samples
from convnotes.convolution import (
    conv1d,
    conv2d,
    conv2d_input,
    conv2d_loops,
    conv2d_weight,
    conv_matrix,
    conv_transpose2d,
    convolve,
    correlate,
    filter2d,
)
from convnotes.convolution.engines import planes

# float16 is summed in float32 and rounded once


def test_float16_means_of_ones_are_one():
    ones = np.ones((200, 200), np.float16)
    for kernel in (kernels.box(31), kernels.gaussian(10.0), kernels.box((1, 99)), kernels.box(5)):
        assert_array_equal(filter2d(ones, kernel), ones)
    assert_array_equal(convolve(ones.ravel(), np.full(2001, 1 / 2001), "valid"), np.float16(1))
    assert_array_equal(convolve(ones[None, :9], np.full((1, 9, 9), 1 / 81), "valid"), np.float16(1))


def test_float16_sums_of_two_thousand_ones_and_more_are_exact():
    # In float16, 2048 + 1 is 2048.
    image, weight = np.ones((1, 4096, 1, 1), np.float16), np.ones((1, 4096, 1, 1))
    grad = np.ones((1, 1, 70, 70), np.float16)
    bias = [4.0]
    for out in (
        conv2d(image, weight, bias),
        conv2d_loops(image, weight, bias),
        conv1d(image[..., 0], weight[..., 0], bias),
        conv_transpose2d(image, weight.swapaxes(0, 1), bias),
    ):
        assert out.dtype == np.float16
        assert_array_equal(out.ravel(), 4100)
    assert_array_equal(conv2d_weight(grad, (1, 1, 1, 1), grad).ravel(), np.float16(4900))
    to_x = conv2d_input((1, 1, 1, 1), weight.reshape(4096, 1, 1, 1), image)
    assert_array_equal(to_x.ravel(), 4096)
    # One pixel, read by each of the 65 × 65 taps that a circle winds around it.
    wound = conv_matrix(
        np.ones((1, 1, 3, 3), np.float16) * 1000, (1, 1, 1), padding=1, padding_mode="circular"
    )
    assert_array_equal(wound, [[9000]])


@pytest.mark.parametrize("seed", range(20))
def test_float16_results_are_the_exact_ones_rounded_once(seed):
    rng = np.random.default_rng(seed)
    shape, kernel_shape = ((40, 50), (9, 7)) if seed % 2 else ((2000,), (300,))
    x, kernel = (rng.uniform(size=s).astype(np.float16) for s in (shape, kernel_shape))
    exact = scipy.signal.convolve(x.astype(float), kernel.astype(float), method="direct")
    out = convolve(x, kernel)
    assert out.dtype == np.float16
    near = np.nextafter(exact.astype(np.float16), np.float16(np.inf))  # to the next number at most
    assert (abs(out - exact) <= 0.501 * (near - exact.astype(np.float16))).all()


# Whole numbers


@pytest.mark.parametrize("size", [300, 5000, 20_000])
def test_digits_multiply_to_whole_numbers(size):
    a, b = np.random.default_rng(size).integers(0, 10, (2, size))
    out = convolve(a, b)
    assert_array_equal(out, np.convolve(a, b))  # NumPy's on integers
    if size == 300:
        carried = sum(int(d) * 10**i for i, d in enumerate(out))
        one, other = (sum(int(d) * 10**i for i, d in enumerate(n)) for n in (a, b))
        assert carried == one * other


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int16"])
@pytest.mark.parametrize(
    ("shape", "kernel_shape"),
    [((9000,), (2000,)), ((200, 150), (23, 21)), ((200, 150), (40, 30)), ((30, 30, 30), (6, 7, 8))],
)
def test_whole_numbers_stay_whole(shape, kernel_shape, dtype):
    rng = np.random.default_rng(0)
    x, kernel = rng.integers(-40, 41, shape), rng.integers(-9, 10, kernel_shape)
    expected = np.rint(scipy.signal.fftconvolve(x.astype(float), kernel.astype(float)))
    for place in rng.integers(np.add(shape, kernel_shape) - 1, size=(20, len(shape))):
        by_hand = sum(  # Python's own integers
            int(kernel[k]) * int(x[tuple(place - k)])
            for k in np.ndindex(kernel.shape)
            if (place >= k).all() and (place - k < shape).all()
        )
        assert expected[tuple(place)] == by_hand
    factor = 1 - 2j if dtype.startswith("complex") else 1
    assert_array_equal(convolve((x * factor).astype(dtype), kernel), expected * factor)
    assert_array_equal(
        correlate((x * factor).astype(dtype), np.flip(kernel), "valid"),
        scipy.signal.correlate(x * factor, np.flip(kernel), "valid", method="direct")
        if x.size * kernel.size < 2e7
        else convolve((x * factor).astype(dtype), kernel, "valid"),
    )


def test_whole_numbers_up_to_two_to_the_53_stay_whole():
    a, b = np.random.default_rng(0).integers(0, 2**20, (2, 6000))
    exact = np.convolve(a, b)  # of integers
    assert 2**50 < exact.max() < 2**53
    assert_array_equal(convolve(a, b), exact)
    image, kernel = a[:5625].reshape(75, 75), b[:1024].reshape(32, 32)
    out = filter2d(image, kernel, padding_mode="zeros")
    assert out[40, 50] == int((image[25:57, 35:67] * kernel).sum())


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_whole_kernels_on_a_photograph_of_bytes_answer_whole_numbers(axis, dtype):
    image = np.rint(samples.photo() * 255).astype(dtype)[:200, :300]
    dense = np.random.default_rng(0).integers(-3, 4, (25, 25))
    rank_1 = np.outer([6, -15, 9, 21, 3, 27, 33, 12, 3], [10, 4, -14, 2, 8, 6, 22, 2, 4])
    for kernel in (kernels.scharr(axis), kernels.sobel(axis), kernels.prewitt(axis), dense, rank_1):
        expected = scipy.ndimage.correlate(
            image.astype(np.int64), kernel.astype(np.int64), mode="mirror"
        )
        with np.errstate(over="ignore"):
            kept = expected.astype(np.float16 if dtype == np.float16 else float)  # rounded once
        assert_array_equal(filter2d(image, kernel), kept)


# Spikes


@pytest.mark.parametrize(("size", "taps"), [(44_100, 44_100), (441_000, 44_100)])
def test_an_impulse_copies_a_long_kernel(size, taps):
    rng = np.random.default_rng(0)
    signal, kernel = samples.impulse(size), rng.normal(size=taps)
    place = int(signal.argmax())
    tracemalloc.start()
    out = convolve(signal, kernel)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * (signal.nbytes + kernel.nbytes)
    assert_array_equal(out[place : place + taps], kernel)
    assert np.count_nonzero(out) == taps
    assert_array_equal(convolve(kernel, signal), out)


def test_an_impulse_shows_a_large_kernel_and_costs_no_more_than_a_filter():
    image, kernel = samples.impulse((512, 512)), kernels.gaussian(25.0)
    tracemalloc.start()
    out = filter2d(image, kernel, padding_mode="zeros")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * image.nbytes
    expected = scipy.ndimage.gaussian_filter(image, 25.0, mode="constant")
    assert_allclose(out, expected, rtol=1e-12, atol=1e-16)
    dense = np.random.default_rng(0).normal(size=(101, 101))
    row, column = np.argwhere(image)[0]
    shown = filter2d(image, dense, padding_mode="zeros")
    assert_array_equal(shown[row - 50 : row + 51, column - 50 : column + 51], dense[::-1, ::-1])
    assert np.count_nonzero(shown) == dense.size


@pytest.mark.parametrize("count", [1, 5, 60])
@pytest.mark.parametrize("spike", [1e6, -1e12, 1e300])
@pytest.mark.parametrize("shape", [(60_000,), (300, 320), (50, 50, 50)])
def test_spikes_cost_the_values_beside_them_no_digits(shape, spike, count):
    rng = np.random.default_rng(count)
    clean = rng.normal(size=shape)
    kernel = rng.normal(
        size=(900,) if len(shape) == 1 else (24,) * 2 if len(shape) == 2 else (6,) * 3
    )
    where = np.zeros(shape, bool)
    where.ravel()[rng.integers(where.size, size=count)] = True
    touched = np.rint(scipy.signal.fftconvolve(where * 1.0, np.ones(kernel.shape))) > 0
    expected = scipy.signal.fftconvolve(np.where(where, 0, clean), kernel)
    out = convolve(np.where(where, spike, clean), kernel)
    assert_allclose(out[~touched], expected[~touched], rtol=0, atol=1e-11)
    stamped = expected[touched] + spike * scipy.signal.fftconvolve(where * 1.0, kernel)[touched]
    assert_allclose(out[touched], stamped, rtol=0, atol=1e-13 * abs(spike))


def test_many_values_far_above_the_others_are_added_up_one_by_one():
    rng = np.random.default_rng(0)
    heavy, kernel = np.exp(6 * rng.normal(size=20_000)), rng.uniform(size=3000)
    largest_relative = abs(convolve(heavy, kernel) / np.convolve(heavy, kernel) - 1).max()
    assert largest_relative < 3000 * np.finfo(float).eps
    image, dense = heavy.reshape(100, 200), rng.uniform(size=(20, 20))
    expected = scipy.ndimage.correlate(image, dense, mode="mirror", origin=-1)
    assert_allclose(filter2d(image, dense), expected, rtol=1e-13)


# Decays: where products are added up, small outputs are as exact as large ones


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("size", "taps"), [(3000, 600), (600, 3000), (4000, 4000), (90_000, 180)])
def test_positive_signals_have_positive_convolutions_up_to_16_million_products(size, taps, dtype):
    signal, kernel = (np.exp(-np.arange(n) / 20).astype(dtype) for n in (size, taps))
    out = convolve(signal, kernel)
    assert (out >= 0).all()
    exact = np.exp(-np.arange(out.size) / 20) * np.convolve(np.ones(size), np.ones(taps))
    seen = exact > 100 * np.finfo(dtype).tiny
    tolerance = 1e-4 if dtype == np.float32 else 1e-11
    assert_allclose(out[seen & (signal[0] > 0)][:500], exact[seen][:500], rtol=tolerance)


@pytest.mark.parametrize("shape", [(15, 15), (9, 25), (101, 101), (31, 31)])
def test_positive_images_have_positive_correlations(shape):
    # Rank 1, or at most 225 weights, or at most 4 million products.
    down, across = np.exp(-np.arange(120) / 2), np.exp(-np.arange(130) / 3)
    image = np.outer(down, across)[: 120 if shape[0] < 31 else 60, : 130 if shape[0] < 31 else 60]
    kernel = np.outer(*(np.exp(-np.arange(k) / 2) for k in shape))
    if shape[0] < 100:
        kernel[0, 0] *= 2  # no longer of rank 1
    out = convolve(image, kernel)
    expected = scipy.signal.convolve2d(image, kernel)
    assert_allclose(out, expected, rtol=1e-12)


def test_a_transform_errs_by_the_digits_of_the_largest_value():
    # Beyond, the error is absolute: 16ε times the largest value times the sum of the weights.
    signal, kernel = np.exp(-np.arange(400_000) / 2000), np.exp(-np.arange(1000) / 20)
    lost = abs(convolve(signal, kernel) - np.convolve(signal, kernel))
    assert (lost <= 16 * np.finfo(float).eps * kernel.sum()).all()
    assert lost.max() > 0


# NaN and infinity


@pytest.mark.parametrize("share", [1e-4, 0.01, 0.3])
@pytest.mark.parametrize("poison", [np.nan, np.inf, "both"])
@pytest.mark.parametrize("shape", [(31, 31), (9, 9), (5, 5), (1, 31), (31, 1), (3, 3)])
def test_poisoned_pixels_reach_their_windows_and_no_further(shape, poison, share):
    rng = np.random.default_rng(0)
    image = rng.normal(size=(150, 180))
    bad = rng.random(image.shape) < share
    image[bad] = rng.choice([np.nan, np.inf, -np.inf], bad.sum()) if poison == "both" else poison
    for kernel in (rng.normal(size=shape), np.outer(*(rng.uniform(0.1, 1, k) for k in shape))):
        with np.errstate(invalid="ignore"):
            expected = scipy.ndimage.correlate(image, kernel, mode="mirror")
        assert_allclose(filter2d(image, kernel), expected, atol=1e-11)


@pytest.mark.parametrize("where", ["signal", "kernel", "both"])
def test_one_nan_among_long_arrays_reaches_what_it_touches(where):
    rng = np.random.default_rng(0)
    signal, kernel = rng.normal(size=(2, 20_000))
    signal, kernel = signal.copy(), kernel[:9000].copy()
    expected = np.zeros(28_999, bool)
    if where != "kernel":
        signal[15_000], expected[15_000:24_000] = np.nan, True
    if where != "signal":
        kernel[100], expected[100:20_100] = np.inf, True
    out = convolve(signal, kernel)
    assert_array_equal(~np.isfinite(out), expected)
    fine = np.where(np.isfinite(signal), signal, 0), np.where(np.isfinite(kernel), kernel, 0)
    assert_allclose(out[~expected], scipy.signal.fftconvolve(*fine)[~expected], atol=1e-10)


# Fractions


def test_a_rank_1_kernel_of_fractions_keeps_the_digits_of_its_smallest_weights():
    column, row = [Fraction(1, 3**i) for i in range(9)], [Fraction(1, 7**i) for i in range(9)]
    kernel = np.array([[float(c * r) for r in row] for c in column])
    image = np.zeros((40, 40))
    image[20, 20], image[30, 30] = 1, 2.0**60
    exact = {(16 + i, 16 + j): column[8 - i] * row[8 - j] for i in range(9) for j in range(9)}
    out = filter2d(image, kernel, padding_mode="zeros")
    for place, value in exact.items():
        assert abs(Fraction(out[place]) / value - 1) < Fraction(1, 10**14)


def test_planes_choose_products_one_by_one_where_these_are_quick():
    kernel = np.random.default_rng(0).normal(size=(16, 16))
    assert planes.choose(kernel) == "fft"
    assert planes.choose(kernel, planes.QUICK // 256) == "toeplitz"
    assert planes.choose(kernel, planes.QUICK // 256 + 1) == "fft"
