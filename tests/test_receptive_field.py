"""Receptive fields against published values, pushed connectivity, gradients and sums by hand."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import conv2d_input
from convnotes.receptive_field import Layer, effective_variance, networks, receptive_field, support

# Two independent ways to see what a chain sees ----------------------------------------------------


def push_connectivity(layers, size):
    """Push "sees input i" and "sees padding" through 1-D layers, unit by unit.

    Returns a boolean (units, size) matrix, and for each unit whether padding took part.
    """
    sees, touched = np.eye(size, dtype=bool), np.zeros(size, dtype=bool)
    for layer in layers:
        p = layer.padding
        if p < 0:
            sees, touched = sees[-p : len(sees) + p], touched[-p : len(touched) + p]
        else:
            sees = np.pad(sees, [(p, p), (0, 0)])
            touched = np.pad(touched, p, constant_values=True)
        span = layer.dilation * (layer.kernel_size - 1) + 1
        tops = range(0, len(sees) - span + 1, layer.stride)
        windows = [slice(top, top + span, layer.dilation) for top in tops]
        sees = np.array([sees[window].any(axis=0) for window in windows])
        touched = np.array([touched[window].any() for window in windows])
    return sees, touched


def random_chain(rng):
    """Draw one to four layers; padding may crop."""
    return [
        Layer(
            int(rng.integers(1, 6)),
            int(rng.choice([1, 1, 2, 3])),
            padding=int(rng.integers(-1, 4)),
            dilation=int(rng.choice([1, 1, 2, 3])),
        )
        for _ in range(rng.integers(1, 5))
    ]


@pytest.mark.parametrize("seed", range(8))
def test_connectivity_pushed_through_random_chains_agrees(seed):
    rng = np.random.default_rng(seed)
    for _ in range(125):
        layers = random_chain(rng)
        field = receptive_field(layers)
        size = field.size + 2 * abs(field.padding) + 4 * field.stride + int(rng.integers(0, 9))
        sees, touched = push_connectivity(layers, size)
        inner = np.flatnonzero(~touched)
        assert len(inner) >= 2, layers
        for unit in (inner[0], inner[1], inner[-1]):
            seen = np.flatnonzero(sees[unit])
            assert field.box(int(unit)) == (seen[0], seen[-1]), layers
            assert_array_equal(support(layers, int(unit)), seen)
        for unit in {0, len(sees) // 2, len(sees) - 1}:
            seen = np.flatnonzero(sees[unit])
            assert_array_equal(support(layers, unit, input_size=size), seen, str(layers))


@pytest.mark.parametrize("seed", range(60))
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


# Published values ---------------------------------------------------------------------------------


def slim_bottlenecks(*blocks):
    """TF-slim's resnet_v1 on 224×224: strides on the last unit of a block, left padding."""
    layers = [Layer(7, 2, padding=3), Layer(3, 2)]  # SAME pads the pooling only on the right
    for place, units in enumerate(blocks, 1):
        for unit in range(1, units + 1):
            stride = 2 if unit == units and place < 4 else 1
            layers += [Layer(1), Layer(3, stride, padding=1), Layer(1)]
    return layers


def slim_mobilenet():
    """TF-slim's mobilenet_v1 on 224×224: SAME with stride 2 pads nothing on the left."""
    depthwise = (Layer(3, s, padding=2 - s) for s in (2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1))
    return [layer for each in depthwise for layer in (each, Layer(1))]


@pytest.mark.parametrize(
    ("layers", "size", "stride", "padding"),
    [
        pytest.param(networks.alexnet(), 195, 32, 64, id="alexnet_v2"),
        pytest.param(networks.vgg(16), 212, 32, 90, id="vgg_16"),
        pytest.param(slim_mobilenet(), 315, 32, 126, id="mobilenet_v1"),
        pytest.param(slim_bottlenecks(3, 4, 6, 3), 483, 32, 239, id="resnet_v1_50"),
        pytest.param(slim_bottlenecks(3, 4, 23, 3), 1027, 32, 511, id="resnet_v1_101"),
        pytest.param(slim_bottlenecks(3, 8, 36, 3), 1507, 32, 751, id="resnet_v1_152"),
        pytest.param(slim_bottlenecks(3, 24, 36, 3), 1763, 32, 879, id="resnet_v1_200"),
    ],
)
def test_table_of_the_receptive_field_repository(layers, size, stride, padding):
    # google-research/receptive_field, README.md
    field = receptive_field(layers)
    assert (field.size, field.stride, field.padding) == (size, stride, padding)


@pytest.mark.parametrize(
    ("layers", "size", "stride", "padding"),
    [
        # google-research/receptive_field, receptive_field_computation_test.py: graph 5, and the
        # longer paths of graphs 1 and 8, which decide the size (right padding doesn't matter).
        ([Layer((3, 5), 2), Layer((3, 1), 2)], (7, 5), 4, 0),
        ([Layer(3, 2, padding=1), Layer(1, 2)], 3, 4, 1),
        ([Layer(3, 2, padding=1), Layer(1, 2), Layer(3, 2, padding=1)], 11, 8, 5),
    ],
)
def test_small_graphs_of_the_receptive_field_repository(layers, size, stride, padding):
    field = receptive_field(layers)
    assert (field.size, field.stride, field.padding) == (size, stride, padding)


