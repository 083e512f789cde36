"""What a layer is, and how a list of layers is read axis by axis."""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from numbers import Integral
from typing import Any, NamedTuple

Taps = tuple[int, int, int, int]  # kernel size, stride, padding, dilation of a layer on one axis


@dataclass(frozen=True)
class Layer:
    """One layer of a chain: a window that moves over what the layer before it made.

    Convolutions and poolings are layers; 2×2 pooling is ``Layer(2, 2)``. What works on each unit
    alone (an activation, a bias, batch norm at inference) is ``Layer(1)`` or is left out. What
    looks at the whole input (global pooling, attention) is not a layer.

    Attributes:
        kernel_size: Window, an int or one int an axis, at least 1.
        stride: Step between neighbouring windows, at least 1.
        padding: Units added on the left/top, and as many on the right/bottom; negative ones crop.
        dilation: Step between the taps of one window, at least 1. 1 means no gaps.
        name: What the trace and the errors call the layer.

    Raises:
        TypeError: If a value is not an int or a tuple of ints.
        ValueError: If a value is too small, or two values have different numbers of axes.

    Examples:
        >>> Layer((3, 5), 2, padding=1, name="stem")
        Layer(kernel_size=(3, 5), stride=2, padding=1, dilation=1, name='stem')
    """

    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] = 1
    _: KW_ONLY
    padding: int | tuple[int, ...] = 0
    dilation: int | tuple[int, ...] = 1
    name: str | None = None

    def __post_init__(self) -> None:
        where = "" if self.name is None else f"layer {self.name!r}: "
        for key, least in (("kernel_size", 1), ("stride", 1), ("padding", None), ("dilation", 1)):
            value = whole_numbers(where + key, getattr(self, key), least)
            object.__setattr__(self, key, value)
        count_axes(repr(self), *values_of(self))


def values_of(layer: Layer) -> tuple[int | tuple[int, ...], ...]:
    """Return kernel size, stride, padding and dilation, as they were given."""
    return layer.kernel_size, layer.stride, layer.padding, layer.dilation


class Chain(NamedTuple):
    """Layers that go together, their number of axes (0 if all are ints), their taps by axis."""

    layers: list[Layer]
    axes: int
    taps: list[list[Taps]]


def read_chain(layers: Iterable[Layer], axes: int = 0) -> Chain:
    """Check that every layer is one, and that all have the same axes."""
    if not isinstance(layers, Iterable):
        raise TypeError(f"layers={layers!r} must be a list of Layer")
    chain = list(layers)
    for place, layer in enumerate(chain):
        if not isinstance(layer, Layer):
            hint = "Layer(k, stride) moves a window (pooling too), Layer(1) is elementwise"
            raise TypeError(f"layers[{place}]={layer!r} is not a Layer: {hint}")
        axes = count_axes(f"layers[{place}]={layer}", *values_of(layer), axes=axes)
    taps = [by_axis(values_of(layer), axes) for layer in chain]
    return Chain(chain, axes, [[layer[axis] for layer in taps] for axis in range(axes or 1)])


def whole_numbers(label: str, value: Any, least: int | None = None) -> int | tuple[int, ...]:  # noqa: ANN401
    """Return an int, or a tuple of ints, one an axis; a list becomes a tuple."""
    several = isinstance(value, tuple | list) and len(value) > 0
    numbers = value if several else [value]
    if not all(isinstance(n, Integral) and not isinstance(n, bool) for n in numbers):
        raise TypeError(f"{label}={value!r} must be an int, or one int an axis")
    if least is not None and min(numbers) < least:
        raise ValueError(f"{label}={value!r} must be at least {least}")
    return tuple(map(int, numbers)) if several else int(value)


def count_axes(where: str, *values: int | tuple[int, ...] | None, axes: int = 0) -> int:
    """Return the length that all tuples among the values share, or 0 if there is none."""
    for value in values:
        if isinstance(value, tuple):
            if axes not in (0, len(value)):
                raise ValueError(f"{where}: {len(value)} axes do not go with {axes}")
            axes = len(value)
    return axes


def by_axis(values: Iterable[Any], axes: int) -> list[tuple[Any, ...]]:
    """Return the values on each axis: a tuple has one an axis, anything else holds for all."""
    spread = [value if isinstance(value, tuple) else (value,) * (axes or 1) for value in values]
    return list(zip(*spread, strict=True))


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return one value in place of a tuple whose entries are equal."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
