"""Winograd's algorithm on tiles, exactly in fractions and against SciPy."""

import json
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate2d

from convnotes.convolution import conv2d
from convnotes.samples import photo
from convnotes.three_by_three import F2_AT, F2_BT, F2_G, F4_AT, F4_BT, F4_G, winograd

ROOT = Path(__file__).parents[1]


def layer(image, kernel, **options):
    return conv2d(image[None, None], kernel[None, None], **options)[0, 0]


def exact(matrix):
    return [[Fraction(value).limit_denominator(24) for value in row] for row in matrix]


CONSTANTS = {
    2: tuple(map(exact, (F2_BT, F2_G, F2_AT))),
    4: tuple(map(exact, (F4_BT, F4_G, F4_AT))),
}
POINTS = {2: [0, 1, -1], 4: [0, 1, -1, 2, -2]}


@pytest.mark.parametrize("m", [2, 4])
def test_constants_are_the_fractions_they_stand_for(m):
    floats = {2: (F2_BT, F2_G, F2_AT), 4: (F4_BT, F4_G, F4_AT)}[m]
    for matrix, fractions in zip(floats, CONSTANTS[m], strict=True):
        assert_array_equal(matrix, np.array(fractions, dtype=float))


@pytest.mark.parametrize("m", [2, 4])
def test_transforms_are_exactly_correlation(m):
    # Bilinear in tile and kernel: checking every pair of unit vectors proves it for all.
    bt, g, at = CONSTANTS[m]
    for i, j, t in product(range(m), range(3), range(m + 2)):
        coefficient = sum(at[i][k] * g[k][j] * bt[k][t] for k in range(m + 2))
        assert coefficient == (1 if t == i + j else 0)