@pytest.mark.parametrize(
    ("layers", "size", "stride"),
    [
        pytest.param(networks.lenet5(), 32, 4, id="LeNet-5 at C5: the whole input"),
        pytest.param(networks.resnet(50, "v1"), 483, 32, id="ResNet-50, stride on the 1×1"),
        pytest.param(networks.resnet(101, "v1"), 1027, 32, id="ResNet-101"),
        pytest.param(networks.resnet(152, "v1"), 1507, 32, id="ResNet-152"),
        pytest.param(networks.mobilenet_v1(), 315, 32, id="MobileNet"),
        pytest.param(networks.patchgan(3), 70, 8, id="PatchGAN, n = 3"),
        pytest.param(networks.patchgan(1), 16, 2, id="PatchGAN, the paper's 16×16"),
        pytest.param(networks.patchgan(5), 286, 32, id="PatchGAN, the paper's 286×286"),
        pytest.param(networks.wavenet(), 1024, 1, id="WaveNet, one block"),
        pytest.param(networks.wavenet(3), 3 * 1023 + 1, 1, id="WaveNet, three blocks"),
        pytest.param([], 1, 1, id="nothing at all"),
    ],
)
def test_sizes_and_strides_from_papers(layers, size, stride):
    field = receptive_field(layers)
    assert (field.size, field.stride) == (size, stride)


@pytest.mark.parametrize(
    ("depth", "sizes"),
    [(18, [43, 99, 211, 435]), (34, [59, 179, 547, 899]), (50, [35, 91, 267, 427])],
)
def test_resnet_stages_as_in_torchvision(depth, sizes):
    trace = receptive_field(networks.resnet(depth)).trace
    last = {row.layer.split(".")[0]: row for row in trace}
    stages = [last[f"layer{stage}"] for stage in (1, 2, 3, 4)]
    assert [row.size for row in stages] == sizes
    assert [row.jump for row in stages] == [4, 8, 16, 32]


def test_context_module_of_yu_and_koltun():
    # "Multi-Scale Context Aggregation by Dilated Convolutions", table 1; the last layer is 1×1.
    layers = [Layer(3, dilation=d) for d in (1, 1, 2, 4, 8, 16, 1)] + [Layer(1)]
    assert [row.size for row in receptive_field(layers).trace] == [3, 5, 9, 17, 33, 65, 67, 67]


# Worked by hand -----------------------------------------------------------------------------------


def test_empty_chain_is_the_pixel_itself():
    field = receptive_field([])
    assert (field.size, field.stride, field.padding, field.start) == (1, 1, 0, 0)
    assert field.box(7) == (7, 7)
    assert support([], 7).tolist() == [7]
    assert effective_variance([]) == 0
    assert len(field.trace) == 0


def test_padding_moves_the_start_and_not_the_size():
    bare, padded = (receptive_field([Layer(5, 2, padding=p), Layer(3, padding=p)]) for p in (0, 1))
    assert bare.size == padded.size == 9
    # Unpadded, unit 0 is centred on pixel 4; each layer's padding moves it by padding * jump.
    assert (bare.start, padded.start) == (4, 4 - 1 - 2)


def test_dilation_moves_the_start():
    # Taps of the second layer at 0, 3 and 6 of units two pixels apart: pixels 0 to 12.
    field = receptive_field([Layer(1, 2), Layer(3, dilation=3)])
    assert (field.size, field.start, field.box()) == (13, 6, (0, 12))


def test_even_kernels_are_centred_between_pixels():
    assert receptive_field([Layer(2, 2)]).start == 0.5
    assert receptive_field([Layer(2, 2), Layer(2, 2)]).start == 1.5


def test_jump_counts_the_strides_before_a_layer_not_its_own():
    assert receptive_field([Layer(3, 2)]).size == receptive_field([Layer(3)]).size == 3
    assert receptive_field([Layer(1, 2), Layer(3)]).size == 5


def test_negative_padding_crops():
    field = receptive_field([Layer(3, padding=-2)])
    assert field.box() == (2, 4)
    assert support([Layer(3, padding=-2)], 1, input_size=8).tolist() == [3, 4, 5]


def test_dilations_two_two_two_see_seven_of_thirteen():
    seen, all_of_them = (
        support([Layer(3, dilation=d) for d in dilations]) for dilations in [(2, 2, 2), (1, 2, 3)]
    )
    assert seen.tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert all_of_them.tolist() == list(range(13))


def test_stride_larger_than_the_kernel_leaves_holes():
    assert support([Layer(1, 3), Layer(3)]).tolist() == [0, 3, 6]


def test_borders_are_clipped_layer_by_layer():
    # Six pixels give units 0–2 and 2–4; pixel 5 starts a window that doesn't fit. The second
    # layer pads instead, so its last unit misses pixel 5, though its box reaches to pixel 6.
    layers = [Layer(3, 2), Layer(3, padding=1)]
    assert receptive_field(layers).box(1) == (0, 6)
    assert support(layers, 1, input_size=6).tolist() == [0, 1, 2, 3, 4]


