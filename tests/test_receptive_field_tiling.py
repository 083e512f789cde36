"""Tiles give what the whole gives: on random networks, and on a real photograph."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import conv2d, conv_transpose2d, pad
from convnotes.receptive_field import (
    AdaptivePool,
    Add,
    Concat,
    ConvTranspose,
    Halo,
    Layer,
    Upsample,
    Whole,
    halo,
    minimum_input,
    networks,
    receptive_field,
    tiles,
)
from convnotes.samples import photo
from tests.test_receptive_field_connectivity import Units, push, random_chain, random_graph


def run(items, x):
    """Run a network on an image, every kernel different, with convolutions only."""
    for place, item in enumerate(items):
        if isinstance(item, (Add, Concat)):
            x = sum((i + 1) * run(branch, x) for i, branch in enumerate(item.branches))
            continue
        k = item.kernel_size
        weight = np.cos(np.arange(k * k) * (place + 1.5)).reshape(1, 1, k, k)
        how = {"stride": item.stride, "dilation": item.dilation}
        if isinstance(item, ConvTranspose):
            x = conv_transpose2d(x, weight, padding=item.padding, **how)
        else:
            x = conv2d(pad(x, max(item.padding, 0)), weight, **how)
            x = x if item.padding >= 0 else x[..., -item.padding :, -item.padding :]
    return x


def crop(amount):
    return Layer(1, padding=-amount)


NETWORKS = {
    "two 5×5": [Layer(5, padding=2), Layer(5, padding=2)],
    "strides": [Layer(3, 2, padding=1), Layer(3, padding=1), Layer(2, 2), Layer(3, padding=1)],
    "valid": [Layer(3), Layer(3, 2), Layer(5)],
    "dilated": [Layer(3, padding=4, dilation=4), Layer(2, 2), Layer(3, padding=2, dilation=2)],
    "residual": [Layer(3, 2, padding=1), Add([Layer(3, padding=1)] * 2, []), Layer(2, 2)],
    "padded late": [crop(5), Layer(3, padding=1)],
    "unet": [Layer(3, padding=1), Concat([], [Layer(2, 2), Layer(3, padding=1),
             Concat([], [Layer(2, 2), Layer(3, padding=1), ConvTranspose(2, 2)]),
             Layer(3, padding=1), ConvTranspose(2, 2)]), Layer(3, padding=1)],
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_tiles_of_a_photograph_give_what_the_whole_gives(name):
    layers, image = NETWORKS[name], photo(shrink=2)[None, None, :296, :256]
    whole = run(layers, image)
    margin = halo(layers)
    out = np.full_like(whole, np.nan)
    count = 0
    for tile in tiles(image.shape[2:], 96, margin, output_shape=whole.shape[2:]):
        part = run(layers, image[..., *tile.read])
        out[..., *tile.write] = part[..., *tile.keep]
        count += 1
    assert_allclose(out, whole, atol=1e-12)
    assert count >= 9


@pytest.mark.parametrize("name", ["two 5×5", "strides", "dilated", "residual"])
def test_a_narrower_halo_leaves_a_seam(name):
    layers, image = NETWORKS[name], photo(shrink=4)[None, None, :144, :96]
    whole, margin = run(layers, image), halo(layers)
    for narrow in (
        margin._replace(before=margin.before - margin.grid),
        margin._replace(after=margin.after - margin.grid),
    ):
        out = np.zeros_like(whole)
        for tile in tiles(image.shape[2:], 48, narrow, output_shape=whole.shape[2:]):
            out[..., *tile.write] = run(layers, image[..., *tile.read])[..., *tile.keep]
        assert not np.allclose(out, whole)


@pytest.mark.parametrize("make", [lambda rng, _: random_chain(rng), random_graph])
@pytest.mark.parametrize("seed", [*range(22), 40, 96, 100])  # the last pad much
def test_units_of_tiles_see_what_units_of_the_whole_see(make, seed):
    rng = np.random.default_rng(90_000 + seed)
    while True:
        try:
            layers = make(rng, Units.pixels(90))
            whole, margin = push(layers, Units.pixels(90)).sees, halo(layers)
        except (AssertionError, ValueError, IndexError):
            continue
        length = margin.before + margin.after + margin.grid
        if length < 60 and whole.shape[0] > 4:
            break
    written = np.zeros(whole.shape[0], dtype=int)
    step = margin.grid * -(-12 // margin.grid)
    for tile in tiles((90,), step, margin, output_shape=whole.shape[:1]):
        (read,), keep = tile.read, tile.keep
        part = np.zeros((len(written), 90), dtype=bool)
        seen = push(layers, Units.pixels(read.stop - read.start)).sees[keep]
        part[tile.write[0], read] = seen
        assert_array_equal(part[tile.write], whole[tile.write], str(layers))
        written[tile.write] += 1
    assert set(written) == {1}


@pytest.mark.parametrize("size", [60, 61, 62, 63])
def test_tiles_are_padded_like_the_whole_where_padding_depends_on_the_size(size):
    layers = [Layer(3, 2, padding="SAME"), Layer(5, 2, padding="SAME")]
    margin = halo(layers, input_size=size)
    whole = receptive_field(layers, input_size=size)
    for tile in tiles((size,), 12, margin):
        (read,) = tile.read
        part = receptive_field(layers, input_size=read.stop - read.start)
        # Unit keep.start of the tile is unit write.start of the whole: same first pixel.
        first = part.box(tile.keep[0].start)[0] + read.start
        assert first == whole.box(tile.write[0].start)[0]
        assert part.units >= tile.keep[0].stop


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # r = 9 around the unit: 4 on each side.
        ([Layer(5, padding=2)] * 2, Halo(4, 4)),
        # Sees pixels 2 y to 2 y + 6: nothing before; five beyond its own two.
        ([Layer(3, 2), Layer(3)], Halo(0, 5, 2, 2)),
        # Only the past: everything before, nothing after.
        ([Layer(2, padding="causal", dilation=8)], Halo(8, 0)),
        ([Layer((3, 5), padding=(1, 2))], Halo((1, 2), (1, 2))),
        ([], Halo(0, 0)),
    ],
)
def test_halos_by_hand(layers, expected):
    assert halo(layers) == expected


def test_tiles_need_not_divide_the_input_and_may_be_larger_than_it():
    whole = np.zeros((10, 7), dtype=int)
    for tile in tiles((10, 7), (4, 9), 1):
        whole[tile.write] += 1
        rows, columns = tile.read
        assert columns == slice(0, 7)
        assert rows.stop - rows.start <= 6
    assert (whole == 1).all()
    assert len(list(tiles((10, 7), (4, 9), 1))) == 3
    assert list(tiles((0,), 4)) == []


def test_output_finer_than_the_input():
    layers = [Layer(3, padding=1), Upsample(2)]
    margin = halo(layers)
    assert (margin.before, margin.after, margin.grid) == (1, 1, 1)
    (first, second) = tiles((6,), 3, margin)
    assert (second.read, second.keep, second.write) == (
        (slice(2, 6),), (slice(2, 8),), (slice(6, 12),),
    )  # fmt: skip
    assert first.keep == (slice(0, 6),)


@pytest.mark.parametrize("seed", range(40))
def test_smallest_inputs_leave_one_unit_and_one_pixel_less_leaves_none(seed):
    rng = np.random.default_rng(seed)
    layers = random_chain(rng)
    least = minimum_input(layers)
    assert receptive_field(layers, input_size=least).units >= 1
    if least > 1:
        with pytest.raises(ValueError, match=r"larger than its input|leaves nothing of its input"):
            receptive_field(layers, input_size=least - 1)


def test_smallest_inputs_of_graphs_let_the_branches_meet():
    assert (
        minimum_input(networks.unet(1)) == 18
    )  # 14, 7, 5, 3, 6, 4, 2; and 16: 12, 6, 4, 2, 4, 2, 0
    assert minimum_input([Add([Layer(2, 2), ConvTranspose(2, 2)], [])]) == 2
    assert minimum_input([Layer((3, 5))]) == (3, 5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: halo([Layer(3), Whole("attention")]),
            ValueError,
            "'attention' looks at the whole",
        ),
        (lambda: halo([AdaptivePool(3)], input_size=9), ValueError, r"layers\[0\] looks at"),
        (lambda: halo([Layer(3, 2, padding="SAME")]), ValueError, r"layers\[0\].*pass input_size"),
        (lambda: minimum_input([Add([Layer(3)], [])]), ValueError, "no input size fits: .*joins"),
        (
            lambda: tiles((8,), 3, Halo(2, 2, 2, 2)),
            ValueError,
            "tile=3 must be a multiple of 2",
        ),
        (lambda: tiles((8, 8), (2, 2, 2)), ValueError, "3 axes do not go with 2"),
        (lambda: tiles((8,), 0), ValueError, "tile=0 must be at least 1"),
        (lambda: tiles((8,), 2, -1), ValueError, "halo=-1 must be at least 0"),
        (lambda: tiles((8.0,), 2), TypeError, "shape="),
    ],
)
def test_wrong_arguments_of_tiles_name_themselves(make, error, message):
    with pytest.raises(error, match=message):
        make()
