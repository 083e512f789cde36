"""Tensors that meet: number by number, one behind the other, or summed over shared dimensions."""

from collections.abc import Sequence
from itertools import pairwise

from convnotes.receptive_field.importing.factors import (
    CannotFollow,
    Dim,
    Factor,
    Tensor,
    plain_dim,
    positions,
    size_of,
    tidy,
)
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.layers import Upsample


def pointwise(follower: Follower, tensors: Sequence[Tensor]) -> Tensor:
    """Join tensors number by number, with dimensions of 1 stretched."""
    rank = max(len(tensor.dims) for tensor in tensors)
    framed = [
        tensor._replace(dims=((),) * (rank - len(tensor.dims)) + tensor.dims) for tensor in tensors
    ]
    for place in range(rank):
        if (
            len({tensor.dims[place] for tensor in framed if any(positions([tensor.dims[place]]))})
            > 1
        ):
            framed = [follower.in_units(tensor, place) for tensor in framed]
    sizes = [follower.sizes[tensor.source] for tensor in framed if tensor.source is not None]
    most = tuple(map(max, zip(*sizes, strict=True)))
    framed = [_as_fine(follower, tensor, most) for tensor in framed]
    dims = tuple(_same(column) for column in zip(*(each.dims for each in framed), strict=True))
    return Tensor(follower.join([tensor.source for tensor in framed]), dims)