def polynomial_with_roots(roots):
    """Coefficients of Π (x − root), lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted, scaled = [0, *coefficients], [*(-root * c for c in coefficients), 0]
        coefficients = [s + t for s, t in zip(shifted, scaled, strict=True)]
    return coefficients


@pytest.mark.parametrize("m", [2, 4])
def test_constants_follow_from_the_interpolation_points(m):
    # Toom–Cook: a product of polynomials is known from its values at m + 1 points and at ∞.
    # Correlation is its transpose. Each point's row may carry a sign, cancelled by another matrix.
    bt, g, at = CONSTANTS[m]
    for k, point in enumerate(POINTS[m]):
        others = [other for other in POINTS[m] if other != point]
        scale = Fraction(1, prod(point - other for other in others))
        lagrange = [*polynomial_with_roots(others), 0]  # its degree is m: ∞ has no part in it
        sign = 1 if bt[k] == lagrange else -1
        assert bt[k] == [sign * c for c in lagrange]
        assert g[k] == [sign * scale * Fraction(point) ** j for j in range(3)]
        assert [row[k] for row in at] == [Fraction(point) ** i for i in range(m)]
    sign = at[-1][-1]
    assert abs(sign) == 1
    assert bt[-1] == [sign * c for c in polynomial_with_roots(POINTS[m])]
    assert g[-1] == [0, 0, 1]
    assert [row[-1] for row in at] == [0] * (m - 1) + [sign]


@pytest.mark.parametrize(("size", "m"), [(4, 2), (6, 4)])
def test_tile_matches_scipys_correlation(size, m):
    rng = np.random.default_rng(4)
    tile, kernel = rng.standard_normal((size, size)), rng.standard_normal((3, 3))
    steps = winograd(tile, kernel)
    assert steps.kernel.shape == steps.tile.shape == steps.product.shape == (size, size)
    assert steps.output.shape == (m, m)
    assert_allclose(steps.output, correlate2d(tile, kernel, "valid"), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("size", "m"), [(4, 2), (6, 4)])
def test_overlapping_tiles_cover_the_photograph(size, m):
    image = photo(shrink=4)[: 2 + 36 * m, : 2 + 30 * m]
    kernel = np.random.default_rng(5).standard_normal((3, 3))
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))[::m, ::m]
    blocks = winograd(windows, kernel).output
    whole = blocks.swapaxes(1, 2).reshape(36 * m, 30 * m)
    assert_allclose(whole, layer(image, kernel), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("size", "m", "method"), [(4, 2, "winograd2"), (6, 4, "winograd4")])
def test_tiles_added_over_channels_are_what_the_fast_engine_computes(size, m, method):
    rng = np.random.default_rng(7)
    image, weight = rng.standard_normal((3, 2 + 5 * m, 2 + 4 * m)), rng.standard_normal((3, 3, 3))
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size), axis=(1, 2))
    blocks = sum(winograd(windows[c, ::m, ::m], weight[c]).output for c in range(3))
    whole = blocks.swapaxes(1, 2).reshape(5 * m, 4 * m)
    engine = conv2d(image[None], weight[None], method=method)[0, 0]
    assert_allclose(whole, engine, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("size", "bound"), [(4, 2e-6), (6, 2e-5)])
def test_float32_stays_float32_and_close(size, bound):
    rng = np.random.default_rng(6)
    tiles = rng.standard_normal((500, size, size)).astype(np.float32)
    kernel = rng.standard_normal((3, 3)).astype(np.float32)
    steps = winograd(tiles, kernel)
    assert all(array.dtype == np.float32 for array in steps)
    wide = [correlate2d(tile.astype(float), kernel.astype(float), "valid") for tile in tiles]
    assert 0 < np.abs(steps.output - wide).max() / np.abs(wide).max() < bound


def test_integers_become_float64():
    steps = winograd(np.arange(16).reshape(4, 4), np.eye(3, dtype=np.int8))
    assert all(array.dtype == np.float64 for array in steps)
    assert_array_equal(steps.output, [[15, 18], [27, 30]])


def test_nan_never_hides():
    tile = np.zeros((4, 4))
    tile[0, 1] = np.nan
    output = winograd(tile, np.ones((3, 3))).output
    direct = correlate2d(tile, np.ones((3, 3)), "valid")
    assert np.isnan(output[np.isnan(direct)]).all()


@pytest.mark.parametrize("size", [4, 6])
@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e308])
def test_infinity_and_overflow_spread_without_a_warning(size, value):
    tile = np.ones((size, size))
    tile[0, 1] = value
    assert not np.isfinite(winograd(tile, np.ones((3, 3))).output).all()
    output = winograd(np.ones((size, size)), tile[:3, :3]).output
    assert np.isfinite(output).all() == np.isfinite(value)


@pytest.mark.parametrize("size", [4, 6])
def test_float16_is_rounded_once(size):
    rng = np.random.default_rng(size)
    tile, kernel = rng.integers(0, 200, (size, size)), rng.integers(0, 5, (3, 3))
    windows = np.lib.stride_tricks.sliding_window_view(tile, (3, 3))
    exact = np.einsum("ijuv,uv->ij", windows, kernel)  # of integers
    output = winograd(tile.astype(np.float16), kernel.astype(np.float16)).output
    assert output.dtype == np.float16
    assert_allclose(output, exact, rtol=np.finfo(np.float16).eps / 2)


def test_constants_cannot_be_changed():
    for matrix in (F2_BT, F2_G, F2_AT, F4_BT, F4_G, F4_AT):
        with pytest.raises(ValueError, match="read-only"):
            matrix[0, 0] = 7


@pytest.mark.parametrize(
    ("tile", "kernel", "error", "message"),
    [
        (np.ones((5, 5)), np.ones((3, 3)), ValueError, r"tile.*\(5, 5\)"),
        (np.ones(4), np.ones((3, 3)), ValueError, r"tile.*\(4,\)"),
        (np.ones((4, 6)), np.ones((3, 3)), ValueError, r"tile.*\(4, 6\)"),
        (np.ones((4, 4)), np.ones((1, 3, 3)), ValueError, r"kernel.*\(1, 3, 3\)"),
        ("tile", np.ones((3, 3)), TypeError, "tile"),
        (np.ones((4, 4)), None, TypeError, "kernel"),
    ],
)
def test_winograd_names_what_is_wrong(tile, kernel, error, message):
    with pytest.raises(error, match=message):
        winograd(tile, kernel)


@settings(max_examples=50)
@given(st.sampled_from([4, 6]), st.integers(0, 2**32 - 1))
def test_whole_numbers_come_out_whole(size, seed):
    rng = np.random.default_rng(seed)
    tile, kernel = rng.integers(-99, 100, (size, size)), rng.integers(-99, 100, (3, 3))
    assert_allclose(
        winograd(tile, kernel).output, correlate2d(tile, kernel, "valid"), rtol=0, atol=1e-9
    )


def test_winograds_time_is_what_its_page_says():
    results = json.loads((ROOT / "tests/benchmarks/convolution.json").read_text("utf-8"))
    ratios = [
        times[method] / times["convnotes"]
        for times in results["layers"].values()
        for method in ("winograd2", "winograd4")
        if method in times
    ]
    page = " ".join((ROOT / "docs/three-by-three/winograd.md").read_text("utf-8").split())
    assert "between 0.7 and 2.1 times as long: a little less in four of six cases" in page
    assert (len(ratios), sum(ratio > 1 for ratio in ratios)) == (6, 2)
    assert (round(min(ratios), 1), round(max(ratios), 1)) == (0.7, 2.1)
