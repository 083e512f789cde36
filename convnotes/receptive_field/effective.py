"""How much the pixels count, measured: gradients carried back through convolutions."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_floats, check_room, generator, real_number
from convnotes.convolution import conv2d, conv2d_input
from convnotes.receptive_field.axis import Axis, Window
from convnotes.receptive_field.joins import Join
from convnotes.receptive_field.layers import AdaptivePool, ConvTranspose, Layer, Upsample
from convnotes.receptive_field.network import Network, Node, count_units, read_network
from convnotes.receptive_field.values import (
    by_axis,
    count_axes,
    one_of,
    whole_number,
    whole_numbers,
)

Axes = tuple[Axis, ...]
MEASURED = (Layer, ConvTranspose, Upsample, AdaptivePool, Join)
LUO = 1 - 0.9545  # the share of a normal distribution beyond two standard deviations


@np.errstate(under="ignore")  # far out, a pixel may count for nothing
def effective_field(
    layers: Iterable[Any],
    unit: int | tuple[int, ...] | None = None,
    *,
    input_size: int | tuple[int, ...],
    rng: np.random.Generator | None = None,
    channels: int = 1,
    draws: int = 1,
    measure: str = "abs",
) -> NDArray[np.float64]:
    """Measure how much each pixel of the input counts for one unit of a linear network.

    A gradient of 1 on one channel of the unit is carried back to the input. Gradients of random
    kernels are negative in places, and cancel when they are added up as they are; so their
    absolute values or squares are, over the channels of the input and all draws.

    Args:
        layers: `Layer`, `ConvTranspose`, `Upsample` and `AdaptivePool`, with branches in `Add` and
            `Concat`. Resizes and pools always average, and with corners aligned as they do in the
            middle of the input.
        unit: Index of the output unit, one int an axis; the middle one, if left out.
        input_size: Size of the input, one int for each of its one, two or three axes:
            ``(length,)``, ``(height, width)``, ``(depth, height, width)``. A single int holds for
            all axes, which are two unless the layers or the unit have another number.
        rng: Draws normal kernels. Without it, every kernel averages.
        channels: Channels of the input and of every layer. With few, a draw differs much from the
            next.
        draws: Number of times the kernels are drawn.
        measure: ``"abs"`` or ``"square"``: what of the gradient is added up.

    Returns:
        Shape ``input_size``, not negative, with sum 1 (all zero if the unit sees nothing).

    Raises:
        TypeError: If something in the list can't be measured by convolutions, or ``rng`` isn't a
            ``numpy.random.Generator``.
        ValueError: If ``unit`` lies outside the output, a size doesn't fit, there are more than
            three axes, ``channels`` or ``draws`` is below 1, or ``measure`` is another word.

    Source: W. Luo, Y. Li, R. Urtasun, R. Zemel, "Understanding the Effective Receptive Field in
    Deep Convolutional Neural Networks", NIPS 2016, arXiv:1701.04128, section 2.

    Examples:
        >>> from convnotes.receptive_field import Layer, effective_field
        >>> effective_field([Layer(3), Layer(3)], input_size=(5,)).round(2).tolist()
        [0.11, 0.22, 0.33, 0.22, 0.11]
        >>> effective_field([Layer(3), Layer(3)], input_size=(5, 6, 7)).shape
        (5, 6, 7)
    """
    power = one_of("measure", measure, {"abs": np.abs, "square": np.square})
    whole_number("channels", channels, 1)
    check_room(f"draws={draws}", whole_number("draws", draws, 1))
    if rng is not None:
        generator(rng)
    size = whole_numbers("input_size", input_size, 1)
    index = None if unit is None else whole_numbers("unit", unit)
    network = _measurable(layers, count_axes(f"unit={unit} with input_size={size}", index, size))
    sizes = [each for (each,) in by_axis((size,), network.axes)]
    check_room(f"input_size={input_size} with channels={channels}", channels**2, *sizes)
    counts = [count_units(network, axis, each) for axis, each in enumerate(sizes)]
    shapes = list(zip(*counts, strict=True))
    place = _place(index, shapes[-1])
    drawn = (_carry_back(network, shapes, place, rng, channels) for _ in range(draws))
    total = sum(power(gradient).sum(axis=0) for gradient in drawn)
    return total / (total.sum() or 1)


@np.errstate(under="ignore")
def effective_size(weights: ArrayLike, *, threshold: float = LUO) -> float:
    """Measure the side of the region that counts: the root of its number of pixels.

    Args:
        weights: How much each pixel counts, shape (H, W), not negative.
        threshold: A pixel counts if it has more than this share of the largest weight (the
            paper: of the centre's).

    Raises:
        ValueError: If ``weights`` has another shape or a negative value, or ``threshold`` is not
            within [0, 1).

    Source: W. Luo et al., "Understanding the Effective Receptive Field in Deep Convolutional
    Neural Networks", NIPS 2016, arXiv:1701.04128, section 3: above 1 − 95.45 % of the centre.

    Examples:
        >>> from convnotes.receptive_field import effective_size
        >>> effective_size([[0.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.02, 0.5, 0.04]])
        2.23606797749979
    """
    array, least = as_floats(weights, "weights"), real_number(threshold, "threshold")
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"weights.shape={array.shape} must be (H, W)")
    if array.min() < 0:
        raise ValueError(f"weights has {array.min()}: take absolute values or squares first")
    if not 0 <= least < 1:
        raise ValueError(f"threshold={threshold} must be within [0, 1)")
    return float(np.sqrt((array > least * array.max()).sum()))


def _measurable(layers: Iterable[Any], axes: int) -> Network:
    """Read a network of one, two or three axes, and two if all values hold for every axis."""
    network = read_network(layers, axes=axes)
    for node in network.nodes[1:]:
        if not isinstance(node.item, MEASURED):
            raise TypeError(f"{node.where}={node.item!r} has no weights: nothing to measure")
    if network.axes > 3:
        raise ValueError(f"input_size has {network.axes} axes, and must have at most 3")
    if network.axes:
        return network
    return Network([node._replace(axes=node.axes * 2) for node in network.nodes], 2)


def _place(unit: Any, counts: tuple[int, ...]) -> tuple[int, ...]:  # noqa: ANN401
    if unit is None:
        return tuple(count // 2 for count in counts)
    place = tuple(y for (y,) in by_axis((unit,), len(counts)))
    if not all(0 <= y < count for y, count in zip(place, counts, strict=True)):
        raise ValueError(f"unit={unit} lies outside the output of {counts}")
    return place


def _carry_back(
    network: Network,
    shapes: list[tuple[int, ...]],
    place: tuple[int, ...],
    rng: np.random.Generator | None,
    channels: int,
) -> NDArray[np.float64]:
    gradients = [np.zeros((1, channels, *shape)) for shape in shapes]
    gradients[-1][(0, 0, *place)] = 1
    for number in range(len(network.nodes) - 1, 0, -1):
        node, gradient = network.nodes[number], gradients[number]
        for i, each in enumerate(node.inputs):
            if isinstance(node.item, Join):
                part = gradient * float(node.weights[i])
                for axis, count in enumerate(shapes[each], 2):
                    if count < part.shape[axis]:  # a single unit that all others see
                        part = part.sum(axis, keepdims=True)
            else:
                part = _through(node, gradient, shapes[each], rng)
            gradients[each] += part
    return gradients[0][0]


def _through(
    node: Node,
    gradient: NDArray[np.float64],
    shape: tuple[int, ...],
    rng: np.random.Generator | None,
) -> NDArray[np.float64]:
    """Carry a gradient back through one convolution, a transposed one, or a resize."""
    if isinstance(node.item, Upsample | AdaptivePool):
        return _through_averages(node, gradient, shape)
    ones = (1,) * (3 - len(shape))  # what has fewer axes is one row or slice of three
    own, transposed = (Window(1),) * len(ones) + node.axes, isinstance(node.item, ConvTranspose)
    channels, sizes = gradient.shape[1], (*ones, *shape)
    gradient = gradient.reshape(1, channels, *ones, *gradient.shape[2:])
    taps = [axis.kernel_size for axis in own]
    gain = np.prod([axis.stride for axis in own]) if transposed else 1
    share = gain / np.prod(taps) / channels
    kernel = np.full((channels, channels, *taps), share)
    if rng is not None:
        kernel = rng.normal(0, np.sqrt(share), kernel.shape)
    if transposed:
        lengths = [_reach(axis, count) for axis, count in zip(own, sizes, strict=True)]
        framed = _shift(gradient, [-axis.padding[0] for axis in own], lengths)
        return _conv3d(framed, kernel, own, sizes[0]).reshape(1, channels, *shape)
    lengths = [_reach(axis, count) for axis, count in zip(own, gradient.shape[2:], strict=True)]
    framed = _conv3d_input(lengths, kernel, gradient, own)
    lefts = [axis.sides(count)[0] for axis, count in zip(own, sizes, strict=True)]
    return _shift(framed, lefts, sizes).reshape(1, channels, *shape)


def _conv3d(
    x: NDArray[np.float64], kernel: NDArray[np.float64], own: Axes, depth: int
) -> NDArray[np.float64]:
    """Convolve, each tap of the first axis in two dimensions, with its slices as a batch."""
    slices, total = x[0].swapaxes(0, 1), 0  # (D, C, H, W)
    for tap, read in enumerate(_reads(own[0], depth)):
        total = total + conv2d(slices[read], kernel[:, :, tap], **_across(own))
    return total.swapaxes(0, 1)[None]


def _conv3d_input(
    lengths: list[int], kernel: NDArray[np.float64], gradient: NDArray[np.float64], own: Axes
) -> NDArray[np.float64]:
    """Carry a gradient back through a convolution, as `_conv3d` computes it."""
    channels, depth = gradient.shape[1:3]
    found = np.zeros((lengths[0], channels, *lengths[1:]))
    slices = gradient[0].swapaxes(0, 1)
    for tap, read in enumerate(_reads(own[0], depth)):
        shape = (depth, channels, *lengths[1:])
        found[read] += conv2d_input(shape, kernel[:, :, tap], slices, **_across(own))
    return found.swapaxes(0, 1)[None]


def _reads(axis: Axis, units: int) -> list[slice]:
    """Return for each tap what so many units read."""
    firsts = [axis.dilation * tap for tap in range(axis.kernel_size)]
    return [slice(first, first + (units - 1) * axis.stride + 1, axis.stride) for first in firsts]


def _across(own: Axes) -> dict[str, Any]:
    """Return stride and dilation on the last two of three axes."""
    return {"stride": [a.stride for a in own[1:]], "dilation": [a.dilation for a in own[1:]]}


def _through_averages(
    node: Node, gradient: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Carry a gradient back through averages of what each unit reads, axis by axis."""
    for axis, (operation, size) in enumerate(zip(node.axes, shape, strict=True), 2):
        reach, units = operation.reach(size), gradient.shape[axis]
        shares = np.zeros((units, size))
        for unit in range(units):
            turn, phase = divmod(unit, reach.period)
            places = np.array(reach.taps[phase]) + reach.advance * turn
            weights = np.ones(len(places)) / len(places)
            if reach.weights is not None:
                weights = np.array(reach.weights[phase], dtype=float)
            if isinstance(node.item, Upsample):  # at the border, the last pixel is repeated
                places = places.clip(0, size - 1)
            np.add.at(shares[unit], places, weights)
        gradient = np.moveaxis(np.moveaxis(gradient, axis, -1) @ shares, -1, axis)
    return gradient


def _reach(axis: Axis, windows: int) -> int:
    """Return the length over which so many windows reach."""
    return (windows - 1) * axis.stride + axis.dilation * (axis.kernel_size - 1) + 1


def _shift(
    array: NDArray[np.float64], starts: list[int], lengths: Iterable[int]
) -> NDArray[np.float64]:
    """Cut out a frame that begins at ``starts``, with zeros where it lies outside the array."""
    for axis, (start, length) in enumerate(zip(starts, lengths, strict=True), 2):
        places = np.arange(start, start + length)
        inside = (places >= 0) & (places < array.shape[axis])
        kept = np.take(array, np.clip(places, 0, array.shape[axis] - 1), axis)
        array = kept * inside.reshape(-1, *[1] * (array.ndim - 1 - axis))
    return array
