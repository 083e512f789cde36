"""How much the pixels count: closed forms against convolved kernels and measured gradients."""

import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import conv2d_input
from convnotes.receptive_field import (
    AdaptivePool,
    Add,
    Concat,
    ConvTranspose,
    Layer,
    Upsample,
    Whole,
    effective_field,
    effective_size,
    effective_variance,
    mask,
    receptive_field,
    support,
)
from tests.test_receptive_field_connectivity import random_chain


@pytest.mark.parametrize("seed", range(15))
def test_gradient_of_positive_kernels_lights_exactly_the_support(seed):
    rng = np.random.default_rng(1000 + seed)

    def pair(low, high):
        return tuple(int(n) for n in rng.integers(low, high, 2))

    layers = [
        Layer(pair(1, 4), pair(1, 4), padding=pair(0, 3), dilation=pair(1, 3))
        for _ in range(rng.integers(1, 4))
    ]
    shapes = [tuple(int(n) for n in rng.integers(80, 96, 2))]
    for layer in layers:
        own = layer.kernel_size, layer.stride, layer.padding, layer.dilation
        numbers = zip(*own, shapes[-1], strict=True)
        shapes.append(tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for k, s, p, d, n in numbers))
    unit = tuple(int(rng.integers(0, n)) for n in shapes[-1])
    gradient = np.zeros((1, 1, *shapes[-1]))
    gradient[0, 0, unit[0], unit[1]] = 1
    for layer, shape in zip(reversed(layers), reversed(shapes[:-1]), strict=True):
        kernel = rng.uniform(0.5, 1.5, (1, 1, *layer.kernel_size))
        options = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
        gradient = conv2d_input((1, 1, *shape), kernel, gradient, **options)
    predicted = np.zeros(shapes[0], dtype=bool)
    predicted[np.ix_(*support(layers, unit, input_size=shapes[0]))] = True
    assert_array_equal(gradient[0, 0] != 0, predicted)


def variance_of_weights(layers):
    """Convolve the upsampled uniform kernels of a 1-D chain and measure the variance."""
    weights, jump = np.ones(1), 1
    for layer in layers:
        taps = np.zeros((layer.kernel_size - 1) * layer.dilation * jump + 1)
        taps[:: layer.dilation * jump] = 1 / layer.kernel_size
        weights, jump = np.convolve(weights, taps), jump * layer.stride
    position = np.arange(len(weights))
    return weights @ position**2 - (weights @ position) ** 2


@pytest.mark.parametrize("seed", range(20))
def test_effective_variance_is_that_of_the_convolved_kernels(seed):
    layers = random_chain(np.random.default_rng(seed))
    assert_allclose(effective_variance(layers), variance_of_weights(layers), rtol=1e-9, atol=1e-9)


def test_twenty_box_filters():
    layers = [Layer(3)] * 20
    assert receptive_field(layers).size == 41
    assert math.sqrt(effective_variance(layers)) == pytest.approx(3.6515, abs=1e-4)


def test_effective_variance_by_axis():
    # A uniform choice among k has variance (k² − 1) / 12: 8/12 for 3 and 24/12 for 5.
    assert effective_variance([Layer((3, 5))]) == pytest.approx((2 / 3, 2))


# Branches and phases ------------------------------------------------------------------------------


def moments(weights):
    rows, columns = np.indices(weights.shape)
    return tuple(
        float((weights * at**2).sum() - (weights * at).sum() ** 2) for at in (rows, columns)
    )


