"""Receptive fields: units and what they read, frames on images, weights, and growth."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from convnotes.arguments import as_array, as_floats, finite_number, is_whole, mapping, text
from convnotes.plots.panels import LEVELS, grid, images
from convnotes.receptive_field import Layer, ReceptiveField, receptive_field, support

Box = tuple[tuple[int, int], tuple[int, int]]
FRAME = "C1"


def pyramid(
    label: str,
    layers: Iterable[Layer],
    unit: int = 0,
    *,
    beside: int | None = None,
    input_size: int | None = None,
) -> Figure:
    """What one unit of a chain reads, layer by layer down to the pixels, in one dimension.

    Every row is a layer, the input at the bottom; a line joins a unit to each unit it reads. Each
    unit stands over the middle of its field, so neighbours are one jump j apart. At the right
    stand the size r of a unit's field and that jump. What is read is filled; units between that
    aren't read are points, and pixels of the box that aren't read are empty.

    Args:
        label: What the figure shows, in a sentence.
        layers: The layers in order, input first, without branches.
        unit: Index of the output unit at the top.
        beside: Index of another output unit, which is drawn in another colour.
        input_size: Number of pixels; without it, the input has no borders.

    Returns:
        The open figure; ``plt.show()`` opens its window.

    Raises:
        TypeError: If something in the list is not an operation.
        ValueError: If ``unit`` lies outside the output, or a box is unknown.

    Examples:
        >>> from convnotes.plots import pyramid
        >>> from convnotes.receptive_field import Layer
        >>> figure = pyramid("Two layers of 3 see five pixels", [Layer(3), Layer(3)])
        >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
        ['input', '1', '2']
    """
    text(label, "label")
    chain = _chain(layers, unit, input_size)
    _check_beside(beside, chain, input_size)
    depth = len(chain)
    fields = [receptive_field(chain[:d], input_size=input_size) for d in range(depth + 1)]
    figure, ax = plt.subplots(num=label, clear=True)
    shown = {unit: ("C0", "C1"), **({} if beside in (None, unit) else {beside: ("C2", "C2")})}
    read = [_read(ax, chain, fields, *each, input_size) for each in shown.items()]
    for level, units in enumerate(map(set.union, *read) if len(read) > 1 else read[0]):
        _others(ax, level, units, fields[level])
    names = ["input", *(row.layer for row in fields[depth].trace)]
    ax.set(xlabel="pixel", yticks=range(depth + 1), yticklabels=names)
    ax.xaxis.get_major_locator().set_params(integer=True)
    return figure


def framed(
    label: str, panels: Mapping[str, ArrayLike], box: Box, *, columns: int | None = None
) -> Figure:
    """Images side by side, each with a frame around the same box.

    Args:
        label: What the figure shows, in a sentence.
        panels: Title to image, as for [`images`][convnotes.plots.images].
        box: First and last row, first and last column, all included; it may hang over the border.
        columns: Panels a row; as many as fit the figure's width if left out.

    Returns:
        The open figure; ``plt.show()`` opens its window.

    Raises:
        ValueError: As [`images`][convnotes.plots.images], or if ``box`` ends before it begins.

    Examples:
        >>> from convnotes.plots import framed
        >>> figure = framed("The middle", {"ramp": [[0, 0.5, 1]]}, ((0, 0), (1, 1)))
        >>> figure.axes[0].patches[0].get_xy()
        (0.5, -0.5)
    """
    _check(box)
    figure = images(label, panels, columns=columns)
    for ax in figure.axes[: len(panels)]:
        _frame(ax, box)
    return figure


def heat(
    label: str,
    panels: Mapping[str, ArrayLike],
    box: Box | None = None,
    *,
    columns: int | None = None,
) -> Figure:
    """Weights or sets side by side, dark at zero, bright at the panel's largest value.

    Args:
        label: What the figure shows, in a sentence.
        panels: Title to array, shape (H, W), not negative.
        box: First and last row, first and last column of a frame on each panel; none if left out.
        columns: Panels a row; as many as fit the figure's width if left out.

    Returns:
        The open figure; ``plt.show()`` opens its window.

    Raises:
        ValueError: If there is no panel, a panel has another shape or a negative value,
            ``columns`` is below 1, or ``box`` ends before it begins.

    Examples:
        >>> from convnotes.plots import heat
        >>> figure = heat("The middle counts most", {"weights": [[1, 2, 1]]})
        >>> figure.axes[0].images[0].get_clim()
        (0.0, 2.0)
    """
    if box is not None:
        _check(box)
    given = mapping(panels, "panels", "panel").items()
    arrays = {title: as_floats(panel, f"panels[{title!r}]") for title, panel in given}
    for title, array in arrays.items():
        if array.ndim != 2 or array.size == 0 or array.min() < 0:
            raise ValueError(f"panels[{title!r}] must be (H, W) and not negative")
    figure, axes = grid(label, arrays, columns)
    cmap = plt.get_cmap("magma", LEVELS)
    for ax, (title, array) in zip(axes, arrays.items(), strict=True):
        ax.imshow(array, cmap=cmap, vmin=0, vmax=float(array.max()) or 1.0)
        ax.set_title(title)
        if box is not None:
            _frame(ax, box)
    return figure


def growth(
    label: str, sizes: Mapping[str, Sequence[float]], *, input_size: float | None = None
) -> Figure:
    """Sizes against depth, one line a network, its name at the line's end.

    Args:
        label: What the figure shows, in a sentence.
        sizes: Name to sizes, after each layer in turn.
        input_size: Where to draw a dashed line, if anywhere.

    Returns:
        The open figure; ``plt.show()`` opens its window.

    Raises:
        ValueError: If there is no line, or one without a size.

    Examples:
        >>> from convnotes.plots import growth
        >>> figure = growth("Linear growth", {"3×3": [3, 5, 7]})
        >>> figure.axes[0].get_lines()[0].get_ydata().tolist()
        [1, 3, 5, 7]
    """
    text(label, "label")
    for name, line in mapping(sizes, "sizes", "size").items():
        if not as_floats(line, f"sizes[{name!r}]", "layers").size:
            raise ValueError(f"sizes[{name!r}]={line!r} must hold at least one size")
    if input_size is not None:
        finite_number(input_size, "input_size")
    figure, ax = plt.subplots(num=label, clear=True)
    for name, line in sizes.items():
        (drawn,) = ax.plot(range(len(line) + 1), [1, *line])
        _name(ax, name, (len(line), line[-1]), drawn.get_color())
    if input_size is not None:
        ax.axhline(input_size, color="0.5", ls="--", lw=1)
        _name(ax, f"input, {input_size}", (max(map(len, sizes.values())), input_size), "0.5")
    ax.margins(y=0.12)
    ax.set(xlabel="layers", ylabel="pixels", xlim=(0, None), ylim=(0, None))
    return figure


def _name(ax: Axes, name: str, end: tuple[float, float], color: str) -> None:
    """Write a name above a line's end."""
    how = {"textcoords": "offset points", "color": color, "ha": "right", "va": "bottom"}
    ax.annotate(name, end, (0, 3), **how)


