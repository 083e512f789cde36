"""What is inside the box: which pixels reach the unit, and how their weight is spread."""

from collections.abc import Iterable
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import check_room
from convnotes.receptive_field.axis import IDENTITY, Everything, Reach
from convnotes.receptive_field.fields import Grid, Moments, fold
from convnotes.receptive_field.network import Network, Node, count_units, read_network
from convnotes.receptive_field.values import by_axis, count_axes, plain, whole_numbers

Interval = tuple[int, int]  # from the first to before the last


def mask(
    layers: Iterable[Any],
    unit: int | tuple[int, ...] = 0,
    *,
    input_size: int | tuple[int, ...] | None = None,
) -> NDArray[np.bool_]:
    """Mark exactly the input pixels that reach one output unit.

    Args:
        layers: The layers in order, input first, with or without branches.
        unit: Index of the output unit, one int an axis; a single int makes one axis, unless
            another value has more.
        input_size: Size of the input, an int or one int an axis. Without it the input has no
            borders.

    Returns:
        Booleans of shape ``input_size``; without it, of the shape of the unit's box.

    Raises:
        TypeError: If something in the list is not an operation.
        ValueError: As [`support`][convnotes.receptive_field.support], but for branches.

    Examples:
        >>> from convnotes.receptive_field import Add, Layer, mask
        >>> mask([Add([Layer((1, 3))], [Layer((3, 1))])], (0, 0)).astype(int).tolist()
        [[1, 1, 1], [1, 0, 0], [1, 0, 0]]
    """
    network, units, sizes = asked(layers, unit, input_size)
    _, seen = _walk_back(network, list(range(network.axes or 1)), units, sizes)
    return seen


def effective_variance(
    layers: Iterable[Any],
    unit: int | tuple[int, ...] = 0,
    *,
    input_size: int | tuple[int, ...] | None = None,
) -> float | tuple[float, ...]:
    """Variance of the effective receptive field of a linear network of uniform kernels.

    Away from borders, the weights with which the input pixels reach one output unit form a
    distribution, when every layer averages what each of its units reads. For a chain its variance
    is the sum over the layers of ``(dilation * jump)² (kernel_size² - 1) / 12``, with the jump
    before the layer. Where branches join, their distributions are mixed, with the weights of the
    join. The arithmetic is exact, in squared input pixels. Its square root is σ.

    Args:
        layers: The layers in order, input first, with or without branches.
        unit: Index of the output unit; it matters after upsampling only.
        input_size: Size of the input, where a padding in a branch depends on it.

    Raises:
        TypeError: If something in the list is not an operation.
        ValueError: If numbers of axes differ, an operation sees the whole input, a unit that is
            averaged sees nothing, or the variance is unknown without ``input_size``.

    Source: W. Luo, Y. Li, R. Urtasun, R. Zemel, "Understanding the Effective Receptive Field in
    Deep Convolutional Neural Networks", NIPS 2016, arXiv:1701.04128, section 2 (there with
    stride 1).

    Examples:
        >>> from convnotes.receptive_field import Add, Layer, effective_variance
        >>> effective_variance([Layer(3)] * 3)
        2.0
        >>> effective_variance([Add([Layer(3, padding=1)] * 3, [])])
        1.0
    """
    network, units, sizes = asked(layers, unit, input_size)
    variances = []
    for axis, (y, size) in enumerate(zip(units, sizes, strict=True)):
        counts = count_units(network, axis, size)
        state = fold(network, axis, counts, Moments(Fraction(0), Fraction(0)))[-1]
        if state.whole:
            raise ValueError("an operation sees the whole input, so there is no variance")
        if state.shared is not None:
            raise ValueError("a single unit is joined with many, so the variance differs by unit")
        if not isinstance(state.local, Grid):
            raise ValueError("a padding depends on the input: pass input_size")
        value = state.local.at(y)
        if value is None:
            raise ValueError(f"unit={y} sees nothing")
        variances.append(_float(value.variance))
    return plain(tuple(variances))


def _float(variance: Fraction) -> float:
    try:
        return float(variance)
    except OverflowError:
        return inf


def needs(
    network: Network,
    axis: int,
    sizes: list[int | None],
    wanted: Interval,
    *,
    end: int | None = None,
    clip: bool = True,
) -> list[Interval]:
    """Walk back from a run of units of a node, the last or ``end``, to what is used of all before.

    Where the sizes are known, what lies outside a node is left out, if ``clip``.
    """
    last = len(network.nodes) - 1 if end is None else end
    runs: list[Interval | None] = [None] * last + [wanted]
    for number in range(last, 0, -1):
        node = network.nodes[number]
        run = runs[number]
        for each in node.inputs if run and run[0] < run[1] else ():
            low, high = _read(node, axis, sizes[each], run)
            if clip and sizes[each] is not None:
                low, high = max(low, 0), min(high, sizes[each])
            known = runs[each]
            if low < high:
                runs[each] = (min(low, known[0]), max(high, known[1])) if known else (low, high)
    return [run or (0, 0) for run in runs]


