from fractions import Fraction
from itertools import pairwise, product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import convolve2d, correlate2d

from convnotes.convolution import conv2d, conv_matrix
from convnotes.samples import photo
from convnotes.three_by_three import (
    F2_AT,
    F2_BT,
    F2_G,
    F4_AT,
    F4_BT,
    F4_G,
    Conv,
    compose,
    cost,
    rank_of_stack,
    winograd,
)


def layer(image, kernel, **options):
    return conv2d(image[None, None], kernel[None, None], **options)[0, 0]


# compose


def test_two_boxes_make_the_hand_worked_tent():
    box = np.ones((3, 3))
    tent = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1])
    assert_array_equal(compose(box, box), tent)


def test_stack_of_two_is_scipys_full_convolution():
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((3, 3)), rng.standard_normal((2, 5))
    assert_allclose(compose(first, second), convolve2d(first, second), rtol=1e-12, atol=1e-14)


def test_stack_equals_its_composition_on_the_photograph():
    rng = np.random.default_rng(1)
    first, second, third = rng.standard_normal((3, 3, 3))
    image = photo(shrink=4)
    stacked = layer(layer(layer(image, first), second), third)
    assert_allclose(layer(image, compose(first, second, third)), stacked, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_strides_and_dilations_in_any_stack(seed):
    rng = np.random.default_rng(seed)
    depth = int(rng.integers(1, 5))
    kernels = [rng.standard_normal(rng.integers(1, 4, 2)) for _ in range(depth)]
    strides = [tuple(map(int, rng.integers(1, 4, 2))) for _ in range(depth)]
    dilations = [tuple(map(int, rng.integers(1, 4, 2))) for _ in range(depth)]
    composed = compose(*kernels, strides=strides, dilations=dilations)
    image = rng.standard_normal((composed.shape[0] + 7, composed.shape[1] + 11))
    stacked = image
    for kernel, stride, dilation in zip(kernels, strides, dilations, strict=True):
        stacked = layer(stacked, kernel, stride=stride, dilation=dilation)
    at_once = layer(image, composed, stride=tuple(map(int, np.prod(strides, axis=0))))
    # Where the strides don't divide the image, the stack may stop earlier or later by one output.
    h, w = np.minimum(stacked.shape, at_once.shape)
    assert min(h, w) > 0
    assert_allclose(at_once[:h, :w], stacked[:h, :w], rtol=1e-10, atol=1e-10)


def test_int_strides_mean_both_axes():
    kernel = np.arange(9).reshape(3, 3)
    assert_array_equal(
        compose(kernel, kernel, strides=(2, 1), dilations=(1, 3)),
        compose(kernel, kernel, strides=[(2, 2), (1, 1)], dilations=[(1, 1), (3, 3)]),
    )


def test_layers_with_channels():
    rng = np.random.default_rng(2)
    weights = [rng.standard_normal(s) for s in [(4, 3, 3, 3), (5, 4, 1, 1), (2, 5, 3, 2)]]
    x = rng.standard_normal((2, 3, 9, 8))
    stacked = x
    for weight in weights:
        stacked = conv2d(stacked, weight)
    composed = compose(*weights)
    assert composed.shape == (2, 3, 5, 4)
    assert_allclose(conv2d(x, composed), stacked, rtol=1e-12, atol=1e-12)


def test_size_is_the_receptive_field_of_vgg_and_resnet_stems():
    # Three 3×3 see 7×7 (Simonyan & Zisserman, section 2.3); 7/2 then 3/2 see 11 (ResNet's stem).
    assert compose(*[np.ones((3, 3))] * 3).shape == (7, 7)
    assert compose(np.ones((7, 7)), np.ones((3, 3)), strides=(2, 2)).shape == (11, 11)


def test_one_kernel_is_itself_and_is_copied():
    kernel = np.arange(6.0).reshape(2, 3)
    composed = compose(kernel)
    assert_array_equal(composed, kernel)
    assert not np.shares_memory(composed, kernel)


def test_dilated_single_kernel_is_spread():
    assert_array_equal(compose([[1, 2, 3]], dilations=[2]), [[1, 0, 2, 0, 3]])


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        ((np.float32, np.float32), np.float32),
        ((np.float32, np.float64), np.float64),
        ((np.int8, np.uint8), np.float64),
        ((np.bool_, np.bool_), np.float64),
        ((np.complex64, np.float32), np.complex64),
    ],
)
def test_compose_keeps_the_dtype(dtypes, expected):
    composed = compose(*(np.ones((3, 3), dtype) for dtype in dtypes))
    assert composed.dtype == expected
    assert composed[2, 2] == 9


