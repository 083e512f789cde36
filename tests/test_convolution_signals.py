"""Convolution of plain arrays against SciPy, from three numbers to a million samples."""

from functools import partial

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from numpy.testing import assert_allclose

from convnotes import convolution, kernels, samples
from convnotes.convolution import conv2d, convolve, correlate, filter2d
from convnotes.convolution.engines import planes
from tests.convolution_layers import MODES

SCIPY_MODES = {
    "zeros": "constant",
    "reflect": "mirror",
    "replicate": "nearest",
    "circular": "grid-wrap",
    "symmetric": "reflect",
}


SHAPES = [
    ((7,), (3,)),
    ((7,), (1,)),
    ((1,), (1,)),
    ((5, 6), (1, 1)),
    ((3,), (6,)),
    ((5, 6), (2, 3)),
    ((2, 3), (4, 5)),
    ((4, 5, 6), (2, 1, 3)),
    ((300,), (290,)),
    ((4,), (9,)),
    ((40, 50), (39, 20)),
    ((3, 1, 2), (8, 2, 3)),
]


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("shape", "kernel_shape"), SHAPES)
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_convolve_and_correlate_are_scipys(name, shape, kernel_shape, mode):
    rng = np.random.default_rng(2)
    x, kernel = rng.normal(size=shape), rng.normal(size=kernel_shape)
    mine, scipys = getattr(convolution, name), getattr(scipy.signal, name)
    for a, b in ((x, kernel), (x, kernel * 1j), (x + 2j, kernel - 1j), (x + 2j, kernel)):
        assert_allclose(mine(a, b, mode), scipys(a, b, mode, method="direct"), atol=1e-12)


@pytest.mark.parametrize("mode", ["full", "same"])
def test_neither_needs_to_lie_inside_the_other(mode):
    rng = np.random.default_rng(2)
    for shape, kernel_shape in (((8, 2, 3), (3, 6, 2)), ((3, 9), (5, 2)), ((2, 40), (30, 3))):
        x, kernel = rng.normal(size=shape), rng.normal(size=kernel_shape)
        expected = scipy.signal.convolve(x, kernel, mode, method="direct")
        assert_allclose(convolve(x, kernel, mode), expected, atol=1e-12)
    with pytest.raises(ValueError, match="mode='valid' needs one shape inside the other"):
        convolve(x, kernel, "valid")


def test_convolve_by_hand():
    assert convolve([1, 2, 3], [1, 10]).tolist() == [1, 12, 23, 30]
    assert correlate([1, 2, 3], [1, 10]).tolist() == [10, 21, 32, 3]
    assert convolve([[1, 2]], [[1], [3]]).tolist() == [[1, 2], [3, 6]]


@pytest.mark.parametrize("padding_mode", MODES)
@pytest.mark.parametrize("shape", [(3, 3), (1, 5), (7, 3), (2, 4), (1, 1), (41, 1), (23, 25)])
@pytest.mark.parametrize("size", [(9, 12), (1, 12), (9, 5), (1, 1)])
def test_filter2d_is_scipys_correlate(size, shape, padding_mode):
    rng = np.random.default_rng(3)
    image, kernel = rng.normal(size=(*size, 3)), rng.normal(size=shape)
    # SciPy centres an even kernel on the value after its middle, this package on the one before.
    origin = [-1 if size % 2 == 0 else 0 for size in shape]
    colour = filter2d(image, kernel, padding_mode=padding_mode)
    for channel in range(3):
        grey = image[..., channel]
        expected = scipy.ndimage.correlate(
            grey, kernel, mode=SCIPY_MODES[padding_mode], origin=origin
        )
        assert_allclose(filter2d(grey, kernel, padding_mode=padding_mode), expected, atol=1e-11)
        assert_allclose(colour[..., channel], expected, atol=1e-11)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("padding_mode", MODES)
