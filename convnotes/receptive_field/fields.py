"""Carry what a unit sees from the input to every node, on one axis.

A node's units repeat like a `Reach`: ``values[phase]`` says what unit ``phase`` sees, and after
``period`` units the same is seen ``advance`` pixels further. What a value says is the value's
own business: `Box` keeps the ends of the field, `Moments` its mean and variance.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import NamedTuple, Protocol, Self

from convnotes.receptive_field.axis import Axis, Everything, Reach, Taps, Window
from convnotes.receptive_field.joins import Join
from convnotes.receptive_field.network import Network, Node, path
from convnotes.receptive_field.values import half

Weights = Sequence[Fraction] | None


class Value(Protocol):
    """What is known of the pixels one unit sees."""

    def moved(self, by: int) -> Self:
        """Return what the unit sees that lies ``by`` pixels further."""

    def over(self, advance: int, taps: Taps, weights: Weights) -> Self:
        """Return what is seen through units at ``taps`` that see alike, ``advance`` apart."""

    def merged(self, parts: Sequence[Self | None], weights: Weights) -> Self | None:
        """Return what is seen through several units; ``None`` sees nothing."""


class Box(NamedTuple):
    """The first and the last pixel."""

    first: int
    last: int

    def moved(self, by: int) -> "Box":
        """See `Value`."""
        return Box(self.first + by, self.last + by)

    def over(self, advance: int, taps: Taps, weights: Weights) -> "Box":
        """See `Value`."""
        return Box(self.first + advance * taps[0], self.last + advance * taps[-1])

    @staticmethod
    def merged(boxes: "Sequence[Box | None]", weights: Weights) -> "Box | None":
        """See `Value`."""
        seen = [box for box in boxes if box is not None]
        if not seen:
            return None
        return Box(min(box.first for box in seen), max(box.last for box in seen))


class Moments(NamedTuple):
    """The mean and the variance of the weights with which the pixels count."""

    mean: Fraction
    variance: Fraction

    def moved(self, by: int) -> "Moments":
        """See `Value`."""
        return Moments(self.mean + by, self.variance)

    def over(self, advance: int, taps: Taps, weights: Weights) -> "Moments":
        """See `Value`."""
        mean, variance = _moments(taps, weights)
        return Moments(self.mean + advance * mean, self.variance + advance**2 * variance)

    @staticmethod
    def merged(parts: "Sequence[Moments | None]", weights: Weights) -> "Moments | None":
        """See `Value`."""
        if not parts:
            return None
        if None in parts:
            raise ValueError("a unit that sees nothing has no share in an average")
        given = weights or [Fraction(1)] * len(parts)
        total = sum(given)
        shares = [Fraction(share) / total for share in given]
        pairs = list(zip(shares, parts, strict=True))
        mean = sum(share * part.mean for share, part in pairs)
        return Moments(
            mean, sum(share * (part.variance + (part.mean - mean) ** 2) for share, part in pairs)
        )


@lru_cache(maxsize=4096)
def _moments(taps: Taps, weights: Weights) -> tuple[Fraction, Fraction]:
    if isinstance(taps, range) and weights is None:  # evenly spaced, all alike
        spread = Fraction(taps.step**2 * (len(taps) ** 2 - 1), 12)
        return Fraction(taps[0] + taps[-1], 2), spread
    points = Moments.merged([Moments(Fraction(tap), Fraction(0)) for tap in taps], weights)
    return points.mean, points.variance


class Grid(NamedTuple):
    """What the units of a node see. ``shift`` names the unknown paddings that move it.

    Such a padding is named by what decides it, the number of units that are padded and the
    window's span and stride, and by how far a unit of it moves the field.
    """

    period: int
    advance: int
    values: tuple[Value | None, ...]
    shift: frozenset[tuple[int, ...]] = frozenset()

    @property
    def jump(self) -> Fraction:
        """The distance between neighbouring units, in pixels."""
        return Fraction(self.advance, self.period)

    def at(self, unit: int) -> Value | None:
        """Return what a unit sees."""
        turn, phase = divmod(unit, self.period)
        value = self.values[phase]
        return value and value.moved(self.advance * turn)


class Unknown(NamedTuple):
    """Units of which at most the distance between them is known."""

    jump: Fraction | None


class State(NamedTuple):
    """What a node sees: perhaps the whole input, and ``local`` without what sees everything.

    ``shared`` is what every unit sees: a single unit that was joined with many.
    """

    whole: bool
    local: Grid | Unknown | None
    shared: Value | None = None

    def at(self, unit: int) -> Value | None:
        """Return what a unit sees, where the local field is known."""
        own = self.local.at(unit)
        return own if self.shared is None else self.shared.merged([own, self.shared], None)


def fold(network: Network, axis: int, sizes: list[int | None], value: Value) -> list[State]:
    """Return the state of every node on one axis, beginning with the value of pixel 0."""
    states = [State(False, Grid(1, 1, (value,)))]
    counts = _equal_counts(network, axis)
    for node in network.nodes[1:]:
        before = [states[each] for each in node.inputs]
        if isinstance(node.item, Join):
            states.append(_join(network, node, before, sizes))
        else:
            operation, each = node.axes[axis], node.inputs[0]
            whole = before[0].whole or operation.whole
            local = _step(operation, sizes[each], before[0].local, counts[each])
            states.append(State(whole, local, before[0].shared))
    return states


def _equal_counts(network: Network, axis: int) -> list[int]:
    """Number the nodes: those of one number have equally many units, whatever the input's size."""
    numbers, known = [0], {}
    for node in network.nodes[1:]:
        before = numbers[node.inputs[0]]
        operation = node.axes[axis] if node.axes else None
        if operation is None:
            many = (numbers[each] for each in node.inputs if not network.nodes[each].pooled)
            numbers.append(next(many, before))
        elif _keeps_count(operation):
            numbers.append(before)
        else:
            same = isinstance(operation, Window) and operation.padding is None
            key = (operation.stride if same else operation, before)
            numbers.append(known.setdefault(key, len(known) + 1))
    return numbers


