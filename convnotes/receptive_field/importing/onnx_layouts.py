"""ONNX's operations that move numbers to other places, cut them off, or put them together."""

from itertools import pairwise
from typing import Any, NamedTuple

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


class Call(NamedTuple):
    """One use of an operation: inputs that are left out are ``None``."""

    x: list[Tensor | None]
    given: dict[str, Any]  # the attributes
    known: list[Any]  # of each input its numbers, as an array, where the model holds them
    version: int

    def numbers(self, name: str, place: int) -> Any:  # noqa: ANN401
        """Return whole numbers that are an attribute or, in newer versions, an input."""
        if name in self.given:
            return self.given[name]
        if place >= len(self.x) or self.x[place] is None:
            return None
        if self.known[place] is None:
            raise CannotFollow(f"its {name} depend on the input")
        return self.known[place].tolist()


def reshape(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow another shape of the same numbers."""
    return do.reshape(f, c.x[0], shape)


def transpose(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow dimensions in another order."""
    return do.permuted(c.x[0], c.given.get("perm", range(len(shape))[::-1]))


def expand(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow dimensions of 1 that are stretched."""
    return tiled(c.x[0], shape)


def tile(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow numbers that are repeated."""
    return do.repeated(c.x[0], c.numbers("repeats", 1))


def cut(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow a part, perhaps every so many."""
    starts, ends = c.numbers("starts", 1), c.numbers("ends", 2)
    places = c.numbers("axes", 3) or range(len(starts))
    steps = c.numbers("steps", 4) or [1] * len(starts)
    x = c.x[0]
    for place, *ends_and_step in zip(places, starts, ends, steps, strict=True):
        start, stop, step = slice(*ends_and_step).indices(x.shape[place])
        x = sliced(f, x, place % len(x.dims), start, stop, step)
    return x


def gather(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow places that are taken, or rows of a table."""
    table, indices = c.x[0], c.known[1]
    place = c.given.get("axis", 0) % len(table.dims)
    if table.source is None and place == 0:
        return do.looked_up(f, table, c.x[1])
    if indices is None:
        raise CannotFollow("it takes places that the model computes")
    size = table.shape[place]
    if indices.ndim == 0:
        return selected(f, table, place, int(indices) % size)
    found = [int(index) % size for index in indices.ravel()]
    if indices.ndim == 1 and not any(positions([table.dims[place]])):  # channels, in any order
        return table.with_dim(place, plain_dim(len(found)))
    steps = {after - before for before, after in pairwise(found)} or {1}
    if indices.ndim > 1 or len(steps) > 1 or min(steps) < 1:
        raise CannotFollow("it takes places in another order")
    return sliced(f, table, place, found[0], found[-1] + 1, min(steps))


def split(f: Follower, c: Call, shapes: Any) -> list[Tensor]:  # noqa: ANN401
    """Follow parts one behind the other."""
    x, start, pieces = c.x[0], 0, []
    place = c.given.get("axis", 0) % len(x.dims)
    for shape in shapes if isinstance(shapes, list) else [shapes]:
        pieces.append(sliced(f, x, place, start, start + shape[place], 1))
        start += shape[place]
    return pieces


def concat(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow tensors put one behind the other."""
    return concatenated(f, c.x, c.given["axis"] % len(shape))


def pad(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow what is added or cropped on both sides."""
    pads = c.numbers("pads", 1)
    places = c.numbers("axes", 3) or range(len(shape))
    pairs = zip(places, pads[: len(pads) // 2], pads[len(pads) // 2 :], strict=True)
    sides = {place % len(shape): (left, right) for place, left, right in pairs}
    return padded(f, c.x[0], sides, c.given.get("mode", "constant"))


def shuffle(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow channels that become positions."""
    return do.shuffled(f, c.x[0], c.given["blocksize"], shape)


def unshuffle(f: Follower, c: Call, shape: Shape) -> Tensor:
    """Follow positions that become channels."""
    return do.unshuffled(f, c.x[0], c.given["blocksize"], shape)