def test_photograph_through_sobel_is_scipys(axis, padding_mode):
    photo, sobel = samples.photo(), kernels.sobel(axis)
    expected = scipy.ndimage.correlate(photo, sobel, mode=SCIPY_MODES[padding_mode])
    out = filter2d(photo, sobel, padding_mode=padding_mode)
    assert out.shape == (600, 512)
    assert np.ptp(out) > 0.1
    assert_allclose(out, expected, rtol=0, atol=1e-13)
    border = np.ones(photo.shape, bool)
    border[1:-1, 1:-1] = False
    assert_allclose(out[border], expected[border], rtol=0, atol=1e-13)


@pytest.mark.parametrize("spike", [-3e38, -1e10])
def test_one_value_far_above_the_others_costs_them_no_digits(spike):
    rng = np.random.default_rng(0)
    image, kernel = rng.uniform(size=(150, 200)), rng.uniform(size=(21, 21)) / 441
    image[10, 20] = spike  # rasters mark a pixel without data by the first
    for values, weights, ours, peer in (
        (image, kernel, filter2d, partial(scipy.ndimage.correlate, mode="mirror")),
        (image.ravel(), kernel.ravel(), convolve, np.convolve),
    ):
        clean = np.where(values < 0, 0, values)
        touched = peer((values < 0) * 1.0, np.ones(weights.shape)) > 0.5
        out = ours(values.astype(np.float32), weights.astype(np.float32))
        assert np.isfinite(out).all()
        assert_allclose(out[~touched], peer(clean, weights)[~touched], atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (9, 9), (21, 21), (40, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_mean_of_huge_values_is_as_huge(shape, dtype):
    huge = np.full((130, 140), np.finfo(dtype).max / 4, dtype)
    box = np.full(shape, 1 / np.prod(shape), dtype)
    assert_allclose(filter2d(huge, box), huge, rtol=1e-5)
    assert_allclose(convolve(huge.ravel(), box.ravel(), "valid"), huge[0, 0], rtol=1e-5)
    assert_allclose(convolve(huge[None], box[None], "valid"), huge[0, 0], rtol=1e-5)
    assert_allclose(conv2d(huge[None, None], box[None, None]), huge[0, 0], rtol=1e-5)


@pytest.mark.parametrize("weights", [[-1], [1], [-1, 1], [-1, 0, 1], [-1, 1, 2], [0, 2], [0]])
def test_weights_of_one_and_minus_one_count_with_their_sign(weights):
    rng = np.random.default_rng(6)
    image = rng.normal(size=(9, 12))
    for _ in range(20):
        kernel = rng.choice(np.array(weights, float), size=(3, 3))
        expected = scipy.ndimage.correlate(image, kernel, mode="mirror")
        assert_allclose(filter2d(image, kernel), expected, atol=1e-12)


def test_complex_kernels_of_rank_1_are_separable():
    rng = np.random.default_rng(0)
    x, column, row = (rng.normal(size=n) + 1j * rng.normal(size=n) for n in (600, 9, 8))
    kernel = np.outer(column, row)
    assert planes.choose(kernel) == "separable"
    expected = scipy.signal.convolve(x.reshape(20, 30), kernel, method="direct")
    assert_allclose(convolve(x.reshape(20, 30), kernel), expected, atol=1e-12)


def test_a_weight_far_below_the_others_counts():
    image, kernel = np.zeros((9, 9)), np.diag([1, 5e-16, 0])
    image[4, 4] = 1e20
    assert_allclose(filter2d(image, kernel)[4, 4], 5e4)
    with pytest.raises(ValueError, match="rank 1"):
        conv2d(image[None, None], kernel[None, None], method="separable")


ENGINES = {  # kernels for which each engine is picked
    "taps": [(2, 3), (1, 12), (3, 3)],
    "separable": [(3, 3), (15, 15), (8, 40), (2, 9), (13, 1), (101, 1), (1, 30)],
    "toeplitz": [(5, 5), (4, 7), (15, 15)],
    "fft": [(17, 17), (31, 9), (1, 300), (40, 33)],
}


@pytest.mark.parametrize(("name", "shape"), [(n, s) for n in ENGINES for s in ENGINES[n]])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_filter2d_picks_each_engine_and_all_are_scipys(name, shape, dtype):
    rng = np.random.default_rng(4)
    image, kernel = rng.normal(size=(330, 410)).astype(dtype), rng.normal(size=shape).astype(dtype)
    if name == "separable":
        kernel = np.outer(kernel[:, 0], kernel[0])
    assert planes.choose(kernel) == name
    origin = [-1 if size % 2 == 0 else 0 for size in shape]
    exact = image.astype(float), kernel.astype(float)
    expected = scipy.ndimage.correlate(*exact, mode="mirror", origin=origin)
    out = filter2d(image, kernel)
    assert out.dtype == dtype
    # Σ: the largest sum of absolute products that an output can have.
    largest = abs(image).max() * abs(kernel).sum()
    assert_allclose(out, expected, rtol=0, atol=4 * np.finfo(dtype).eps * largest)


@pytest.mark.parametrize(
    ("shape", "kernel_shape"),
    [
        ((50_000,), (5,)),
        ((50_000,), (100,)),
        ((50_000,), (1001,)),
        ((1000,), (999,)),
        ((12_289,), (1001,)),
        ((200, 50), (40, 1)),
        ((4096 * 3 - 4,), (5,)),
        ((300, 200), (21, 18)),
        ((300, 200), (4, 5)),
        ((20, 30, 40), (7, 6, 5)),
        ((3, 4, 5, 6), (2, 3, 5, 5)),
    ],
)
@pytest.mark.parametrize("kind", ["float32", "float64", "complex64", "complex128"])
def test_long_convolutions_are_scipys(shape, kernel_shape, kind):
    rng = np.random.default_rng(5)
    x, kernel = rng.normal(size=(2, *shape)), rng.normal(size=(2, *kernel_shape))
    x, kernel = ((a[0] + 1j * a[1] if kind[0] == "c" else a[0]).astype(kind) for a in (x, kernel))
    exact = np.complex128 if kind[0] == "c" else float
    expected = scipy.signal.oaconvolve(x.astype(exact), kernel.astype(exact))
    out = convolve(x, kernel)
    assert out.dtype == kind
    largest = abs(x).max() * abs(kernel).sum()
    assert_allclose(out, expected, rtol=0, atol=4 * np.finfo(kind).eps * largest)


@pytest.mark.parametrize("taps", [3, 50, 2000])
@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_poisoned_sample_reaches_as_many_outputs_as_there_are_taps(taps, poison):
    rng = np.random.default_rng(6)
    x, kernel = rng.normal(size=20_000), rng.normal(size=taps)
    x[7000] = poison
    expected = np.ones(20_000 + taps - 1, bool)
    expected[7000 : 7000 + taps] = False
    assert (np.isfinite(convolve(x, kernel)) == expected).all()
    x[7000], kernel[1] = 0, poison
    finite = np.isfinite(convolve(x, kernel))
    assert not finite[1:20_001].any()
    assert finite[[0, *range(20_001, len(finite))]].all()


@pytest.mark.parametrize("dtype", ["float16", "longdouble"])
@pytest.mark.parametrize("size", [3, 21])
def test_other_float_types_keep_their_precision(dtype, size):
    rng = np.random.default_rng(7)
    image, kernel = rng.normal(size=(40, 50)).astype(dtype), rng.normal(size=(size, size))
    kernel = kernel.astype(dtype)
    out = filter2d(image, kernel, padding_mode="zeros")
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(image, size // 2).astype("longdouble"), (size, size)
    )
    exact = np.einsum("ijuv,uv->ij", windows, kernel.astype("longdouble"))
    assert out.dtype == dtype
    scale = np.einsum("ijuv,uv->ij", abs(windows), abs(kernel).astype("longdouble"))
    assert (abs(out - exact) <= size**2 * np.finfo(dtype).eps * scale).all()
    assert convolve(image, kernel).dtype == dtype


def test_images_without_pixels_are_left_as_they_are():
    assert filter2d(np.ones((0, 5)), [[1.0]]).shape == (0, 5)
    assert filter2d(np.ones((4, 5, 0)), np.ones((3, 3))).shape == (4, 5, 0)
