"""What a dimension of a tensor is made of: positions along axes, channels, and pieces of these.

The rows of an image are one factor, ``Factor(0, 224, 1)``: axis 0, 224 positions, one unit apart.
Cut into windows of 7 they are two, ``Factor(0, 32, 7)`` and ``Factor(0, 7, 1)``, in two dimensions;
flattened behind the channels they are the last factor of one. So whatever a model does to a shape,
it is known which units of the layer the numbers belong to.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import NamedTuple


class CannotFollow(ValueError):  # noqa: N818
    """Why an operation can't be followed; the front end says where it stands."""


class Factor(NamedTuple):
    """Positions along an ``axis``, or channels, batch and their like, without one.

    Attributes:
        axis: The axis, or ``None``.
        size: How many there are.
        stride: Units of the layer from one to the next; 0 without an axis.
        parts: Of pieces that lie behind one another, such as a class token and an image: each.
    """

    axis: int | None
    size: int
    stride: int = 0
    parts: tuple["Dim", ...] = ()


Dim = tuple[Factor, ...]


class Tensor(NamedTuple):
    """Numbers of a model: the layer whose units they belong to, and what each dimension is made of.

    Without ``source`` they don't depend on the input.
    """

    source: str | None
    dims: tuple[Dim, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each dimension."""
        return tuple(map(size_of, self.dims))

    def with_dim(self, place: int, dim: Iterable[Factor]) -> "Tensor":
        """Return it with another dimension at one place."""
        dims = list(self.dims)
        dims[place] = tidy(dim)
        return self._replace(dims=tuple(dims))


def constant(shape: Sequence[int]) -> Tensor:
    """Return what doesn't depend on the input."""
    return Tensor(None, tuple(map(plain_dim, shape)))


def plain_dim(size: int) -> Dim:
    """Return a dimension without positions."""
    return tidy([Factor(None, size)])


def size_of(dim: Dim) -> int:
    """Return the size of a dimension."""
    return prod(factor.size for factor in dim)


def tidy(dim: Iterable[Factor]) -> Dim:
    """Drop factors of 1, and put together what lies side by side."""
    kept: list[Factor] = []
    for factor in dim:
        last = kept[-1] if kept else None
        if factor.size == 1:
            continue
        if last and _goes_on(last, factor):
            kept[-1] = factor._replace(size=last.size * factor.size)
        else:
            kept.append(factor)
    return tuple(kept)


def _goes_on(outer: Factor, inner: Factor) -> bool:
    if outer.parts or inner.parts or outer.axis != inner.axis:
        return False
    return outer.stride == inner.stride * inner.size


def positions(dims: Iterable[Dim]) -> Iterator[Factor]:
    """Yield the factors along axes, those in pieces included."""
    for dim in dims:
        for factor in dim:
            if factor.axis is not None:
                yield factor
            yield from positions(factor.parts)


def reshaped(dims: Sequence[Dim], shape: Sequence[int]) -> tuple[Dim, ...]:
    """Distribute the factors of some dimensions over others, in row-major order."""
    rest = list(tidy(factor for dim in dims for factor in dim))
    found = []
    for size in shape:
        dim = []
        while size > 1:
            if not rest:
                raise CannotFollow("its sizes don't multiply to those before")
            factor = rest.pop(0)
            if size % factor.size:
                factor, inner = _split(factor, size)
                rest.insert(0, inner)
            dim.append(factor)
            size //= factor.size
        found.append(tidy(dim))
    if rest:
        raise CannotFollow("its sizes don't multiply to those before")
    return tuple(found)


def _split(factor: Factor, outer: int) -> tuple[Factor, Factor]:
    if factor.size % outer or factor.parts:
        raise CannotFollow(f"{outer} cuts through {factor.size} neighbours")
    inner = factor.size // outer
    return factor._replace(size=outer, stride=factor.stride * inner), factor._replace(size=inner)
