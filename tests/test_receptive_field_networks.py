"""Sizes, strides and paddings that were published, or that others computed."""

import time
from itertools import pairwise

import pytest

from convnotes.receptive_field import (
    Add,
    Layer,
    effective_variance,
    minimum_input,
    networks,
    receptive_field,
)

PAD = ((1, 0),)  # on the left/top alone


@pytest.mark.parametrize(
    ("layers", "size", "stride", "padding"),
    [
        pytest.param(networks.alexnet(), 195, 32, 64, id="alexnet_v2"),
        pytest.param(networks.vgg(16), 212, 32, 90, id="vgg_16"),
        pytest.param(networks.inception("v2"), 699, 32, 318, id="inception_v2"),
        pytest.param(networks.inception("v3"), 1311, 32, 618, id="inception_v3"),
        pytest.param(networks.inception("v4"), 2071, 32, 998, id="inception_v4"),
        pytest.param(networks.inception("resnet_v2"), 3039, 32, 1482, id="inception_resnet_v2"),
        pytest.param(networks.mobilenet_v1("SAME"), 315, 32, 126, id="mobilenet_v1"),
        pytest.param(networks.resnet(50, "slim"), 483, 32, 239, id="resnet_v1_50"),
        pytest.param(networks.resnet(101, "slim"), 1027, 32, 511, id="resnet_v1_101"),
        pytest.param(networks.resnet(152, "slim"), 1507, 32, 751, id="resnet_v1_152"),
        pytest.param(networks.resnet(200, "slim"), 1763, 32, 879, id="resnet_v1_200"),
    ],
)
def test_table_of_the_receptive_field_repository(layers, size, stride, padding):
    # google-research/receptive_field, README.md; input 224×224.
    field = receptive_field(layers, input_size=224)
    assert (field.size, field.stride, field.padding) == (size, stride, padding)
    assert field.aligned


@pytest.mark.parametrize(
    "layers",
    [networks.inception("v2"), networks.mobilenet_v1("SAME"), networks.resnet(50, "slim")],
)
def test_padding_is_unknown_where_the_repository_depends_on_the_input(layers):
    field = receptive_field(layers)
    assert field.padding is None
    assert field.start is None
    assert field.stride == 32


# google-research/receptive_field, receptive_field_computation_test.py

GRAPH_1 = Add([Layer(1, 4)], [Layer(3, 2, padding=PAD), Layer(1, 2)])
GRAPH_4 = Add([Layer(1, 4)], [Layer(3, 2, padding="SAME"), Layer(1, 2)])


@pytest.mark.parametrize(
    ("layers", "size", "stride", "padding"),
    [
        pytest.param([GRAPH_1], 3, 4, 1, id="1"),
        pytest.param([Layer((3, 5), 2), Layer((3, 1), 2)], (7, 5), 4, 0, id="5"),
        pytest.param([GRAPH_1, Add([Layer(1, 2)], [Layer(3, 2, padding=PAD)])], 11, 8, 5, id="8"),
    ],
)
def test_small_graphs_of_the_receptive_field_repository(layers, size, stride, padding):
    field = receptive_field(layers)
    assert (field.size, field.stride, field.padding) == (size, stride, padding)
    assert field.aligned


def test_unequal_strides_of_graph_3_are_refused_by_the_names_of_both_paths():
    left = [Layer(5, 2, padding=((2, 1),), name="L1")]
    right = [Layer(3, name="L2"), Layer(3, name="L3")]
    words = r"layers\[0\] joins unequal strides.*input → L1 has stride 2 but .*L2 → L3 has stride 1"
    with pytest.raises(ValueError, match=words):
        receptive_field([Add(left, right)])


