"""How a field grew, layer by layer, as rows and as tables."""

from collections.abc import Iterator
from csv import writer
from fractions import Fraction
from io import StringIO
from itertools import islice
from json import dumps
from math import inf
from typing import Any, NamedTuple

from convnotes.receptive_field.fields import Grid, State
from convnotes.receptive_field.joins import Join
from convnotes.receptive_field.layers import Upsample
from convnotes.receptive_field.network import Network, Node
from convnotes.receptive_field.values import (
    as_tuple,
    by_axis,
    half,
    plain,
    plain_sides,
    whole_number,
)


class Row(NamedTuple):
    """What one layer does, and the receptive field after it: ``size``, ``jump`` and ``start``.

    The jump is the distance between neighbouring units, the start the centre of unit 0, both in
    input pixels. A layer without a name is called by its place in the chain, from 1; in branches,
    ``3.2.1`` is the first layer in the second branch of the third. Where joins have no kernel, and
    where a value is unknown, there is ``None``. ``units`` counts the layer's units, if the input
    size was given. Where ``size`` is the whole input, ``local`` is the size of the path without
    the operations that see everything, 0 if there is none.
    """

    layer: str
    kernel_size: Any
    stride: Any
    padding: Any
    dilation: Any
    size: Any
    jump: Any
    start: Any
    units: Any = None
    local: Any = None


class Trace(tuple[Row, ...]):
    """One [`Row`][convnotes.receptive_field.Row] a layer; prints as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        return as_text(self.cells())

    def markdown(self) -> str:
        """Return the table in Markdown, numbers to the right.

        Examples:
            >>> from convnotes.receptive_field import Layer, receptive_field
            >>> field = receptive_field([Layer(3, name="conv"), Layer(2, 2, name="pool")])
            >>> print(field.trace.markdown())
            | layer | kernel | stride | padding | dilation | size | jump | start |
            |:--|--:|--:|--:|--:|--:|--:|--:|
            | conv | 3 | 1 | 0 | 1 | 3 | 1 | 1 |
            | pool | 2 | 2 | 0 | 1 | 4 | 2 | 1.5 |
        """
        return as_markdown(self.cells())

    _repr_markdown_ = markdown

    def csv(self) -> str:
        """Return the table with commas between the values, for a spreadsheet.

        Examples:
            >>> from convnotes.receptive_field import Layer, receptive_field
            >>> print(receptive_field([Layer((3, 5), name="conv")]).trace.csv())
            layer,kernel,stride,padding,dilation,size,jump,start
            conv,3×5,1,0,1,3×5,1,1×2
        """
        return as_csv(self.cells())

    def json(self) -> str:
        """Return the rows as a JSON array of objects; the whole input is the word "whole".

        Examples:
            >>> from convnotes.receptive_field import Upsample, receptive_field
            >>> print(receptive_field([Upsample(2, name="up")], input_size=4).trace.json())
            [{"layer": "up", "kernel_size": null, "stride": 0.5, "padding": null, \
"dilation": null, "size": 1, "jump": 0.5, "start": 0.0, "units": 8, "local": null}]
        """
        return dumps(self.plain())

    def covering(self, size: int) -> Row | None:
        """Return the first layer whose field covers an input of ``size`` on every axis.

        Examples:
            >>> from convnotes.receptive_field import Layer, receptive_field
            >>> receptive_field([Layer(3), Layer(2, 2), Layer(3)]).trace.covering(8).layer
            '3'
        """
        whole_number("size", size, 1)
        return next((row for row in self if _smallest(row.size) >= size), None)

    def plain(self) -> list[dict[str, Any]]:
        """Return the rows as dicts of what JSON has."""
        return [{key: plainly(value) for key, value in row._asdict().items()} for row in self]

    def cells(self) -> list[list[str]]:
        """Return the table's head and rows as they are printed, without columns that are empty."""
        return list(self._cells())

    def _cells(self) -> Iterator[list[str]]:
        shown = [name for name in Row._fields if name not in ("units", "local") or self._has(name)]
        yield [name.removesuffix("_size") for name in shown]
        for row in self:
            missing = dict.fromkeys(Row._fields[1:5], "–") | {"local": "", "units": ""}
            if row.size == inf:
                missing["start"] = "–"
            if row.local == 0:
                missing["jump"] = "–"
            yield [_cell(getattr(row, name), missing.get(name, "unknown")) for name in shown]

    def _has(self, name: str) -> bool:
        return any(getattr(row, name) is not None for row in self)


def _smallest(size: Any) -> float:  # noqa: ANN401
    return min(n or 0 for n in size) if isinstance(size, tuple) else size or 0


