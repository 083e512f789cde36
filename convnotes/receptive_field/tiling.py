"""What fields are used for: the smallest input, and large inputs cut into tiles."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import lcm
from typing import Any, NamedTuple

from convnotes.arguments import check_room
from convnotes.receptive_field.axis import Adaptive, Axis, Reach
from convnotes.receptive_field.fields import Box, Unknown, fold
from convnotes.receptive_field.inside import needs
from convnotes.receptive_field.network import Network, count_units, read_network
from convnotes.receptive_field.values import as_tuple, by_axis, count_axes, plain, whole_numbers

Slices = tuple[slice, ...]


class Halo(NamedTuple):
    """The margin of a tile. Axes that differ give tuples.

    Attributes:
        before: Pixels to read in front of the tile (left, top).
        after: Pixels to read behind it.
        grid: Tiles must begin at, and be as long as, multiples of it.
        stride: Pixels of the tile for each output unit; a ``Fraction`` if there are more units.
    """

    before: Any
    after: Any
    grid: Any = 1
    stride: Any = 1


class Tile(NamedTuple):
    """Which pixels to read, which of the results to keep, and where to write those.

    Each is a tuple of slices, one an axis: ``out[tile.write] = run(x[tile.read])[tile.keep]``.
    With axes in front, such as batch and channels, index with ``(..., *tile.read)``.
    """

    read: Slices
    keep: Slices
    write: Slices


def minimum_input(layers: Iterable[Any]) -> int | tuple[int, ...]:
    """Find the smallest input for which every layer has at least one unit, and all joins fit.

    Returns:
        An int, or one an axis where they differ.

    Raises:
        TypeError: If something in the list is not an operation.
        ValueError: If no size fits, because branches that are joined never have equal sizes.

    Examples:
        >>> from convnotes.receptive_field import Layer, minimum_input, networks
        >>> minimum_input([Layer(3), Layer(2, 2), Layer(3)])
        8
        >>> minimum_input(networks.unet())
        188
    """
    network = read_network(layers)
    ones = [1] * len(network.nodes)
    return plain(tuple(_fit(network, axis, ones)[0] for axis in range(network.axes or 1)))


def halo(layers: Iterable[Any], *, input_size: int | tuple[int, ...] | None = None) -> Halo:
    """Compute the margin with which the tiles of an input give the result of the whole.

    In a tile, a unit near the border sees padding, or lacks what lies beyond; the margin is so
    wide that no unit that is kept does, in any layer. Its width in front is rounded up to a
    multiple of the grid, the jumps' least common multiple, so that the units of a tile coincide
    with those of the whole.

    Args:
        layers: The layers in order, input first, with or without branches.
        input_size: Size of the whole input, where a padding depends on it.

    Raises:
        TypeError: If something in the list is not an operation.
        ValueError: If an operation sees the whole input, a padding depends on the size and that
            isn't given, or the tiles would be padded unlike the whole.

    Examples:
        >>> from convnotes.receptive_field import Layer, halo
        >>> halo([Layer(5, padding=2), Layer(5, padding=2)])
        Halo(before=4, after=4, grid=1, stride=1)
        >>> halo([Layer(3, 2, padding=1), Layer(3, padding=1)])
        Halo(before=4, after=2, grid=2, stride=2)
    """
    size = None if input_size is None else whole_numbers("input_size", input_size, 1)
    network = read_network(layers, axes=count_axes(f"input_size={size}", size))
    sides = by_axis((size,), network.axes)
    margins = [_margins(network, axis, *length) for axis, length in enumerate(sides)]
    return Halo(*(plain(each) for each in zip(*margins, strict=True)))


def tiles(
    shape: Sequence[int],
    tile: int | tuple[int, ...],
    halo: int | tuple[int, ...] | Halo = 0,
    *,
    output_shape: Sequence[int] | None = None,
) -> Iterator[Tile]:
    """Cut a large input into tiles, each with what is read around it.

    Args:
        shape: Size of the input, one int an axis.
        tile: Pixels between neighbouring tiles, an int or one an axis.
        halo: Pixels read on each side of a tile, or the result of
            [`halo`][convnotes.receptive_field.halo].
        output_shape: Units of the whole result, one int an axis; as many as pixels, divided by
            the stride and rounded up, if left out.

    Returns:
        One `Tile` after the other, the last axis running fastest; together they write every unit
        once.

    Raises:
        TypeError: If a size is not an int.
        ValueError: If a size is too small, numbers of axes differ, or ``tile`` is not a multiple
            of the halo's grid.

    Examples:
        >>> from convnotes.receptive_field import tiles
        >>> for tile in tiles((10,), 6, 2):
        ...     print(tile.read, tile.keep, tile.write)
        (slice(0, 8, None),) (slice(0, 6, None),) (slice(0, 6, None),)
        (slice(4, 10, None),) (slice(2, 6, None),) (slice(6, 10, None),)
    """
    sizes = as_tuple(whole_numbers("shape", as_tuple(shape), 0))
    margin = halo if isinstance(halo, Halo) else Halo(*[whole_numbers("halo", halo, 0)] * 2)
    step = whole_numbers("tile", tile, 1)
    units = output_shape
    if units is not None:
        units = whole_numbers("output_shape", as_tuple(output_shape), 0)
    words = f"tile={tile} and halo={halo} of shape={sizes} to output_shape={output_shape}"
    count_axes(words, sizes, step, units, *margin)
    axes = by_axis((sizes, step, units, *margin), len(sizes))
    check_room(words, *(max(size, count or 0) // step for size, step, count, *_ in axes))
    for axis, values in enumerate(axes):
        if values[1] % values[5]:
            raise ValueError(f"tile={tile} must be a multiple of {values[5]} on axis {axis}")
    places = product(*(list(_cuts(*values)) for values in axes))
    return (Tile(*zip(*place, strict=True)) for place in places)


def _cuts(
    size: int, step: int, units: int | None, before: int, after: int, grid: int, stride: int
) -> Iterator[tuple[slice, slice, slice]]:
    units = -(-size // stride) if units is None else units
    latest = (size - before - after) // grid * grid - grid  # leaves as much as a window needs
    for first in range(0, units, step // stride):
        last, place = min(first + step // stride, units), int(first * stride)
        begin = max(min(place - before, latest), 0)
        end = min(max(place + step, before + grid) + after, size)
        skipped = begin // stride
        yield slice(begin, end), slice(first - skipped, last - skipped), slice(first, last)


def _fit(network: Network, axis: int, least: list[int], like: list[int] | None = None) -> list[int]:
    """Count the units for the smallest input that leaves each node at least so many.

    With ``like``, counts for another input, every operation must read as it does there.
    """
    least = list(least)
    for number in range(len(network.nodes) - 1, 0, -1):
        node = network.nodes[number]
        enough = least[number] if not node.axes else _least(node.axes[axis], least[number])
        for each in node.inputs:
            least[each] = max(least[each], enough)
    error: ValueError | None = None
    for size in range(least[0], least[0] + _grid(network, axis) + 1):
        try:
            counts = count_units(network, axis, size)
        except ValueError as mismatch:
            error = mismatch
            continue
        if like is None or _taps(network, axis, counts) == _taps(network, axis, like):
            return counts
    raise ValueError(f"no input size fits: {error}")


def _taps(network: Network, axis: int, counts: list[int]) -> list[Reach]:
    return [node.axes[axis].reach(counts[node.inputs[0]]) for node in network.nodes if node.axes]


def _least(operation: Axis, units: int) -> int:
    """Return the smallest input of an operation that gives so many units, by bisection."""
    if isinstance(operation, Adaptive) or operation.units(1) >= units:
        return 1  # after adaptive pooling, a single unit is broadcast where more are wanted
    low, high = 1, 2  # too small, and perhaps large enough
    while operation.units(high) < units:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if operation.units(middle) >= units else (middle, high)
    return high


def _grid(network: Network, axis: int) -> int:
    """Return the pixels after which every node has moved by a whole number of units."""
    states = fold(network, axis, [None] * len(network.nodes), Box(0, 0))
    jumps = [state.local.jump for state in states if state.local is not None]
    return lcm(*(jump.numerator for jump in jumps if jump is not None))


def _margins(network: Network, axis: int, size: int | None) -> tuple[int, int, int, Any]:
    counts = count_units(network, axis, size)
    states = fold(network, axis, counts, Box(0, 0))
    for node, state in zip(network.nodes, states, strict=True):
        if state.whole or (node.axes and isinstance(node.axes[axis], Adaptive)):
            raise ValueError(f"{node.where} looks at the whole input, so there are no tiles")
        if isinstance(state.local, Unknown) or state.local.shift:
            raise ValueError(f"{node.where}: a padding depends on the input: pass input_size")
    jumps, grid = [state.local.jump for state in states], _grid(network, axis)
    runs = needs(network, axis, counts, (0, int(grid / jumps[-1])), clip=False)
    first = min(int(run[0] * jump // 1) for run, jump in zip(runs, jumps, strict=True))
    before = -(min(first, 0) // grid) * grid
    least = [max(1, run[1] + int(before / jump)) for run, jump in zip(runs, jumps, strict=True)]
    least[0] = max(least[0], before + grid)
    length = _fit(network, axis, least, counts if size is not None else None)[0]
    stride = jumps[-1] if jumps[-1].denominator > 1 else int(jumps[-1])
    return before, length - before - grid, grid, stride
