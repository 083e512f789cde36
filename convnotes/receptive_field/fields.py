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

from convnotes.receptive_field.axis import Axis, Reach
from convnotes.receptive_field.joins import Join
from convnotes.receptive_field.network import Network, Node, path

Weights = Sequence[Fraction] | None


class Value(Protocol):
    """What is known of the pixels one unit sees."""

    def moved(self, by: int) -> Self:
        """Return what the unit sees that lies ``by`` pixels further."""

    def over(self, advance: int, taps: tuple[int, ...], weights: Weights) -> Self:
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

    def over(self, advance: int, taps: tuple[int, ...], weights: Weights) -> "Box":
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

    def over(self, advance: int, taps: tuple[int, ...], weights: Weights) -> "Moments":
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
        shares = weights or [Fraction(1)] * len(parts)
        shares = [Fraction(share) / sum(shares) for share in shares]
        pairs = list(zip(shares, parts, strict=True))
        mean = sum(share * part.mean for share, part in pairs)
        return Moments(
            mean, sum(share * (part.variance + (part.mean - mean) ** 2) for share, part in pairs)
        )


@lru_cache(maxsize=4096)
def _moments(taps: tuple[int, ...], weights: Weights) -> tuple[Fraction, Fraction]:
    points = Moments.merged([Moments(Fraction(tap), Fraction(0)) for tap in taps], weights)
    return points.mean, points.variance


class Grid(NamedTuple):
    """What the units of a node see. ``shift`` names the unknown paddings that move it."""

    period: int
    advance: int
    values: tuple[Value | None, ...]
    shift: frozenset[tuple[int, int]] = frozenset()

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
    """What a node sees: perhaps the whole input, and ``local`` without what sees everything."""

    whole: bool
    local: Grid | Unknown | None


def fold(network: Network, axis: int, sizes: list[int | None], value: Value) -> list[State]:
    """Return the state of every node on one axis, beginning with the value of pixel 0."""
    states = [State(False, Grid(1, 1, (value,)))]
    for number, node in enumerate(network.nodes[1:], 1):
        before = [states[each] for each in node.inputs]
        if isinstance(node.item, Join):
            states.append(State(any(state.whole for state in before), _join(network, node, before)))
        else:
            operation, size = node.axes[axis], sizes[node.inputs[0]]
            whole = before[0].whole or operation.whole
            states.append(State(whole, _step(operation, size, before[0].local, number)))
    return states


def _step(
    operation: Axis, size: int | None, local: Grid | Unknown | None, number: int
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
    return grid._replace(shift=grid.shift | {(number, local.advance)})


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


def _join(network: Network, node: Node, states: list[State]) -> Grid | Unknown | None:
    seen = [i for i, state in enumerate(states) if state.local is not None]
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
        centres = [box and (box.first + box.last) / 2 for box in boxes]
        if len(set(centres) - {None}) > 1:
            return unit, centres
    return None
