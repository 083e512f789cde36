"""What the lesson says of receptive fields in words, where none of its blocks shows it."""

import numpy as np
import pytest

from convnotes.convolution import conv1d
from convnotes.receptive_field import Concat, Layer, effective_variance, networks, receptive_field


def pixels_that_change(network, size, unit):
    """Of one channel: those that a change of 1 passes from, to the middle channel's unit."""
    base = network(np.zeros((1, 1, size)))
    changed = (network(row[None, None]) for row in np.eye(size))
    return [n for n, y in enumerate(changed) if (y != base)[0, :, unit].any()]


def ones(*shape):
    return np.ones(shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_precision_turns_tiny_weights_to_zero(dtype):
    row = np.ones(1, dtype)
    for _ in range(60):  # layers of 3×3, each a mean: rows and columns are thirds
        row = np.convolve(row, np.full(3, 1 / 3, dtype))
    gradient = np.outer(row, row)
    assert gradient.dtype == dtype
    assert gradient.sum() == pytest.approx(1, rel=1e-4)
    assert (gradient == 0).any() == (dtype is np.float32)


@pytest.mark.parametrize(
    ("kernel", "stride", "centred"), [(3, 1, 1), (5, 2, 1), (3, 2, 1), (4, 2, 0)]
)
def test_odd_kernels_padded_by_half_are_centred_on_the_shortcut(kernel, stride, centred):
    path = receptive_field([Layer(kernel, stride, padding=(kernel - 1) // 2)])
    shortcut = receptive_field([Layer(1, stride)])
    assert (path.start == shortcut.start) == bool(centred)
    # The length is kept at stride 1 only.
    kept = conv1d(ones(1, 1, 16), ones(1, 1, kernel), stride=stride, padding=(kernel - 1) // 2)
    assert (kept.shape[-1] == 16) == (stride == 1)


def test_without_padding_a_path_is_shorter_than_its_shortcut():
    row = ones(1, 1, 16)
    assert conv1d(row, ones(1, 1, 3)).shape[-1] == 14
    assert receptive_field([Layer(3)]).start == 1  # where the shortcut's first unit is at 0


def test_behind_a_concatenation_a_pooling_keeps_channels_apart_and_a_convolution_does_not():
    def branches(x):
        both = [conv1d(x, ones(1, 1, k), padding=k // 2) for k in (3, 7)]
        return np.concatenate(both, axis=1)

    def pooled(x, channel):
        return conv1d(branches(x), ones(2, 1, 2), stride=2, groups=2)[:, [channel]]

    narrow = pixels_that_change(lambda x: pooled(x, 0), 32, 8)
    wide = pixels_that_change(lambda x: pooled(x, 1), 32, 8)
    assert (narrow, wide) == (list(range(15, 19)), list(range(13, 21)))
    mixed = pixels_that_change(lambda x: conv1d(branches(x), ones(1, 2, 2), stride=2), 32, 8)
    assert mixed == wide
    layers = [Concat([Layer(3, padding=1)], [Layer(7, padding=3)]), Layer(2, 2)]
    assert receptive_field(layers).box(8) == (wide[0], wide[-1])


def test_a_quarter_of_a_large_fields_area_is_on_the_image():
    field = receptive_field(networks.resnet(50))
    first, last = field.box(3)
    assert first < 0
    assert last > 223
    assert (224 / field.size) ** 2 == pytest.approx(0.275, abs=0.001)


def test_walkers_drift_further_if_they_repeat_a_step():
    # Drawn anew, 20 steps of −1, 0 or 1 have a mean square of 20 · 2/3; all alike, 400 · 2/3.
    assert effective_variance([Layer(3)] * 20) == pytest.approx(20 * 2 / 3)
    assert np.mean([(20 * step) ** 2 for step in (-1, 0, 1)]) == pytest.approx(400 * 2 / 3)
