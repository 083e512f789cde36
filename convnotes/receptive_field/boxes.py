"""Where the field of a unit lies: its box, and how it grew layer by layer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from convnotes.receptive_field.fields import (
    Box,
    Grid,
    State,
    comparable,
    fold,
    misaligned,
    singles,
)
from convnotes.receptive_field.inside import seen_by_any
from convnotes.receptive_field.joins import Join
from convnotes.receptive_field.network import Network, count_units, path, read_network
from convnotes.receptive_field.trace import Trace, side_of, sizes_of, trace_of
from convnotes.receptive_field.values import (
    by_axis,
    count_axes,
    plain,
    whole_numbers,
)

Ends = tuple[int, int] | None


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of the units of an output. Axes that differ give tuples.

    A value that depends on an input size that isn't given is ``None``, for unknown.

    Attributes:
        size: Input pixels from the first to the last that one output unit sees; the largest, if
            the units of an upsampling network differ. Where an operation sees everything, what
            all units together see: the whole input, but for what strides skip at its ends. It is
            infinity, if the size of the input isn't given.
        stride: Input pixels between the fields of neighbouring output units (the jump); a
            ``Fraction`` if the output is finer than the input.
        padding: How far the field of output unit 0 begins before input pixel 0.
        start: Centre of the field of output unit 0, in input pixels.
        trace: The same, layer by layer.
        sizes: The size of each phase: unit ``y`` has ``sizes[y % len(sizes)]``.
        whole: Whether an operation on the way sees all that the layers before it see.
        misaligned: For each join whose branches' fields differ in their centres, a sentence that
            says where they lie; the field is the box around all of them.
        units: Number of output units, if the input size was given.
    """

    size: Any
    stride: Any
    padding: Any
    start: Any
    trace: Trace = field(repr=False)
    sizes: tuple[Any, ...] = field(repr=False)
    whole: bool = field(repr=False)
    misaligned: tuple[str, ...] = field(repr=False)
    units: Any = field(repr=False)
    _states: tuple[State, ...] = field(repr=False)
    _ends: tuple[Ends, ...] = field(repr=False)
    _input: Any = field(repr=False)
    _comparable: bool = field(repr=False)

    @property
    def aligned(self) -> bool | None:
        """Whether the branches' fields share their centre at every join; ``None`` if unknown."""
        return False if self.misaligned else True if self._comparable else None

    @property
    def smallest(self) -> Any:  # noqa: ANN401
        """The size of the phase that sees least; ``size`` where there is only one."""
        by_phase = self.sizes if isinstance(self.sizes[0], tuple) else (self.sizes,)
        return plain(tuple(None if None in each else min(each) for each in by_phase))

    @property
    def local(self) -> "ReceptiveField | None":
        """The field without the operations that see everything.

        This one, if there are none, and ``None``, if nothing else leads to the output.
        """
        if not self.whole:
            return self
        states = tuple(state._replace(whole=False) for state in self._states)
        if any(state.local is None for state in states):
            return None
        joins = self._comparable, self.misaligned
        return _report(states, self._ends, self._input, self.trace, joins, self.units)

    def box(self, unit: int | tuple[int, ...] = 0) -> Any:  # noqa: ANN401
        """First and last input pixel of the field of one output unit, both included.

        What the box has outside the input is padding. The exact set of pixels is another question:
        see [`support`][convnotes.receptive_field.support].

        Args:
            unit: Index of the output unit, an int or one int an axis.

        Returns:
            ``(first, last)``, or one such pair an axis as soon as a value differs by axis;
            ``None`` in its place for a unit that sees nothing.

        Raises:
            ValueError: If ``unit`` has another number of axes, or lies outside the output of an
                input whose size was given, or the box is unknown without that size.

        Examples:
            >>> from convnotes.receptive_field import Layer, receptive_field
            >>> field = receptive_field([Layer(3, padding=1), Layer(2, 2)])
            >>> field.box(5), field.box((0, 5))
            ((9, 12), ((-1, 2), (9, 12)))
        """
        return self._each_axis("unit", unit, self._box)

    def seen_by(self, pixel: int | tuple[int, ...]) -> Any:  # noqa: ANN401
        """Units whose boxes hold one input pixel.

        Args:
            pixel: Index of the input pixel, an int or one int an axis.

        Returns:
            The units as a ``range`` from the first to the last, or one an axis. Without borders:
            it may begin before unit 0, and end after the last that there is.

        Raises:
            ValueError: If ``pixel`` has another number of axes, or the boxes are unknown.

        Examples:
            >>> from convnotes.receptive_field import Layer, receptive_field
            >>> receptive_field([Layer(3, 2, padding=1), Layer(3, padding=1)]).seen_by(10)
            range(4, 7)
        """
        return self._each_axis("pixel", pixel, self._units)

    def _each_axis(self, label: str, value: Any, ask: Any) -> Any:  # noqa: ANN401
        numbers = whole_numbers(label, value)
        count = len(self._states) if len(self._states) > 1 else 0
        axes = count_axes(f"{label}={value} of {self}", numbers, self._input, axes=count)
        known = tuple(zip(self._states, self._ends, strict=True))
        known = known * (axes or 1) if count == 0 else known
        sides = by_axis((numbers, self._input, self.units), axes)
        answers = tuple(ask(*each, *side) for each, side in zip(known, sides, strict=True))
        return answers if axes else answers[0]

    def _box(
        self, state: State, ends: Ends, unit: int, size: int | None, units: int | None
    ) -> Ends:
        if units is not None and not 0 <= unit < units:
            raise ValueError(f"unit={unit} lies outside the output of {units}")
        if state.whole:
            if size is None:
                raise ValueError("the box is the whole input: pass input_size to receptive_field")
            return ends if ends[0] <= ends[1] else None
        _known(state)
        box = state.at(unit)
        return box and (box.first, box.last)

    def _units(
        self, state: State, ends: Ends, pixel: int, size: int | None, units: int | None
    ) -> range:
        if state.whole:
            raise ValueError(f"pixel={pixel} is seen by every unit")
        grid, ends = _known(state), []
        if state.shared is not None:
            boxes = ((unit, state.at(unit)) for unit in range(units))
            seeing = [unit for unit, box in boxes if box.first <= pixel <= box.last]
            return range(seeing[0], seeing[-1] + 1) if seeing else range(0)
        for phase, box in enumerate(grid.values):
            if box is not None:  # box.first <= pixel - advance * turn <= box.last
                first = -((box.last - pixel) // grid.advance)
                last = (pixel - box.first) // grid.advance
                ends += [phase + grid.period * turn for turn in (first, last) if first <= last]
        return range(min(ends), max(ends) + 1) if ends else range(0)


def receptive_field(
    layers: Iterable[Any],
    *,
    input_size: int | tuple[int, ...] | None = None,
    input: str | None = None,
    output: str | None = None,
) -> ReceptiveField:
    """Compute the theoretical receptive field of a network.

    In a chain, from ``size = jump = 1`` and ``start = 0``, each layer of kernel k, stride s,
    padding p and dilation d adds ``d (k - 1) jump`` to the size and ``(d (k - 1) / 2 - p) jump``
    to the start, and multiplies the jump by s. Where branches join, the field is the box around
    theirs. An empty list has size 1.

    Args:
        layers: Operations in order, input first, with branches in
            [`Add`][convnotes.receptive_field.Add] or [`Concat`][convnotes.receptive_field.Concat].
        input_size: Size of the input (of the layer that ``input`` names), an int or one int an
            axis. Some paddings depend on it; with it, the units of every layer are counted, too.
        input: Name of the layer whose units count as pixels, if not the input of the network.
        output: Name of the layer whose units are asked about, if not the last.

    Raises:
        TypeError: If something in the list is not an operation, or a name is not a string.
        ValueError: If two layers have different numbers of axes, a name is unknown, joined
            branches have unequal strides or sizes, or ``input_size`` is too small.

    Source: A. Araujo, W. Norris, J. Sim, "Computing Receptive Fields of Convolutional Neural
    Networks", Distill 2019, doi:10.23915/distill.00021.

    Examples:
        >>> from convnotes.receptive_field import Add, Layer, receptive_field
        >>> receptive_field([Layer(3), Layer(3), Layer(2, 2)])
        ReceptiveField(size=6, stride=2, padding=0, start=2.5)
        >>> print(receptive_field([Layer(7, 2, padding=3), Layer((3, 1), dilation=2)]).trace)
        layer  kernel  stride  padding  dilation  size  jump  start
        1           7       2        3         1     7     2      0
        2         3×1       1        0         2  15×7     2    4×0
        >>> residual = Add([Layer(3, 2, padding=1), Layer(3, padding=1)], [Layer(1, 2)])
        >>> receptive_field([residual]).box(5)
        (7, 13)
    """
    size = None if input_size is None else whole_numbers("input_size", input_size, 1)
    axes = count_axes(f"input_size={size}", size)
    network = read_network(layers, start=input, end=output, axes=axes)
    counts, states = [], []
    for axis, (length,) in enumerate(by_axis((size,), network.axes)):
        counts.append(count_units(network, axis, length))
        states.append(fold(network, axis, counts[-1], Box(0, 0)))
    ends = [_ends(network, *each) for each in zip(range(len(counts)), counts, states, strict=True)]
    per_node, seen = list(zip(*states, strict=True)), list(zip(*ends, strict=True))
    units = [plain(each) for each in zip(*counts, strict=True)]
    trace = trace_of(network, per_node, units, seen)
    return _report(per_node[-1], seen[-1], size, trace, _joins(network, states, counts), units[-1])


def _ends(network: Network, axis: int, counts: list[Any], states: list[State]) -> list[Ends]:
    """For each node behind an operation that sees everything, the first and last pixel seen."""
    return [
        seen_by_any(network, axis, counts, number)
        if state.whole and counts[0] is not None
        else None
        for number, state in enumerate(states)
    ]


def _report(
    states: tuple[State, ...],
    ends: tuple[Ends, ...],
    size: Any,  # noqa: ANN401
    trace: Trace,
    joins: tuple[bool, tuple[str, ...]],
    units: Any,  # noqa: ANN401
) -> ReceptiveField:
    counts = [count for (count,) in by_axis((units,), len(states))]
    known = list(zip(states, ends, counts, strict=True))
    sides = [side_of(*each) for each in known]
    phases = [sizes_of(*each) for each in known]
    whole = any(state.whole for state in states)
    numbers = [plain(each) for each in zip(*sides, strict=True)]
    sizes = phases[0] if len(set(phases)) == 1 else tuple(phases)
    lengths = [length for (length,) in by_axis((size,), len(states))]
    pairs = list(zip(states, ends, strict=True))
    kept = pairs[:1] if len(set(zip(pairs, lengths, strict=True))) == 1 else pairs
    comparable, apart = joins
    fields = zip(*kept, strict=True)
    return ReceptiveField(
        *numbers, trace, sizes, whole, apart, units, *fields, plain(size), comparable
    )


def _known(state: State) -> Grid:
    if not isinstance(state.local, Grid) or state.local.shift:
        raise ValueError("a padding depends on the input: pass input_size to receptive_field")
    return state.local


def _plain(centre: float | Fraction) -> str:
    return f"{centre:g}" if isinstance(centre, float) else str(centre)


def _joins(
    network: Network, states: list[list[State]], counts: list[list[int | None]]
) -> tuple[bool, tuple[str, ...]]:
    """Tell whether all joins can be compared, and describe those that aren't aligned."""
    known, found = True, []
    for node in network.nodes:
        for axis, sizes in zip(states, counts, strict=True) if isinstance(node.item, Join) else ():
            pairs = zip(node.inputs, singles(node, sizes), strict=True)
            before = [State(True, None) if alone else axis[each] for each, alone in pairs]
            known = known and comparable(before)
            answer = misaligned(before)
            if answer is not None:
                ends = zip(node.inputs, answer[1], strict=True)
                centres = (f"{_plain(at)} ({path(network, i)})" for i, at in ends if at is not None)
                where = f"{node.label}: unit {answer[0]} is centred on"
                found.append(f"{where} {' and '.join(centres)}")
    return known, tuple(dict.fromkeys(found))
