"""Single units joined with many, paddings that sizes decide, huge numbers, one axis alone."""

import json
import time
from fractions import Fraction
from math import inf

import numpy as np
import pytest

from convnotes.receptive_field import (
    AdaptivePool,
    Add,
    Concat,
    ConvTranspose,
    Layer,
    Upsample,
    Whole,
    effective_variance,
    mask,
    networks,
    receptive_field,
    support,
)

# A single unit that is joined with many ----------------------------------------------------------


def test_a_single_unit_is_seen_by_all_that_it_is_joined_with():
    field = receptive_field([AdaptivePool(4), Add([Layer(4)], [])], input_size=8)
    assert [field.box(unit) for unit in range(4)] == [(0, 7)] * 4
    assert [list(field.seen_by(pixel)) for pixel in (0, 7)] == [[0, 1, 2, 3]] * 2
    assert (field.size, field.padding, field.start, field.aligned) == (8, 0, 3.5, True)


def test_a_single_unit_that_sees_a_part_makes_fields_of_several_sizes():
    # Pools of two pixels; the first of them is added to all four.
    layers = [AdaptivePool(4), Add([Layer(1, 4)], [], name="sum")]
    field = receptive_field(layers, input_size=8)
    assert [field.box(unit) for unit in range(4)] == [(0, 1), (0, 3), (0, 5), (0, 7)]
    assert (field.size, field.sizes, field.smallest) == (8, (2, 4, 6, 8), 2)
    assert [list(field.seen_by(pixel)) for pixel in (1, 6)] == [[0, 1, 2, 3], [3]]
    for unit in range(4):
        seen = support(layers, unit, input_size=8)
        assert (seen[0], seen[-1]) == field.box(unit)
    wider = receptive_field([*layers, Layer(3, padding=1)], input_size=8)
    assert wider.box(2) == (0, 7)
    assert wider.box(1) == (0, 5)
    with pytest.raises(ValueError, match="the variance differs by unit"):
        effective_variance(layers, 1, input_size=8)


def test_units_outside_a_known_output_are_refused():
    field = receptive_field([Layer(3)], input_size=8)
    for unit in (6, 99, -1):
        with pytest.raises(ValueError, match=f"unit={unit} lies outside the output of 6"):
            field.box(unit)
    assert receptive_field([Layer(3)]).box(99) == (99, 101)


# Paddings that depend on the size ----------------------------------------------------------------


def test_paddings_that_the_same_size_decides_are_the_same():
    same = Layer(3, 2, padding="SAME")
    field = receptive_field([Concat([same], [same])])
    assert (field.size, field.stride, field.padding, field.aligned) == (3, 2, None, True)
    deeper = Concat([Layer(1), same], [Layer(3, padding="same"), same], [Layer(1), same])
    assert receptive_field([deeper]).size == 5
    twice = Add([same, Layer(3, padding=1), same], [same, same])
    assert receptive_field([twice]).size == 3 + 2 * 2 + 2 * 2


def test_paddings_that_different_sizes_decide_stay_unknown():
    same = Layer(3, 2, padding="SAME")
    assert receptive_field([Concat([Layer(2), same], [same])]).size is None
    assert receptive_field([Concat([Layer(5, 2, padding="SAME")], [same])]).size is None
    assert receptive_field([Concat([Layer(1, 2)], [same])]).aligned is None


def test_inception_v2_needs_no_size():
    # google-research/receptive_field, README.md
    assert receptive_field(networks.inception("v2")).size == 699


# Huge numbers ------------------------------------------------------------------------------------