GRAPHS = {
    "shortcut": [Add([Layer(3, padding=1)] * 2, [])] * 2,
    "misaligned": [Add([Layer(3, padding=((2, 0),))], [Layer((1, 3), padding=(0, 1))])],
    "weighted": [Concat([Layer(5, padding=2)], [Layer(1)], weights=(1, 3)), Layer(3, padding=1)],
    "strided": [Layer(3, 2, padding=1), Add([Layer(3, 2, padding=1)], [Layer(1, 2)])],
    "up and down": [Layer(2, 2), ConvTranspose(4, 2, padding=1), Layer(3, padding=1)],
    "unet": [Concat([], [Layer(2, 2), Layer(3, padding=1), ConvTranspose(2, 2)])],
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("unit", [(5, 6), (6, 5)])
def test_variance_of_graphs_is_that_of_measured_fields(name, unit):
    layers = [Layer((1, 1)), *GRAPHS[name]]
    field = effective_field(layers, unit, input_size=(40, 44))
    assert field.sum() == pytest.approx(1)
    assert effective_variance([*layers, Layer((1, 1))], unit) == pytest.approx(moments(field)) or (
        (effective_variance(layers, unit),) * 2 == pytest.approx(moments(field))
    )


def test_variance_of_a_bilinear_resize_weighs_the_nearer_pixel_more():
    # Unit 0 weighs pixels -1 and 0 by 1/4 and 3/4, unit 1 pixels 0 and 1 by 3/4 and 1/4.
    up = Upsample(2, "bilinear")
    assert effective_variance([up], 0) == effective_variance([up], 1) == 3 / 16
    assert effective_variance([up, Layer(2)], 0) == 1 / 4  # 1/8, 6/8, 1/8
    assert effective_variance([up, Layer(2)], 1) == 1 / 4  # 1/2, 1/2


@pytest.mark.parametrize("name", GRAPHS)
def test_measured_fields_of_positive_kernels_light_the_mask(name):
    for unit in [(0, 0), (3, 4)]:
        field = effective_field(GRAPHS[name], unit, input_size=(16, 20))
        assert_array_equal(field > 0, mask(GRAPHS[name], unit, input_size=(16, 20)))


def test_signed_gradients_light_the_same_set():
    rng = np.random.default_rng(0)
    layers = [Layer(3, 2, padding=1), Layer(3, padding=2, dilation=2)]
    for measure in ("abs", "square"):
        field = effective_field(layers, (2, 3), input_size=16, rng=rng, measure=measure, draws=3)
        assert field.min() == 0
        assert_array_equal(field > 0, mask(layers, (2, 3), input_size=(16, 16)))


def test_squares_of_random_gradients_average_to_the_linear_field():
    # Independent weights of mean 0: the expected square of a sum of paths is the sum of squares.
    rng = np.random.default_rng(0)
    layers = [Layer(3, padding=1)] * 4
    how = {"channels": 16, "draws": 100, "measure": "square"}
    drawn = effective_field(layers, input_size=9, rng=rng, **how)
    assert_allclose(drawn, effective_field(layers, input_size=9), atol=0.006)
    assert_allclose(effective_field(layers, input_size=9, channels=3).sum(), 1)


@pytest.mark.parametrize("pool", [Layer(3, 2, ceil_mode=True), Layer(2, 2, padding=((-1, 1),))])
def test_windows_over_the_end_and_cropped_ones_are_measured_too(pool):
    field = effective_field([pool], (2, 2), input_size=6)
    assert_array_equal(field > 0, mask([pool], (2, 2), input_size=(6, 6)))


def test_luo_size_of_a_normal_distribution():
    # exp(-r² / 2σ²) = 0.0455 at r = 2.486 σ; the root of that circle's area is 4.406 σ.
    at = np.arange(-60, 61)
    bell = np.exp(-(at[:, None] ** 2 + at**2) / (2 * 10**2))
    radius = math.sqrt(-2 * math.log(1 - 0.9545))
    assert effective_size(bell) == pytest.approx(math.sqrt(math.pi) * radius * 10, rel=0.01)
    assert math.sqrt(math.pi) * radius == pytest.approx(4.406, abs=0.001)


def test_luo_size_grows_with_the_root_of_depth():
    # Figure 3 of the paper: the size grows like the root of depth.
    sizes = [effective_size(effective_field([Layer(3)] * n, input_size=2 * n + 1)) for n in (5, 20)]
    assert sizes[1] / sizes[0] == pytest.approx(2, abs=0.15)
    assert sizes[1] < 41 / 2


def test_a_unit_that_sees_nothing_measures_nothing():
    assert effective_field([Layer(1, padding=1)], (0, 0), input_size=3).sum() == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: effective_variance([Whole("attention")]), ValueError, "whole input"),
        (lambda: effective_variance([ConvTranspose(1, 2)], 1), ValueError, "unit=1 sees nothing"),
        (lambda: effective_variance([ConvTranspose(1, 2), Layer(3)]), ValueError, "sees nothing"),
        (
            lambda: effective_variance([Add([Layer(3, 2, padding="SAME")], [Layer(1, 2)])]),
            ValueError,
            "pass input_size",
        ),
        (lambda: effective_field([Whole()], input_size=4), TypeError, "has no weights"),
        (lambda: effective_field([Layer(3)], (2, 0), input_size=4), ValueError, r"unit=\(2, 0\)"),
        (lambda: effective_field([Layer(3)], input_size=4, draws=0), ValueError, "draws=0"),
        (lambda: effective_field([Layer(3)], input_size=4, channels=0), ValueError, "channels=0"),
        (lambda: effective_field([Layer(3)], input_size=4, measure="x"), ValueError, "measure='x'"),
        (lambda: effective_field([Layer(3)], input_size=2), ValueError, "larger than its input"),
        (lambda: effective_field([Layer(3)], input_size=(4,) * 4), ValueError, "has 4 axes"),
        (
            lambda: effective_field([Layer(3)], (0, 0), input_size=(4,)),
            ValueError,
            r"unit=\(0, 0\)",
        ),
        (lambda: effective_field([Layer((3, 3))], input_size=(4,)), ValueError, "axes do not go"),
        (lambda: effective_size([1.0, 2.0]), ValueError, r"weights.shape=\(2,\)"),
        (lambda: effective_size([[1.0, -2.0]]), ValueError, "weights has -2.0"),
        (lambda: effective_size([[1.0]], threshold=1), ValueError, "threshold=1"),
    ],
)
def test_wrong_arguments_of_measures_name_themselves(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_weights_too_small_for_a_float_are_0_whatever_numpy_is_told():
    layers = [Layer((1, 3))] * 345  # the outermost weight is 3**-345, its square below all floats
    with np.errstate(all="raise"):
        field = effective_field(layers, input_size=(1, 691), measure="square")
    assert field[0, 0] == 0
    assert field[0, 345] == field.max()


@pytest.mark.parametrize(
    ("layers", "unit", "width", "weights"),
    [
        ([Upsample(2)], 3, 4, [0, 1, 0, 0]),
        ([Upsample(2, "bilinear")], 1, 3, [0.75, 0.25, 0]),
        ([Upsample(2, "bilinear")], 0, 3, [1, 0, 0]),  # beyond the border, its pixel again
        ([Upsample((1, Fraction(1, 2)), "bilinear")], 1, 4, [0, 0, 0.5, 0.5]),
        ([AdaptivePool((1, 2))], 0, 3, [0.5, 0.5, 0]),
        ([AdaptivePool((None, 2))], 1, 3, [0, 0.5, 0.5]),
        ([Add([], [AdaptivePool()])], 1, 4, [0.125, 0.625, 0.125, 0.125]),
        ([Upsample(2), Layer((1, 3), padding=(0, 1))], 2, 3, [1 / 3, 2 / 3, 0]),
    ],
)
def test_resizes_and_pools_are_carried_back_by_hand(layers, unit, width, weights):
    found = effective_field(layers, (0, unit), input_size=(1, width))
    assert found[0] == pytest.approx(weights)


# One axis and three ------------------------------------------------------------------------------


def test_a_row_and_a_volume_by_hand():
    # Unit 0 of the second layer reads units 0 and 1 of the first, and these pixels 0-2 and 2-4.
    layers, row = [Layer(3, 2), Layer(2)], np.array([1, 1, 2, 1, 1]) / 6
    assert_allclose(effective_field(layers, 0, input_size=(5,)), row)
    assert_allclose(effective_field([Layer((3,), 2), Layer(2)], 0, input_size=5), row)
    volume = effective_field(layers, input_size=(5, 5, 5))
    assert_allclose(volume, row[:, None, None] * row[:, None] * row)


def test_resizes_and_pools_of_a_row_and_a_volume_by_hand():
    up, ends = [Upsample(2, "bilinear")], np.array([3, 1, 0]) / 4
    assert_allclose(effective_field(up, 1, input_size=(3,)), ends)
    volume = effective_field(up, 1, input_size=(3, 3, 3))
    assert_allclose(volume, ends[:, None, None] * ends[:, None] * ends)
    halves = effective_field([AdaptivePool((1, 2, None))], (0, 1, 2), input_size=(2, 4, 3))
    assert_allclose(halves, np.einsum("i,j,k", [1 / 2, 1 / 2], [0, 0, 1 / 2, 1 / 2], [0, 0, 1]))


def back_in_loops(layers, axis, unit, sizes):
    """Along one axis, add to every position what each unit that reads it counts."""
    weights = np.eye(sizes[-1])[unit]
    for layer, size in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        own = layer.kernel_size, layer.stride, layer.padding, layer.dilation
        k, s, p, d = (value if isinstance(value, int) else value[axis] for value in own)
        read = np.zeros(size)
        for y, weight in enumerate(weights):
            for tap in range(k):
                position, rest = s * y - p + d * tap, 0
                if isinstance(layer, ConvTranspose):  # y = s * position - p + d * tap
                    position, rest = divmod(y + p - d * tap, s)
                if rest == 0 and 0 <= position < size:
                    read[position] += weight / k
        weights = read
    return weights / weights.sum()


CHAINS = {  # and the sizes on the way
    "strides": (
        [Layer((2, 3, 3), (1, 2, 1), padding=(0, 1, 2)), Layer(3, padding=1)],
        [(9, 8, 10), (8, 4, 12), (8, 4, 12)],
    ),
    "dilation": (
        [Layer(3, (2, 1, 1), padding=2, dilation=(2, 1, 3)), Layer((2, 1, 3))],
        [(9, 8, 10), (5, 10, 8), (4, 10, 6)],
    ),
    "transposed": (
        [Layer(2, 2), ConvTranspose((3, 2, 4), 2, padding=(0, 0, 1)), Layer(3)],
        [(9, 8, 10), (4, 4, 5), (9, 8, 10), (7, 6, 8)],
    ),
}


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("unit", [(0, 0, 0), (3, 3, 4), (1, 2, 5)])
def test_a_volume_is_the_product_of_rows_that_loops_make(name, unit):
    layers, sizes = CHAINS[name]
    rows = [back_in_loops(layers, a, unit[a], [size[a] for size in sizes]) for a in range(3)]
    found = effective_field(layers, unit, input_size=sizes[0])
    assert_allclose(found, np.einsum("i,j,k", *rows), atol=1e-15)


@pytest.mark.parametrize("axes", [1, 3])
@pytest.mark.parametrize("measure", ["abs", "square"])
def test_drawn_kernels_give_the_gradients_that_torch_has(axes, measure):
    torch = pytest.importorskip("torch")
    layers = [Layer(3, 2, padding=1), ConvTranspose(3, 2, padding=1), Layer(2, dilation=2)]
    size, unit, channels = (7, 6, 8)[:axes], (2, 1, 3)[:axes], 3
    rng, kernels = np.random.default_rng(4), []
    for k, gain in ((2, 1), (3, 2**axes), (3, 1)):  # from the last layer back to the first
        spread = (gain / k**axes / channels) ** 0.5
        kernels.append(torch.tensor(rng.normal(0, spread, (channels, channels, *[k] * axes))))
    names = f"conv{axes}d", f"conv_transpose{axes}d"
    conv, transposed = (getattr(torch.nn.functional, name) for name in names)
    x = torch.zeros(1, channels, *size, dtype=torch.double, requires_grad=True)
    y = transposed(conv(x, kernels[2], None, 2, 1), kernels[1], None, 2, 1)
    conv(y, kernels[0], dilation=2)[(0, 0, *unit)].backward()
    expected = (x.grad[0].abs() if measure == "abs" else x.grad[0] ** 2).sum(0).numpy()
    how = {"rng": np.random.default_rng(4), "channels": channels, "measure": measure}
    found = effective_field(layers, unit, input_size=size, **how)
    assert_allclose(found, expected / expected.sum(), rtol=1e-9, atol=1e-15)