def _keeps_count(operation: Axis) -> bool:
    if not isinstance(operation, Window):
        return isinstance(operation, Everything)
    return operation.stride == 1 and operation.units(operation.span) == operation.span


def _step(
    operation: Axis, size: int | None, local: Grid | Unknown | None, count: int
) -> Grid | Unknown | None:
    if local is None or (operation.whole and not operation.keeps):
        return None
    reach = operation.reach(size)
    if reach is None:
        return Unknown(None)
    step = Fraction(reach.advance, reach.period)
    if isinstance(local, Unknown):
        return Unknown(local.jump and local.jump * step)
    if reach.anchored:
        return compose(reach, local)
    if local.period > 1:  # the padding decides which phase is met
        return Unknown(local.jump * step)
    grid = compose(reach, local)
    cause = (count, operation.span, operation.stride, local.advance)
    return grid._replace(shift=grid.shift | {cause})


def compose(reach: Reach, grid: Grid) -> Grid:
    """Return what is seen through one more operation."""
    shares = reach.weights or (None,) * reach.period
    if grid.period == 1:
        value, pairs = grid.values[0], zip(reach.taps, shares, strict=True)
        values = tuple(
            value.over(grid.advance, taps, share) if taps and value else None
            for taps, share in pairs
        )
        return Grid(reach.period, grid.advance * reach.advance, values, grid.shift)
    turns = lcm(reach.advance, grid.period) // reach.advance
    values = []
    for unit in range(reach.period * turns):
        turn, phase = divmod(unit, reach.period)
        parts = [grid.at(reach.advance * turn + tap) for tap in reach.taps[phase]]
        values.append(_merged(parts, shares[phase]))
    advance = grid.advance * reach.advance * turns // grid.period
    return Grid(reach.period * turns, advance, tuple(values), grid.shift)


def _merged(parts: list[Value | None], weights: Weights) -> Value | None:
    some = next((part for part in parts if part is not None), None)
    return some and some.merged(parts, weights)


def _join(network: Network, node: Node, states: list[State], sizes: list[int | None]) -> State:
    single = singles(node, sizes)
    local = _join_local(network, node, states, single)
    values = [state.shared for state in states]
    values += [
        end.local.at(0) for end, alone in zip(states, single, strict=True) if alone and end.local
    ]
    shared = _merged([value for value in values if value is not None], None)
    return State(any(state.whole for state in states), local, shared)


def singles(node: Node, sizes: list[int | None]) -> list[bool]:
    """Tell for each input of a join whether it is a single unit that all units of others see."""
    counts = [sizes[each] for each in node.inputs]
    return [count == 1 < max(counts) if count is not None else False for count in counts]


def _join_local(
    network: Network, node: Node, states: list[State], single: list[bool]
) -> Grid | Unknown | None:
    pairs = enumerate(zip(states, single, strict=True))
    seen = [i for i, (state, alone) in pairs if state.local is not None and not alone]
    ends = [states[i].local for i in seen]
    if len({end.jump for end in ends} - {None}) > 1:
        paths = " but ".join(
            f"{path(network, node.inputs[i])} has stride {states[i].local.jump}" for i in seen
        )
        raise ValueError(f"{node.where} joins unequal strides, so no size holds for all: {paths}")
    if len(ends) < 2:
        return ends[0] if ends else None
    if any(isinstance(end, Unknown) or end.shift != ends[0].shift for end in ends):
        return Unknown(None if any(end.jump is None for end in ends) else ends[0].jump)
    period = lcm(*(end.period for end in ends))
    weights = [node.weights[i] for i in seen]
    values = (_merged([end.at(unit) for end in ends], weights) for unit in range(period))
    return Grid(period, int(ends[0].jump * period), tuple(values), ends[0].shift)


def comparable(states: list[State]) -> bool:
    """Tell whether it is known how the fields of joined branches lie to each other."""
    ends = [state.local for state in states if state.local is not None]
    shifts = {None if isinstance(end, Unknown) else end.shift for end in ends}
    return len(ends) < 2 or (len(shifts) == 1 and None not in shifts)


def misaligned(states: list[State]) -> tuple[int, list[float | None]] | None:
    """Return the first unit whose fields in joined branches differ in their centres, and those."""
    if not comparable(states):
        return None
    ends = [state.local for state in states]
    for unit in range(lcm(*(end.period for end in ends if end is not None))):
        boxes = [end and end.at(unit) for end in ends]
        centres = [box and half(box.first + box.last) for box in boxes]
        if len(set(centres) - {None}) > 1:
            return unit, centres
    return None
