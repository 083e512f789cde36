"""Costs of layers and stacks, against published networks, real arrays and PyTorch's modules."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from convnotes.convolution import conv2d, conv_matrix
from convnotes.three_by_three import Conv, cost, cost_table


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


@pytest.mark.parametrize(
    "layers",
    [
        [Conv(3, 64, 7, stride=2, padding=3, bias=False), Conv(64, 8, 1)],
        [Conv(6, 12, (3, 5), padding="same", groups=3), Conv(12, 4, 3, stride=(1, 2), dilation=2)],
    ],
)
def test_parameters_and_activations_are_those_of_pytorchs_modules(layers):
    torch = pytest.importorskip("torch")
    x = torch.zeros(1, layers[0].c_in, 23, 31)
    parameters = activations = 0
    for layer in layers:
        module = torch.nn.Conv2d(*vars(layer).values())  # PyTorch's order
        x = module(x)
        parameters += sum(p.numel() for p in module.parameters())
        activations += x.numel()
    ours = cost(*layers, size=(23, 31))
    assert (ours.parameters, ours.activations) == (parameters, activations)


def test_table_compares_the_designs_of_he_and_howard():
    # The bottleneck is He et al. (2016), figure 5 right: 69,632 weights, about those of two 3×3
    # layers of 64 channels, 73,728.
    size, thin, wide = 56, 64, 256
    plain = [Conv(thin, thin, 3, padding=1, bias=False)] * 2
    bottleneck = [
        Conv(wide, thin, 1, bias=False),
        Conv(thin, thin, 3, padding=1, bias=False),
        Conv(thin, wide, 1, bias=False),
    ]
    lines = cost_table({"plain": plain, "bottleneck": bottleneck}, size=size).splitlines()
    assert [line.split() for line in lines] == [
        ["design", "parameters", "multiply-adds", "activations", "peak"],
        ["plain", "73,728", f"{73_728 * size**2:,}", f"{128 * size**2:,}", f"{128 * size**2:,}"],
        ["bottleneck", "69,632", f"{69_632 * size**2:,}", f"{384 * size**2:,}",
         f"{320 * size**2:,}"],
    ]  # fmt: skip
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("designs", "error", "message"),
    [
        ({}, ValueError, "designs={} must hold"),
        ([Conv(3, 3, 3)], TypeError, "designs=.*must map"),
        ({"nothing": []}, ValueError, r"layers=\(\)"),
        ({"clash": [Conv(3, 4, 3), Conv(3, 4, 3)]}, ValueError, r"layers\[1\]\.c_in=3 must be 4"),
    ],
)
def test_table_names_what_is_wrong(designs, error, message):
    with pytest.raises(error, match=message):
        cost_table(designs, size=8)


@pytest.mark.parametrize(
    "name", ["3×3, 64 → 64, 56²", "1×1, 256 → 64, 56²", "3×3, 144 depthwise, 56²"]
)
def test_a_layers_time_is_what_the_page_of_costs_says(name):
    root = Path(__file__).parents[1]
    results = json.loads((root / "tests/benchmarks/convolution.json").read_text("utf-8"))
    times = results["layers"][name]
    row = f"| {name} | {times['torch']:.1f} | {times['convnotes']:.1f} |"
    assert row in (root / "docs/three-by-three/costs.md").read_text("utf-8")