def test_a_unit_may_see_nothing_but_padding():
    assert support([Layer(1, padding=1)], 0, input_size=3).tolist() == []


def test_axes_are_height_then_width():
    field = receptive_field([Layer((3, 5), (1, 2), padding=(0, 2), dilation=(2, 1))])
    assert (field.size, field.stride, field.padding) == (5, (1, 2), (0, 2))
    assert field.start == (2.0, 0.0)
    assert field.box((1, 1)) == ((1, 5), (0, 4))
    assert field.box(1) == field.box((1, 1))
    rows, columns = support([Layer((3, 5), dilation=(2, 1))], (0, 1))
    assert (rows.tolist(), columns.tolist()) == ([0, 2, 4], [1, 2, 3, 4, 5])


def test_three_axes():
    field = receptive_field([Layer((1, 3, 3)), Layer((3, 1, 1), (2, 1, 1))])
    assert (field.size, field.stride) == (3, (2, 1, 1))
    assert field.box((1, 0, 0)) == ((2, 4), (0, 2), (0, 2))


def test_lists_and_numpy_integers_are_numbers_too():
    assert Layer([3, 5], np.int64(2)) == Layer((3, 5), 2)
    assert type(receptive_field([Layer(np.int64(3))]).size) is int


def test_layers_may_come_from_a_generator():
    assert receptive_field(Layer(3) for _ in range(4)).size == 9


def test_sizes_beyond_64_bits_stay_exact():
    assert receptive_field([Layer(2, 2)] * 100).size == 2**100


def test_trace_prints_as_a_table():
    trace = receptive_field([Layer(7, 2, padding=3, name="stem"), Layer((3, 2), dilation=2)]).trace
    assert str(trace).splitlines() == [
        "layer  kernel  stride  padding  dilation   size  jump  start",
        "stem        7       2        3         1      7     2      0",
        "2         3×2       1        0         2  15×11     2    4×2",
    ]
    assert [row.size for row in trace] == [7, (15, 11)]


# Effective receptive field ------------------------------------------------------------------------


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


# Wrong arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Layer(0), ValueError, "kernel_size=0 must be at least 1"),
        (lambda: Layer(3, 0), ValueError, "stride=0 must be at least 1"),
        (lambda: Layer(3, dilation=(1, 0)), ValueError, r"dilation=\(1, 0\) must be at least 1"),
        (lambda: Layer(3, -1, name="c2"), ValueError, "layer 'c2': stride=-1 must be at least 1"),
        (lambda: Layer(3.0), TypeError, "kernel_size=3.0 must be an int"),
        (lambda: Layer(True), TypeError, "kernel_size=True must be an int"),
        (lambda: Layer(()), TypeError, r"kernel_size=\(\) must be an int"),
        (lambda: Layer(3, padding="same"), TypeError, "padding='same' must be an int"),
        (lambda: Layer((3, 3), (1, 1, 1)), ValueError, "3 axes do not go with 2"),
        (
            lambda: receptive_field(["relu"]),
            TypeError,
            r"layers\[0\]='relu' is not a Layer.*Layer\(1",
        ),
        (lambda: receptive_field(Layer(3)), TypeError, "layers=Layer.* must be a list"),
        (lambda: receptive_field(None), TypeError, "layers=None must be a list"),
        (
            lambda: receptive_field([Layer((3, 3)), Layer(3), Layer((3, 3, 3), name="odd")]),
            ValueError,
            r"layers\[2\]=.*'odd'.*3 axes do not go with 2",
        ),
        (lambda: receptive_field([Layer((3, 5))]).box((1, 1, 1)), ValueError, "unit=.*axes"),
        (lambda: receptive_field([Layer(3)]).box(0.5), TypeError, "unit=0.5"),
        (lambda: support([Layer((3, 3))], (0, 0, 0)), ValueError, "axes"),
        (lambda: support([], (0, 0), input_size=(4, 4, 4)), ValueError, "input_size"),
        (lambda: support([Layer(3)], 2, input_size=4), ValueError, "unit=2 .*output of 2"),
        (lambda: support([Layer(3)], -1, input_size=4), ValueError, "unit=-1"),
        (lambda: support([Layer(1), Layer(5)], input_size=4), ValueError, r"layers\[1\].*of 4"),
        (lambda: support([Layer(1)], input_size=0), ValueError, "input_size=0"),
        (lambda: networks.vgg(17), ValueError, "depth=17 must be one of"),
        (lambda: networks.resnet(50, "v2"), ValueError, "version='v2' must be one of"),
        (lambda: networks.patchgan(-1), ValueError, "downsamplings=-1 must be at least 0"),
        (lambda: networks.wavenet(0), ValueError, "blocks=0 must be at least 1"),
    ],
)
def test_wrong_arguments_name_themselves(make, error, message):
    with pytest.raises(error, match=message):
        make()