def seen_by_any(network: Network, axis: int, sizes: list[int], end: int) -> Interval:
    """Return the first and the last pixel that any unit of a node sees; (0, -1), if none."""
    first, after = needs(network, axis, sizes, (0, sizes[end]), end=end)[0]
    return first, after - 1


def reach_of(node: Node, axis: int, size: int | None) -> Reach | None:
    """Return what a node reads of an input of ``size``, or ``None`` for everything."""
    if not node.axes:  # a join, to all units of which a single one is broadcast
        return None if size == 1 else IDENTITY
    operation = node.axes[axis]
    reach = None if isinstance(operation, Everything) else operation.reach(size)
    if size is None and (reach is None or not reach.anchored):
        raise ValueError(f"{node.where}: what it sees depends on the input: pass input_size")
    return reach


def _read(node: Node, axis: int, size: int | None, run: Interval) -> Interval:
    reach = reach_of(node, axis, size)
    if reach is None:
        return 0, size
    ends = []
    for unit in {*range(run[0], min(run[0] + reach.period, run[1])),
                 *range(max(run[1] - reach.period, run[0]), run[1])}:  # fmt: skip
        turn, phase = divmod(unit, reach.period)
        taps = reach.taps[phase]
        ends += [turn * reach.advance + tap for tap in (*taps[:1], *taps[-1:])]
    return (min(ends), max(ends) + 1) if ends else (0, 0)


def asked(layers: Any, unit: Any, input_size: Any) -> tuple[Network, list[int], list[Any]]:  # noqa: ANN401
    """Read a network, a unit of it and the size of its input, each by axis."""
    unit = whole_numbers("unit", unit)
    size = None if input_size is None else whole_numbers("input_size", input_size, 1)
    axes = count_axes(f"unit={unit} with input_size={size}", unit, size)
    network = read_network(layers, axes=axes)
    units, sizes = zip(*by_axis((unit, size), network.axes), strict=True)
    return network, list(units), list(sizes)


def _walk_back(
    network: Network, axes: list[int], units: list[int], sizes: list[int | None]
) -> tuple[list[int], NDArray[np.bool_]]:
    """Mark what one unit reads in every node; return the first position and marks of the input."""
    counts, runs = [], []
    for axis, unit, size in zip(axes, units, sizes, strict=True):
        counts.append(count_units(network, axis, size))
        last = counts[-1][-1]
        if last is not None and not 0 <= unit < last:
            raise ValueError(f"unit={unit} lies outside the output of {last}")
        runs.append(needs(network, axis, counts[-1], (unit, unit + 1)))
        if max(abs(end) for run in runs[-1] for end in run) >= 2**62:
            raise ValueError(f"unit={unit} reads pixels beyond 2**62, which NumPy can't count")
    check_room(f"input_size={sizes}", *(size for size in sizes if size is not None))
    frames = list(zip(*runs, strict=True))  # of every node, one run an axis
    marks = [np.zeros([high - low for low, high in frame], dtype=bool) for frame in frames]
    marks[-1][...] = True
    for number in range(len(network.nodes) - 1, 0, -1):
        node = network.nodes[number]
        for each in node.inputs if marks[number].any() else ():
            seen = marks[number]
            for place, axis in enumerate(axes):
                ends = frames[number][place], frames[each][place]
                seen = _pull(seen, place, node, axis, counts[place][each], *ends)
            marks[each] |= seen
    first = [
        0 if size is not None else low for size, (low, _) in zip(sizes, frames[0], strict=True)
    ]
    if sizes[0] is None:
        return first, marks[0]
    whole = np.zeros(sizes, dtype=bool)
    whole[tuple(slice(*run) for run in frames[0])] = marks[0]
    return first, whole


def _pull(
    marks: NDArray[np.bool_],
    place: int,
    node: Node,
    axis: int,
    size: int | None,
    run: Interval,
    target: Interval,
) -> NDArray[np.bool_]:
    """Carry marks back through one node, along one axis."""
    rows = np.moveaxis(marks, place, 0)
    found = np.zeros((target[1] - target[0], *rows.shape[1:]), dtype=bool)
    reach = reach_of(node, axis, size)
    if reach is None:
        found[:] = rows.any(axis=0)
        return np.moveaxis(found, 0, place)
    for phase, taps in enumerate(reach.taps):
        begin = (phase - run[0]) % reach.period
        chosen = rows[begin :: reach.period]
        turn = (run[0] + begin) // reach.period
        for tap in taps:
            places = reach.advance * (turn + np.arange(len(chosen))) + tap - target[0]
            inside = (places >= 0) & (places < len(found))
            found[places[inside]] |= chosen[inside]
    return np.moveaxis(found, 0, place)
