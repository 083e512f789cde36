import matplotlib.pyplot as plt
import numpy as np
import pytest

from convnotes import plots


def shown(ax):
    return ax.get_images()[0]


def test_a_grey_image_keeps_the_scale_from_0_to_1():
    figure = plots.images("label", {"dim": np.full((4, 6), 0.25)})
    assert shown(figure.axes[0]).get_clim() == (0, 1)
    assert shown(figure.axes[0]).get_array().shape == (4, 6)


def test_an_image_above_1_is_shown_up_to_its_maximum():
    assert shown(plots.images("label", {"a": [[0, 3.5]]}).axes[0]).get_clim() == (0, 3.5)


def test_negative_values_put_zero_in_the_middle():
    assert shown(plots.images("label", {"a": [[-2, 1]]}).axes[0]).get_clim() == (-2, 2)


def test_pixels_that_are_not_finite_do_not_set_the_scale():
    image = shown(plots.images("label", {"a": [[-2, np.nan, np.inf]]}).axes[0])
    assert image.get_clim() == (-2, 2)


def test_the_label_names_the_figure_and_titles_the_panels():
    figure = plots.images("what to see", {"one": np.eye(3), "two": np.eye(3)})
    assert figure.get_label() == "what to see"
    assert [ax.get_title() for ax in figure.axes] == ["one", "two"]


def test_panels_wrap_into_rows():
    figure = plots.kernels("label", {str(i): np.eye(2) for i in range(5)}, columns=3)
    assert [bool(ax.get_images()) for ax in figure.axes] == [True] * 5 + [False]
    assert figure.axes[3].get_subplotspec().rowspan.start == 1


def test_panels_share_the_width_of_a_figure_and_wrap_where_they_would_be_too_small():
    panels = {str(i): np.eye(3) for i in range(4)}
    with plt.rc_context({"figure.figsize": (3.75, 2)}):
        narrow = plots.images("narrow", panels)
        numbers = plots.kernels("numbers", {"a": np.full((5, 5), -0.25), "b": np.eye(5)})
        asked = plots.images("asked", panels, columns=4)
    assert [f.axes[0].get_gridspec().ncols for f in (narrow, numbers, asked)] == [2, 1, 4]
    assert narrow.get_figwidth() == 3.75
    with plt.rc_context({"figure.figsize": (6.4, 4.8)}):
        assert plots.images("wide", panels).axes[0].get_gridspec().ncols == 4


def test_signed_colours_show_nothing_at_zero_and_as_much_on_both_sides():
    colours = plots.SIGNED([0.0, 0.25, 0.5, 0.75, 1.0])
    assert np.allclose(colours[:, 3], [1, 0.5, 0, 0.5, 1], atol=0.01)
    assert colours[0, 2] > 0.6 > 0.1 > colours[0, 0]  # blue below
    assert colours[4, 0] > 0.6 > 0.2 > colours[4, 2]  # red above


def test_the_same_label_draws_afresh():
    plots.images("label", {"one": np.eye(3), "two": np.eye(3)})
    assert len(plots.images("label", {"one": np.eye(3)}).axes) == 1


@pytest.mark.parametrize(
    ("value", "text"), [(-1, "−1"), (1 / 3, "0.33"), (-0.001, "0"), (12, "12"), (-0.5, "−0.5")]
)
def test_kernels_write_their_numbers(value, text):
    figure = plots.kernels("label", {"k": [[value, 5]]})
    assert figure.axes[0].texts[0].get_text() == text


def test_kernels_share_a_scale_if_asked():
    panels = {"weak": [[0.5, -1]], "strong": [[2, 1]]}
    own, shared = plots.kernels("own", panels), plots.kernels("shared", panels, scale=2)
    assert [shown(ax).get_clim() for ax in own.axes] == [(-1, 1), (-2, 2)]
    assert [shown(ax).get_clim() for ax in shared.axes] == [(-2, 2), (-2, 2)]
    with pytest.raises(ValueError, match="scale=0"):
        plots.kernels("none", panels, scale=0)


def test_three_views_show_weights_answer_and_gain_beside_each_other():
    image, sobel = np.tile([0.0, 0.0, 1.0, 1.0], (4, 1)), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    figure = plots.three_views("label", {"mean": np.full((5, 5), 0.04), "sobel": sobel}, image)
    weights, answers, gains = np.reshape(figure.axes, (2, 3)).T
    assert [ax.get_ylabel() for ax in weights] == ["mean", "sobel"]
    assert [len(ax.texts) for ax in weights] == [0, 9]  # 25 numbers would not fit
    assert [shown(ax).get_clim() for ax in answers] == [(0, 1), (-4, 4)]
    assert shown(answers[1]).get_array()[1].tolist() == [0, 4, 4, 0]
    mean, slope = (shown(ax).get_array() for ax in gains)
    assert np.unravel_index(mean.argmax(), mean.shape) == (12, 12)
    assert np.allclose([mean[12, 12], mean[12, 7]], [1, 0])  # 5 pixels: nothing at 1/5
    assert np.allclose(slope[:, 12], 0)
    assert [ax.get_title() for ax in figure.axes[:3]] == ["weights", "answer", "gain"]


def test_gains_are_told_apart_by_the_middle_and_the_largest():
    image, sharpen = np.eye(8), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    figure = plots.three_views("label", {"mean": np.full((3, 3), 1 / 9), "more": sharpen}, image)
    mean, more = ([text.get_text() for text in ax.texts] for ax in figure.axes[2::3])
    assert mean == ["1"]  # the largest is the middle
    assert sorted(more) == ["1", "9"]  # 5 + 4 for the fastest wave of both axes


def test_three_views_name_what_is_wrong():
    with pytest.raises(ValueError, match="at least one panel"):
        plots.three_views("label", {}, np.eye(4))
    with pytest.raises(ValueError, match=r"'deep'\] has shape"):
        plots.three_views("label", {"deep": np.zeros((2, 2, 2))}, np.eye(4))
    with pytest.raises(ValueError, match="image"):
        plots.three_views("label", {"k": np.eye(3)}, np.zeros(4))


@pytest.mark.parametrize("draw", [plots.images, plots.kernels])
def test_wrong_panels_are_named(draw):
    with pytest.raises(ValueError, match="at least one panel"):
        draw("label", {})
    with pytest.raises(ValueError, match=r"'deep'\] has shape"):
        draw("label", {"deep": np.zeros((2, 2, 2, 2))})
    with pytest.raises(ValueError, match="columns=0"):
        draw("label", {"k": np.eye(2)}, columns=0)
    with pytest.raises(ValueError, match="shape"):
        draw("label", {"empty": np.zeros((0, 3))})
