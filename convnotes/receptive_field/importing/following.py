"""Follow a model's numbers from operation to operation, and write down the layers on the way.

This file knows shapes and no operation of any framework. The tables of operations call it, with
every tensor's factors; it emits the layers that `receptive_field` takes.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

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
from convnotes.receptive_field.importing.writing import Writer
from convnotes.receptive_field.layers import AdaptivePool, Layer, Upsample, Whole

ONE_SIZE = "holds for this input size only"


class Follower(Writer):
    """Follows tensors through what is done to their dimensions."""

    def axis_of(self, tensor: Tensor, place: int) -> tuple[Tensor, int | None]:
        """Return the axis that a dimension runs along; ``None`` if it has no positions.

        If the dimension has finer steps than the layer has units, as a pixel shuffle makes them,
        those become the units.
        """
        dim = tensor.dims[place]
        axes = {factor.axis for factor in positions([dim])}
        if not axes:
            return tensor, self._single(tensor, place)
        first = dim[0]
        if first.axis is None or first.stride != 1 or first.size != self._units(tensor, first.axis):
            raise CannotFollow("it would act within pieces, or across them")
        if len(dim) == 1:
            return tensor, first.axis
        if len(dim) > 2 or dim[1].axis is not None or dim[1].parts:
            raise CannotFollow("it would act across several axes")
        scale = self._each(first.axis, dim[1].size, 1)
        source = self.layer(tensor.source, Upsample, scale)
        finer = Factor(first.axis, first.size * dim[1].size, 1)
        return tensor._replace(source=source).with_dim(place, [finer]), first.axis

    def in_units(self, tensor: Tensor, place: int) -> Tensor:
        """Make the finer positions of a pixel shuffle units."""
        dim = tensor.dims[place]
        if len(dim) == 2 and dim[0].axis is not None and dim[1].axis is None:
            return self.axis_of(tensor, place)[0]
        return tensor

    def _single(self, tensor: Tensor, place: int) -> int | None:
        """Return the axis with one unit that a dimension of 1 stands for, if any."""
        if tensor.source is None or size_of(tensor.dims[place]) > 1:
            return None
        taken = {factor.axis for factor in positions(tensor.dims)}
        sizes = enumerate(self.sizes[tensor.source])
        alone = [axis for axis, size in sizes if size == 1 and axis not in taken]
        usual = place - len(tensor.dims) + self.axes
        return usual if usual in alone else alone[0] if len(alone) == 1 else None

    def _units(self, tensor: Tensor, axis: int) -> int:
        return self.sizes[tensor.source][axis]

    def _each(self, axis: int, value: Any, other: Any) -> tuple[Any, ...]:  # noqa: ANN401
        return tuple(value if each == axis else other for each in range(self.axes))

    def moved(
        self, tensor: Tensor, source: str, places: dict[int, int | None], shape: Sequence[int]
    ) -> Tensor:
        """Return what a layer made: dimensions along axes have its units, others their new size."""
        dims = list(tensor.dims)
        for place, axis in places.items():
            if axis is None:
                dims[place] = plain_dim(shape[place])
            else:
                dims[place] = tidy([Factor(axis, self.sizes[source][axis], 1)])
        return Tensor(source, tuple(dims))

    def windows(
        self,
        tensor: Tensor,
        rows: dict[int, tuple[Any, ...]],
        shape: Sequence[int],
        *,
        ceil_mode: bool = False,
    ) -> Tensor:
        """Move a window over some dimensions: kernel size, stride, padding and dilation of each."""
        places = {}
        for place in rows:
            tensor, places[place] = self.axis_of(tensor, place)
        along = {places[place]: row for place, row in rows.items() if places[place] is not None}
        source = self.window(tensor.source, along, ceil_mode=ceil_mode)
        return self.moved(tensor, source, places, shape)

    def sized(
        self,
        tensor: Tensor,
        kind: Any,  # noqa: ANN401
        rows: dict[int, Any],
        shape: Sequence[int],
        **options: Any,  # noqa: ANN401
    ) -> Tensor:
        """Write down an operation with one value an axis, 1 or ``None`` where it does nothing."""
        places = {}
        for place in rows:
            tensor, places[place] = self.axis_of(tensor, place)
        along = {places[place]: row for place, row in rows.items()}
        nothing = None if kind is AdaptivePool else 1
        values = tuple(along.get(axis, nothing) for axis in range(self.axes))
        source = tensor.source
        if any(value != nothing for value in values):
            source = self.layer(source, kind, values, **options)
        return self.moved(tensor, source, places, shape)

    def read(self, tensor: Tensor, places: Sequence[int]) -> Tensor:
        """Let every unit see all others along some dimensions, and keep them."""
        whole, blocks = self._groups(tensor, places)
        source = tensor.source
        if any(whole):
            source = self.layer(source, Whole, along=whole)
        if max(blocks) > 1:
            self.note(f"a block of {'×'.join(map(str, blocks))} {ONE_SIZE}")
            pooled = self.layer(source, Layer, blocks, blocks)
            source = self.layer(pooled, Upsample, blocks)
        return tensor._replace(source=source)

    def averaged(self, tensor: Tensor, places: Sequence[int]) -> Tensor:
        """Put all units along some dimensions into one; the dimensions are left with size 1."""
        whole, blocks = self._groups(tensor, places, spread=False)
        source = tensor.source
        if any(whole):
            ones = tuple(1 if each else None for each in whole)
            source = self.layer(source, AdaptivePool, ones)
        if max(blocks) > 1:
            self.note(f"a block of {'×'.join(map(str, blocks))} {ONE_SIZE}")
            source = self.layer(source, Layer, blocks, blocks)
        dims = [() if i in places else dim for i, dim in enumerate(tensor.dims)]
        closer = [_closer(dim, blocks) for dim in dims]
        return Tensor(source, tuple(closer))

    def _groups(
        self, tensor: Tensor, places: Sequence[int], *, spread: bool = True
    ) -> tuple[tuple[bool, ...], tuple[int, ...]]:
        """Tell along which axes everything is read, and blocks of how many units elsewhere."""
        factors = list(positions(tensor.dims[place] for place in places))
        whole, blocks = [], []
        for axis in range(self.axes):
            along = sorted((f for f in factors if f.axis == axis), key=lambda f: f.stride)
            size = prod(factor.size for factor in along)
            everything = size == self._units(tensor, axis) > 1
            if size > 1 and not everything and not _side_by_side(along):
                if not spread:
                    raise CannotFollow("it puts together units that don't lie side by side")
                self.note("sees units that don't lie side by side, and counts as seeing all")
                everything = True
            whole.append(everything)
            blocks.append(1 if everything else size)
        return tuple(whole), tuple(blocks)

    def settled(self, tensor: Tensor) -> Tensor:
        """Put together the units of axes along which no positions are left, or coarser ones."""
        if tensor.source is None:
            return tensor
        steps, ones = [1] * self.axes, [None] * self.axes
        for axis, units in enumerate(self.sizes[tensor.source]):
            along = [factor for factor in positions(tensor.dims) if factor.axis == axis]
            step = min((factor.stride for factor in along), default=1)
            if not along and units > 1:
                ones[axis] = 1
            elif step > 1 and step * prod(factor.size for factor in along) == units:
                steps[axis] = step
        source = tensor.source
        if any(ones):
            source = self.layer(source, AdaptivePool, tuple(ones))
        if max(steps) > 1:
            source = self.layer(source, Layer, (1,) * self.axes, tuple(steps))
        return Tensor(source, tuple(_closer(dim, steps) for dim in tensor.dims))

    def check_units(self, tensor: Tensor) -> None:
        """Refuse an output whose positions aren't the units of its layer."""
        for axis, units in enumerate(self.sizes[tensor.source]):
            along = [factor for factor in positions(tensor.dims) if factor.axis == axis]
            if prod(factor.size for factor in along) != units:
                words = f"its positions along axis {axis} are not the {units} units of the layer"
                raise ValueError(f"output: {words} {tensor.source!r}; name a layer before it")

    def everything(self, tensors: Sequence[Tensor], shape: Sequence[int]) -> Tensor:
        """Let all that comes out see all that goes in."""
        source = self.join([self.averaged_all(tensor).source for tensor in tensors])
        like = next((tensor for tensor in tensors if tensor.shape == tuple(shape)), None)
        if like is None:
            return Tensor(source, tuple(map(plain_dim, shape)))
        return like._replace(source=self.join([like.source, source]))

    def averaged_all(self, tensor: Tensor) -> Tensor:
        """Put all units into one."""
        if tensor.source is None:
            return tensor
        ones = tuple(1 if size > 1 else None for size in self.sizes[tensor.source])
        if ones == (None,) * self.axes:
            return tensor
        return tensor._replace(source=self.layer(tensor.source, AdaptivePool, ones))


def _side_by_side(factors: list[Factor]) -> bool:
    expected = 1
    for factor in factors:
        if factor.stride != expected:
            return False
        expected *= factor.size
    return True


def _closer(dim: Dim, blocks: Sequence[int]) -> Dim:
    return tuple(
        factor
        if factor.axis is None
        else factor._replace(stride=factor.stride // blocks[factor.axis])
        for factor in dim
    )


def scale_of(size: int, units: int, given: float | None) -> Fraction:
    """Return the scale of a resize: the one given where it makes so many units."""
    if given is not None:
        scale = Fraction(given).limit_denominator(1000)
        if int(size * scale) == units:
            return scale
    return Fraction(units, size)
