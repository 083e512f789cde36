"""Read a network, a list with branches in it, as numbered nodes that come after their inputs."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import Any, NamedTuple

from convnotes.receptive_field.axis import Axis, Window
from convnotes.receptive_field.joins import From, Join
from convnotes.receptive_field.layers import AdaptivePool, ConvTranspose, Layer, Upsample, Whole
from convnotes.receptive_field.values import DEEP, by_axis, count_axes

OPERATIONS = Layer, ConvTranspose, Upsample, AdaptivePool, Whole
HINT = (
    "Layer(k, stride) moves a window (pooling too), Layer(1) or nothing is elementwise, "
    "ConvTranspose and Upsample refine, AdaptivePool and Whole see everything, "
    "Add, Concat and From make branches; splice a list in with *"
)


class Node(NamedTuple):
    """One operation or join: how the trace calls it, where it stands, and what it reads."""

    label: str
    where: str
    item: Any
    inputs: tuple[int, ...]
    axes: tuple[Axis, ...] = ()  # the operation on each axis
    weights: tuple[Fraction, ...] = ()  # of a join, one an input
    pooled: bool = False  # adaptively, before it: a single unit is broadcast where it is joined


class Network(NamedTuple):
    """The nodes between an input, which is node 0, and an output, which is the last.

    Every node comes after its inputs. ``axes`` is 0 if all values hold for every axis.
    """

    nodes: list[Node]
    axes: int


def read_network(
    layers: Iterable[Any], *, start: str | None = None, end: str | None = None, axes: int = 0
) -> Network:
    """Check a list of layers, and return what lies between an input and an output.

    Args:
        layers: Operations and joins in order, input first.
        start: Name of the layer whose units count as the input, if not the input itself; a layer
            without a name goes by what the trace calls it.
        end: Name of the layer whose units count as the output, if not the last.
        axes: Number of axes that is known from elsewhere, or 0.
    """
    if not isinstance(layers, Iterable):
        raise TypeError(f"layers={layers!r} must be a list of Layer")
    for label, name in (("input", start), ("output", end)):
        if name is not None and not isinstance(name, str):
            raise TypeError(f"{label}={name!r} must be the name of a layer")
    reader = Reader()
    last = reader.read(list(layers), "layers", "", 0)
    names = reader.names()
    nodes = [
        node._replace(inputs=tuple(_find(names, node.where, each) for each in node.inputs))
        for node in reader.nodes
    ]
    for node in nodes:
        values = () if node.item is None or isinstance(node.item, Join) else node.item.values
        if any(isinstance(value, tuple) for value in values):
            axes = count_axes(f"{node.where}={node.item}", *values, axes=axes)
    labels = {node.label: [number] for number, node in enumerate(nodes)} | names
    first = 0 if start is None else _find(labels, "input", start)
    final = _find(names, "output", last) if end is None else _find(labels, "output", end)
    return _between(nodes, first, final, axes)


class Reader:
    """Walks through nested lists, and numbers what it finds."""

    def __init__(self) -> None:
        self.nodes = [Node("input", "the input", None, ())]
        self.open: list[int] = []

    def read(self, items: list[Any] | tuple[Any, ...], where: str, path: str, last: Any) -> Any:  # noqa: ANN401
        """Read one list that begins at ``last``; return the number, or the name, of its end."""
        if id(items) in self.open:
            raise ValueError(f"{where} contains itself")
        if len(self.open) > DEEP:
            raise ValueError(
                f"layers nests branches deeper than {DEEP}: name a layer, go on From it"
            )
        self.open.append(id(items))
        for place, item in enumerate(items):
            last = self._read_item(item, f"{where}[{place}]", f"{path}{place + 1}", last)
        self.open.pop()
        return last

    def _read_item(self, item: Any, where: str, path: str, last: Any) -> Any:  # noqa: ANN401
        inputs = (last,)
        if isinstance(item, From):
            return item.name
        if isinstance(item, Join):
            numbered = enumerate(item.branches)
            inputs = tuple(
                self.read(branch, f"{where}[{i}]", f"{path}.{i + 1}.", last)
                for i, branch in numbered
            )
        elif not isinstance(item, OPERATIONS):
            raise TypeError(f"{where}={item!r} is not an operation: {HINT}")
        kind = "" if isinstance(item, Layer) else f" {type(item).__name__.lower()}"
        if item.name is not None:
            where = f"{where} {item.name!r}"
        self.nodes.append(Node(item.name or path + kind, where, item, inputs))
        return len(self.nodes) - 1

    def names(self) -> dict[str, list[int]]:
        """Return, for each name, the numbers of the nodes that carry it."""
        found: dict[str, list[int]] = {"input": [0]}
        for number, node in enumerate(self.nodes[1:], 1):
            if node.item.name is not None:
                found.setdefault(node.item.name, []).append(number)
        return found


def _find(names: dict[str, list[int]], where: str, name: int | str) -> int:
    if isinstance(name, int):
        return name
    numbers = names.get(name, [])
    if not numbers:
        known = ", ".join(map(repr, list(names)[:12]))
        raise ValueError(f"{where}: no layer is named {name!r}; there are {known}")
    if len(numbers) > 1:
        raise ValueError(f"{where}: {len(numbers)} layers are named {name!r}")
    return numbers[0]


def _between(nodes: list[Node], first: int, last: int, axes: int) -> Network:
    """Keep the nodes through which the output depends on the input, in an order that works."""
    order = _in_order(nodes)
    after = {first}
    for number in order:
        if after.intersection(nodes[number].inputs):
            after.add(number)
    if last not in after:
        ends = f"{nodes[last].label!r} does not depend on {nodes[first].label!r}"
        raise ValueError(f"output={ends}")
    needed, waiting = {first}, [last]
    while waiting:
        number = waiting.pop()
        if number not in needed:
            needed.add(number)
            waiting += (each for each in nodes[number].inputs if each in after)
    needed.remove(first)
    numbers = count(1)
    kept = {first: 0} | {number: next(numbers) for number in order if number in needed}
    chosen = [nodes[first]._replace(inputs=(), item=None)]
    for number in kept:
        if number != first:
            node = _bound(nodes[number], kept, axes)
            pooled = all(chosen[each].pooled for each in node.inputs)
            chosen.append(node._replace(pooled=pooled or isinstance(node.item, AdaptivePool)))
    return Network(chosen, axes)


def _bound(node: Node, kept: dict[int, int], axes: int) -> Node:
    inputs = tuple(kept[each] for each in node.inputs if each in kept)
    if isinstance(node.item, Join):
        pairs = zip(node.inputs, node.item.weights, strict=True)
        return node._replace(inputs=inputs, weights=tuple(w for each, w in pairs if each in kept))
    values = by_axis(node.item.values, axes)
    return node._replace(inputs=inputs, axes=tuple(node.item.axis(*each) for each in values))


def _in_order(nodes: list[Node]) -> Iterable[int]:
    if all(each < number for number, node in enumerate(nodes) for each in node.inputs):
        return range(len(nodes))
    try:
        sorter = TopologicalSorter({number: node.inputs for number, node in enumerate(nodes)})
        return list(sorter.static_order())
    except CycleError as error:
        circle = " → ".join(nodes[number].label for number in error.args[1])
        raise ValueError(f"layers contain a cycle: {circle}") from None


def count_units(network: Network, axis: int, size: int | None) -> list[int | None]:
    """Count the units of every node on one axis, for an input of ``size``; unknown without it."""
    if size is None:
        return [None] * len(network.nodes)
    counts: list[int | None] = [size]
    for node in network.nodes[1:]:
        counts.append(_count(node, axis, [counts[each] for each in node.inputs], network, size))
    return counts


def _count(node: Node, axis: int, sizes: list[int], network: Network, whole: int) -> int:
    if isinstance(node.item, Join):
        pairs = list(zip(node.inputs, sizes, strict=True))
        different = {size for each, size in pairs if size > 1 or not network.nodes[each].pooled}
        if len(different) > 1:
            ends = ", ".join(f"{path(network, each)}: {size}" for each, size in pairs)
            raise ValueError(f"{node.where} joins different numbers of units ({ends})")
        return different.pop() if different else 1
    units = node.axes[axis].units(sizes[0])
    if units < 1:
        operation = node.axes[axis]
        fits = isinstance(operation, Window) and min(operation.sides(sizes[0])) >= 0
        words = "is larger than" if fits else "leaves nothing of"
        end = f"its input of {sizes[0]}, with input_size={whole}"
        raise ValueError(f"{node.where} {words} {end}")
    return units


def path(network: Network, number: int) -> str:
    """Describe the path to a node by the labels of the last few nodes before it."""
    return " → ".join(reversed(list(_labels(network, number))))


def _labels(network: Network, number: int, most: int = 4) -> Iterator[str]:
    for _ in range(most):
        node = network.nodes[number]
        yield node.label
        if not node.inputs:
            return
        number = node.inputs[0]
    yield "…"
