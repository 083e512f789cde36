"""What is inside the box: which pixels reach the unit, and how their weight is spread."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from convnotes.receptive_field.boxes import walk
from convnotes.receptive_field.layers import (
    Layer,
    Taps,
    by_axis,
    count_axes,
    plain,
    read_chain,
    whole_numbers,
)


def support(
    layers: Iterable[Layer],
    unit: int | tuple[int, ...] = 0,
    *,
    input_size: int | tuple[int, ...] | None = None,
) -> NDArray[np.intp] | tuple[NDArray[np.intp], ...]:
    """Find exactly which input pixels reach one output unit of a chain.

    Dilation, or a stride larger than the kernel, leaves holes in the box. On several axes the set
    is the product of the sets of the axes: ``mask[np.ix_(*support(...))] = True``.

    Args:
        layers: The layers in order, input first.
        unit: Index of the output unit, an int or one int an axis.
        input_size: Size of the input, an int or one int an axis. Without it the input has no
            borders; with it, what is padding in any of the layers is left out.

    Returns:
        Sorted positions; one such array an axis as soon as a value is given by axis.

    Raises:
        TypeError: If something in the chain is not a layer.
        ValueError: If numbers of axes differ, a layer's window is larger than its padded input,
            or ``unit`` lies outside the output.

    Examples:
        >>> support([Layer(3, dilation=2), Layer(3, dilation=2)]).tolist()
        [0, 2, 4, 6, 8]
        >>> support([Layer(3, padding=1), Layer(3, padding=1)], 0, input_size=8).tolist()
        [0, 1, 2]
    """
    unit = whole_numbers("unit", unit)
    size = None if input_size is None else whole_numbers("input_size", input_size, 1)
    chain = read_chain(layers, count_axes(f"unit={unit} with input_size={size}", unit, size))
    ends = by_axis((unit, size), chain.axes)
    sets = tuple(reach(taps, *end) for taps, end in zip(chain.taps, ends, strict=True))
    return sets if chain.axes else sets[0]


def effective_variance(layers: Iterable[Layer]) -> float | tuple[float, ...]:
    """Variance of the effective receptive field of a linear chain of uniform kernels.

    Away from borders, the weights with which the input pixels reach one output unit form a
    distribution. Its variance is the sum over the layers of
    ``(dilation * jump)² (kernel_size² - 1) / 12``, with the jump before the layer: exact, in
    squared input pixels. Its square root is σ.

    Raises:
        TypeError: If something in the chain is not a layer.
        ValueError: If two layers have different numbers of axes.

    Source: W. Luo, Y. Li, R. Urtasun, R. Zemel, "Understanding the Effective Receptive Field in
    Deep Convolutional Neural Networks", NIPS 2016, section 2 (there with stride 1).

    Examples:
        >>> effective_variance([Layer(3)] * 3)
        2.0
    """
    variances = []
    for taps in read_chain(layers).taps:
        steps = zip(taps, walk(taps), strict=False)
        total = sum((d * jump) ** 2 * (k**2 - 1) for (k, _, _, d), (_, jump, _, _) in steps)
        variances.append(total / 12)
    return plain(tuple(variances))


def reach(taps: list[Taps], unit: int, size: int | None) -> NDArray[np.intp]:
    """Walk back from one unit to the input positions it depends on, on one axis."""
    sizes = [size]
    for place, (k, s, p, d) in enumerate(taps if size is not None else []):
        room = sizes[-1] + 2 * p - d * (k - 1) - 1
        if room < 0:
            raise ValueError(f"layers[{place}] is larger than its input of {sizes[-1]}")
        sizes.append(room // s + 1)
    if size is not None and not 0 <= unit < sizes[-1]:
        raise ValueError(f"unit={unit} lies outside the output of {sizes[-1]}")
    seen = np.array([unit])
    for depth, (k, s, p, d) in reversed(list(enumerate(taps))):
        seen = np.unique(seen[:, None] * s - p + d * np.arange(k))
        if size is not None:
            seen = seen[(seen >= 0) & (seen < sizes[depth])]
    return seen
