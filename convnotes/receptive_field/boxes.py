"""Where the field of a unit lies: its box, and how it grew layer by layer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from convnotes.receptive_field.layers import (
    Layer,
    Taps,
    by_axis,
    count_axes,
    plain,
    read_chain,
    values_of,
    whole_numbers,
)


class Row(NamedTuple):
    """What one layer does, and the receptive field after it: ``size``, ``jump`` and ``start``.

    The jump is the distance between neighbouring units, the start the centre of unit 0, both in
    input pixels. A layer without a name is called by its place in the chain, from 1.
    """

    layer: str
    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...]
    padding: int | tuple[int, ...]
    dilation: int | tuple[int, ...]
    size: int | tuple[int, ...]
    jump: int | tuple[int, ...]
    start: float | tuple[float, ...]


class Trace(tuple[Row, ...]):
    """One [`Row`][convnotes.receptive_field.Row] a layer; prints as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        head = [name.removesuffix("_size") for name in Row._fields]
        cells = [head, *(list(map(_cell, row)) for row in self)]
        left, *widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ([row[0].ljust(left), *map(str.rjust, row[1:], widths)] for row in cells)
        return "\n".join(map("  ".join, lines))


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of the units at the end of a chain. Axes that differ give tuples.

    Attributes:
        size: Input pixels from the first to the last that one output unit sees.
        stride: Input pixels between the fields of neighbouring output units (the jump).
        padding: How far the field of output unit 0 begins before input pixel 0.
        start: Centre of the field of output unit 0, in input pixels.
        trace: The same, layer by layer.
    """

    size: int | tuple[int, ...]
    stride: int | tuple[int, ...]
    padding: int | tuple[int, ...]
    start: float | tuple[float, ...]
    trace: Trace = field(repr=False)

    def box(self, unit: int | tuple[int, ...] = 0) -> tuple[int, int] | tuple[tuple[int, int], ...]:
        """First and last input pixel of the field of one output unit, both included.

        What the box has outside the input is padding. The exact set of pixels is another question:
        see [`support`][convnotes.receptive_field.support].

        Args:
            unit: Index of the output unit, an int or one int an axis.

        Returns:
            ``(first, last)``, or one such pair an axis as soon as a value differs by axis.

        Examples:
            >>> field = receptive_field([Layer(3, padding=1), Layer(2, 2)])
            >>> field.box(5), field.box((0, 5))
            ((9, 12), ((-1, 2), (9, 12)))
        """
        values = whole_numbers("unit", unit), self.size, self.stride, self.padding
        axes = count_axes(f"unit={unit} of {self}", *values)
        sides = by_axis(values, axes)
        boxes = tuple((y * s - p, y * s - p + r - 1) for y, r, s, p in sides)
        return boxes if axes else boxes[0]


def receptive_field(layers: Iterable[Layer]) -> ReceptiveField:
    """Compute the theoretical receptive field of a chain of layers, input first.

    From ``size = jump = 1`` and ``start = 0``, each layer of kernel k, stride s, padding p and
    dilation d adds ``d (k - 1) jump`` to the size and ``(d (k - 1) / 2 - p) jump`` to the start,
    and multiplies the jump by s. An empty chain has size 1.

    Raises:
        TypeError: If something in the chain is not a layer.
        ValueError: If two layers have different numbers of axes.

    Source: A. Araujo, W. Norris, J. Sim, "Computing Receptive Fields of Convolutional Neural
    Networks", Distill 2019.

    Examples:
        >>> receptive_field([Layer(3), Layer(3), Layer(2, 2)])
        ReceptiveField(size=6, stride=2, padding=0, start=2.5)
        >>> print(receptive_field([Layer(7, 2, padding=3), Layer((3, 1), dilation=2)]).trace)
        layer  kernel  stride  padding  dilation  size  jump  start
        1           7       2        3         1     7     2      0
        2         3×1       1        0         2  15×7     2    4×0
    """
    chain = read_chain(layers)
    depths = zip(*map(walk, chain.taps), strict=True)  # at each depth, one state an axis
    states = [[plain(values) for values in zip(*axes, strict=True)] for axes in depths]
    rows = []
    for place, (layer, state) in enumerate(zip(chain.layers, states[1:], strict=True), 1):
        size, jump, _, start = state
        rows.append(Row(layer.name or str(place), *map(plain, values_of(layer)), size, jump, start))
    return ReceptiveField(*states[-1], Trace(rows))


def walk(taps: list[Taps]) -> Iterator[tuple[int, int, int, float]]:
    """Yield size, jump, padding and start on one axis: of the input, then after each layer."""
    size, jump, padding = 1, 1, 0
    yield size, jump, padding, 0.0
    for k, s, p, d in taps:
        size += d * (k - 1) * jump
        padding += p * jump
        jump *= s
        yield size, jump, padding, (size - 1) / 2 - padding


def _cell(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, tuple):
        return "×".join(map(_cell, value))
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
