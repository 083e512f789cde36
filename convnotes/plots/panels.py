"""Arrays as panels side by side: images, small tables of numbers, kernels in three views."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_floats, mapping, positive_number, text, whole_number
from convnotes.convolution import filter2d
from convnotes.kernels import frequency_response
from convnotes.plots.signed import SIGNED

__all__ = ["images", "kernels", "three_views"]

LEAST = 1.2  # inches across a panel, for a title of some fifteen letters
TITLE = 0.25  # inches
GREYS = 64  # in a photograph, which nobody tells from 256, and a quarter fewer bytes
WAVES = 25  # along each axis of a picture of gains
LEVELS = 33  # of grey or colour in small pictures of many: half the bytes of 256; odd, for the zero


def images(label: str, panels: Mapping[str, ArrayLike], *, columns: int | None = None) -> Figure:
    """Images side by side, each under its title.

    A grey image that stays within [0, 1] is shown from black at 0 to white at 1, so that panels
    can be compared. One that goes above 1 is shown up to its maximum. One with negative values
    goes from blue over nothing at zero to red, with the same range on both sides. A pixel that
    isn't finite stays empty.

    Args:
        label: What the figure shows, in a sentence.
        panels: Title to image, shape (H, W), or (H, W, 3) with values in [0, 1] for colour.
        columns: Panels a row; as many as fit the figure's width if left out.

    Returns:
        The open figure; ``plt.show()`` opens its window.

    Raises:
        ValueError: If there is no panel, an image has another shape or no pixel, or ``columns``
            is below 1.

    Examples:
        >>> from convnotes.plots import images
        >>> figure = images("A step from dark to bright", {"step": [[0, 0, 1, 1]]})
        >>> [ax.get_title() for ax in figure.axes]
        ['step']
    """
    arrays = {
        title: _image(title, panel) for title, panel in mapping(panels, "panels", "panel").items()
    }
    figure, axes = grid(label, arrays, columns)
    for ax, (title, image) in zip(axes, arrays.items(), strict=True):
        finite = image[np.isfinite(image)]
        low, high = finite.min(initial=0), finite.max(initial=1)
        if low < 0:
            reach = np.abs(finite).max()
            ax.imshow(image, cmap=SIGNED, vmin=-reach, vmax=reach)
        else:
            ax.imshow(image, cmap=plt.get_cmap("gray", GREYS), vmin=0, vmax=high)
        ax.set_title(title)
    return figure


def kernels(
    label: str,
    panels: Mapping[str, ArrayLike],
    *,
    columns: int | None = None,
    scale: float | None = None,
) -> Figure:
    """Small arrays as grids of cells with their numbers written in, each under its title.

    Colour tells sign and size: nothing at zero, the strongest red or blue at the largest absolute
    value of the array, or at `scale` for all of them.

    Args:
        label: What the figure shows, in a sentence.
        panels: Title to kernel, shape (KH, KW); a vector counts as one row.
        columns: Panels a row; as many as fit the figure's width if left out.
        scale: Value of the strongest colour, so that panels can be compared; each panel's own
            largest if left out.

    Returns:
        The open figure; ``plt.show()`` opens its window.

    Raises:
        ValueError: If there is no panel, a kernel has another shape or no value, ``columns``
            is below 1, or ``scale`` isn't positive.

    Examples:
        >>> from convnotes.plots import kernels
        >>> figure = kernels("Three equal weights", {"box": [[1 / 3, 1 / 3, 1 / 3]]})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['0.33', '0.33', '0.33']
    """
    arrays = {
        title: _kernel(title, panel) for title, panel in mapping(panels, "panels", "panel").items()
    }
    strongest = None if scale is None else positive_number(scale, "scale")
    least = max(kernel.shape[1] * _cell(kernel) for kernel in arrays.values())
    figure, axes = grid(label, arrays, columns, least=least)
    for ax, (title, kernel) in zip(axes, arrays.items(), strict=True):
        _draw_cells(ax, kernel, reach=strongest)
        ax.set_title(title)
    return figure


def three_views(label: str, panels: Mapping[str, ArrayLike], image: ArrayLike) -> Figure:
    """Kernels in rows: their weights, what they make of an image, and their gain for waves.

    Weights are drawn as in `kernels`, with numbers up to 3×3. The answer is shown from black at 0
    to white at 1, or, of a kernel whose sum is below 0.01, from blue to red, nothing at zero. The
    gain is shown from nothing at 0 to red at the kernel's own maximum, the slowest waves in the
    middle, the fastest across the columns at the sides and the fastest down the rows at top and
    bottom. Two numbers tell kernels' gains apart: that of the middle, and the largest in its place.

    Args:
        label: What the figure shows, in a sentence.
        panels: Title to kernel, shape (KH, KW).
        image: What the kernels are tried on, shape (H, W), values in [0, 1].

    Returns:
        The open figure; ``plt.show()`` opens its window.

    Raises:
        ValueError: If there is no panel, or a kernel or the image has another shape or no value.

    Examples:
        >>> import numpy as np
        >>> from convnotes.plots import three_views
        >>> figure = three_views("A mean of three", {"box": [[1 / 3, 1 / 3, 1 / 3]]}, np.eye(8))
        >>> [ax.get_title() for ax in figure.axes]
        ['weights', 'answer', 'gain']
    """
    arrays = {
        title: _kernel(title, panel) for title, panel in mapping(panels, "panels", "panel").items()
    }
    pixels = as_floats(image, "image", "H, W")
    views = ("weights", "answer", "gain")
    square = np.zeros((1, 1))  # every panel gets the height of a square one
    places = [(title, view) for title in arrays for view in views]
    figure, axes = grid(label, dict.fromkeys(places, square), len(views))
    width = figure.get_figwidth()
    figure.set_figheight(len(arrays) * (width - TITLE) / len(views) + TITLE)  # only one has titles
    for ax, (title, view) in zip(axes, places, strict=True):
        kernel = arrays[title]
        if view == "weights":
            _draw_cells(ax, kernel, numbers=max(kernel.shape) <= 3)
            ax.set_ylabel(title)
        elif view == "answer":
            _draw_answer(ax, pixels, kernel, LEVELS)
        else:
            _draw_gain(ax, kernel)
        if title == places[0][0]:
            ax.set_title(view)
    return figure


def _draw_cells(
    ax: Axes, kernel: NDArray, *, numbers: bool = True, reach: float | None = None
) -> None:
    reach = reach or np.abs(kernel).max() or 1
    ax.imshow(kernel, cmap=SIGNED, vmin=-reach, vmax=reach)
    for (row, column), value in np.ndenumerate(kernel):
        if numbers:
            # Strong cells take the page's colour, pale ones show the page and take its ink.
            ink = "white" if abs(value) > 0.7 * reach else None
            ax.text(column, row, _short(value), ha="center", va="center", color=ink)


def _draw_answer(ax: Axes, pixels: NDArray, kernel: NDArray, levels: int) -> None:
    answer, signed = filter2d(pixels, kernel), abs(kernel.sum()) < 0.01
    reach = np.abs(answer).max() if signed else 1
    cmap = SIGNED.resampled(levels | 1) if signed else plt.get_cmap("gray", levels)
    ax.imshow(answer, cmap=cmap, vmin=-reach if signed else 0, vmax=reach)


def _draw_gain(ax: Axes, kernel: NDArray) -> None:
    gain = np.abs(frequency_response(kernel, WAVES))
    ax.imshow(gain, cmap=SIGNED, vmin=-gain.max(), vmax=gain.max())
    middle = (WAVES // 2, WAVES // 2)
    strongest = np.unravel_index(np.argmax(gain > 0.999 * gain.max()), gain.shape)
    larger = gain[strongest] > 1.01 * gain[middle]
    far = np.hypot(*np.subtract(strongest, middle)) > WAVES / 6  # or the two would overlap
    for row, column in {middle, strongest} if larger and far else {middle}:
        ink = "white" if gain[row, column] > 0.7 * gain.max() else None
        inside = np.clip((column, row), 3, WAVES - 4)  # all of the number
        value = round(gain[row, column], 1 if gain[row, column] < 10 else 0)
        ax.text(*inside, _short(value), ha="center", va="center", color=ink)


def _cell(kernel: NDArray) -> float:
    """Inches that the longest number needs, at a font size of 9 points."""
    return 0.07 + 0.065 * max(len(_short(value)) for value in kernel.flat)


def grid(
    label: str, arrays: Mapping[str, NDArray], columns: int | None, *, least: float = 0
) -> tuple[Figure, list[Axes]]:
    """Make a figure of the usual width with one empty panel for each array.

    Panels have the shape of the tallest, and are ``least`` inches wide at least where ``columns``
    is left out.
    """
    text(label, "label")
    width = plt.rcParams["figure.figsize"][0]
    if columns is None:
        fit = max(1, int(width / max(least, LEAST)))
        columns = -(-len(arrays) // -(-len(arrays) // fit))  # four in two rows of two, not 3 + 1
    across = min(whole_number(columns, "columns", minimum=1), len(arrays))
    down = -(-len(arrays) // across)
    tallest = max(array.shape[0] / array.shape[1] for array in arrays.values())
    height = min(width / across * min(max(tallest, 0.3), 1.3), 0.75 * width) + TITLE
    figure, axes = plt.subplots(
        down, across, num=label, figsize=(width, height * down),
        squeeze=False, layout="constrained", clear=True,
    )  # fmt: skip
    for ax in axes.flat:
        ax.spines[:].set(visible=True, color=plt.rcParams["grid.color"])  # zero is the page itself
        ax.set(xticks=[], yticks=[])
    for ax in axes.flat[len(arrays) :]:
        ax.set_axis_off()
    return figure, list(axes.flat[: len(arrays)])


def _read(
    panels: Mapping[str, ArrayLike], each: Callable[[str, ArrayLike], NDArray]
) -> dict[str, NDArray]:
    given = mapping(panels, "panels", "panel")
    return {title: each(title, panel) for title, panel in given.items()}


def _image(title: str, panel: ArrayLike) -> NDArray:
    image = as_floats(panel, f"panels[{title!r}]")
    colour = image.ndim == 3 and image.shape[2] == 3
    if image.size == 0 or not (image.ndim == 2 or colour):
        raise ValueError(f"panels[{title!r}] has shape {image.shape}, not (H, W) or (H, W, 3)")
    return image


def _kernel(title: str, panel: ArrayLike) -> NDArray:
    kernel = np.atleast_2d(as_floats(panel, f"panels[{title!r}]"))
    if kernel.size == 0 or kernel.ndim != 2:
        raise ValueError(f"panels[{title!r}] has shape {kernel.shape}, not (KH, KW)")
    return kernel


def _short(value: float) -> str:
    """Two decimals at most, no negative zero, and a true minus sign."""
    return f"{round(value, 2) + 0:g}".replace("-", "−")