def test_compose_leaves_its_inputs_alone():
    kernel = np.ones((3, 3))
    kernel.flags.writeable = False
    compose(kernel, kernel.T, kernel[::-1])
    assert_array_equal(kernel, 1)


def test_nan_reaches_the_taps_it_belongs_to_and_no_other():
    composed = compose([[1, np.nan]], [[1, 1]])
    assert_array_equal(np.isnan(composed), [[False, True, True]])


@pytest.mark.parametrize(
    ("kernels", "options", "error", "message"),
    [
        ((), {}, ValueError, r"kernels=\(\)"),
        (([1, 2, 3],), {}, ValueError, r"kernels\[0\].*\(3,\)"),
        ((np.ones((3, 3)), np.ones((3, 3, 3))), {}, ValueError, r"kernels\[1\].*\(3, 3, 3\)"),
        ((np.ones((3, 3)), np.ones((1, 1, 3, 3))), {}, ValueError, r"kernels\[1\].*as all"),
        ((np.ones((0, 3)),), {}, ValueError, r"kernels\[0\].*\(0, 3\)"),
        ((np.ones((2, 1, 3, 3)), np.ones((1, 3, 3, 3))), {}, ValueError, "C_in=3.*C_out=2"),
        (("sobel",), {}, TypeError, r"kernels\[0\]"),
        ((None,), {}, TypeError, r"kernels\[0\]"),
        ((np.eye(3), np.eye(3)), {"strides": (1,)}, ValueError, r"strides=\(1,\)"),
        ((np.eye(3), np.eye(3)), {"strides": 2}, ValueError, "strides=2"),
        ((np.eye(3),), {"strides": (0,)}, ValueError, r"strides\[0\]=0"),
        ((np.eye(3),), {"strides": (1.5,)}, TypeError, r"strides\[0\]=1.5"),
        ((np.eye(3), np.eye(3)), {"dilations": (1, -2)}, ValueError, r"dilations\[1\]=-2"),
        ((np.eye(3),), {"dilations": ((1, 2, 3),)}, ValueError, r"dilations\[0\]=\(1, 2, 3\)"),
    ],
)
def test_compose_names_what_is_wrong(kernels, options, error, message):
    with pytest.raises(error, match=message):
        compose(*kernels, **options)


# cost


def test_seven_by_seven_against_three_three_by_three():
    c = 256
    large = cost(Conv(c, c, 7, padding=3, bias=False), size=14)
    small = cost(*[Conv(c, c, 3, padding=1, bias=False)] * 3, size=14)
    assert (large.parameters, small.parameters) == (49 * c**2, 27 * c**2)
    assert (large.activations, small.activations) == (14 * 14 * c, 3 * 14 * 14 * c)
    assert large.peak == small.peak == 2 * 14 * 14 * c


def test_at_an_rgb_stem_the_stack_costs_more():
    large = cost(Conv(3, 64, 7, padding=3, bias=False), size=224)
    first, rest = (Conv(c, 64, 3, padding=1, bias=False) for c in (3, 64))
    assert large.parameters == 9_408
    assert cost(first, rest, rest, size=224).parameters == 75_456


