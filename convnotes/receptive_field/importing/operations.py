"""What operations of all frameworks do to what is followed, in words of shapes."""

from collections.abc import Sequence
from math import prod
from typing import Any

from convnotes.receptive_field.importing.factors import (
    CannotFollow,
    Dim,
    Tensor,
    plain_dim,
    positions,
    reshaped,
    size_of,
)
from convnotes.receptive_field.importing.following import ONE_SIZE, Follower, scale_of
from convnotes.receptive_field.importing.meeting import contracted, pointwise
from convnotes.receptive_field.layers import AdaptivePool, ConvTranspose, Upsample

Shape = Sequence[int]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def convolved(
    follower: Follower,
    x: Tensor,
    rows: Sequence[tuple[Any, ...]],
    shape: Shape,
    **options: Any,  # noqa: ANN401
) -> Tensor:
    """Move a window over the last dimensions: kernel size, stride, padding, dilation of each."""
    mixed = mix_channels(follower, x, len(x.dims) - len(rows) - 1, shape)
    places = range(len(x.dims) - len(rows), len(x.dims))
    return follower.windows(mixed, dict(zip(places, rows, strict=True)), shape, **options)


def pooled(
    follower: Follower, x: Tensor, rows: Sequence[tuple[Any, ...]], shape: Shape, *, ceil_mode: bool
) -> Tensor:
    """Move a window over the last dimensions, each channel alone."""
    places = range(len(x.dims) - len(rows), len(x.dims))
    along = dict(zip(places, rows, strict=True))
    return follower.windows(x, along, shape, ceil_mode=ceil_mode)


def mix_channels(follower: Follower, x: Tensor, place: int, shape: Shape) -> Tensor:
    """Sum over a dimension, and make another of the same place."""
    if any(positions([x.dims[place]])):
        x = follower.averaged(x, [place])
    return x.with_dim(place, plain_dim(shape[place]))


def spread(
    follower: Follower, x: Tensor, rows: Sequence[tuple[int, int, int, int, int]], shape: Shape
) -> Tensor:
    """Follow a transposed convolution: kernel size, stride, padding, dilation, output padding."""
    x = mix_channels(follower, x, len(x.dims) - len(rows) - 1, shape)
    places = {}
    for place in range(len(x.dims) - len(rows), len(x.dims)):
        x, places[place] = follower.axis_of(x, place)
    along = {places[place]: row for place, row in zip(places, rows, strict=True)}
    columns = [along.get(axis, (1, 1, 0, 1, 0)) for axis in range(follower.axes)]
    kernel, stride, padding, dilation, extra = zip(*columns, strict=True)
    options = {"padding": padding, "dilation": dilation, "output_padding": extra}
    source = follower.layer(x.source, ConvTranspose, kernel, stride, **options)
    return follower.moved(x, source, places, shape)


def resized(
    follower: Follower,
    x: Tensor,
    shape: Shape,
    scales: Sequence[float | None] | None,
    *,
    mode: str,
    align_corners: bool = False,
) -> Tensor:
    """Resize the last dimensions to the sizes of a shape."""
    first = len(x.dims) - len(scales) if scales else 2
    rows = {}
    for place in range(first, len(x.dims)):
        given = scales[place - first] if scales else None
        rows[place] = scale_of(x.shape[place], shape[place], given)
        if given is None and rows[place] != 1:
            follower.note(f"a resize to {tuple(shape[first:])} {ONE_SIZE}")
    corners = {"align_corners": True} if align_corners and mode == "bilinear" else {}
    if corners and min(rows.values()) < 1:
        raise CannotFollow("with corners aligned, a resize to fewer is not known")
    if corners and set(rows.values()) - {1, 2}:
        follower.note("corners are aligned, so the ends of fields may be one unit nearer")
    kinds = {place: row if row.denominator > 1 else int(row) for place, row in rows.items()}
    return follower.sized(x, Upsample, kinds, shape, mode=mode, **corners)


def adapted(follower: Follower, x: Tensor, sizes: Sequence[int], shape: Shape) -> Tensor:
    """Pool the last dimensions to given sizes."""
    rows = {}
    for place, size in zip(range(len(x.dims) - len(sizes), len(x.dims)), sizes, strict=True):
        if x.shape[place] != size:
            rows[place] = size
            if size > 1:
                follower.note(f"pooling to {tuple(sizes)} {ONE_SIZE}")
    ones = [place for place, size in rows.items() if size == 1]
    x = follower.averaged(x, ones) if ones else x
    return follower.sized(x, AdaptivePool, {p: n for p, n in rows.items() if n > 1}, shape)


def normalized(follower: Follower, x: Tensor, places: Sequence[int], words: str) -> Tensor:
    """Divide by what is computed over some dimensions; that looks at all positions in them."""
    looked = [place for place in places if any(positions([x.dims[place]]))]
    if not looked:
        return x
    follower.note(f"{words}, so every unit sees everything; .local is the field without that")
    return follower.read(x, looked)


