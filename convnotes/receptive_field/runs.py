"""Which positions on one axis reach a unit, as runs of neighbours.

Runs are an array of shape (R, 2), each from its first position to before its last, sorted and
apart: what they cost depends on the holes between them, not on how far they reach.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import check_room
from convnotes.receptive_field.axis import Reach, Taps
from convnotes.receptive_field.inside import asked, needs, reach_of
from convnotes.receptive_field.joins import Join
from convnotes.receptive_field.network import Network, count_units

Runs = NDArray[np.int64]


def support(
    layers: Iterable[Any],
    unit: int | tuple[int, ...] = 0,
    *,
    input_size: int | tuple[int, ...] | None = None,
) -> NDArray[np.intp] | tuple[NDArray[np.intp], ...]:
    """Find exactly which input pixels reach one output unit, along each axis.

    Dilation, or a stride larger than the kernel, can leave holes in the box. On several axes the
    set that a chain sees is the product of the sets of the axes: ``seen[np.ix_(*support(...))] =
    True``. What branches see isn't: use [`mask`][convnotes.receptive_field.mask] there.

    Args:
        layers: The layers in order, input first.
        unit: Index of the output unit, an int or one int an axis.
        input_size: Size of the input, an int or one int an axis. Without it the input has no
            borders; with it, what is padding in any of the layers is left out.

    Returns:
        Sorted positions; one such array an axis as soon as a value is given by axis.

    Raises:
        TypeError: If something in the list is not an operation.
        ValueError: If numbers of axes differ, a layer's window is larger than its padded input,
            ``unit`` lies outside the output, ``input_size`` is missing where the set depends on
            it, or branches join on several axes.

    Examples:
        >>> from convnotes.receptive_field import Layer, support
        >>> support([Layer(3, dilation=2), Layer(3, dilation=2)]).tolist()
        [0, 2, 4, 6, 8]
        >>> support([Layer(3, padding=1), Layer(3, padding=1)], 0, input_size=8).tolist()
        [0, 1, 2]
    """
    network, units, sizes = asked(layers, unit, input_size)
    if network.axes and any(isinstance(node.item, Join) for node in network.nodes):
        raise ValueError(f"unit={unit}: what branches see on several axes is no product: use mask")
    pairs = enumerate(zip(units, sizes, strict=True))
    sets = tuple(reached(network, axis, *ends) for axis, ends in pairs)
    return sets if network.axes else sets[0]


def reached(network: Network, axis: int, unit: int, size: int | None) -> NDArray[np.int64]:
    """Return the sorted positions of the input that one output unit reads."""
    counts = count_units(network, axis, size)
    if counts[-1] is not None and not 0 <= unit < counts[-1]:
        raise ValueError(f"unit={unit} lies outside the output of {counts[-1]}")
    frames = needs(network, axis, counts, (unit, unit + 1))
    if max(abs(end) for frame in frames for end in frame) >= 2**62:
        raise ValueError(f"unit={unit} reads pixels beyond 2**62, which NumPy can't count")
    runs = [np.zeros((0, 2), dtype=np.int64) for _ in frames]
    runs[-1] = np.array([[unit, unit + 1]])
    for number in range(len(frames) - 1, 0, -1):
        node = network.nodes[number]
        for each in node.inputs if len(runs[number]) else ():
            reach = reach_of(node, axis, counts[each])
            low, high = frames[each]
            found = np.array([[low, high]]) if reach is None else _pull(runs[number], reach)
            runs[each] = _united(np.concatenate([runs[each], found.clip(low, high)]))
    check_room(f"unit={unit}", int((runs[0][:, 1] - runs[0][:, 0]).sum()))
    return _positions(runs[0])


def _pull(runs: Runs, reach: Reach) -> Runs:
    """Return what is read through one operation, in no order."""
    found = []
    for phase, taps in enumerate(reach.taps):
        turns = -((phase - runs) // reach.period)  # rounded up
        turns = turns[turns[:, 0] < turns[:, 1]]
        for first, last in _neighbours(taps):
            steps = turns
            if reach.advance > last - first:  # there are holes between the windows
                alone = _positions(turns)
                steps = np.stack([alone, alone + 1], axis=1)
            found.append(reach.advance * (steps - [0, 1]) + [first, last])
    return np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int64)


def _neighbours(taps: Taps) -> Iterator[tuple[int, int]]:
    """Group taps that lie side by side."""
    if isinstance(taps, range) and taps.step == 1:
        yield taps[0], taps[-1] + 1
        return
    first = last = None
    for tap in taps:
        if tap != last:
            if last is not None:
                yield first, last
            first = tap
        last = tap + 1
    if last is not None:
        yield first, last


def _united(runs: Runs) -> Runs:
    """Sort runs, join those that touch, and drop the empty ones."""
    runs = runs[runs[:, 0] < runs[:, 1]]
    if not len(runs):
        return runs
    runs = runs[runs[:, 0].argsort(kind="stable")]
    ends = np.maximum.accumulate(runs[:, 1])
    begins = np.flatnonzero(np.r_[True, runs[1:, 0] > ends[:-1]])
    return np.stack([runs[begins, 0], ends[np.r_[begins[1:], len(runs)] - 1]], axis=1)


def _positions(runs: Runs) -> NDArray[np.int64]:
    lengths = runs[:, 1] - runs[:, 0]
    before = np.cumsum(lengths) - lengths
    counts = lengths.astype(np.intp)  # of 32 bits in a browser
    return np.arange(lengths.sum()) + np.repeat(runs[:, 0] - before, counts)
