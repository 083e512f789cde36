"""What a layer is: windows that move, resizes, and what sees everything."""

from dataclasses import KW_ONLY, dataclass, field
from fractions import Fraction
from numbers import Rational
from typing import Any

from convnotes.receptive_field.axis import Adaptive, Axis, Everything, Resample, Spread, Window
from convnotes.receptive_field.values import (
    Ints,
    Padding,
    as_tuple,
    count_axes,
    one_of,
    sides,
    where_is,
    whole_numbers,
)


@dataclass(frozen=True)
class Layer:
    """A window that moves over what the layer before it made: a convolution or a pooling.

    2×2 pooling is ``Layer(2, 2)``. What works on each unit alone (an activation, a bias, dropout,
    batch norm at inference) is ``Layer(1)`` or is left out.

    Attributes:
        kernel_size: Window, an int or one int an axis, at least 1.
        stride: Step between neighbouring windows, at least 1.
        padding: Units added on each side: an int, or one an axis, or one pair
            ``(left, right)`` an axis, or a single pair ``((left, right),)`` for all axes. Negative
            ones crop. Or a word: ``"valid"`` is 0. ``"same"`` is PyTorch's, for stride 1 only.
            ``"SAME"`` is TensorFlow's: with a stride, it depends on the size of the input.
            ``"causal"`` pads on the left alone.
        dilation: Step between the taps of one window, at least 1. 1 means no gaps.
        ceil_mode: Whether the last window may run over the right end, as in PyTorch's poolings;
            it must begin inside the input or its left padding.
        name: What the trace, the errors and `From` call the layer.

    Raises:
        TypeError: If a value is not an int or a tuple of ints.
        ValueError: If a value is too small, two values have different numbers of axes,
            ``padding`` is an unknown word, or ``"same"`` with a stride, or ``ceil_mode`` is asked
            for with a word or a negative padding.

    Examples:
        >>> from convnotes.receptive_field import Layer
        >>> Layer((3, 5), 2, padding=1, name="stem")
        Layer(kernel_size=(3, 5), stride=2, padding=1, dilation=1, name='stem')
        >>> Layer(3, padding=((0, 1),)).padding
        ((0, 1),)
    """

    kernel_size: Ints
    stride: Ints = 1
    _: KW_ONLY
    padding: Padding | str = 0
    dilation: Ints = 1
    ceil_mode: bool = field(default=False, repr=False)
    name: str | None = None

    def __post_init__(self) -> None:
        _settle(self, kernel_size=1, stride=1, dilation=1)
        word, where = self.padding, where_is(self)
        if not isinstance(word, str):
            object.__setattr__(self, "padding", sides(where, word))
        elif word not in ("valid", "same", "SAME", "causal"):
            words = "'valid', 'same', 'SAME' or 'causal'"
            raise ValueError(f"{where}padding={word!r} must be an int, pairs, or {words}")
        elif word == "same" and self.stride not in (1, (1,) * len(as_tuple(self.stride))):
            hint = "TensorFlow's is padding='SAME'"
            raise ValueError(f"{where}padding='same' does not go with stride={self.stride}: {hint}")
        if not isinstance(self.ceil_mode, bool):
            raise TypeError(f"{where}ceil_mode={self.ceil_mode!r} must be True or False")
        if self.ceil_mode and (isinstance(self.padding, str) or _least(self.padding) < 0):
            raise ValueError(f"{where}ceil_mode=True does not go with padding={self.padding!r}")
        count_axes(repr(self), *self.values)

    @property
    def values(self) -> tuple[Any, ...]:
        """Kernel size, stride, padding and dilation, as they were given."""
        return self.kernel_size, self.stride, self.padding, self.dilation

    def axis(self, k: int, s: int, p: Any, d: int) -> Axis:  # noqa: ANN401
        """Return the operation on one axis."""
        reach = d * (k - 1)
        words = {"valid": 0, "same": (reach // 2, reach - reach // 2), "causal": (reach, 0)}
        return Window(k, s, None if p == "SAME" else _pair(words.get(p, p)), d, self.ceil_mode)


@dataclass(frozen=True)
class ConvTranspose:
    """A transposed convolution, with PyTorch's arguments: its output is ``stride`` times finer.

    Attributes:
        kernel_size: Units that one input unit spreads to, an int or one int an axis.
        stride: Distance between the places to which neighbours spread.
        padding: Units cut off on each side of the output, in the forms that `Layer` takes.
        dilation: Step between the taps of one window.
        output_padding: Units added to the output on the right.
        name: What the trace and the errors call it.

    Raises:
        TypeError: If a value is not an int or a tuple of ints.
        ValueError: If a value is too small, or two values have different numbers of axes.

    Examples:
        >>> from convnotes.receptive_field import ConvTranspose
        >>> ConvTranspose(4, 2, padding=1)
        ConvTranspose(kernel_size=4, stride=2, padding=1, dilation=1, output_padding=0, name=None)
    """

    kernel_size: Ints
    stride: Ints = 1
    _: KW_ONLY
    padding: Padding = 0
    dilation: Ints = 1
    output_padding: Ints = 0
    name: str | None = None

    def __post_init__(self) -> None:
        _settle(self, kernel_size=1, stride=1, dilation=1, output_padding=0)
        object.__setattr__(self, "padding", sides(where_is(self), self.padding))
        count_axes(repr(self), *self.values)

    @property
    def values(self) -> tuple[Any, ...]:
        """Kernel size, stride, padding, dilation and output padding, as they were given."""
        return self.kernel_size, self.stride, self.padding, self.dilation, self.output_padding

    def axis(self, k: int, s: int, p: Any, d: int, extra: int) -> Axis:  # noqa: ANN401
        """Return the operation on one axis."""
        return Spread(k, s, _pair(p), d, extra)


@dataclass(frozen=True)
class Upsample:
    """A resize by a fixed scale, as PyTorch's with ``align_corners=False``.

    With corners aligned, or to a given size, what a unit reads depends on the size of the input;
    such a resize has no fixed scale, and can't be given.

    Attributes:
        scale_factor: How much finer the output is: an int or a ``Fraction`` (below 1 it is
            coarser), or one an axis.
        mode: ``"nearest"`` repeats; ``"bilinear"`` mixes the nearest two on each axis.
        name: What the trace and the errors call it.

    Raises:
        TypeError: If ``scale_factor`` is not an int or a ``Fraction``.
        ValueError: If ``scale_factor`` is not above 0, or ``mode`` is another word.

    Examples:
        >>> from fractions import Fraction
        >>> from convnotes.receptive_field import Upsample
        >>> Upsample(Fraction(3, 2), "bilinear")
        Upsample(scale_factor=Fraction(3, 2), mode='bilinear', name=None)
    """

    scale_factor: int | Fraction | tuple[int | Fraction, ...]
    mode: str = "nearest"
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        where = where_is(self)
        for scale in as_tuple(self.scale_factor) or (None,):
            if not isinstance(scale, Rational) or isinstance(scale, bool):
                words = "an int, a Fraction, or one an axis"
                raise TypeError(f"{where}scale_factor={self.scale_factor!r} must be {words}")
            if scale <= 0:
                raise ValueError(f"{where}scale_factor={self.scale_factor!r} must be above 0")
        one_of(f"{where}mode", self.mode, dict.fromkeys(("nearest", "bilinear")))

    @property
    def values(self) -> tuple[Any, ...]:
        """The scale, as it was given."""
        return (self.scale_factor,)

    def axis(self, scale: int | Fraction) -> Axis:
        """Return the operation on one axis."""
        return Resample(Fraction(scale), self.mode == "bilinear")


@dataclass(frozen=True)
class AdaptivePool:
    """Adaptive pooling to a fixed number of units; to 1, the default, it is global pooling.

    Attributes:
        output_size: Units it makes, an int or one int an axis, at least 1.
        name: What the trace and the errors call it.

    Raises:
        TypeError: If ``output_size`` is not an int or a tuple of ints.
        ValueError: If ``output_size`` is below 1.

    Examples:
        >>> from convnotes.receptive_field import AdaptivePool
        >>> AdaptivePool()
        AdaptivePool(output_size=1, name=None)
    """

    output_size: Ints = 1
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        _settle(self, output_size=1)

    @property
    def values(self) -> tuple[Any, ...]:
        """The output size, as it was given."""
        return (self.output_size,)

    def axis(self, output_size: int) -> Axis:
        """Return the operation on one axis."""
        return Adaptive(output_size)


@dataclass(frozen=True)
class Whole:
    """An operation in which every unit sees every other, and which keeps the size.

    Attention, squeeze-and-excitation, batch norm in training, a Fourier layer.

    Attributes:
        name: What it is; the trace shows it.

    Raises:
        TypeError: If ``name`` is not a string.

    Examples:
        >>> from convnotes.receptive_field import Whole
        >>> Whole("attention")
        Whole(name='attention')
    """

    name: str | None = None

    values = ()

    def __post_init__(self) -> None:
        where_is(self)

    def axis(self) -> Axis:
        """Return the operation on one axis."""
        return Everything()


def _settle(operation: Any, **least: int) -> None:  # noqa: ANN401
    for key, low in least.items():
        value = whole_numbers(where_is(operation) + key, getattr(operation, key), low)
        object.__setattr__(operation, key, value)


def _pair(padding: int | tuple[int, int]) -> tuple[int, int]:
    return padding if isinstance(padding, tuple) else (padding, padding)


def _least(padding: Padding) -> int:
    return min(min(as_tuple(part)) for part in as_tuple(padding))
