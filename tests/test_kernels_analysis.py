"""Gradient, direction, factors and frequency response, against SciPy and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from convnotes import samples
from convnotes.convolution import filter2d
from convnotes.kernels import (
    box,
    emboss,
    frequency_response,
    gaussian,
    gradient,
    laplacian,
    log,
    orientation_error,
    prewitt,
    roberts,
    scharr,
    separate,
    sharpen,
    sobel,
)

SMOOTHING = {"prewitt": (1, 1), "scharr": (3, 10), "sobel": (1, 2)}  # outer and middle weight


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@given(
    st.floats(-10, 10),
    st.floats(-10, 10),
    st.floats(-10, 10),
    st.sampled_from(["prewitt", "roberts", "scharr", "sobel"]),
)
def test_gradient_of_a_plane_is_its_slope(down, right, level, operator):
    row, column = np.mgrid[0:5, 0:7]
    magnitude, angle = gradient(down * row + right * column + level, operator)
    inside = (slice(1, -1), slice(1, -1))
    assert_allclose(magnitude[inside], np.hypot(down, right), atol=1e-12)
    assert_allclose((magnitude * np.sin(angle))[inside], down, atol=1e-12)
    assert_allclose((magnitude * np.cos(angle))[inside], right, atol=1e-12)


def test_gradient_agrees_with_scipy_and_treats_channels_alone():
    photo = samples.photo(shrink=8, color=True)
    magnitude, angle = gradient(photo, "sobel")
    down, right = (ndimage.sobel(photo[..., 2], axis=a, mode="mirror") / 8 for a in (0, 1))
    assert magnitude.shape == angle.shape == photo.shape
    assert_allclose(magnitude[..., 2], np.hypot(down, right), atol=1e-12)
    assert_allclose((magnitude * np.sin(angle))[..., 2], down, atol=1e-12)


def test_gradient_by_roberts_is_that_of_the_corner_between_four_pixels():
    photo = samples.photo(shrink=8)
    magnitude, angle = gradient(photo, "roberts")
    rising, falling = photo[1:, 1:] - photo[:-1, :-1], photo[1:, :-1] - photo[:-1, 1:]
    assert_allclose(magnitude[:-1, :-1], np.sqrt((rising**2 + falling**2) / 2), atol=1e-14)
    down = (photo[1:, :-1] + photo[1:, 1:] - photo[:-1, :-1] - photo[:-1, 1:]) / 2
    assert_allclose((magnitude * np.sin(angle))[:-1, :-1], down, atol=1e-14)


def test_gradient_keeps_the_dtype_and_the_image():
    image = noise(6, 5).astype(np.float32)
    before = image.copy()
    assert [part.dtype for part in gradient(image)] == [np.float32] * 2
    assert [part.dtype for part in gradient(np.eye(4, dtype=int))] == [np.float64] * 2
    assert_array_equal(image, before)


def test_gradient_of_a_nan_stays_near_it():
    image = np.zeros((7, 7))
    image[3, 3] = np.nan
    magnitude, _ = gradient(image)
    assert np.isnan(magnitude[2, 2])
    assert not magnitude[:, 5:].any()


# --- orientation error ---


@pytest.mark.parametrize("operator", SMOOTHING)
@pytest.mark.parametrize("frequency", [0.03, 0.1, 0.25, 0.41, 0.48])
def test_orientation_error_matches_the_closed_form(operator, frequency):
    outer, middle = SMOOTHING[operator]
    angle = np.linspace(0, np.pi / 2, 20001)
    down, right = 2 * np.pi * frequency * np.array([np.sin(angle), np.cos(angle)])
    estimate = np.arctan2(
        np.sin(down) * (middle + 2 * outer * np.cos(right)),
        np.sin(right) * (middle + 2 * outer * np.cos(down)),
    )
    miss = np.abs(estimate - angle)
    worst = np.degrees(np.minimum(miss, 2 * np.pi - miss).max())
    assert_allclose(orientation_error(operator, frequency), worst, rtol=1e-3)


@pytest.mark.parametrize("frequency", [0.03, 0.25, 0.45])
def test_orientation_error_of_roberts_matches_its_closed_form(frequency):
    angle = np.linspace(0, np.pi / 2, 20001)[1:-1]
    down, right = np.pi * frequency * np.array([np.sin(angle), np.cos(angle)])
    worst = np.degrees(np.abs(np.arctan2(np.tan(down), np.tan(right)) - angle).max())
    assert_allclose(orientation_error("roberts", frequency), worst, rtol=1e-3)


def test_orientation_error_is_what_a_real_wave_shows():
    angles = np.radians(np.linspace(0, 90, 361))
    row, column = np.mgrid[-2:3, -2:3]
    misses = []
    for angle in angles:
        wave = np.sin(2 * np.pi * 0.25 * (np.sin(angle) * row + np.cos(angle) * column))
        down, right = (ndimage.sobel(wave, axis=a)[2, 2] for a in (0, 1))
        misses.append(np.arctan2(down, right) - angle)
    assert_allclose(orientation_error("sobel", 0.25), np.degrees(np.abs(misses).max()))


def test_orientation_error_is_half_a_turn_at_most():
    # Beyond a third of a cycle Prewitt's average of three pixels turns a wave upside down.
    errors = orientation_error("prewitt", np.linspace(0.34, 0.499, 30))
    assert errors.max() <= 180
    assert errors[-1] > 120


def test_orientation_error_keeps_the_shape_of_the_frequencies():
    errors = orientation_error("scharr", [[0.1, 0.2, 0.3]])
    assert errors.shape == (1, 3)
    assert_allclose(errors[0, 1], orientation_error("scharr", 0.2))
    assert orientation_error("scharr", []).shape == (0,)


# --- separability ---


@pytest.mark.parametrize(
    ("kernel", "rank"),
    [
        (box((3, 5)), 1), (gaussian(1.0), 1), (sobel(0), 1), (scharr(1), 1), (prewitt(1), 1),
        (laplacian(), 2), (laplacian(diagonals=True), 2), (sharpen(), 2), (emboss(), 3),
        (roberts(0), 2), (log(1.0), 2), (np.zeros((3, 4)), 0),
    ],
)  # fmt: skip
def test_rank_and_factors(kernel, rank):
    columns, rows = separate(kernel)
    assert columns.shape == (rank, kernel.shape[0])
    assert rows.shape == (rank, kernel.shape[1])
    assert_allclose(sum(map(np.outer, columns, rows), np.zeros(kernel.shape)), kernel, atol=1e-14)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_separate_rebuilds_any_kernel_with_the_rank_numpy_finds(kh, kw, seed):
    kernel = noise(kh, kw, seed=seed)
    columns, rows = separate(kernel)
    assert len(columns) == np.linalg.matrix_rank(kernel)
    assert_allclose(np.einsum("ki,kj->ij", columns, rows), kernel, atol=1e-12)
    assert_allclose(np.linalg.norm(columns, axis=1), np.linalg.norm(rows, axis=1))


def test_separate_finds_the_parts_sobel_is_composed_of():
    columns, rows = separate(sobel(1))
    assert_allclose(columns[0] / columns[0, 0], [1, 2, 1])
    assert_allclose(rows[0] / rows[0, 2], [-1, 0, 1], atol=1e-14)
    assert columns[0, 1] > 0
    columns, rows = separate(sobel(0))
    assert columns[0, 2] > 0  # of −1 and +1, the last decides the sign
    assert rows[0, 1] > 0


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, ">f4", ">f8", np.int8])
def test_separate_takes_every_real_dtype(dtype):
    whole = np.outer([1, 2, 4], [3, -6, 3])
    columns, rows = separate(whole.astype(dtype))
    assert columns.dtype == rows.dtype == (float if dtype == np.int8 else dtype)
    assert len(columns) == 1
    assert_allclose(np.outer(columns[0], rows[0]).astype(float), whole, rtol=4e-3)
    smooth = gaussian(2.0).astype(dtype if dtype != np.int8 else float)
    assert len(separate(smooth)[0]) == 1  # rounding makes no second pair


def test_separate_keeps_float32():
    columns, rows = separate(emboss().astype(np.float32))
    assert columns.dtype == rows.dtype == np.float32
    assert len(columns) == 3
    assert len(separate(gaussian(1.0).astype(np.float32))[0]) == 1


# --- frequency response ---


@pytest.mark.parametrize("shape", [(8, 8), (9, 12), (7, 5)])
@pytest.mark.parametrize(
    "kernel", [sobel(0), emboss(), box((3, 5)), box((2, 4)), noise(5, 3), noise(1, 2)]
)
def test_response_times_spectrum_is_the_filtered_image(kernel, shape):
    image = noise(*shape, seed=1)
    response = np.fft.ifftshift(frequency_response(kernel, shape))
    filtered = np.fft.ifft2(np.fft.fft2(image) * response)
    assert_allclose(filtered, filter2d(image, kernel, padding_mode="circular"), atol=1e-12)


def test_response_is_the_dft_that_scipy_correlation_has():
    image, kernel = noise(10, 11), noise(3, 5, seed=2)
    response = np.fft.ifftshift(frequency_response(kernel, (10, 11)))
    filtered = np.fft.ifft2(np.fft.fft2(image) * response).real
    assert_allclose(filtered, ndimage.correlate(image, kernel, mode="wrap"), atol=1e-12)


@pytest.mark.parametrize("kernel", [box(3), gaussian(1.0), sobel(1), laplacian(), sharpen()])
def test_response_at_frequency_zero_is_the_sum(kernel):
    assert_allclose(frequency_response(kernel, (6, 9))[3, 4], kernel.sum(), atol=1e-15)


def test_response_of_symmetric_kernels_is_real_and_of_derivatives_imaginary():
    assert_allclose(frequency_response(gaussian(1.0), 16).imag, 0, atol=1e-15)
    assert_allclose(frequency_response(sobel(0), 16).real, 0, atol=1e-14)


def test_response_needs_no_more_frequencies_than_asked_for():
    assert_allclose(frequency_response(box(5), 1), [[1]])
    assert frequency_response(box(3).astype(np.float32), (2, 3)).dtype == np.complex64


# --- wrong arguments name themselves ---

IMAGE = np.ones((4, 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradient(IMAGE, "canny"), "operator='canny' must be one of 'prewitt', 'scharr', "),
        (lambda: gradient([1, 2, 3]), "image"),
        (lambda: orientation_error("canny", 0.1), "operator='canny'"),
        (lambda: orientation_error("sobel", 0.5), "frequency=0.5 must lie strictly"),
        (lambda: orientation_error("sobel", [0.1, 0]), r"frequency=\[0.1, 0\]"),
        (lambda: orientation_error("sobel", np.nan), "frequency=nan"),
        (lambda: separate([1, 2]), "kernel"),
        (lambda: separate(np.zeros((0, 3))), r"kernel must not be empty, shape \(0, 3\)"),
        (lambda: separate([[np.nan]]), "kernel must be finite"),
        (lambda: frequency_response(box(3), 0), "size=0 must be at least 1"),
        (lambda: frequency_response(np.zeros((3, 0)), 4), "kernel must not be empty"),
    ],
)
def test_wrong_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_wrong_types_are_named():
    with pytest.raises(TypeError, match="kernel"):
        separate([["a"]])
