"""What dimensions are made of, by hand: no framework is needed."""

import pytest

from convnotes.receptive_field import receptive_field
from convnotes.receptive_field.importing.factors import (
    CannotFollow,
    Factor,
    Tensor,
    plain_dim,
    reshaped,
    tidy,
)
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.importing.meeting import contracted, pointwise, sliced

ROWS, COLUMNS = Factor(0, 12, 1), Factor(1, 6, 1)
IMAGE = (plain_dim(3), (ROWS,), (COLUMNS,))


def test_windows_split_an_axis_into_coarse_and_fine_steps():
    cut = reshaped(IMAGE, (3, 3, 4, 2, 3))
    assert cut == (
        plain_dim(3),
        (Factor(0, 3, 4),),
        (Factor(0, 4, 1),),
        (Factor(1, 2, 3),),
        (Factor(1, 3, 1),),
    )
    assert reshaped(cut, (3, 12, 6)) == IMAGE
    assert reshaped(IMAGE, (3, 72)) == (plain_dim(3), (ROWS, COLUMNS))


def test_only_steps_that_go_on_are_put_together():
    assert tidy([Factor(0, 3, 4), Factor(0, 4, 1), Factor(0, 1, 1)]) == (ROWS,)
    for apart in (
        (Factor(0, 4, 1), Factor(0, 3, 4)),  # fine before coarse
        (Factor(0, 2, 6), Factor(0, 2, 1)),  # a step between is missing
        (Factor(0, 3, 4), Factor(1, 4, 1)),  # another axis
    ):
        assert tidy(apart) == apart


@pytest.mark.parametrize("shape", [(5, 12, 6), (3, 12), (3, 8, 9), (3, 12, 6, 2)])
def test_shapes_that_cut_through_neighbours_or_have_other_sizes_are_refused(shape):
    with pytest.raises(CannotFollow):
        reshaped(IMAGE, shape)


def follower():
    made = Follower((12, 6))
    made.where = "here"
    return made, Tensor("input", IMAGE)


def field(made, tensor):
    return receptive_field(made.layers, input_size=(12, 6), output=tensor.source)


def test_a_window_over_pieces_is_refused():
    made, image = follower()
    pieces = image._replace(dims=reshaped(IMAGE, (3, 3, 4, 6)))
    with pytest.raises(CannotFollow, match="within pieces, or across them"):
        made.windows(pieces, {2: (3, 1, (1, 1), 1)}, (3, 3, 4, 6))


def test_blocks_see_themselves_and_means_of_blocks_their_block():
    made, image = follower()
    pieces = image._replace(dims=reshaped(IMAGE, (3, 3, 4, 6)))
    seen = made.read(pieces, [2])
    assert field(made, seen).box((5, 2)) == ((4, 7), (2, 2))
    mean = made.averaged(pieces, [2])
    assert mean.shape == (3, 3, 1, 6)
    assert field(made, mean).box((1, 2)) == ((4, 7), (2, 2))
    met = pointwise(made, [pieces, mean])
    assert met.dims == pieces.dims
    assert field(made, met).box((5, 2)) == ((4, 7), (2, 2))


def test_every_second_row_begins_where_it_is_cut():
    made, image = follower()
    half = sliced(made, image, 1, 3, 12, 2)
    assert half.shape == (3, 5, 6)
    assert [field(made, half).box((unit, 0))[0] for unit in range(5)] == [
        (3, 3), (5, 5), (7, 7), (9, 9), (11, 11),
    ]  # fmt: skip


def test_rows_compared_with_rows_see_all_rows():
    made, image = follower()
    tensor = image._replace(dims=(plain_dim(3), (ROWS,)))
    scores = contracted(made, [(tensor, "cx"), (tensor, "cy")], "xy")
    assert scores.shape == (12, 12)
    assert scores.dims[1] == plain_dim(12)
    assert field(made, scores).box((5, 0))[0] == (0, 11)


def test_steps_that_do_not_lie_side_by_side_count_as_everything_and_are_not_pooled():
    made, image = follower()
    pieces = image._replace(dims=reshaped(IMAGE, (3, 3, 4, 6)))
    seen = made.read(pieces, [1])
    assert field(made, seen).box((5, 2))[0] == (0, 11)
    assert list(made.notes) == [
        "here: sees units that don't lie side by side, and counts as seeing all"
    ]
    with pytest.raises(CannotFollow, match="units that don't lie side by side"):
        made.averaged(pieces, [1])


def test_coarser_positions_of_an_output_are_its_units():
    made, image = follower()
    pieces = image._replace(dims=reshaped(IMAGE, (3, 3, 4, 6)))
    seen = made.read(pieces, [2])
    coarse = made.settled(seen.with_dim(2, plain_dim(4)))
    assert made.sizes[coarse.source] == (3, 6)
    assert field(made, coarse).box((2, 0))[0] == (8, 11)
    made.check_units(coarse)
    with pytest.raises(ValueError, match="positions along axis 0 are not the 12 units"):
        made.check_units(seen.with_dim(1, plain_dim(3)))
