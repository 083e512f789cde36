"""Kernels learned from examples, against least squares and PyTorch."""

import io
import sys
import time

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from convnotes import samples
from convnotes.kernels import emboss, fit, learning, sobel


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


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
    target = ndimage.correlate(image, emboss(), mode="mirror") + noise(40, 40, seed=1)
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


@pytest.mark.parametrize("axis", [0, 1])
def test_descent_takes_the_steps_of_pytorchs_optimizer(axis):
    torch = pytest.importorskip("torch")
    image = noise(14, 15)
    target = ndimage.sobel(image, axis=axis)
    _, history = fit(image, target, 3, rng=np.random.default_rng(1), budget=60)

    x, y = (torch.tensor(a)[None, None] for a in (image, target[1:-1, 1:-1]))
    start = np.random.default_rng(1).normal(size=(1, 1, 3, 3))
    weight = torch.tensor(start, requires_grad=True)
    rate = 0.5 / torch.nn.functional.conv2d(x**2, torch.ones_like(weight)).mean().item()
    optimizer = torch.optim.SGD([weight], lr=rate, momentum=0.9)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        error = torch.mean((torch.nn.functional.conv2d(x, weight) - y) ** 2)
        error.backward()
        optimizer.step()
        losses.append(error.item())
    assert_allclose(history[::2], np.minimum.accumulate(losses), rtol=1e-9)


# --- progress ---


class Terminal(io.StringIO):
    def isatty(self):
        return True


METHODS = ["gradient", "evolution"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("budget", [40, 51])
def test_the_bar_counts_every_pass_and_changes_nothing(method, budget, capsys):
    image, target = noise(6, 7), noise(6, 7, seed=1)
    runs = [
        fit(image, target, 3, method=method, rng=np.random.default_rng(3), budget=budget,
            progress=progress)
        for progress in (True, False)
    ]  # fmt: skip
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"fit by {method}: 100%" in printed.err
    assert f"{budget}/{budget}" in printed.err
    assert f"loss {runs[0][1][-1]:.2e}" in printed.err
    assert_array_equal(runs[0][0], runs[1][0])
    assert_array_equal(runs[0][1], runs[1][1])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("progress", [None, False])
def test_nothing_is_shown_where_no_terminal_is_or_where_it_is_unwanted(method, progress, capsys):
    image = noise(6, 7)
    fit(image, image, 3, method=method, rng=np.random.default_rng(0), progress=progress, budget=60)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("pause", "shown"), [(0.0, False), (0.3, True)])
def test_a_terminal_shows_the_bar_once_a_run_is_long(pause, shown, monkeypatch):
    def slow(x, weight, fast=learning.conv2d):
        time.sleep(pause)
        return fast(x, weight)

    monkeypatch.setattr(learning, "conv2d", slow)
    monkeypatch.setattr("sys.stderr", Terminal())
    image = noise(6, 7)
    fit(image, image, 3, rng=np.random.default_rng(0), budget=10)
    assert ("10/10" in sys.stderr.getvalue()) == shown


# --- wrong arguments name themselves ---

RNG = np.random.default_rng(0)
IMAGE = np.ones((4, 5))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fit(IMAGE, IMAGE, 3, rng=RNG, method="luck"), ValueError, "method='luck' must be"),
        (
            lambda: fit(IMAGE, IMAGE, 3, rng=RNG, budget=0),
            ValueError,
            "budget=0 must be at least 1",
        ),
        (lambda: fit(IMAGE, IMAGE, 2, rng=RNG), ValueError, "size=2 must be odd"),
        (lambda: fit(IMAGE, IMAGE, (5, 3), rng=RNG), ValueError, r"size=\(5, 3\) .* \(4, 5\)"),
        (lambda: fit(IMAGE, IMAGE.T, 3, rng=RNG), ValueError, r"targets.shape=\(5, 4\)"),
        (lambda: fit(IMAGE[:0], IMAGE[:0], 1, rng=RNG), ValueError, "not empty"),
        (lambda: fit(IMAGE[0], IMAGE[0], 1, rng=RNG), ValueError, "inputs"),
        (lambda: fit(IMAGE, IMAGE, 3, rng=0), TypeError, "rng=0 must be a numpy.random.Generator"),
        (lambda: fit(IMAGE, IMAGE, 3, rng=RNG, budget=1e3), TypeError, "budget=1000.0"),
        (lambda: fit(IMAGE, IMAGE, 3, rng=RNG, progress="yes"), TypeError, "progress='yes'"),
    ],
)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
