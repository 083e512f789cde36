import numpy as np
import pytest

from convnotes import plots
from convnotes.receptive_field import Layer, networks, receptive_field


def marks(ax, colour):
    lines = (line for line in ax.get_lines() if line.get_marker() == "o")
    return [line.get_xdata().tolist() for line in lines if line.get_color() == colour]


def test_a_pyramid_joins_each_unit_to_what_it_reads():
    ax = plots.pyramid("label", [Layer(3), Layer(2, 2, name="pool")], 1).axes[0]
    # Unit 1 of the pooling reads units 2 and 3, which read pixels 2 to 5.
    assert marks(ax, "C0") == [[3, 4], [2, 3, 4, 5]]
    assert marks(ax, "C1") == [[3.5]]
    assert len([line for line in ax.get_lines() if line.get_linestyle() == "-"]) == 2 + 2 * 3
    assert [text.get_text() for text in ax.texts] == [
        "r = 1, j = 1",
        "r = 3, j = 1",
        "r = 4, j = 2",
    ]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["input", "1", "pool"]


def test_a_pyramid_leaves_holes_empty():
    ax = plots.pyramid("label", [Layer(3, dilation=2)]).axes[0]
    assert marks(ax, "0.5") == [[1, 3]]


def test_a_pyramid_shows_a_neighbour_beside_and_the_units_that_neither_reads():
    ax = plots.pyramid("label", [Layer(3, dilation=3)], beside=1).axes[0]
    assert marks(ax, "C0") == [[0, 3, 6]]
    assert marks(ax, "C2") == [[4], [1, 4, 7]]
    assert marks(ax, "0.5") == [[2, 5]]


def test_a_pyramid_stops_at_the_border():
    ax = plots.pyramid("label", [Layer(3, padding=1)], 0, input_size=5).axes[0]
    assert marks(ax, "C0") == [[0, 1]]


def test_frames_enclose_the_pixels_of_the_box():
    figure = plots.framed("label", {"a": np.eye(9), "b": np.eye(9)}, ((2, 4), (-1, 6)))
    for ax in figure.axes:
        (frame,) = ax.patches
        assert frame.get_bbox().extents.tolist() == [-1.5, 1.5, 6.5, 4.5]


def test_heat_is_scaled_to_each_panel_and_may_be_framed():
    figure = plots.heat("label", {"a": [[0, 4.0]], "none": [[0, 0]]}, ((0, 0), (1, 1)))
    assert [ax.get_images()[0].get_clim() for ax in figure.axes] == [(0, 4), (0, 1)]
    assert [len(ax.patches) for ax in figure.axes] == [1, 1]
    assert not plots.heat("label", {"a": [[0, 4.0]]}).axes[0].patches


def test_growth_begins_with_the_pixel_itself():
    sizes = [row.size for row in receptive_field(networks.lenet5()).trace]
    ax = plots.growth("label", {"LeNet-5": sizes}, input_size=32).axes[0]
    line, level = ax.get_lines()
    assert line.get_ydata().tolist() == [1, 5, 6, 14, 16, 32]
    assert list(level.get_ydata()) == [32, 32]
    assert [(text.get_text(), text.xy) for text in ax.texts] == [
        ("LeNet-5", (5, 32)), ("input, 32", (5, 32)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: plots.framed("label", {"a": np.eye(2)}, ((1, 0), (0, 1))), "box="),
        (lambda: plots.heat("label", {"a": np.eye(2)}, ((0, 0), (3, 1))), "box="),
        (lambda: plots.heat("label", {"a": [[-1, 0]]}), r"panels\['a'\].*not negative"),
        (lambda: plots.heat("label", {"a": np.ones(3)}), "H, W"),
        (lambda: plots.heat("label", {}), "at least one panel"),
        (lambda: plots.growth("label", {}), "at least one size"),
        (lambda: plots.growth("label", {"a": []}), "at least one size"),
        (lambda: plots.pyramid("label", [Layer(3)], 9, input_size=4), "unit=9"),
    ],
)
def test_wrong_fields_are_named(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
