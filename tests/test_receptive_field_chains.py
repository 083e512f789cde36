"""Fields of chains worked by hand, and every way to pad."""

import numpy as np
import pytest

from convnotes.receptive_field import (
    Add,
    Layer,
    Upsample,
    effective_variance,
    receptive_field,
    support,
)

# Chains -------------------------------------------------------------------------------------------


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


# Padding ------------------------------------------------------------------------------------------


def test_asymmetric_padding_moves_the_field_by_its_left_side():
    field = receptive_field([Layer(3, padding=((2, 5),))], input_size=10)
    assert (field.padding, field.units) == (2, 15)
    by_axis = receptive_field([Layer(3, padding=((0, 1), (2, 1)))])
    assert (by_axis.padding, by_axis.size) == ((0, 2), 3)


def test_causal_padding_ends_the_field_at_the_unit_itself():
    field = receptive_field([Layer(2, padding="causal", dilation=d) for d in (1, 2, 4)])
    assert field.box(20) == (13, 20)
    assert receptive_field([Layer(3, 2, padding="causal")], input_size=9).units == 5


def test_same_of_pytorch_puts_the_odd_unit_on_the_right():
    # Conv1d(1, 1, 4, padding="same") pads 1 on the left and 2 on the right.
    field = receptive_field([Layer(4, padding="same")], input_size=10)
    assert (field.padding, field.units) == (1, 10)
    assert receptive_field([Layer(3, padding="same", dilation=(1, 2))]).padding == (1, 2)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "units"),
    [
        (224, 3, 2, 0, 112),  # total 1: all of it on the right
        (225, 3, 2, 1, 113),  # total 2
        (224, 7, 2, 2, 112),  # total 5
        (7, 2, 3, 0, 3),  # total 1, as 7 % 3 = 1
        (9, 2, 3, 0, 3),  # k < s: nothing
        (10, 6, 1, 2, 10),
    ],
)
def test_same_of_tensorflow_depends_on_the_size(size, kernel, stride, padding, units):
    field = receptive_field([Layer(kernel, stride, padding="SAME")], input_size=size)
    assert (field.padding, field.units) == (padding, units)


def test_same_of_tensorflow_is_unknown_only_where_it_depends_on_the_size():
    unknown = receptive_field([Layer(3, 2, padding="SAME"), Layer(3, padding="SAME")])
    assert (unknown.size, unknown.stride) == (7, 2)
    assert unknown.padding is None
    assert unknown.start is None
    assert receptive_field([Layer(3, padding="SAME")]).padding == 1
    assert receptive_field([Layer(1, 2, padding="SAME")]).padding == 0
    assert receptive_field([Layer(2, 2, padding="SAME")]).padding == 0  # 0 or 1, all on the right


def test_an_unknown_padding_after_upsampling_may_meet_either_phase():
    layers = [Upsample(2, "bilinear"), Layer(2, padding=1), Layer(3, 2, padding="SAME")]
    field = receptive_field(layers)
    assert (field.size, field.stride, field.padding) == (None, 1, None)
    assert receptive_field(layers, input_size=4).size == 4


def test_branches_after_an_unknown_padding_still_have_a_size():
    stem = Layer(3, 2, padding="SAME")
    field = receptive_field([stem, Add([Layer(3, padding=1)], [])])
    assert (field.size, field.padding, field.aligned) == (7, None, True)
    other = receptive_field([Add([stem], [Layer(1, 2)])])
    assert (other.size, other.stride, other.aligned) == (None, 2, None)


def test_sizes_and_paddings_are_resolved_layer_by_layer():
    layers = [Layer(3, 2, padding="SAME"), Layer(3, 2, padding="SAME")]
    # 10 pads 0 and leaves 5, which pads 1 unit of two pixels; 12 pads 0 and 0.
    assert [receptive_field(layers, input_size=n).padding for n in (10, 12)] == [2, 0]


@pytest.mark.parametrize(
    ("size", "units"), [(112, 56), (5, 2), (6, 3), (2, 1), (4, 2)]
)  # fmt: skip
def test_ceil_mode_rounds_up_unless_the_window_would_begin_behind_the_input(size, units):
    # MaxPool1d(3, 2, ceil_mode=True)
    assert receptive_field([Layer(3, 2, ceil_mode=True)], input_size=size).units == units


def test_the_last_window_of_ceil_mode_begins_in_the_input_or_left_of_it():
    # MaxPool1d(1, 2, padding=0, ceil_mode=True) on 3, and MaxPool1d(2, 2, padding=1, …) on 2.
    assert receptive_field([Layer(1, 2, ceil_mode=True)], input_size=4).units == 2
    assert receptive_field([Layer(2, 2, padding=1, ceil_mode=True)], input_size=3).units == 2
