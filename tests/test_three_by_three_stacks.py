"""Stacks composed into one kernel, against SciPy and PyTorch, and how much they reach."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import convolve2d

from convnotes.convolution import conv2d
from convnotes.samples import photo
from convnotes.three_by_three import compose, rank_of_stack


def layer(image, kernel, **options):
    return conv2d(image[None, None], kernel[None, None], **options)[0, 0]


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


def test_with_padding_a_stack_equals_its_composition_away_from_the_border():
    first, second = np.random.default_rng(2).standard_normal((2, 3, 3))
    image = photo(shrink=8)
    stacked = layer(layer(image, first, padding=1), second, padding=1)
    at_once = layer(image, compose(first, second), padding=2)
    assert_allclose(at_once[1:-1, 1:-1], stacked[1:-1, 1:-1], rtol=0, atol=1e-12)
    ring = np.ones(image.shape, bool)
    ring[1:-1, 1:-1] = False
    assert (np.abs(at_once - stacked)[ring] > 1e-6).all()


@pytest.mark.parametrize(
    ("strides", "dilations"),
    [((1, 1, 1), (1, 1, 1)), ((2, 1, 3), (1, 2, 1)), ((1, 2, 1), (3, 1, 2))],
)
def test_a_stack_of_pytorchs_layers_is_one_of_its_layers(strides, dilations):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    shapes = [(4, 2, 3, 3), (3, 4, 3, 3), (5, 3, 3, 3)]
    weights = [rng.standard_normal(shape) for shape in shapes]
    x = torch.tensor(rng.standard_normal((2, 2, 40, 37)))
    stacked = x
    for weight, stride, dilation in zip(weights, strides, dilations, strict=True):
        stacked = torch.nn.functional.conv2d(
            stacked, torch.tensor(weight), stride=stride, dilation=dilation
        )
    one = torch.tensor(compose(*weights, strides=strides, dilations=dilations))
    at_once = torch.nn.functional.conv2d(x, one, stride=int(np.prod(strides)))
    h, w = stacked.shape[2:]
    assert_allclose(at_once[:, :, :h, :w], stacked, rtol=0, atol=1e-9)


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


def test_two_channels_between_are_full_up_to_five_layers_and_not_from_six_on():
    assert [rank_of_stack(n, channels=2) for n in (4, 5)] == [81, 121]
    assert [rank_of_stack(n, channels=2) for n in (6, 7)] == [156, 188]  # of 169 and 225


@pytest.mark.parametrize(("n", "c"), [(2, 1), (2, 2), (3, 2), (2, 3), (4, 2)])
def test_equally_wide_layers_lose_as_many_directions_as_a_single_channel(n, c):
    layers = list(np.random.default_rng(n).standard_normal((n, c, c, 3, 3)))
    moves = []
    for i, tap in np.ndindex(n, 9 * c * c):
        alone = np.zeros((c, c, 3, 3))
        alone.flat[tap] = 1
        moves.append(compose(*layers[:i], alone, *layers[i + 1 :]).ravel())
    assert np.linalg.matrix_rank(moves) == (8 * n + 1) * c**2


def test_a_dilation_spreads_its_own_kernel_and_a_stride_all_later_ones():
    one, ten = [[1, 1]], [[1, 10]]
    assert compose(one, ten, dilations=(3, 1)).tolist() == [[1, 10, 0, 1, 10]]
    assert compose(one, ten, strides=(3, 1)).tolist() == [[1, 1, 0, 10, 10]]