def test_graph_4_is_unknown_without_its_input_aligned_at_9_and_not_at_8():
    field = receptive_field([GRAPH_4])
    assert (field.stride, field.padding, field.aligned) == (4, None, None)
    odd, even = (receptive_field([GRAPH_4], input_size=size) for size in (9, 8))
    assert (odd.size, odd.padding, odd.aligned) == (3, 1, True)
    assert not even.aligned
    assert even.box() == (0, 2)  # the union; the repository refuses it


# More networks


@pytest.mark.parametrize(
    ("layers", "size", "stride"),
    [
        pytest.param(networks.lenet5(), 32, 4, id="LeNet-5 at C5: the whole input"),
        pytest.param(networks.resnet(50, "v1"), 483, 32, id="ResNet-50, stride on the 1×1"),
        pytest.param(networks.resnet(50), 427, 32, id="ResNet-50 v1.5"),
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


def test_unet_takes_572_pixels_to_388_units_and_sees_less_in_some_phases():
    # Figure 1 of the paper; the size by hand: down, each level adds (4 + 1) jumps, and so on.
    field = receptive_field(networks.unet(), input_size=572)
    assert (field.units, field.stride) == (388, 1)
    down = 1 + sum(5 * 2**level for level in range(4)) + 4 * 16  # at the bottom: 140
    assert receptive_field(networks.unet(), output="bottom").size == down == 140
    assert len(field.sizes) == 16
    assert max(field.sizes) == field.size


def test_the_classic_crops_of_unet():
    # Figure 1: 568 → 392, 280 → 200, 136 → 104 and 64 → 56 units.
    trace = receptive_field(networks.unet(), input_size=572).trace
    crops = [(before.units, row.units) for before, row in pairwise(trace)
             if isinstance(row.padding, int) and row.padding < 0]  # fmt: skip
    assert crops == [(568, 392), (280, 200), (136, 104), (64, 56)]


@pytest.mark.parametrize(
    ("layers", "units"),
    [
        (networks.lenet5(), {32: 1}),
        (networks.alexnet(), {227: 6}),
        (networks.vgg(19), {224: 7}),
        (networks.googlenet(), {224: 7}),
        (networks.resnet(18), {224: 7}),
        (networks.inception("v3"), {299: 8}),
        (networks.inception("v4"), {299: 8}),
        (networks.inception("resnet_v2"), {299: 8}),
        (networks.mobilenet_v1("SAME"), {224: 7}),
        (networks.deeplab(), {512: 32}),
        (networks.deeplab(8), {512: 64}),
        (networks.patchgan(), {256: 30}),
    ],
)
def test_units_that_papers_state_for_their_input(layers, units):
    for size, count in units.items():
        assert receptive_field(layers, input_size=size).units == count


def test_deeplab_sees_everything_and_1003_pixels_without_its_pooling():
    field = receptive_field(networks.deeplab())
    assert field.whole
    # ResNet-50 to 427 at stride 16 with one dilated stage, then dilation 18: 2 * 18 * 16 more.
    assert field.local.size == 427 + 576
    assert receptive_field(networks.deeplab(), output="layer4.2").size == 427


def test_smallest_inputs():
    # torchvision documents 75×75 as the required minimum of Inception v3.
    assert minimum_input(networks.inception("v3")) == 75
    assert minimum_input(networks.lenet5()) == 32
    assert minimum_input(networks.vgg(16)) == 32
    assert minimum_input(networks.resnet(152)) == 1


def test_a_graph_of_resnet_152_takes_less_than_20_milliseconds():
    layers, spent = networks.resnet(152), []
    for _ in range(5):
        begin = time.process_time()
        receptive_field(layers)
        spent.append(time.process_time() - begin)
    assert min(spent) < 0.02


def test_shortcuts_narrow_the_effective_field_and_leave_the_size():
    plain = [layer for block in networks.resnet(50)[2:] for layer in block.branches[0]]
    chain = [*networks.resnet(50)[:2], *plain]
    graph = networks.resnet(50)
    assert receptive_field(chain).size == receptive_field(graph).size == 427
    assert effective_variance(graph) < effective_variance(chain)
