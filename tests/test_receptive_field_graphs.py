"""Fields of branches worked by hand, after upsampling, and of the whole input; tables."""

from fractions import Fraction
from math import inf

import numpy as np
import pytest

from convnotes.receptive_field import (
    AdaptivePool,
    Add,
    Concat,
    ConvTranspose,
    From,
    Layer,
    Upsample,
    Whole,
    effective_variance,
    mask,
    receptive_field,
    support,
)

# Branches -----------------------------------------------------------------------------------------


def test_a_residual_block_sees_what_its_longest_path_sees():
    block = Add([Layer(3, 2, padding=1), Layer(3, padding=1)], [Layer(1, 2)])
    field = receptive_field([block])
    assert (field.size, field.stride, field.start, field.aligned) == (7, 2, 0, True)
    assert field.misaligned == ()


def test_misaligned_branches_give_the_box_around_both_and_say_so():
    block = Add([Layer(3, 2), Layer(3)], [Layer(1, 2)])
    field = receptive_field([block])
    assert not field.aligned
    assert (field.box(0), field.box(2)) == ((0, 6), (4, 10))
    assert field.misaligned == (
        "1 add: unit 0 is centred on 3 (input → 1.1.1 → 1.1.2) and 0 (input → 1.2.1)",
    )
    left = receptive_field([Concat([Layer(1, padding=3)], [Layer(1)])])
    assert (left.size, left.box(5), left.aligned) == (4, (2, 5), False)


def test_a_set_of_branches_may_have_a_hole_between_them():
    layers = [Add([Layer(1, padding=3)], [Layer(1)])]
    assert support(layers, 5).tolist() == [2, 5]
    cropped = [Add([Layer(1, padding=((3, -3),))], [Layer(1)])]
    assert support(cropped, 1, input_size=9).tolist() == [1]


def test_crossed_bars_are_no_product_of_axes():
    cross = [Concat([Layer((1, 3), padding=(0, 1))], [Layer((3, 1), padding=(1, 0))])]
    assert mask(cross, (1, 1), input_size=3).astype(int).tolist() == [
        [0, 1, 0],
        [1, 1, 1],
        [0, 1, 0],
    ]
    assert mask(cross, (0, 0)).astype(int).tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert mask(cross, (0, 2), input_size=3).astype(int).tolist() == [
        [0, 1, 1],
        [0, 0, 1],
        [0, 0, 0],
    ]


def test_dense_blocks_nest():
    layers = [Concat([], [Layer(3, padding=1)]), Concat([], [Layer(3, padding=1)])]
    field = receptive_field(layers)
    assert (field.size, field.aligned) == (5, True)


def test_from_goes_back_to_a_named_layer_or_to_the_input():
    layers = [Layer(3, 2, padding=1, name="stem"), Layer(3, padding=1, name="body")]
    head = [*layers, Add([From("stem"), Layer(5, padding=2)], [])]
    assert receptive_field(head).size == 3 + 2 * 4
    skip = [*layers, Concat([], [From("input"), Layer(9, 2, padding=4)])]
    assert receptive_field(skip).size == 9
    two_heads = [*layers, Layer(3, padding=1, name="a"), From("stem"), Layer(1, name="b")]
    assert receptive_field(two_heads, output="a").size == 11
    assert receptive_field(two_heads, output="b").size == 3


def test_any_layer_may_be_the_input_or_the_output():
    layers = [
        Layer(7, 2, name="conv1"), Layer(3, 2, name="pool"), Layer(3, name="conv2"), Layer(3),
    ]  # fmt: skip
    field = receptive_field(layers, input="pool", output="conv2")
    assert (field.size, field.stride) == (3, 1)
    assert [row.layer for row in field.trace] == ["conv2"]
    assert receptive_field(layers, input="conv1", output="conv1").size == 1
    assert receptive_field(layers, output="pool").size == 11


def test_branches_that_do_not_depend_on_the_input_are_left_out():
    layers = [Layer(3, name="a"), Concat([Layer(3, name="b"), Layer(3)], [Layer(9, 5)])]
    assert receptive_field(layers, input="b").size == 3


def test_layers_later_in_the_list_may_be_named_first():
    layers = [Concat([From("late")], []), From("input"), Layer(3, name="late"), From("1 concat")]
    with pytest.raises(ValueError, match="no layer is named '1 concat'"):
        receptive_field(layers)
    layers = [Concat([From("late")], [], name="out"), From("input"), Layer(3, name="late")]
    assert receptive_field(layers, output="out").size == 3