def test_vgg_16_has_its_published_138_million_parameters():
    # Simonyan & Zisserman (2015), table 1, column D; table 2 says 138 million. The exact number is
    # that of the torchvision weights. Fully connected layers are convolutions of the same size.
    stages = [(3, 64, 2, 224), (64, 128, 2, 112), (128, 256, 3, 56), (256, 512, 3, 28)]
    stages.append((512, 512, 3, 14))
    parameters = multiply_adds = 0
    for c_in, c_out, depth, size in stages:
        later = [Conv(c_out, c_out, 3, padding=1)] * (depth - 1)
        stage = cost(Conv(c_in, c_out, 3, padding=1), *later, size=size)
        parameters += stage.parameters
        multiply_adds += stage.multiply_adds
    assert parameters == 14_714_688
    head = cost(Conv(512, 4096, 7), Conv(4096, 4096, 1), Conv(4096, 1000, 1), size=7)
    assert parameters + head.parameters == 138_357_544
    # He et al. (2016), section 4.1: 15.3 billion multiply-adds.
    assert round(multiply_adds / 1e9, 1) == 15.3


def test_mobilenet_has_its_published_569_million_multiply_adds():
    # Howard et al. (2017), tables 1 and 4.
    blocks = [(32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)]
    blocks += [(512, 512, 1)] * 5 + [(512, 1024, 2), (1024, 1024, 1)]
    layers = [Conv(3, 32, 3, stride=2, padding=1, bias=False)]
    for c_in, c_out, stride in blocks:
        layers.append(Conv(c_in, c_in, 3, stride=stride, padding=1, groups=c_in, bias=False))
        layers.append(Conv(c_in, c_out, 1, bias=False))
    body = cost(*layers, size=224)
    head = cost(Conv(1024, 1000, 1), size=1)
    assert round((body.multiply_adds + head.multiply_adds) / 1e6) == 569
    assert round((body.parameters + head.parameters) / 1e6, 1) == 4.2


def test_depthwise_separable_ratio_is_the_papers():
    # Howard et al. (2017), section 3.1: 1/N + 1/D_K².
    n = 128
    dense = cost(Conv(64, n, 3, padding=1), size=(20, 30))
    depthwise = Conv(64, 64, 3, padding=1, groups=64)
    separable = cost(depthwise, Conv(64, n, 1), size=(20, 30))
    ratio = Fraction(separable.multiply_adds, dense.multiply_adds)
    assert ratio == Fraction(1, n) + Fraction(1, 9)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2},
        {"stride": (1, 3), "dilation": (2, 1)},
        {"groups": 2, "kernel_size": (1, 3)},
        {"groups": 4, "dilation": 2, "stride": 2},
        {"padding": "valid"},
    ],
)
def test_multiply_adds_are_the_entries_of_the_matrix(options):
    conv = Conv(
        4, 6 if options.get("groups", 1) < 4 else 8, options.pop("kernel_size", 3), **options
    )
    matrix = conv_matrix(np.ones(conv.weight_shape), (4, 7, 8), **options)
    assert cost(conv, size=(7, 8)).multiply_adds == np.count_nonzero(matrix)
    assert cost(conv, size=(7, 8)).activations == len(matrix)