def plainly(value: Any) -> Any:  # noqa: ANN401
    """Return a value of a row as JSON has it: lists, numbers, and a word for the whole input."""
    if isinstance(value, tuple):
        return [plainly(part) for part in value]
    if isinstance(value, Fraction):
        return float(value) if value.denominator > 1 else int(value)
    return "whole" if value == inf else value


def as_text(cells: list[list[str]]) -> str:
    """Set a table in columns, numbers to the right."""
    left, *widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ([row[0].ljust(left), *map(str.rjust, row[1:], widths)] for row in cells)
    return "\n".join(map("  ".join, lines))


def as_markdown(cells: list[list[str]]) -> str:
    """Set a table in Markdown, numbers to the right."""
    head, *rows = cells
    rule = "|:--|" + "--:|" * (len(head) - 1)
    return "\n".join([_line(head), rule, *map(_line, rows)])


def as_csv(cells: list[list[str]]) -> str:
    """Set a table with commas between the values."""
    text = StringIO()
    writer(text, lineterminator="\n").writerows(cells)
    return text.getvalue().rstrip("\n")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any, missing: str) -> str:  # noqa: ANN401
    if value is None:
        return missing
    if isinstance(value, tuple):
        pairs = any(isinstance(part, tuple) for part in value)
        if pairs or not value:
            return "×".join(f"{left}+{right}" for left, right in value)
        return "×".join(_cell(part, missing) for part in value)
    if value == inf:
        return "whole"
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value if not isinstance(value, Fraction) or value.denominator > 1 else int(value))


def trace_of(network: Network, states: list[Any], units: list[Any], ends: list[Any]) -> Trace:
    """Return one row for each node but the input."""
    rows = []
    nodes = zip(network.nodes, states, units, ends, strict=True)
    for node, state, count, seen in islice(nodes, 1, None):
        counts = (n for (n,) in by_axis((count,), len(state)))
        sides = [side_of(*each) for each in zip(state, seen, counts, strict=True)]
        grown, jump, _, start = (plain(each) for each in zip(*sides, strict=True))
        local = _local_sizes(state, count)
        rows.append(Row(node.label, *_settings(node), grown, jump, start, count, local))
    return Trace(rows)


def side_of(
    state: State, seen: tuple[int, int] | None, units: int | None
) -> tuple[Any, Any, Any, Any]:
    """Return size, stride, padding and start on one axis.

    Of what sees everything, ``seen`` is the first and the last pixel.
    """
    grid = state.local
    jump = grid.jump if grid is not None else None
    if jump is not None and jump.denominator == 1:
        jump = int(jump)
    if state.whole:
        some = seen is not None and seen[0] <= seen[1]
        where = (-seen[0], half(sum(seen))) if some else (None, None)
        return *sizes_of(state, seen, units), jump, *where
    lengths = sizes_of(state, seen, units)
    if not isinstance(grid, Grid) or grid.shift or state.at(0) is None:
        return max(lengths, key=lambda n: n or 0), jump, None, None
    first, last = state.at(0)
    return max(lengths), jump, -first, half(first + last)


def sizes_of(state: State, seen: tuple[int, int] | None, units: int | None) -> tuple[Any, ...]:
    """Return the size for each phase, one if all are equal."""
    if state.whole:
        return (inf if seen is None else seen[1] - seen[0] + 1,)
    if not isinstance(state.local, Grid):
        return (None,)
    alike = state.local.period if state.shared is None else units
    boxes = [state.at(unit) for unit in range(alike)]
    lengths = tuple(0 if box is None else box.last - box.first + 1 for box in boxes)
    return lengths[:1] if len(set(lengths)) == 1 else lengths


def _settings(node: Node) -> tuple[Any, ...]:
    values = () if isinstance(node.item, Join) else node.item.values
    if len(values) >= 4:
        return tuple(map(plain_sides, values[:4]))
    scales = as_tuple(values[0]) if isinstance(node.item, Upsample) else ()
    return None, plain(tuple(Fraction(1) / scale for scale in scales)) or None, None, None


def _local_sizes(state: tuple[State, ...], units: Any) -> Any:  # noqa: ANN401
    if not any(each.whole for each in state):
        return None
    if any(each.local is None for each in state):
        return 0
    counts = by_axis((units,), len(state))
    pairs = zip(state, counts, strict=True)
    sizes = (sizes_of(each._replace(whole=False), None, count) for each, (count,) in pairs)
    return plain(tuple(max(each, key=lambda n: n or 0) for each in sizes))