def test_sets_of_branches_in_three_dimensions():
    film = [Add([Layer((3, 1, 1), padding=(1, 0, 0))], [Layer((1, 3, 3), padding=(0, 1, 1))])]
    seen = mask(film, (2, 2, 2), input_size=5)
    assert (seen.shape, int(seen.sum())) == ((5, 5, 5), 3 + 9 - 1)
    assert seen[1:4, 2, 2].all()
    assert seen[2, 1:4, 1:4].all()
    assert receptive_field(film).box((2, 2, 2)) == ((1, 3),) * 3


def test_phases_may_be_misaligned_too():
    # A unit of the coarse branch stands for two pixels, and is centred between them.
    field = receptive_field([Concat([Layer(2, 2), Upsample(2)], [], name="skip")])
    (words,) = field.misaligned
    assert words.startswith("skip: unit 0 is centred on 0.5 (input → 1.1.1 → 1.1.2 upsample)")
    assert not field.aligned


# Upsampling ---------------------------------------------------------------------------------------


def test_a_transposed_convolution_sees_by_phase():
    # Kernel 3, stride 2: even units get taps 0 and 2, odd ones get tap 1.
    field = receptive_field([ConvTranspose(3, 2)])
    assert (field.size, field.sizes, field.stride) == (2, (2, 1), Fraction(1, 2))
    assert [field.box(unit) for unit in range(4)] == [(-1, 0), (0, 0), (0, 1), (1, 1)]
    assert (field.smallest, receptive_field([Layer(3)]).smallest) == (1, 3)
    by_axis = receptive_field([ConvTranspose((3, 4), 2)])
    assert (by_axis.sizes, by_axis.smallest) == (((2, 1), (2,)), (1, 2))
    assert receptive_field([ConvTranspose(4, 2, padding=1)]).sizes == (2,)


def test_a_unit_between_the_stamps_sees_nothing():
    field = receptive_field([ConvTranspose(1, 2)])
    assert field.sizes == (1, 0)
    assert field.box(1) is None
    assert support([ConvTranspose(1, 2)], 1).tolist() == []
    assert list(field.seen_by(3)) == [6]


def test_nearest_repeats_and_bilinear_mixes_neighbours():
    nearest, linear = (receptive_field([Upsample(2, mode)]) for mode in ("nearest", "bilinear"))
    assert [nearest.box(unit) for unit in range(3)] == [(0, 0), (0, 0), (1, 1)]
    assert [linear.box(unit) for unit in range(3)] == [(-1, 0), (0, 1), (0, 1)]
    # At an odd scale the middle unit falls on its pixel.
    assert receptive_field([Upsample(3, "bilinear")]).sizes == (2, 1, 2)
    assert support([Upsample(2, "bilinear")], 0, input_size=5).tolist() == [0]


def test_up_and_down_again_is_one_phase():
    field = receptive_field([Upsample(2), Layer(2, 2)])
    assert (field.size, field.sizes, field.stride) == (1, (1,), 1)
    assert receptive_field([Upsample(2), Layer(3, 2, padding=1)]).box(4) == (3, 4)


def test_scales_may_be_fractions_and_differ_by_axis():
    field = receptive_field([Upsample((2, Fraction(3, 2)))], input_size=(4, 4))
    assert field.units == (8, 6)
    assert field.stride == (Fraction(1, 2), Fraction(2, 3))
    assert [field.box((0, unit))[1] for unit in range(4)] == [(0, 0), (0, 0), (1, 1), (2, 2)]
    assert receptive_field([Upsample(Fraction(1, 2))], input_size=9).units == 4


def test_pixels_are_seen_by_a_range_of_units():
    field = receptive_field([Layer(3, 2, padding=1)])
    assert [list(field.seen_by(pixel)) for pixel in (4, 5)] == [[2], [2, 3]]
    assert list(receptive_field([Layer(1, 3)]).seen_by(4)) == []
    assert receptive_field([Layer((3, 1))]).seen_by((5, 5)) == (range(3, 6), range(5, 6))
    assert list(receptive_field([Upsample(2)]).seen_by(3)) == [6, 7]


# The whole input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["attention", "squeeze-and-excitation", "batch norm in training"])
def test_what_sees_everything_says_so_and_keeps_the_local_path(name):
    field = receptive_field([Layer(3, 2), Whole(name), Layer(3)])
    assert field.whole
    assert field.size == inf
    assert (field.local.size, field.local.stride) == (7, 2)
    known = receptive_field([Layer(3, 2), Whole(name), Layer(3)], input_size=33)
    assert (known.size, known.box(), known.units) == (33, (0, 32), 14)
    assert support([Layer(3, 2), Whole(name)], 1, input_size=6).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("layers", "size", "box"),
    [
        # Windows of 3 with stride 2 end at pixel 222; 223 is in none.
        ([Layer(3, 2), Whole(), Layer(3)], 224, (0, 222)),
        ([Layer(3, 2, padding=1), Whole(), Layer(3)], 224, (0, 223)),
        ([Layer(1, 2), AdaptivePool()], 6, (0, 4)),
        ([AdaptivePool(), Layer(1, 2)], 6, (0, 5)),
        ([Layer(1, 5, padding=1), AdaptivePool()], 1, None),  # reads padding only
    ],
)
def test_behind_what_sees_everything_the_box_holds_what_the_layers_before_see(layers, size, box):
    field = receptive_field(layers, input_size=size)
    seen = np.flatnonzero(mask(layers, 0, input_size=size))
    assert field.box() == box == ((seen[0], seen[-1]) if len(seen) else None)
    assert field.size == field.trace[-1].size == (box[1] - box[0] + 1 if box else 0)
    assert field.start == (sum(box) / 2 if box else None)


