"""Ready-made kernels, against SciPy, scikit-image and worked numbers."""

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from skimage import filters

from convnotes import kernels, samples
from convnotes.convolution import filter2d
from convnotes.kernels import (
    box,
    dog,
    emboss,
    gabor,
    gaussian,
    identity,
    laplacian,
    log,
    motion,
    prewitt,
    roberts,
    scharr,
    sharpen,
    sobel,
    unsharp,
)

DERIVATIVES = [prewitt, scharr, sobel]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(
    ("kernel", "numbers"),
    [
        (identity(), [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        (identity((1, 5)), [[0, 0, 1, 0, 0]]),
        (box((2, 3)), np.full((2, 3), 1 / 6)),
        (sobel(0), [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        (sobel(1), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        (scharr(1), [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]),
        (prewitt(0), [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]),
        (roberts(0), [[-1, 0], [0, 1]]),
        (roberts(1), [[0, -1], [1, 0]]),
        (laplacian(), [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        (laplacian(diagonals=True), [[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
        (sharpen(), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        (emboss(), [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
        (motion(3), np.full((1, 3), 1 / 3)),
        (motion(2, np.pi / 2), [[0.25], [0.5], [0.25]]),
        (motion(1, 0.3), [[1]]),
        (unsharp(1.0, amount=2, radius=0), [[1]]),
    ],
)
def test_kernels_are_the_textbook_numbers(kernel, numbers):
    assert kernel.dtype == np.float64
    assert_allclose(kernel, numbers, rtol=1e-15)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("kernel", "peer"), [(sobel, ndimage.sobel), (prewitt, ndimage.prewitt)])
def test_derivatives_agree_with_scipy_on_the_photograph(kernel, peer, axis):
    photo = samples.photo(shrink=2)
    assert_allclose(
        filter2d(photo, kernel(axis)), peer(photo, axis=axis, mode="mirror"), atol=1e-12
    )


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("kernel", DERIVATIVES)
def test_normalized_derivatives_agree_with_scikit_image(kernel, axis):
    photo = samples.photo(shrink=4)
    peer = getattr(filters, kernel.__name__)
    # scikit-image divides by the smoothing weights but not by the distance of two pixels.
    assert_allclose(
        2 * filter2d(photo, kernel(axis, normalize=True)),
        peer(photo, axis=axis, mode="mirror"),
        atol=1e-12,
    )


@pytest.mark.parametrize("sigma", [0.3, 0.8, 1.0, 2.5])
def test_gaussian_agrees_with_scipy(sigma):
    image = noise(30, 41)
    peer = ndimage.gaussian_filter(image, sigma, mode="mirror")
    assert_allclose(filter2d(image, gaussian(sigma)), peer, atol=1e-12)


def test_gaussian_radius_is_kept_and_the_sum_is_still_one():
    kernel = gaussian(3.0, radius=1)
    assert kernel.shape == (3, 3)
    assert_allclose(kernel.sum(), 1)
    assert_allclose(kernel[1, 0] / kernel[1, 1], np.exp(-1 / 18))
    assert_array_equal(gaussian(1.0, radius=0), [[1]])


def test_laplacian_agrees_with_scipy_and_scikit_image():
    image = noise(12, 17)
    answer = filter2d(image, laplacian())
    assert_allclose(answer, ndimage.laplace(image, mode="mirror"), atol=1e-12)
    upside_down = filters.laplace(image)  # scikit-image's is positive in the centre
    assert_allclose(answer[1:-1, 1:-1], -upside_down[1:-1, 1:-1], atol=1e-12)


@pytest.mark.parametrize(("diagonals", "factor"), [(False, 1), (True, 3)])
def test_laplacian_of_a_parabola_is_its_curvature(diagonals, factor):
    row, column = np.mgrid[-3:4, -4:5]
    bowl = 1.5 * row**2 + 0.5 * column**2 + 7 * row - column  # second derivatives 3 and 1
    answer = filter2d(bowl, laplacian(diagonals))
    assert_allclose(answer[1:-1, 1:-1], 4 * factor)


@given(st.integers(1, 9), st.integers(1, 9), st.floats(-5, 5))
def test_averages_keep_a_constant_image(kh, kw, level):
    image = np.full((12, 12), level)
    assert_allclose(filter2d(image, box((kh, kw)), padding_mode="circular"), image, atol=1e-12)
    assert_allclose(filter2d(image, sharpen()), image, atol=1e-12)


@pytest.mark.parametrize(
    "kernel",
    [
        box((3, 5)), box(4), gaussian(1.2), motion(5, 0.7), sharpen(), emboss(),
        unsharp(1.0, amount=3.0),
    ],
)  # fmt: skip
def test_kernels_of_sum_one_keep_the_mean(kernel):
    image = noise(14, 13) + 2
    out = filter2d(image, kernel, padding_mode="circular")
    assert_allclose(out.mean(), image.mean())


@pytest.mark.parametrize("kernel", DERIVATIVES)
def test_sign_is_positive_where_brightness_grows_right_and_down(kernel):
    step = np.repeat([[0.0, 0.0, 1.0, 1.0]], 4, axis=0)
    assert (filter2d(step, kernel(1))[:, 1:3] > 0).all()
    assert (filter2d(step.T, kernel(0))[1:3] > 0).all()
    assert not filter2d(step, kernel(0)).any()


@pytest.mark.parametrize("kernel", [*DERIVATIVES, roberts])
def test_kernels_are_fresh_arrays(kernel):
    first = kernel(0)
    first[:] = 9
    assert kernel(0)[0, 0] < 0


@pytest.mark.parametrize("kernel", DERIVATIVES)
def test_a_unit_ramp_answers_one_if_normalized(kernel):
    row, column = np.mgrid[0:5, 0:6]
    assert_allclose(filter2d(row, kernel(0, normalize=True))[1:-1], 1)
    assert_allclose(filter2d(column, kernel(1, normalize=True))[:, 1:-1], 1)


# --- Roberts ---


def test_roberts_answers_one_to_a_unit_ramp_along_its_diagonal():
    row, column = np.mgrid[0:5, 0:6]
    lower_right, lower_left = (row + column) / np.sqrt(2), (row - column) / np.sqrt(2)
    for diagonal, along, across in [(0, lower_right, lower_left), (1, lower_left, lower_right)]:
        kernel = roberts(diagonal, normalize=True)
        assert_allclose(filter2d(along, kernel)[:-1, :-1], 1)
        assert_allclose(filter2d(across, kernel)[:-1, :-1], 0, atol=1e-15)


def test_roberts_agrees_with_scikit_image():
    photo = samples.photo(shrink=4)
    for diagonal, peer in [(0, filters.roberts_pos_diag), (1, filters.roberts_neg_diag)]:
        # At the last row and column the two pad differently.
        inside = (slice(-1), slice(-1))
        assert_allclose(filter2d(photo, roberts(diagonal))[inside], peer(photo)[inside], atol=1e-12)


# --- motion ---


@pytest.mark.parametrize("length", [4, 7, 10_000])
def test_motion_along_a_row_weighs_every_point_alike(length):
    tracemalloc.start()
    kernel = motion(length)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * length + 50_000  # what a line takes, and no matrix
    even = length % 2 == 0  # points between two pixels give each of them half
    expected = np.full(length + even, 1 / length)
    expected[[0, -1]] /= 1 + even
    assert_allclose(kernel, expected[None], rtol=1e-12)
    assert_allclose(motion(length, np.pi / 2), expected[:, None], rtol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 5, 8])
@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 4, np.pi / 2, 2.5, -1.0])
def test_motion_is_the_mean_of_interpolated_images_along_the_line(length, angle):
    image = noise(23, 24)
    row, column = np.mgrid[8:15, 8:16]
    steps = np.arange(length) - (length - 1) / 2
    moved = [
        ndimage.map_coordinates(
            image, [row + s * np.sin(angle), column + s * np.cos(angle)], order=1
        )
        for s in steps
    ]
    answer = filter2d(image, motion(length, angle))[8:15, 8:16]
    assert_allclose(answer, np.mean(moved, axis=0), atol=1e-10)


@given(st.integers(1, 12), st.floats(-10, 10))
def test_motion_is_an_average_that_looks_the_same_from_behind(length, angle):
    kernel = motion(length, angle)
    assert kernel.min() >= 0
    assert_allclose(kernel.sum(), 1)
    assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-12)
    assert_allclose(motion(length, angle + np.pi / 2).sum(), 1)


def test_motion_is_no_larger_than_its_line():
    assert motion(5, np.pi).shape == (1, 5)
    assert motion(5, -np.pi / 2).shape == (5, 1)
    assert motion(5, np.pi / 4).shape == (5, 5)


# --- Laplacian of Gaussian, difference of Gaussians ---


@pytest.mark.parametrize("sigma", [0.8, 1.0, 2.5])
def test_log_is_scipys_without_its_answer_to_a_constant(sigma):
    def peer(image):
        constant = ndimage.gaussian_laplace(np.ones(image.shape), sigma, mode="mirror")
        blurred = ndimage.gaussian_filter(image, sigma, mode="mirror")
        return ndimage.gaussian_laplace(image, sigma, mode="mirror") - constant * blurred

    row, _ = np.mgrid[-40:41, -40:41]
    curvature_of_one = peer(row**2 / 2)[40, 40]
    assert 0.98 < curvature_of_one < 1.02
    image = noise(33, 34)
    assert_allclose(filter2d(image, log(sigma)), peer(image) / curvature_of_one, atol=1e-12)


@pytest.mark.parametrize("kernel", [log(0.03), log(0.5), log(1.3), log(2.0, radius=1)])
def test_log_answers_curvature_and_nothing_else(kernel):
    row, column = np.mgrid[-9:10, -8:9]
    bowl = 1.5 * row**2 + 0.5 * column**2 + 7 * row - column + 20  # second derivatives 3 and 1
    assert_allclose(filter2d(bowl, kernel)[9, 8], 4, rtol=1e-9)
    assert_allclose(kernel.sum(), 0, atol=1e-14)


def test_log_of_a_very_narrow_bell_is_the_laplacian():
    assert_allclose(log(0.1), laplacian(), atol=1e-9)
    assert log(0.05).shape == (3, 3)


@pytest.mark.parametrize("sigmas", [(1.0, None), (0.7, 2.0)])
def test_dog_agrees_with_scikit_image(sigmas):
    image = noise(33, 34)
    peer = filters.difference_of_gaussians(image, *sigmas, mode="mirror")
    assert_allclose(filter2d(image, dog(*sigmas)), peer, atol=1e-12)


def test_dog_resembles_the_laplacian_of_a_gaussian_upside_down():
    ours, peer = dog(2.0, radius=12), -log(2.5, radius=12)
    agreement = (ours * peer).sum() / np.sqrt((ours**2).sum() * (peer**2).sum())
    assert agreement > 0.99
    assert_allclose(ours.sum(), 0, atol=1e-15)


# --- Gabor ---


@pytest.mark.parametrize("frequency", [0.1, 0.23])
@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2, 2.0])
@pytest.mark.parametrize("phase", [0.0, -np.pi / 2, 1.0])
def test_gabor_agrees_with_scikit_image(frequency, angle, phase):
    peer = filters.gabor_kernel(frequency, theta=angle, offset=phase, n_stds=4).real
    reach, (h, w) = 5, peer.shape
    ours = gabor(frequency, angle, phase=phase, radius=reach)
    middle = peer[h // 2 - reach : h // 2 + reach + 1, w // 2 - reach : w // 2 + reach + 1]
    largest = np.unravel_index(np.abs(middle).argmax(), middle.shape)
    assert_allclose(ours / ours[largest], middle / middle[largest], atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.9])
@pytest.mark.parametrize("phase", [0.0, -np.pi / 2, 0.8])
def test_gabor_passes_its_own_wave_at_full_strength_and_no_other(angle, phase):
    row, column = np.mgrid[-40:41, -40:41]

    def strength(direction, frequency):
        along = np.sin(direction) * row + np.cos(direction) * column
        wave = np.exp(2j * np.pi * frequency * along)
        kernel = gabor(0.2, angle, phase=phase)
        return abs(ndimage.correlate(wave.real, kernel) + 1j * ndimage.correlate(wave.imag, kernel))

    assert_allclose(strength(angle, 0.2)[40, 40], 1, atol=1e-3)
    assert_allclose(strength(angle, 0.4 / 3)[40, 40], 0.5, atol=0.02)  # an octave below
    assert_allclose(strength(angle, 0.8 / 3)[40, 40], 0.5, atol=0.02)
    assert strength(angle + np.pi / 2, 0.2)[40, 40] < 0.01


def test_gabor_is_even_or_odd_by_its_phase():
    even, odd = gabor(0.15, 0.6), gabor(0.15, 0.6, phase=-np.pi / 2)
    assert_allclose(even, even[::-1, ::-1], atol=1e-15)
    assert_allclose(odd, -odd[::-1, ::-1], atol=1e-15)
    assert abs(even.sum()) < 0.005
    _, column = np.mgrid[0:41, 0:41]
    assert filter2d(column, gabor(0.2, phase=-np.pi / 2))[20, 20] > 0


# --- unsharp masking ---


@pytest.mark.parametrize(("sigma", "amount"), [(1.0, 1.0), (0.6, 2.5), (1.4, -0.5)])
def test_unsharp_agrees_with_scikit_image(sigma, amount):
    image = noise(33, 34)
    peer = filters.unsharp_mask(image, radius=sigma, amount=amount, preserve_range=True)
    inside = (slice(6, -6), slice(6, -6))  # scikit-image repeats the border pixel
    assert_allclose(filter2d(image, unsharp(sigma, amount))[inside], peer[inside], atol=1e-12)


def test_unsharp_by_nothing_copies_and_by_minus_one_blurs():
    assert_array_equal(unsharp(1.0, amount=0, radius=2), identity(5))
    assert_allclose(unsharp(1.0, amount=-1), gaussian(1.0))


# --- wrong arguments name themselves ---


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: identity(4), "size=4 must be odd"),
        (lambda: identity((3, 2)), r"size=\(3, 2\) must be odd"),
        (lambda: box(0), "size=0 must be at least 1"),
        (lambda: box((3, 3, 3)), r"size=\(3, 3, 3\)"),
        (lambda: gaussian(0), "sigma=0 must be positive"),
        (lambda: gaussian(np.nan), "sigma=nan must be positive"),
        (lambda: gaussian(np.inf), "sigma=inf must be positive and finite"),
        (lambda: gaussian(1, radius=-1), "radius=-1 must be at least 0"),
        (lambda: sobel(2), "axis=2 must be 0"),
        (lambda: scharr(-1), "axis=-1 must be 0"),
        (lambda: roberts(2), "diagonal=2 must be 0"),
        (lambda: motion(0), "length=0 must be at least 1"),
        (lambda: motion(3, np.inf), "angle=inf must be finite"),
        (lambda: log(-1), "sigma=-1 must be positive"),
        (lambda: log(0.02), "sigma=0.02 must be at least 0.03"),
        (lambda: log(1, radius=0), "radius=0 must be at least 1"),
        (lambda: dog(0), "low_sigma=0 must be positive"),
        (lambda: dog(2, 1.5), "high_sigma=1.5 must be finite and above low_sigma=2"),
        (lambda: dog(2, np.inf), "high_sigma=inf must be finite"),
        (lambda: dog(2, radius=-1), "radius=-1"),
        (lambda: gabor(0.5), "frequency=0.5 must lie strictly"),
        (lambda: gabor(0), "frequency=0 must lie strictly"),
        (lambda: gabor(0.1, np.nan), "angle=nan must be finite"),
        (lambda: gabor(0.1, phase=np.inf), "phase=inf"),
        (lambda: gabor(0.1, sigma=0), "sigma=0 must be positive"),
        (lambda: unsharp(0), "sigma=0 must be positive"),
        (lambda: unsharp(1, np.nan), "amount=nan must be finite"),
    ],
)
def test_wrong_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: box(2.5), "size=2.5"),
        (lambda: identity("3"), "size='3'"),
        (lambda: gaussian(1, radius=1.5), "radius=1.5"),
        (lambda: motion(2.5), "length=2.5"),
        (lambda: prewitt(None), "axis=None must be 0"),
        (lambda: sobel(True), "axis=True must be 0"),
        (lambda: gabor(0.2, 1j), "angle=1j must be a real number"),
        (lambda: gaussian("1"), "sigma='1' must be positive and finite, one real number or two"),
        (lambda: gaussian((1, None)), r"sigma=\(1, None\) must be"),
        (lambda: log(1, radius=1.5), "radius=1.5"),
    ],
)
def test_wrong_types_are_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("sigma", [5e-324, 1e-310, 1e-155, 1e-8, 0.03, 0.5, 3.0, 1e8, 1e154, 1e307])
def test_widths_of_any_size_without_a_warning(sigma):
    """As narrow as can be, the bell is a single 1; as wide as can be, it is a mean."""
    with np.errstate(all="raise"):
        narrow, wide = gaussian(min(sigma, 0.1)), gaussian(max(sigma, 1e8), radius=2)
        assert_allclose(narrow, identity(len(narrow)), atol=1e-20)
        assert_allclose(wide, box(5), rtol=1e-15)
        assert unsharp(sigma, 0.3, radius=30).sum() == pytest.approx(1)
        assert abs(dog(sigma, 1.5 * sigma, radius=30).sum()) < 1e-12
        assert np.isfinite(gabor(0.2, sigma=sigma, radius=30)).all()
        assert abs(log(max(sigma, 0.03), radius=30).sum()) < 1e-9
        filter2d(np.full((20, 20), 1e-300), gaussian(sigma, radius=8))


def test_the_page_shows_every_kernel_in_three_views():
    page = (Path(__file__).parents[1] / "docs/kernels/gallery.md").read_text("utf-8")
    calls = re.findall(r"three_views\((.*?)^(?:\)|\}, face\))", page, re.DOTALL | re.MULTILINE)
    shown = set(re.findall(r": (\w+)\(", "\n".join(calls)))
    makers = set(kernels.__all__) - {
        "fit", "frequency_response", "gradient", "orientation_error", "separate"
    }  # fmt: skip
    assert shown == makers
