"""All that is known of a model that was read: a table of its layers, and what follows."""

from fractions import Fraction
from math import sqrt
from typing import Any, NamedTuple

from convnotes.receptive_field.boxes import ReceptiveField, receptive_field
from convnotes.receptive_field.fields import Moments, State, fold
from convnotes.receptive_field.importing.model import Model
from convnotes.receptive_field.network import count_units, read_network
from convnotes.receptive_field.tiling import halo, minimum_input
from convnotes.receptive_field.trace import Row, plainly
from convnotes.receptive_field.values import as_tuple, plain


class Report(NamedTuple):
    """The layers up to one output of a model, with the input's size.

    Attributes:
        output: What the output is called.
        field: Its field; the trace has the layers.
        spreads: Of each layer ±2σ of its effective field, with uniform kernels; ``None`` where that
            isn't known.
        beyond: Of each layer whether its field is larger than the input.
        smallest: The smallest input, or why there is none.
        halo: The margin of a tile, or why there is none.
    """

    output: str
    field: ReceptiveField
    spreads: list[Any]
    beyond: list[bool]
    smallest: Any
    halo: Any


def report(model: Model, output: str) -> Report:
    """Compute everything about one output of a model."""
    size = model.input_size
    field = receptive_field(model.layers, input_size=size, output=output)
    return Report(
        output,
        field,
        _spreads(model, output),
        [_is_beyond(row, size) for row in field.trace],
        _or_why(lambda: minimum_input(model.layers)),
        _or_why(lambda: halo(model.layers, input_size=size)),
    )


def table(found: Report) -> list[list[str]]:
    """Return the trace's cells, with two columns more."""
    head, *rows = found.field.trace.cells()
    spreads = ["–" if each is None else _rounded(each) for each in found.spreads]
    marks = ["> input" if each else "" for each in found.beyond]
    columns = zip(rows, spreads, marks, strict=True)
    return [[*head, "±2σ", "sees"], *([*row, spread, mark] for row, spread, mark in columns)]


def facts(model: Model, found: Report) -> list[str]:
    """Return sentences about an output of a model."""
    field = found.field
    lines = [
        f"input: {_times(model.input_size)}",
        f"output: {found.output}, units {_times(field.units)}",
        f"field: size {_times(field.size)}, stride {_times(field.stride)}",
    ]
    if field.whole and field.local:
        lines.append(f"field without what sees everything: size {_times(field.local.size)}")
    number = sum(found.beyond)
    if number:
        first = field.trace[found.beyond.index(True)].layer
        lines.append(f"layers that see more than the input: {number}, from {first} on")
    lines.append(f"smallest input: {_times(found.smallest)}")
    if isinstance(found.halo, str):
        lines.append(f"tiles: {found.halo}")
    else:
        margin = f"{_times(found.halo.before)} pixels before and {_times(found.halo.after)} after"
        lines.append(f"tiles: {margin}, in steps of {_times(found.halo.grid)}")
    others = [name for name in model.outputs if name not in (None, found.output)]
    lines += [f"other outputs: {', '.join(others)}"] * bool(others)
    return lines + [f"note: {note}" for note in model.notes]


def as_json(model: Model, found: Report) -> dict[str, Any]:
    """Return everything as JSON has it."""
    known = not isinstance(found.halo, str)
    extra = zip(found.field.trace.plain(), found.spreads, found.beyond, strict=True)
    return {
        "input_size": list(model.input_size),
        "output": found.output,
        "outputs": list(model.outputs),
        "units": plainly(found.field.units),
        "size": plainly(found.field.size),
        "stride": plainly(found.field.stride),
        "smallest_input": None if isinstance(found.smallest, str) else plainly(found.smallest),
        "halo": {k: plainly(v) for k, v in found.halo._asdict().items()} if known else None,
        "notes": list(model.notes),
        "layers": [
            row | {"two_sigma": plainly(spread), "more_than_the_input": beyond}
            for row, spread, beyond in extra
        ],
    }


def _or_why(ask: Any) -> Any:  # noqa: ANN401
    try:
        return ask()
    except ValueError as error:
        return f"none, {error}"


def _is_beyond(row: Row, size: tuple[int, ...]) -> bool:
    sizes = as_tuple(row.local if row.local is not None else row.size) * len(size)
    return any(n is not None and n > pixels for n, pixels in zip(sizes, size, strict=False))


def _spreads(model: Model, output: str) -> list[Any]:
    """Return ±2σ of the middle unit of each layer, by axis where they differ."""
    network = read_network(model.layers, end=output, axes=len(model.input_size))
    columns = []
    for axis, size in enumerate(model.input_size):
        counts = count_units(network, axis, size)
        try:
            states = fold(network, axis, counts, Moments(Fraction(0), Fraction(0)))
        except ValueError:  # some unit is the mean of what sees nothing
            return [None] * (len(network.nodes) - 1)
        pairs = zip(states[1:], counts[1:], strict=True)
        columns.append([_spread(state, count // 2) for state, count in pairs])
    return [
        None if None in each else plain(tuple(round(n, 1) for n in each))
        for each in zip(*columns, strict=True)
    ]


def _spread(state: State, unit: int) -> float | None:
    if state.whole or state.shared is not None or state.local is None:
        return None
    value = state.local.at(unit)
    return None if value is None else 2 * sqrt(value.variance)


def _rounded(value: Any) -> str:  # noqa: ANN401
    return "×".join(f"{n:.1f}" for n in as_tuple(value))


def _times(value: Any) -> str:  # noqa: ANN401
    return "×".join("–" if each is None else str(each) for each in as_tuple(value))
