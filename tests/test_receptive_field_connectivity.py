"""Sizes, boxes and sets against "which pixels does it see", pushed through small inputs.

The pushing knows nothing of jumps or recurrences. Every unit carries the set of pixels that it
sees, as booleans, and whether padding or a border took part; windows are cut out, stamps are
stamped, and rows repeated, by definition.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from convnotes.receptive_field import (
    Add,
    Concat,
    ConvTranspose,
    From,
    Layer,
    Upsample,
    mask,
    receptive_field,
    support,
)


class Units:
    """What all units of a node see: ``sees`` (*units, *pixels), ``touched`` (*units)."""

    def __init__(self, sees, touched):
        self.sees, self.touched = sees, touched

    @classmethod
    def pixels(cls, *shape):
        count = int(np.prod(shape))
        return cls(np.eye(count, dtype=bool).reshape(shape + shape), np.zeros(shape, dtype=bool))

    @property
    def shape(self):
        return self.touched.shape

    def pad(self, axis, left, right):
        """Add units that see nothing, but touch the border; negative numbers crop."""
        count = self.shape[axis]
        places = np.arange(-left, count + right)
        inside = (places >= 0) & (places < count)
        near = self.take(axis, np.clip(places, 0, count - 1))
        outside = ~inside.reshape(-1, *[1] * (len(self.shape) - 1 - axis))
        sees = near.sees & ~outside.reshape(
            outside.shape + (1,) * (self.sees.ndim - outside.ndim - axis)
        )
        return Units(sees, near.touched | outside)

    def take(self, axis, places):
        return Units(np.take(self.sees, places, axis), np.take(self.touched, places, axis))

    def windows(self, axis, places):
        """See what any of the units at ``places`` (units, taps) sees."""
        seen = np.take(self.sees, places, axis).any(axis=axis + 1)
        return Units(seen, np.take(self.touched, places, axis).any(axis=axis + 1))


def both(*values):
    """Spread (height, width) values over the axes of a test, or an int over one axis."""
    return zip(*(v if isinstance(v, tuple) else (v, v) for v in values), strict=True)


def push_layer(units, layer, axis, k, s, p, d):
    left, right = p if isinstance(p, tuple) else (p, p)
    n = units.shape[axis]
    span = d * (k - 1) + 1
    padded = units.pad(axis, left, right)
    tops = [top for top in range(0, n + left + right, s) if top + span <= n + left + right]
    if layer.ceil_mode:
        last = tops[-1] if tops else -s
        if last + span < n + left + right:
            tops.append(last + s)  # runs over the right end
        if tops and tops[-1] >= n + left:  # the last begins neither in the input nor left of it
            tops.pop()
        padded = padded.pad(axis, 0, span)
    assert tops, "too small"
    return padded.windows(axis, np.array(tops)[:, None] + d * np.arange(k))


def push_transpose(units, axis, k, s, p, d, extra):
    """Stamp: unit i reaches outputs s i - p + d t. Beyond the borders stand more that touch."""
    beyond = d * k + 2
    n = units.shape[axis]
    wide = units.pad(axis, beyond, beyond)
    length = (n - 1) * s - 2 * p + d * (k - 1) + extra + 1
    rows = np.moveaxis(wide.sees, axis, 0), np.moveaxis(wide.touched, axis, 0)
    outs = [np.zeros((length, *row.shape[1:]), dtype=bool) for row in rows]
    for i, t in itertools.product(range(n + 2 * beyond), range(k)):
        place = s * (i - beyond) - p + d * t
        if 0 <= place < length:
            for out, row in zip(outs, rows, strict=True):
                out[place] |= row[i]
    return Units(*(np.moveaxis(out, 0, axis) for out in outs))


def push_resize(units, axis, scale, mode):
    n = units.shape[axis]
    if mode == "nearest":
        step = Fraction(scale)
        fine = units.take(axis, np.repeat(np.arange(n), step.numerator))
        return fine.take(axis, np.arange(0, fine.shape[axis], step.denominator)[: int(n * step)])
    places = (np.arange(int(n * scale)) + 0.5) / float(scale) - 0.5
    weights = np.array([np.interp(places, np.arange(n), row) for row in np.eye(n)]).T > 1e-9
    seen = np.tensordot(weights, units.sees, (1, axis)) > 0
    touched = np.tensordot(weights, units.touched, (1, axis)) > 0
    outside = (places < -1e-9) | (places > n - 1 + 1e-9)
    touched |= outside.reshape(-1, *[1] * (touched.ndim - 1))
    return Units(np.moveaxis(seen, 0, axis), np.moveaxis(touched, 0, axis))


def push(items, units, named=None):
    """Push what units see through a list of operations and joins."""
    named = {} if named is None else named
    for item in items:
        if isinstance(item, From):
            units = named[item.name]
            continue
        if isinstance(item, (Add, Concat)):
            ends = [push(branch, units, named) for branch in item.branches]
            assert len({end.shape for end in ends}) == 1
            units = Units(
                np.any([end.sees for end in ends], axis=0),
                np.any([end.touched for end in ends], axis=0),
            )
        else:
            for axis in range(len(units.shape)):
                units = push_axis(units, item, axis)
        assert min(units.shape) > 0, "nothing left"
        if item.name:
            named[item.name] = units
    return units


def push_axis(units, item, axis):
    def on_axis(value):
        if isinstance(value, tuple):
            return value[axis] if len(value) > 1 else value[0]
        return value

    values = [on_axis(value) for value in item.values]
    if isinstance(item, Layer):
        return push_layer(units, item, axis, *values)
    if isinstance(item, ConvTranspose):
        return push_transpose(units, axis, *values)
    return push_resize(units, axis, *values, item.mode)


# Random networks ----------------------------------------------------------------------------------


def random_layer(rng, stride=1):
    ceil_mode = bool(rng.random() < 0.2)
    left, right = (int(p) for p in rng.integers(0 if ceil_mode else -1, 4, 2))
    padding = ((left, right),) if rng.random() < 0.4 else left
    return Layer(
        int(rng.integers(1, 6)),
        stride,
        padding=padding,
        dilation=int(rng.choice([1, 1, 2, 3])),
        ceil_mode=ceil_mode,
    )


def random_chain(rng):
    return [random_layer(rng, int(rng.choice([1, 1, 2, 3]))) for _ in range(rng.integers(1, 5))]


def refining(rng, scale):
    """Draw what makes units ``scale`` times finer."""
    kind = rng.integers(3)
    if kind == 0:
        sizes = {"kernel_size": int(rng.integers(1, 6)), "dilation": int(rng.integers(1, 3))}
        extra = int(rng.integers(0, scale))
        return ConvTranspose(**sizes, stride=scale, padding=int(rng.integers(0, 2)),
                             output_padding=extra)  # fmt: skip
    return Upsample(scale, "bilinear" if kind == 1 else "nearest")


def random_branch(rng, scale):
    """Draw a branch whose units are ``scale`` times as far apart as those before it."""
    steps = {Fraction(2): [2], Fraction(1, 2): [-2], Fraction(1): []}[scale]
    if rng.random() < 0.3:
        steps = [*steps, *rng.permutation([2, -2])]
    items = [
        random_layer(rng, int(step)) if step > 0 else refining(rng, -int(step)) for step in steps
    ]
    for _ in range(rng.integers(0, 3)):
        items.insert(int(rng.integers(0, len(items) + 1)), random_layer(rng))
    return items


def fitted(rng, branch, units, named, length):
    """Pad or crop a branch to the length of the first, at random on the left and on the right."""
    missing = 0 if length is None else length - push(branch, units, named).shape[0]
    left = int(rng.integers(min(missing, 0) - 1, max(missing, 0) + 2))
    return [*branch, Layer(1, padding=((left, missing - left),))]


def random_graph(rng, units, depth=0, named=None):
    """Draw a list with joins, perhaps with one inside a branch, or one that goes back by name."""
    named = {} if named is None else named
    strides = [1, 1, 2] if depth == 0 else [1]
    items = [random_layer(rng, int(rng.choice(strides))) for _ in range(rng.integers(0, 2))]
    for _ in range(rng.integers(1, 3) if depth == 0 else 1):
        name = f"fork{rng.integers(10**9)}"
        items.append(Layer(1, name=name))
        fork = push(items, units, dict(named))
        known = named | {name: fork}
        scale = Fraction(rng.choice(["1", "1", "2", "1/2"] if depth == 0 else ["1"]))
        branches = []
        for _ in range(rng.integers(1, 4)):
            branch = random_branch(rng, scale)
            if depth == 0 and rng.random() < 0.2:
                branch += random_graph(rng, push(branch, fork, dict(known)), 1, known | {"": 0})
            if rng.random() < 0.2:
                branch = [From(name), *branch]
            length = push(branches[0], fork, dict(known)).shape[0] if branches else None
            branches.append(fitted(rng, branch, fork, dict(known), length))
        items.append(rng.choice([Add, Concat])(*branches))
        named = known
    return items


def draw(make, seed, size):
    """Draw until a network fits its input and leaves units that touch no border."""
    rng = np.random.default_rng(seed)
    while True:
        try:
            layers = make(rng, Units.pixels(size))
            units = push(layers, Units.pixels(size))
        except (AssertionError, ValueError, IndexError):
            continue
        if (~units.touched).sum() >= 2:
            return layers, units


def check(layers, units, size):
    """Compare everything that is said of a network on one axis with what its units see."""
    field = receptive_field(layers, input_size=size)
    assert field.units == units.shape[0]
    inner = [int(unit) for unit in np.flatnonzero(~units.touched)]
    for unit in {*inner[:3], inner[-1]}:
        seen = np.flatnonzero(units.sees[unit])
        box = (seen[0], seen[-1]) if len(seen) else None
        assert field.box(unit) == box, (unit, layers)
        assert field.sizes[unit % len(field.sizes)] == (box[1] - box[0] + 1 if box else 0)
        for pixel in box or ():
            assert unit in field.seen_by(int(pixel))
    assert_array_equal(support(layers, inner[-1]), np.flatnonzero(units.sees[inner[-1]]))
    for unit in {0, units.shape[0] - 1}:
        seen = np.flatnonzero(units.sees[unit])
        assert_array_equal(support(layers, unit, input_size=size), seen, str(layers))


@pytest.mark.parametrize("block", range(10))
def test_what_random_chains_see(block):
    for seed in range(100):
        size = 40
        layers, units = draw(lambda rng, _: random_chain(rng), 1000 * block + seed, size)
        check(layers, units, size)


@pytest.mark.parametrize("block", range(10))
def test_what_random_graphs_see(block):
    for seed in range(50):
        size = 32
        layers, units = draw(random_graph, 7000 + 1000 * block + seed, size)
        check(layers, units, size)


@pytest.mark.parametrize("seed", range(30))
def test_what_random_graphs_see_in_two_dimensions(seed):
    rng = np.random.default_rng(50_000 + seed)

    def layer(kernels, stride=1):
        kernel, dilation = (
            tuple(int(n) for n in rng.choice(each, 2)) for each in (kernels, [1, 2])
        )
        sides = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
        return Layer(kernel, stride, padding=sides, dilation=dilation)

    def same_size():
        return layer([1, 3])

    join = Add([same_size(), same_size()], [same_size()], [])
    layers = [
        layer([1, 2, 3], int(rng.integers(1, 3))),
        join,
        Upsample((1, 2)),
        Concat([same_size()], []),
    ]
    shape = 8, 7
    units = push(layers, Units.pixels(*shape))
    assert receptive_field(layers, input_size=shape).units == units.shape
    for unit in [(0, 0), tuple(n // 2 for n in units.shape), tuple(n - 1 for n in units.shape)]:
        assert_array_equal(mask(layers, unit, input_size=shape), units.sees[unit])


@pytest.mark.parametrize("seed", range(40))
def test_torch_agrees_on_what_resizes_transposes_and_ceiling_poolings_see(seed):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    k, s, d, n = (int(each) for each in rng.integers((1, 1, 1, 8), (5, 4, 3, 16)))
    p, extra = int(rng.integers(0, k // 2 + 1)), int(rng.integers(0, s))
    pool = {"stride": s, "padding": p, "ceil_mode": True}
    scale = Fraction(int(rng.integers(1, 5)), int(rng.integers(1, 3)))
    resize = torch.nn.functional.interpolate
    pairs = [
        (
            ConvTranspose(k, s, padding=p, dilation=d, output_padding=extra),
            lambda x: torch.nn.functional.conv_transpose1d(
                x, torch.ones(1, 1, k, dtype=x.dtype), None, s, p, extra, 1, d
            ),
        ),
        (Layer(k, s, padding=p, ceil_mode=True),
         lambda x: torch.nn.functional.avg_pool1d(x, k, **pool)),
        (Upsample(scale), lambda x: resize(x, scale_factor=float(scale), mode="nearest")),
        (
            Upsample(scale, "bilinear"),
            lambda x: resize(x, scale_factor=float(scale), mode="linear", align_corners=False),
        ),
    ]  # fmt: skip
    for layer, peer in pairs:
        x = torch.zeros(n, 1, n, dtype=torch.float64)
        seen = peer(x + torch.eye(n, dtype=torch.float64)[:, None])[:, 0].numpy() > 1e-12
        assert receptive_field([layer], input_size=n).units == seen.shape[1], layer
        for unit in range(seen.shape[1]):
            expected = np.flatnonzero(seen[:, unit])
            assert_array_equal(support([layer], unit, input_size=n), expected, str(layer))