def _chain(layers: Iterable[Layer], unit: int, input_size: int | None) -> list[Layer]:
    """Return the layers as a list, and refuse what has more than one dimension."""
    if not isinstance(layers, Iterable):
        raise TypeError(f"layers={layers!r} must be a list of Layer")
    if not is_whole(unit):
        raise TypeError(f"unit={unit!r} must be one int")
    if isinstance(input_size, list | tuple):
        raise TypeError(f"input_size={input_size!r} must be one int")
    return list(layers)


def _check_beside(beside: int | None, chain: list[Layer], input_size: int | None) -> None:
    if beside is None:
        return
    if not is_whole(beside):
        raise TypeError(f"beside={beside!r} must be one int")
    try:
        support(chain, beside, input_size=input_size)
    except ValueError as error:
        raise ValueError(str(error).replace("unit=", "beside=")) from None


def _read(
    ax: Axes,
    chain: list[Layer],
    fields: list[ReceptiveField],
    unit: int,
    colors: tuple[str, str],
    input_size: int | None,
) -> list[set[int]]:
    """Draw what a unit reads, and return it layer by layer, the input first."""
    depth = len(chain)
    counts = [None if input_size is None else field.units for field in fields]
    support(chain, unit, input_size=input_size)  # refuses a unit that isn't there
    reads = [set() for _ in range(depth)] + [{unit}]
    for level in range(depth, 0, -1):
        for above in reads[level]:
            below = support(chain[level - 1 : level], above, input_size=counts[level - 1])
            reads[level - 1].update(below.tolist())
            top, ends = _place(fields[level], above), _place(fields[level - 1], below)
            ax.plot([[top] * len(below), ends], [[level] * len(below), [level - 1] * len(below)],
                    "-", color="0.5", lw=0.8, zorder=1)  # fmt: skip
    for level, units in reversed(list(enumerate(reads))):
        places = _place(fields[level], np.array(sorted(units)))
        ax.plot(places, [level] * len(units), "o", color=colors[level == depth])
    return reads


def _others(ax: Axes, level: int, units: set[int], field: ReceptiveField) -> None:
    """Draw the units between those that are read, and write the size of a field and the jump."""
    between = sorted(set(range(min(units), max(units) + 1)) - units) if units else []
    how = {"marker": "."} if level else {"marker": "o", "mfc": "none"}
    ax.plot(_place(field, np.array(between)), [level] * len(between), ls="", color="0.5", **how)
    words = f"r = {field.size}, j = {field.stride}"
    ax.text(1.02, level, words, transform=ax.get_yaxis_transform(), va="center")


def _place(field: ReceptiveField, units: Any) -> Any:  # noqa: ANN401
    return field.start + field.stride * units


def _frame(ax: Axes, box: Box) -> None:
    (top, bottom), (left, right) = box
    corner, width, height = (left - 0.5, top - 0.5), right - left + 1, bottom - top + 1
    ax.add_patch(Rectangle(corner, width, height, fill=False, ec=FRAME, lw=2))


def _check(box: Box) -> None:
    ends = as_array(box, "box")
    if ends.shape != (2, 2) or ends.dtype.kind not in "iuf":
        raise ValueError(f"box={box} must be the first and last row, the first and last column")
    if (ends[:, 0] > ends[:, 1]).any():
        raise ValueError(f"box={box} must not end before it begins")