@pytest.mark.parametrize(
    "options",
    [
        {"padding": 1},
        {"padding": "same"},
        {"padding": "same", "dilation": 2},
        {"padding": (0, 2), "stride": (2, 1)},
        {"groups": 2, "stride": 3},
    ],
)
def test_counts_are_those_of_the_real_arrays(options):
    first, second = Conv(2, 4, (3, 2), **options), Conv(4, 6, 1, bias=False)
    x = np.zeros((1, 2, 11, 12))
    y = conv2d(x, np.zeros(first.weight_shape), np.zeros(4), **options)
    z = conv2d(y, np.zeros(second.weight_shape))
    both = cost(first, second, size=(11, 12))
    assert first.output_size((11, 12)) == y.shape[2:]
    assert both.parameters == np.prod(first.weight_shape) + 4 + np.prod(second.weight_shape)
    assert both.activations == y.size + z.size
    assert both.peak == max(x.size + y.size, y.size + z.size)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((4, 4, 3), {"groups": 3}, ValueError, "groups=3 must divide C_in=4"),
        ((4, 6, 3), {"groups": 4}, ValueError, "groups=4 must divide C_out=6"),
        ((0, 4, 3), {}, ValueError, "c_in=0"),
        ((4, -1, 3), {}, ValueError, "c_out=-1"),
        ((4, 4, 0), {}, ValueError, "kernel_size=0"),
        ((4, 4, (3, 3, 3)), {}, ValueError, r"kernel_size=\(3, 3, 3\)"),
        ((4, 4, "3"), {}, TypeError, "kernel_size='3'"),
        ((4, 4.0, 3), {}, TypeError, "c_out=4.0"),
        ((4, 4, 3), {"stride": 0}, ValueError, "stride=0"),
        ((4, 4, 3), {"dilation": 1.5}, TypeError, "dilation=1.5"),
        ((4, 4, 3), {"padding": -1}, ValueError, "padding=-1"),
        ((4, 4, 3), {"padding": "full"}, ValueError, "padding='full'"),
        ((4, 4, 3), {"padding": "same", "stride": 2}, ValueError, "padding='same'.*stride"),
    ],
)
def test_conv_names_what_is_wrong(arguments, options, error, message):
    with pytest.raises(error, match=message):
        Conv(*arguments, **options)


def test_cost_names_what_is_wrong():
    conv = Conv(3, 8, 3)
    with pytest.raises(ValueError, match=r"layers=\(\)"):
        cost(size=8)
    with pytest.raises(ValueError, match=r"layers\[1\]\.c_in=3 must be 8"):
        cost(conv, conv, size=8)
    with pytest.raises(TypeError, match=r"layers\[0\]=3"):
        cost(3, size=8)
    with pytest.raises(ValueError, match="size=0"):
        cost(conv, size=0)
    with pytest.raises(TypeError, match=r"size=8\.0"):
        cost(conv, size=8.0)
    with pytest.raises(ValueError, match=r"kernel_size=3.*spans 3.*2"):
        cost(conv, size=(8, 2))


# rank_of_stack


@pytest.mark.parametrize("n", range(1, 9))
def test_one_channel_reaches_eight_dimensions_a_layer_and_a_scale(n):
    assert rank_of_stack(n) == 8 * n + 1


def random_jacobian(n, channels, rng):
    """Differences of SciPy's convolutions: the stack is linear in each single weight."""
    widths = [1] + [channels] * (n - 1) + [1]
    weights = [rng.standard_normal((o, i, 3, 3)) for i, o in pairwise(widths)]

    def kernel():
        paths = [np.ones((1, 1))]
        for weight in weights:
            terms = [[convolve2d(p, w) for p, w in zip(paths, row, strict=True)] for row in weight]
            paths = [sum(row) for row in terms]
        return paths[0].ravel()

    rows = []
    for weight in weights:
        for tap in np.ndindex(weight.shape):
            before = kernel()
            weight[tap] += 1
            rows.append(kernel() - before)
            weight[tap] -= 1
    return np.array(rows)


@pytest.mark.parametrize(("n", "channels"), [(1, 1), (2, 1), (3, 1), (2, 2), (2, 3), (3, 2)])
def test_rank_is_that_of_a_jacobian_at_a_random_point(n, channels):
    jacobian = random_jacobian(n, channels, np.random.default_rng(3))
    assert rank_of_stack(n, channels=channels) == np.linalg.matrix_rank(jacobian, tol=1e-8)


def test_two_channels_between_fill_the_larger_kernel():
    assert [rank_of_stack(n, channels=2) for n in (2, 3, 4, 5)] == [25, 49, 81, 121]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((0,), {}, ValueError, "n=0"),
        ((2.0,), {}, TypeError, r"n=2\.0"),
        ((2,), {"channels": 0}, ValueError, "channels=0"),
        ((2,), {"channels": "two"}, TypeError, "channels='two'"),
        ((40,), {}, ValueError, "n=40 with channels=1"),
    ],
)
def test_rank_names_what_is_wrong(arguments, options, error, message):
    with pytest.raises(error, match=message):
        rank_of_stack(*arguments, **options)


# winograd


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
