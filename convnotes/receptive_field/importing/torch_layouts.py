"""PyTorch's operations that move numbers to other places, cut them off, or put them together."""

from types import SimpleNamespace
from typing import Any

from convnotes.receptive_field.importing import operations as do
from convnotes.receptive_field.importing.factors import (
    CannotFollow,
    Tensor,
    plain_dim,
    positions,
)
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.importing.meeting import (
    concatenated,
    padded,
    selected,
    sliced,
    tiled,
)
from convnotes.receptive_field.importing.operations import Shape

Arguments = SimpleNamespace


def several(value: Any, count: int) -> list[Any]:  # noqa: ANN401
    """Return a value for each of several dimensions."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    return values * count if len(values) == 1 else values


def reshape(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow another shape of the same numbers."""
    return do.reshape(f, a.self, shape)


def permute(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow dimensions in another order."""
    return do.permuted(a.self, a.dims)


def transpose(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow dimensions in another order."""
    order = list(range(len(shape)))
    first = getattr(a, "dim0", getattr(a, "axis0", 0))
    second = getattr(a, "dim1", getattr(a, "axis1", 1))
    order[first], order[second] = order[second], order[first]
    return do.permuted(a.self, order)


def last_two(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow the last two dimensions in the other order."""
    order = list(range(len(shape)))
    return do.permuted(a.self, [*order[:-2], *order[:-3:-1]])


def reverse(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow all dimensions in the other order."""
    return do.permuted(a.self, range(len(shape))[::-1])


def move(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow dimensions that move to other places."""
    rank = len(shape)
    pairs = zip(several(a.destination, 1), several(a.source, 1), strict=True)
    to = {new % rank: old % rank for new, old in pairs}
    rest = iter(place for place in range(rank) if place not in to.values())
    return do.permuted(a.self, [to[i] if i in to else next(rest) for i in range(rank)])


def expand(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow dimensions of 1 that are stretched."""
    return tiled(a.self, shape)


def repeat(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow numbers that are repeated."""
    return do.repeated(a.self, a.repeats)


def turn(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow channels that are flipped or rolled: the same are side by side."""
    turned = [a.self.dims[place] for place in several(a.dims, 1)] or a.self.dims
    if any(positions(turned)):
        raise CannotFollow("it moves positions to the other end")
    return a.self


def pick(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow channels in the order of a list; the graph holds no numbers, so no positions."""
    indices = getattr(a, "indices", None) or [None] * (a.dim % len(a.self.dims)) + [a.index]
    (place, *others) = [i for i, each in enumerate(indices) if each is not None]
    if others or len(indices[place].dims) != 1 or any(positions([a.self.dims[place]])):
        raise CannotFollow("it picks positions, and a graph doesn't say which")
    return a.self.with_dim(place, plain_dim(shape[place]))


def select(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow one place of a dimension."""
    place = a.dim % len(a.self.dims)
    return selected(f, a.self, place, a.index % a.self.shape[place])


def cut(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow a part, perhaps every so many."""
    place = a.dim % len(a.self.dims)
    start, stop, step = slice(a.start, a.end, a.step).indices(a.self.shape[place])
    return sliced(f, a.self, place, start, stop, step)


def narrow(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow a part of so many."""
    place = a.dim % len(a.self.dims)
    start = a.start % a.self.shape[place] if a.start else 0
    return sliced(f, a.self, place, start, start + a.length, 1)


def split(f: Follower, a: Arguments, shapes: Any) -> list[Tensor]:  # noqa: ANN401
    """Follow parts one behind the other."""
    x = getattr(a, "self", None) or a.tensor
    place, start, pieces = a.dim % len(x.dims), 0, []
    for shape in shapes:
        pieces.append(sliced(f, x, place, start, start + shape[place], 1))
        start += shape[place]
    return pieces


def unbind(f: Follower, a: Arguments, shapes: Any) -> list[Tensor]:  # noqa: ANN401
    """Follow each place of a dimension."""
    place = a.dim % len(a.self.dims)
    return [selected(f, a.self, place, index) for index in range(len(shapes))]


def cat(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow tensors put one behind the other."""
    tensors = [each for each in a.tensors if each.shape != (0,)]
    return concatenated(f, tensors, a.dim % len(shape))


def stack(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow tensors put together along a new dimension."""
    place = a.dim % len(shape)
    apart = [t._replace(dims=(*t.dims[:place], (), *t.dims[place:])) for t in a.tensors]
    return concatenated(f, apart, place)


def pad(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow what is added or cropped on both sides."""
    pairs = list(zip(a.pad[::2], a.pad[1::2], strict=True))
    sides = {len(shape) - 1 - i: pair for i, pair in enumerate(pairs)}
    return padded(f, a.self, sides, getattr(a, "mode", "constant"))


def shuffle(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow channels that become positions."""
    return do.shuffled(f, a.self, a.upscale_factor, shape)


def unshuffle(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow positions that become channels."""
    return do.unshuffled(f, a.self, a.downscale_factor, shape)