def _as_fine(follower: Follower, tensor: Tensor, most: tuple[int, ...]) -> Tensor:
    """Spread the means of blocks over the units of the blocks, where those are met."""
    if tensor.source is None:
        return tensor
    pairs = zip(follower.sizes[tensor.source], most, strict=True)
    scales = tuple(many // size if size > 1 and many % size == 0 else 1 for size, many in pairs)
    if set(scales) == {1}:
        return tensor
    dims = [
        tuple(
            factor._replace(stride=factor.stride * scales[factor.axis])
            if factor.axis is not None
            else factor
            for factor in dim
        )
        for dim in tensor.dims
    ]
    return Tensor(follower.layer(tensor.source, Upsample, scales), tuple(dims))


def _same(dims: Sequence[Dim]) -> Dim:
    """Return the dimension that several have in common; 1 and what has no positions give way."""
    sizes = {size_of(dim) for dim in dims} - {1}
    if len(sizes) > 1:
        raise CannotFollow(f"dimensions of {sorted(sizes)} meet")
    placed = {dim for dim in dims if any(positions([dim]))}
    if len(placed) > 1:
        raise CannotFollow("units of different places meet")
    return next(iter(placed), max(dims, key=size_of))


def concatenated(follower: Follower, tensors: Sequence[Tensor], place: int) -> Tensor:
    """Put tensors one behind the other along a dimension."""
    pieces = [tensor.dims[place] for tensor in tensors]
    placed = [i for i, dim in enumerate(pieces) if any(positions([dim]))]
    rest = [tensor.with_dim(place, ()) for tensor in tensors]
    if not placed:
        return pointwise(follower, rest).with_dim(place, plain_dim(sum(map(size_of, pieces))))
    (number, *others) = placed
    if others:
        channels = _channels(pieces)
        return pointwise(follower, rest).with_dim(place, channels)
    alone = all(tensor.source is None for i, tensor in enumerate(tensors) if i != number)
    if alone and len(pieces[number]) == 1 and not pieces[number][0].parts:
        before, after = (
            sum(map(size_of, part)) for part in (pieces[:number], pieces[number + 1 :])
        )
        whole = sum(map(size_of, pieces))
        shape = [whole if i == place else size for i, size in enumerate(tensors[number].shape)]
        return follower.windows(tensors[number], {place: (1, 1, (before, after), 1)}, shape)
    total = sum(map(size_of, pieces))
    return pointwise(follower, rest).with_dim(place, [Factor(None, total, 0, tuple(pieces))])


def _channels(pieces: Sequence[Dim]) -> Dim:
    """Return channels of several tensors, each with the same positions behind it."""
    inner = {dim[1:] if dim and dim[0].axis is None else dim for dim in pieces}
    if len(inner) > 1 or any(factor.parts for dim in inner for factor in dim):
        raise CannotFollow("it puts positions behind positions")
    (behind,) = inner
    count = sum(size_of(dim) // size_of(behind) for dim in pieces)
    if any(not dim or dim[0].axis is not None for dim in pieces):
        raise CannotFollow("it puts positions behind positions")
    return (Factor(None, count), *behind)


def contracted(follower: Follower, terms: Sequence[tuple[Tensor, str]], result: str) -> Tensor:
    """Multiply tensors and sum over the letters that the result lacks, as an einsum does.

    Where two tensors bring positions of one axis under different letters, as queries and keys
    do, the units of the first are kept, and see all of the second.
    """
    kept: dict[str, Dim] = {}
    sources = []
    for number, (tensor, letters) in enumerate(terms):
        dims = dict(zip(letters, tensor.dims, strict=True))
        crossed = _crossed(kept, dims, result)
        places = [
            place
            for place, (letter, dim) in enumerate(dims.items())
            if any(positions([dim])) and (letter not in result or letter in crossed)
        ]
        rest = (each for i, (each, _) in enumerate(terms) if i != number)
        others = [each for each in rest if each.source is not None]
        read = _seen(follower, tensor, places, others) if places else tensor
        sources.append(read.source)
        for place, (letter, before) in enumerate(dims.items()):
            dim = plain_dim(size_of(before)) if place in places else read.dims[place]
            kept[letter] = _same([kept.get(letter, ()), dim]) if letter in result else ()
    settled = Tensor(follower.join(sources), tuple(kept[letter] for letter in result))
    return follower.settled(settled)


def _seen(
    follower: Follower, tensor: Tensor, places: list[int], others: Sequence[Tensor]
) -> Tensor:
    """Let the units of others see all of one along some dimensions, or sum over them alone."""
    axes = {factor.axis for factor in positions(tensor.dims[place] for place in places)}
    own = follower.sizes[tensor.source]
    sizes = [follower.sizes[each.source] for each in others]
    if not others or any(size[axis] != own[axis] for size in sizes for axis in axes):
        return follower.averaged(tensor, places)
    return follower.read(tensor, places)


def _crossed(kept: dict[str, Dim], dims: dict[str, Dim], result: str) -> set[str]:
    """Return the letters of positions that another letter of the result has already."""
    taken = {(f.axis, f.stride): letter for letter in kept for f in positions([kept[letter]])}
    return {
        letter
        for letter, dim in dims.items()
        if letter in result
        and any(taken.get((f.axis, f.stride), letter) != letter for f in positions([dim]))
    }


def sliced(
    follower: Follower, tensor: Tensor, place: int, start: int, stop: int, step: int
) -> Tensor:
    """Keep every so many of one dimension, from ``start`` to before ``stop``."""
    dim = tensor.dims[place]
    size, units = size_of(dim), len(range(start, stop, step))
    if units == size and step > 0:
        return tensor
    if not any(positions([dim])):
        return tensor.with_dim(place, plain_dim(units))
    if step < 1:
        raise CannotFollow("it runs backwards")
    if len(dim) == 1 and dim[0].parts:
        return _piece(follower, tensor, place, start, stop, step)
    inner = size_of(dim[1:])
    if dim[0].axis is None and step == 1 and start % inner == 0 == stop % inner:
        return tensor.with_dim(place, [Factor(None, (stop - start) // inner), *dim[1:]])
    last = start + (units - 1) * step + 1
    shape = [units if i == place else n for i, n in enumerate(tensor.shape)]
    return follower.windows(tensor, {place: (1, step, (-start, last - size), 1)}, shape)


def _piece(
    follower: Follower, tensor: Tensor, place: int, start: int, stop: int, step: int
) -> Tensor:
    """Keep whole pieces of a dimension that is made of pieces."""
    parts = tensor.dims[place][0].parts
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + size_of(part))
    inside = [
        part
        for part, (low, high) in zip(parts, pairwise(ends), strict=True)
        if start < high and low < stop
    ]
    if not any(positions(inside)):
        alone = follower.averaged(tensor, [place])
        return alone.with_dim(place, plain_dim(len(range(start, stop, step))))
    if step != 1 or start not in ends or stop not in ends:
        raise CannotFollow("it cuts through a piece")
    if len(inside) == 1:
        return tensor.with_dim(place, inside[0])
    return tensor.with_dim(place, [Factor(None, stop - start, 0, tuple(inside))])


def selected(follower: Follower, tensor: Tensor, place: int, index: int) -> Tensor:
    """Keep one of a dimension, and drop that."""
    one = sliced(follower, tensor, place, index, index + 1, 1)
    return one._replace(dims=one.dims[:place] + one.dims[place + 1 :])


def padded(
    follower: Follower, tensor: Tensor, sides: dict[int, tuple[int, int]], mode: str
) -> Tensor:
    """Add or crop on both sides of some dimensions."""
    shape = list(tensor.shape)
    for place, pair in sides.items():
        shape[place] += sum(pair)
    moving = {place: (1, 1, pair, 1) for place, pair in sides.items() if any(pair)}
    if not moving:
        return tensor
    if mode not in ("constant", "zeros"):
        follower.note(f"padded as {mode!r}, so units at the border see mirrored or far pixels too")
    return follower.windows(tensor, moving, shape)


def tiled(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """Stretch dimensions of 1."""
    lead = len(shape) - len(tensor.dims)
    dims = [
        dim if size_of(dim) == size else plain_dim(size)
        for dim, size in zip(((),) * lead + tensor.dims, shape, strict=True)
    ]
    return tensor._replace(dims=tuple(map(tidy, dims)))