def seconds(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def test_one_large_window_costs_what_a_small_one_does():
    assert effective_variance([Layer(2049)]) == (2049**2 - 1) / 12
    assert effective_variance([Layer(2049, dilation=3)] * 2) == 2 * 9 * (2049**2 - 1) / 12
    assert seconds(lambda: effective_variance([Layer(2051)])) < 0.5
    assert seconds(lambda: receptive_field([Layer(10**8 + 1)])) < 0.5
    assert seconds(lambda: support([Layer(3, dilation=10**9)])) < 0.5
    assert support([Layer(3, dilation=10**9)]).tolist() == [0, 10**9, 2 * 10**9]


@pytest.mark.parametrize(
    ("layers", "unit"),
    [
        ([Layer(3, 2, dilation=2), Layer(2, 3), ConvTranspose(3, 2)], 5),
        ([Layer(1, 3), Upsample(Fraction(3, 2), "bilinear"), Layer(2, dilation=5)], 3),
        ([Layer(5, 4, padding=3), Add([Layer(3, padding=1)], [Layer(1)]), Layer(2, 2)], 0),
        ([ConvTranspose(1, 3), Layer(2)], 1),
    ],
)
@pytest.mark.parametrize("size", [None, 40])
def test_sets_as_runs_are_the_marked_pixels(layers, unit, size):
    seen = support(layers, unit, input_size=size)
    first = seen[0] if size is None and len(seen) else 0
    marked = np.flatnonzero(mask(layers, unit, input_size=size))
    assert seen.tolist() == (marked + first).tolist()


def test_a_thousand_halvings_are_whole_numbers_beyond_floats():
    field = receptive_field([Layer(3, 2)] * 1024)
    assert field.size == 2 * (2**1024 - 1) + 1
    assert field.start == 2**1024 - 1
    assert field.trace[-1].jump == 2**1024
    assert effective_variance([Layer(3, 2)] * 1024) == inf
    assert str(field.trace)


def test_branches_nest_as_deep_as_any_paper_and_no_deeper():
    def nested(levels):
        return [Add(nested(levels - 1), [])] if levels else [Layer(3, padding=1)]

    assert receptive_field(nested(90)).size == 3
    deep = [Layer(3, padding=1)]
    for _ in range(450):
        deep = [Add(deep, [])]
    with pytest.raises(ValueError, match="nests branches deeper than 100"):
        receptive_field(deep)


# Words -------------------------------------------------------------------------------------------


def test_layers_without_a_name_go_by_what_the_trace_calls_them():
    layers = [Layer(3), Add([Layer(3, padding=1), Layer(3, padding=1)], []), Layer(5), Upsample(2)]
    names = [row.layer for row in receptive_field(layers).trace]
    assert names == ["1", "2.1.1", "2.1.2", "2 add", "3", "4 upsample"]
    sizes = [receptive_field(layers, output=name).size for name in names]
    assert sizes == [3, 5, 7, 7, 11, 11]
    assert receptive_field(layers, input="2 add", output="3").size == 5
    # A name comes before a place.
    named = [Layer(3, name="2"), Layer(5, name="1")]
    assert receptive_field(named, output="2").size == 3


@pytest.mark.parametrize(
    "layer", [Layer(1, padding=-3), ConvTranspose(1, padding=3), Upsample(Fraction(1, 5))]
)
def test_a_layer_that_leaves_nothing_is_not_called_large(layer):
    with pytest.raises(ValueError, match=r"layers\[0\] leaves nothing of its input of 4"):
        receptive_field([layer], input_size=4)


def test_arrays_of_numpy_are_numbers_by_axis():
    assert Layer(np.array([3, 5]), padding=np.array([1, 2])) == Layer((3, 5), padding=(1, 2))
    assert Layer(3, padding=np.array([[0, 1]])) == Layer(3, padding=((0, 1),))
    with pytest.raises(TypeError, match="padding is masked"):
        Layer(3, padding=np.ma.masked_equal([1, 2], 2))


def test_a_trace_is_json_and_csv():
    layers = [Layer((3, 5), 2, padding=((0, 1),)), Upsample(Fraction(5, 2)), Whole("se"), Layer(1)]
    trace = receptive_field(layers).trace
    rows = json.loads(trace.json())
    assert [row["size"] for row in rows] == [[3, 5], [3, 5], "whole", "whole"]
    assert rows[1]["jump"] == 0.8
    assert rows[0]["padding"] == [[0, 1]]
    head, first, *_ = trace.csv().splitlines()
    assert head == "layer,kernel,stride,padding,dilation,size,jump,start,local"
    assert first == "1,3×5,2,0+1,1,3×5,2,1×2,"


# One axis, aligned corners -----------------------------------------------------------------------


def test_what_sees_everything_along_one_axis_only():
    layers = [Layer(3, padding=1), Whole("LSTM", along=(False, True)), Layer(1)]
    field = receptive_field(layers, input_size=(9, 100))
    assert (field.size, field.local.size, field.units) == ((3, 100), 3, (9, 100))
    assert field.box((4, 7)) == ((3, 5), (0, 99))
    with pytest.raises(TypeError, match="along=1 must be True or False"):
        Whole(along=1)


def test_adaptive_pooling_along_one_axis_leaves_the_other():
    layers = [Layer(3, 2, padding=1), AdaptivePool((None, 1))]
    field = receptive_field(layers, input_size=(9, 9))
    assert (field.units, field.size, field.stride) == ((5, 1), (3, 9), (2, None))
    with pytest.raises(ValueError, match=r"output_size=\(None, 0\): a size=0"):
        AdaptivePool((None, 0))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_aligned_corners_read_at_most_one_pixel_less_at_either_end(scale, size):
    layers = [Upsample(scale, "bilinear", align_corners=True)]
    units = scale * size
    for unit in range(units):
        place = Fraction(unit * (size - 1), units - 1)  # both ends on pixels
        read = {int(place), int(place) + (place.denominator > 1)}
        seen = set(support(layers, unit, input_size=size).tolist())
        assert read <= seen
        assert min(seen) >= min(read) - 1
        assert max(seen) <= max(read) + 1
        if scale == 2:
            assert read == seen


def test_aligned_corners_go_with_bilinear_refinement_only():
    for scale, mode in ((2, "nearest"), (Fraction(1, 2), "bilinear")):
        with pytest.raises(ValueError, match="align_corners=True does not go with mode="):
            Upsample(scale, mode, align_corners=True)