def reduced(follower: Follower, x: Tensor, places: Sequence[int], *, keep: bool) -> Tensor:
    """Put some dimensions together, into one number or none."""
    placed = [place % len(x.dims) for place in places]
    if any(positions(x.dims[place] for place in placed)):
        x = follower.averaged(x, placed)
    dims = [() if i in placed else dim for i, dim in enumerate(x.dims)]
    return x._replace(dims=tuple(d for i, d in enumerate(dims) if keep or i not in placed))


def softened(follower: Follower, x: Tensor, places: Sequence[int]) -> Tensor:
    """Make every number depend on all others along some dimensions."""
    placed = [place % len(x.dims) for place in places]
    looked = [place for place in placed if any(positions([x.dims[place]]))]
    return follower.read(x, looked) if looked else x


def reshape(follower: Follower, x: Tensor, shape: Shape) -> Tensor:
    """Give the numbers another shape, in the same order."""
    try:
        return x._replace(dims=reshaped(x.dims, shape))
    except CannotFollow:
        for place in range(len(x.dims)):
            x = follower.in_units(x, place)
        return x._replace(dims=reshaped(x.dims, shape))


def permuted(x: Tensor, order: Sequence[int]) -> Tensor:
    """Put dimensions into another order."""
    return x._replace(dims=tuple(x.dims[place] for place in order))


def multiplied(follower: Follower, a: Tensor, b: Tensor) -> Tensor:
    """Follow a matrix product, as of NumPy's ``@``."""
    rank = max(len(a.dims), len(b.dims), 2)
    batch = LETTERS[: rank - 2]
    left = (batch + "xy")[-len(a.dims) :] if len(a.dims) > 1 else "y"
    right = (batch + "yz")[-len(b.dims) :] if len(b.dims) > 1 else "y"
    result = batch + "x" * (len(a.dims) > 1) + "z" * (len(b.dims) > 1)
    return contracted(follower, [(a, left), (b, right)], result)


def attended(follower: Follower, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Let every query see all keys and values."""
    batch = LETTERS[: len(query.dims) - 2]
    scores = contracted(follower, [(query, batch + "xc"), (key, batch + "yc")], batch + "xy")
    return contracted(follower, [(scores, batch + "xy"), (value, batch + "yz")], batch + "xz")


def recurrent(
    follower: Follower, x: Tensor, place: int, shapes: Sequence[Shape], *, both: bool
) -> list[Tensor]:
    """Follow a recurrent layer along one dimension: its outputs, and its last states."""
    if not both:
        follower.note("sees what came before only; it counts as everything along its axis")
    seen = follower.read(x, [place])
    states = follower.averaged(x, [place])
    batch: Dim = states.dims[1 - place] if len(x.dims) > 2 else ()
    output = seen.with_dim(len(x.dims) - 1, plain_dim(shapes[0][-1]))
    ends = [
        Tensor(states.source, (plain_dim(shape[0]), batch, plain_dim(shape[-1])))
        if len(shape) > 2
        else Tensor(states.source, tuple(map(plain_dim, shape)))
        for shape in shapes[1:]
    ]
    return [output, *ends]


def shuffled(follower: Follower, x: Tensor, factor: int, shape: Shape) -> Tensor:
    """Move channels into finer positions, as a pixel shuffle does."""
    rank = len(x.dims)
    return follower.sized(x, Upsample, {rank - 2: factor, rank - 1: factor}, shape).with_dim(
        rank - 3, plain_dim(shape[-3])
    )


def unshuffled(follower: Follower, x: Tensor, factor: int, shape: Shape) -> Tensor:
    """Move positions into channels, as the opposite of a pixel shuffle does."""
    row = (factor, factor, (0, 0), 1)
    return convolved(follower, x, [row, row], shape)


def looked_up(follower: Follower, table: Tensor, places: Tensor) -> Tensor:
    """Take rows of a table that doesn't depend on the input."""
    if table.source is not None:
        raise CannotFollow("it looks up places that the model computes")
    return places._replace(dims=(*places.dims, *table.dims[1:]))


def repeated(x: Tensor, counts: Sequence[int]) -> Tensor:
    """Repeat the numbers along dimensions as a whole."""
    dims = ((),) * (len(counts) - len(x.dims)) + x.dims
    for dim, count in zip(dims, counts, strict=True):
        if count > 1 and any(positions([dim])):
            raise CannotFollow("it repeats positions")
    pairs = zip(dims, counts, strict=True)
    return x._replace(
        dims=tuple(dim if count == 1 else plain_dim(size_of(dim) * count) for dim, count in pairs)
    )


def joined(follower: Follower, tensors: Sequence[Tensor], shape: Shape) -> Tensor:
    """Meet number by number, stretched to a shape."""
    met = pointwise(follower, tensors)
    if prod(met.shape) != prod(shape):
        raise CannotFollow(f"it makes {tuple(shape)} of {[each.shape for each in tensors]}")
    return met


def windowed(follower: Follower, x: Tensor, rows: Sequence[Any], shape: Shape) -> Tensor:
    """Put each window's numbers into the channels, and the windows side by side."""
    sizes = [
        (x.shape[2 + i] + sum(row[2]) - row[3] * (row[0] - 1) - 1) // row[1] + 1
        for i, row in enumerate(rows)
    ]
    whole = convolved(follower, x, rows, (shape[0], shape[1], *sizes))
    return reshape(follower, whole, shape)