def test_global_pooling_leaves_no_local_path():
    field = receptive_field([Layer(3), AdaptivePool(), Layer(1)], input_size=10)
    assert field.whole
    assert field.local is None
    assert (field.size, field.units) == (10, 1)
    assert field.trace[-1].local == 0


def test_squeeze_and_excitation_written_out_is_a_gate_beside_the_path():
    gate = Add([], [AdaptivePool(), Layer(1), Layer(1)])
    field = receptive_field([Layer(3, padding=1), gate, Layer(3, padding=1)], input_size=20)
    assert field.whole
    assert (field.local.size, field.units) == (5, 20)
    assert support([gate], 3, input_size=6).tolist() == [0, 1, 2, 3, 4, 5]


def test_adaptive_pooling_to_several_units_needs_the_size():
    # AdaptiveAvgPool1d(3) on 7: windows 0–2, 2–4, 4–6.
    field = receptive_field([AdaptivePool(3)], input_size=7)
    assert [field.box(unit) for unit in range(3)] == [(0, 2), (2, 4), (4, 6)]
    unknown = receptive_field([AdaptivePool(3)])
    assert (unknown.size, unknown.stride, unknown.whole) == (None, None, False)


def test_beyond_what_sees_everything_nothing_is_local():
    field = receptive_field([Concat([Layer(3, padding=1)], [AdaptivePool()]), Layer(3)])
    assert (field.local.size, field.local.aligned) == (5, True)


# Tables -------------------------------------------------------------------------------------------


def test_the_trace_of_a_graph_names_what_joins_and_counts_units():
    layers = [
        Layer(3, 2, padding=((0, 1),), name="stem"),
        Add([Layer(3, padding=1)], [], name="block"),
        Upsample(2),
        AdaptivePool(),
    ]
    assert str(receptive_field(layers, input_size=9).trace).splitlines() == [
        "layer           kernel  stride  padding  dilation  size  jump  start  units  local",
        "stem                 3       2      0+1         1     3     2      1      4       ",
        "2.1.1                3       1        1         1     7     2      1      4       ",
        "block                –       –        –         –     7     2      1      4       ",
        "3 upsample           –     1/2        –         –     7     1      1      8       ",
        "4 adaptivepool       –       –        –         –     9     –      4      1      0",
    ]


def test_unknowns_are_called_unknown():
    trace = receptive_field([Layer(3, 2, padding="SAME")]).trace
    assert str(trace).splitlines()[1].split() == ["1", "3", "2", "SAME", "1", "3", "2", "unknown"]


def test_the_first_layer_that_covers_an_input():
    trace = receptive_field([Layer((3, 5)), Layer((3, 5)), Layer((3, 5))]).trace
    assert trace.covering(5).layer == "2"
    assert trace.covering(8) is None
    assert receptive_field([Layer(3), Whole("attention")]).trace.covering(10**9).local == 3


def test_variance_is_mixed_where_branches_join():
    # Half of the weight on one pixel, half spread over three: 1/2 * 2/3.
    assert effective_variance([Add([Layer(3, padding=1)], [])]) == pytest.approx(1 / 3)
    assert effective_variance([Add([Layer(1, padding=2)], [Layer(1)])]) == 1  # pixels 0 and -2


def test_pooling_everything_along_one_axis_only():
    field = receptive_field([Layer(3), AdaptivePool((1, 2))], input_size=(9, 10))
    assert field.whole
    assert field.local is None
    assert field.units == (1, 2)
    assert field.box((0, 1)) == ((0, 8), (4, 9))
    assert receptive_field([AdaptivePool((2, 1))]).local is None


def test_the_whole_input_may_differ_by_axis():
    field = receptive_field([Layer(3), Whole("attention")], input_size=(20, 30))
    assert (field.size, field.box(), field.units) == ((20, 30), ((0, 19), (0, 29)), (18, 28))
    assert field.local.size == 3
    assert field.local.box((1, 2)) == ((1, 3), (2, 4))
