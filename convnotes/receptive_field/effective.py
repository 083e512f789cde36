"""How much the pixels count, measured: gradients carried back through convolutions."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_floats, check_room, generator, real_number
from convnotes.convolution import conv2d, conv2d_input
from convnotes.receptive_field.joins import Join
from convnotes.receptive_field.layers import AdaptivePool, ConvTranspose, Layer, Upsample
from convnotes.receptive_field.network import Network, Node, count_units, read_network
from convnotes.receptive_field.values import as_tuple, by_axis, one_of, whole_number, whole_numbers

MEASURED = (Layer, ConvTranspose, Upsample, AdaptivePool, Join)
LUO = 1 - 0.9545  # the share of a normal distribution beyond two standard deviations


@np.errstate(under="ignore")  # far out, a pixel may count for nothing
def effective_field(
    layers: Iterable[Any],
    unit: tuple[int, int] | None = None,
    *,
    input_size: int | tuple[int, int],
    rng: np.random.Generator | None = None,
    channels: int = 1,
    draws: int = 1,
    measure: str = "abs",
) -> NDArray[np.float64]:
    """Measure how much each pixel of an image counts for one unit of a linear network.

    A gradient of 1 on one channel of the unit is carried back to the image. Gradients of random
    kernels are negative in places, and cancel when they are added up as they are; so their
    absolute values or squares are, over the channels of the image and all draws.

    Args:
        layers: `Layer`, `ConvTranspose`, `Upsample` and `AdaptivePool`, with branches in `Add` and
            `Concat`. Resizes and pools always average, and with corners aligned as they do in the
            middle of the image.
        unit: Index of the output unit, (row, column); the middle one, if left out.
        input_size: Height and width of the image; an int for a square one.
        rng: Draws normal kernels. Without it, every kernel averages.
        channels: Channels of the image and of every layer. With few, a draw differs much from the
            next.
        draws: Number of times the kernels are drawn.
        measure: ``"abs"`` or ``"square"``: what of the gradient is added up.

    Returns:
        Shape (H, W), not negative, with sum 1 (all zero if the unit sees nothing).

    Raises:
        TypeError: If something in the list can't be measured by convolutions, or ``rng`` isn't a
            ``numpy.random.Generator``.
        ValueError: If ``unit`` lies outside the output, a size doesn't fit, ``channels`` or
            ``draws`` is below 1, or ``measure`` is another word.

    Source: W. Luo, Y. Li, R. Urtasun, R. Zemel, "Understanding the Effective Receptive Field in
    Deep Convolutional Neural Networks", NIPS 2016, arXiv:1701.04128, section 2.

    Examples:
        >>> from convnotes.receptive_field import Layer, effective_field
        >>> effective_field([Layer((1, 3)), Layer((1, 3))], input_size=(1, 5)).round(2).tolist()
        [[0.11, 0.22, 0.33, 0.22, 0.11]]
    """
    power = one_of("measure", measure, {"abs": np.abs, "square": np.square})
    whole_number("channels", channels, 1)
    check_room(f"draws={draws}", whole_number("draws", draws, 1))
    if rng is not None:
        generator(rng)
    sizes = by_two_axes("input_size", whole_numbers("input_size", input_size, 1))
    check_room(f"input_size={input_size} with channels={channels}", channels**2, *map(sum, sizes))
    network = read_network(layers, axes=2)
    for node in network.nodes[1:]:
        if not isinstance(node.item, MEASURED):
            raise TypeError(f"{node.where}={node.item!r} has no weights: nothing to measure")
    counts = [count_units(network, axis, size) for axis, (size,) in enumerate(sizes)]
    shapes = list(zip(*counts, strict=True))
    place = _unit(unit, shapes[-1])
    drawn = (_carry_back(network, shapes, place, rng, channels) for _ in range(draws))
    total = sum(power(gradient).sum(axis=0) for gradient in drawn)
    return total / (total.sum() or 1)


@np.errstate(under="ignore")
def effective_size(weights: ArrayLike, *, threshold: float = LUO) -> float:
    """Measure the side of the region that counts: the root of its number of pixels.

    Args:
        weights: How much each pixel counts, shape (H, W), not negative.
        threshold: A pixel counts if it has more than this share of the largest weight.

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


def by_two_axes(label: str, value: Any) -> list[tuple[int]]:  # noqa: ANN401
    """Return one value down and one across."""
    if len(as_tuple(value)) > 2:
        raise ValueError(f"{label}={value} must be one int, or (height, width)")
    return by_axis((value,), 2)


def _unit(unit: Any, counts: tuple[int, ...]) -> tuple[int, ...]:  # noqa: ANN401
    if unit is None:
        return tuple(count // 2 for count in counts)
    place = tuple(y for (y,) in by_two_axes("unit", whole_numbers("unit", unit)))
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
    own, transposed = node.axes, isinstance(node.item, ConvTranspose)
    taps = [axis.kernel_size for axis in own]
    how = {"stride": [a.stride for a in own], "dilation": [a.dilation for a in own]}
    gain = np.prod([axis.stride for axis in own]) if transposed else 1
    channels = gradient.shape[1]
    share = gain / np.prod(taps) / channels
    kernel = np.full((channels, channels, *taps), share)
    if rng is not None:
        kernel = rng.normal(0, np.sqrt(share), kernel.shape)
    if transposed:
        lengths = [_reach(axis, count) for axis, count in zip(own, shape, strict=True)]
        framed = _shift(gradient, [-axis.padding[0] for axis in own], lengths)
        return conv2d(framed, kernel, **how)
    lengths = [_reach(axis, count) for axis, count in zip(own, gradient.shape[2:], strict=True)]
    framed = conv2d_input((1, channels, *lengths), kernel, gradient, **how)
    lefts = [axis.sides(count)[0] for axis, count in zip(own, shape, strict=True)]
    return _shift(framed, lefts, shape)


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


def _reach(axis: Any, windows: int) -> int:  # noqa: ANN401
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
