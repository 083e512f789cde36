import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from skimage import filters

from convnotes import samples
from convnotes.convolution import filter2d
from convnotes.kernels import (
    box,
    emboss,
    fit,
    frequency_response,
    gaussian,
    gradient,
    identity,
    laplacian,
    orientation_error,
    prewitt,
    scharr,
    separate,
    sharpen,
    sobel,
)

DERIVATIVES = [prewitt, scharr, sobel]
SMOOTHING = {"prewitt": (1, 1), "scharr": (3, 10), "sobel": (1, 2)}  # outer and middle weight


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def correlate_by_scipy(image, kernel, mode="mirror"):
    return ndimage.correlate(image, kernel, mode=mode)


# --- ready-made kernels, against SciPy, scikit-image and worked numbers ---


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
        (laplacian(), [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        (laplacian(diagonals=True), [[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
        (sharpen(), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        (emboss(), [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
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


def test_laplacian_agrees_with_scipy():
    image = noise(12, 17)
    assert_allclose(filter2d(image, laplacian()), ndimage.laplace(image, mode="mirror"), atol=1e-12)


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


@pytest.mark.parametrize("kernel", [box((3, 5)), box(4), gaussian(1.2), sharpen(), emboss()])
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


@pytest.mark.parametrize("kernel", DERIVATIVES)
def test_kernels_are_fresh_arrays(kernel):
    first = kernel(0)
    first[:] = 9
    assert kernel(0)[0, 0] < 0


# --- gradient ---


@given(
    st.floats(-10, 10),
    st.floats(-10, 10),
    st.floats(-10, 10),
    st.sampled_from(["prewitt", "scharr", "sobel"]),
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
        (np.zeros((3, 4)), 0),
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
    assert_allclose(filtered, correlate_by_scipy(image, kernel, "wrap"), atol=1e-12)


@pytest.mark.parametrize("kernel", [box(3), gaussian(1.0), sobel(1), laplacian(), sharpen()])
def test_response_at_frequency_zero_is_the_sum(kernel):
    assert_allclose(frequency_response(kernel, (6, 9))[3, 4], kernel.sum(), atol=1e-15)


def test_response_of_symmetric_kernels_is_real_and_of_derivatives_imaginary():
    assert_allclose(frequency_response(gaussian(1.0), 16).imag, 0, atol=1e-15)
    assert_allclose(frequency_response(sobel(0), 16).real, 0, atol=1e-14)


def test_response_needs_no_more_frequencies_than_asked_for():
    assert_allclose(frequency_response(box(5), 1), [[1]])
    assert frequency_response(box(3).astype(np.float32), (2, 3)).dtype == np.complex64


# --- learning ---


def least_squares(image, target, size):
    """The kernel both methods look for, by another way."""
    windows = sliding_window_view(image, (size, size)).reshape(-1, size * size)
    edge = size // 2
    goal = target[edge:-edge, edge:-edge].ravel()
    return np.linalg.lstsq(windows, goal, rcond=None)[0].reshape(size, size)


def loss(kernel, image, target):
    kh, kw = kernel.shape
    windows = sliding_window_view(image, (kh, kw))
    h, w = image.shape
    goal = target[kh // 2 : h - kh // 2, kw // 2 : w - kw // 2]
    return np.mean((np.einsum("ijkl,kl->ij", windows, kernel) - goal) ** 2)


@pytest.mark.parametrize("axis", [0, 1])
def test_gradient_descent_recovers_sobel(axis):
    image = noise(32, 30)
    target = ndimage.sobel(image, axis=axis)
    kernel, history = fit(image, target, 3, rng=np.random.default_rng(5), budget=600)
    assert_allclose(kernel, sobel(axis), atol=1e-6)
    assert history[-1] < 1e-12


def test_gradient_descent_recovers_sobel_from_the_photograph():
    photo = samples.photo(shrink=8)
    target = ndimage.sobel(photo, axis=1)
    kernel, _ = fit(photo, target, 3, rng=np.random.default_rng(0), budget=2000)
    assert_allclose(kernel, sobel(1), atol=1e-6)


def test_gradient_descent_finds_the_least_squares_kernel_of_noisy_pairs():
    image = noise(40, 40)
    target = correlate_by_scipy(image, emboss()) + noise(40, 40, seed=1)
    kernel, history = fit(image, target, 3, rng=np.random.default_rng(0))
    best = least_squares(image, target, 3)
    assert_allclose(kernel, best, atol=1e-7)
    assert_allclose(history[-1], loss(best, image, target))


def test_evolution_comes_close_and_beats_guessing():
    image = noise(24, 24)
    target = ndimage.sobel(image, axis=1)
    kernel, history = fit(
        image, target, 3, method="evolution", rng=np.random.default_rng(0), budget=3000
    )
    assert_allclose(kernel, sobel(1), atol=0.02)
    guesses = np.random.default_rng(0).normal(size=(3000, 3, 3))
    assert history[-1] < 1e-3 * min(loss(guess, image, target) for guess in guesses)


@pytest.mark.parametrize("method", ["gradient", "evolution"])
@pytest.mark.parametrize("budget", [1, 2, 7, 61])
def test_history_is_the_lowest_loss_so_far_and_ends_at_the_kernels(method, budget):
    image, target = noise(9, 11), noise(9, 11, seed=1)
    kernel, history = fit(
        image, target, (3, 5), method=method, rng=np.random.default_rng(2), budget=budget
    )
    assert kernel.shape == (3, 5)
    assert history.shape == (budget,)
    assert (np.diff(history) <= 0).all()
    assert_allclose(history[-1], loss(kernel, image, target))


@pytest.mark.parametrize("method", ["gradient", "evolution"])
def test_fit_is_reproducible_and_leaves_its_inputs_alone(method):
    image, target = noise(8, 8), noise(8, 8, seed=1)
    before = image.copy(), target.copy()
    runs = [
        fit(image, target, 3, method=method, rng=np.random.default_rng(3), budget=50)
        for _ in range(2)
    ]
    assert_array_equal(runs[0][0], runs[1][0])
    assert_array_equal(runs[0][1], runs[1][1])
    assert_array_equal([image, target], before)


def test_fit_uses_every_image_of_a_batch():
    images = noise(2, 5, 5)  # 9 windows each: one image alone leaves 25 weights open
    images = np.concatenate([images, noise(60, 5, 5, seed=1)])
    truth = noise(5, 5, seed=2)
    targets = np.zeros_like(images)
    targets[:, 2, 2] = np.einsum("nij,ij->n", images, truth)
    kernel, _ = fit(images, targets, 5, rng=np.random.default_rng(0), budget=4000)
    assert_allclose(kernel, truth, atol=1e-6)


@pytest.mark.parametrize("method", ["gradient", "evolution"])
def test_fit_keeps_float32_and_makes_integers_float64(method):
    for image, dtype in [(np.eye(6, dtype=np.float32), np.float32), (np.eye(6, dtype=int), float)]:
        kernel, history = fit(
            image, image, 3, method=method, rng=np.random.default_rng(0), budget=40
        )
        assert kernel.dtype == history.dtype == dtype


@pytest.mark.parametrize("method", ["gradient", "evolution"])
def test_fit_survives_images_that_teach_nothing(method):
    black = np.zeros((5, 5))
    kernel, history = fit(black, black, 3, method=method, rng=np.random.default_rng(0), budget=30)
    assert np.isfinite(kernel).all()
    assert_array_equal(history, 0)
    holed = np.eye(5)
    holed[2, 2] = np.nan
    _, history = fit(holed, holed, 3, method=method, rng=np.random.default_rng(0), budget=30)
    assert np.isnan(history).all()


# --- wrong arguments name themselves ---

RNG = np.random.default_rng(0)
IMAGE = np.ones((4, 5))


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
        (lambda: prewitt(None), "axis=None must be 0"),
        (lambda: gradient(IMAGE, "canny"), "operator='canny' must be one of prewitt, "),
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
        (lambda: fit(IMAGE, IMAGE, 3, rng=RNG, method="luck"), "method='luck' must be"),
        (lambda: fit(IMAGE, IMAGE, 3, rng=RNG, budget=0), "budget=0 must be at least 1"),
        (lambda: fit(IMAGE, IMAGE, 2, rng=RNG), "size=2 must be odd"),
        (lambda: fit(IMAGE, IMAGE, (5, 3), rng=RNG), r"size=\(5, 3\) must fit .* \(4, 5\)"),
        (lambda: fit(IMAGE, IMAGE.T, 3, rng=RNG), r"targets.shape=\(5, 4\)"),
        (lambda: fit(IMAGE[:0], IMAGE[:0], 1, rng=RNG), "not empty"),
        (lambda: fit(IMAGE[0], IMAGE[0], 1, rng=RNG), "inputs"),
    ],
)  # fmt: skip
def test_wrong_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: box(2.5), "size=2.5"),
        (lambda: identity("3"), "size='3'"),
        (lambda: gaussian(1, radius=1.5), "radius=1.5"),
        (lambda: fit(IMAGE, IMAGE, 3, rng=0), "rng=0 must be a numpy.random.Generator"),
        (lambda: fit(IMAGE, IMAGE, 3, rng=RNG, budget=1e3), "budget=1000.0"),
        (lambda: separate([["a"]]), "kernel"),
    ],
)
def test_wrong_types_are_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()
