"""What a layer is: windows that move, resizes, and what sees everything."""

from dataclasses import KW_ONLY, dataclass, field
from fractions import Fraction
from numbers import Rational
from typing import Any

from convnotes.arguments import switch
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
    """A resize by a fixed scale, as PyTorch's.

    With corners aligned, what a unit reads depends on where it lies and on the size of the input.
    At scale 2 these are the same pixels as otherwise; at other scales the field has all that any
    unit of its phase reads, up to one pixel more at either end than one unit does.

    Attributes:
        scale_factor: How much finer the output is: an int or a ``Fraction`` (below 1 it is
            coarser), or one an axis.
        mode: ``"nearest"`` repeats; ``"bilinear"`` mixes the nearest two on each axis.
        align_corners: Whether the centres of the outermost units coincide, not their outer edges;
            for ``"bilinear"`` and a scale of at least 1.
        name: What the trace and the errors call it.

    Raises:
        TypeError: If ``scale_factor`` is not an int or a ``Fraction``, or ``align_corners`` not
            True or False.
        ValueError: If ``scale_factor`` is not above 0, ``mode`` is another word, or corners can't
            be aligned with these.

    Examples:
        >>> from fractions import Fraction
        >>> from convnotes.receptive_field import Upsample
        >>> Upsample(Fraction(3, 2), "bilinear")
        Upsample(scale_factor=Fraction(3, 2), mode='bilinear', name=None)
    """

    scale_factor: int | Fraction | tuple[int | Fraction, ...]
    mode: str = "nearest"
    _: KW_ONLY
    align_corners: bool = field(default=False, repr=False)
    name: str | None = None

    def __post_init__(self) -> None:
        where = where_is(self)
        switch(self.align_corners, f"{where}align_corners")
        for scale in as_tuple(self.scale_factor) or (None,):
            if not isinstance(scale, Rational) or isinstance(scale, bool):
                words = "an int, a Fraction, or one an axis"
                raise TypeError(f"{where}scale_factor={self.scale_factor!r} must be {words}")
            if scale <= 0:
                raise ValueError(f"{where}scale_factor={self.scale_factor!r} must be above 0")
        one_of(f"{where}mode", self.mode, dict.fromkeys(("nearest", "bilinear")))
        if self.align_corners and (self.mode == "nearest" or min(as_tuple(self.scale_factor)) < 1):
            ends = f"mode={self.mode!r} and scale_factor={self.scale_factor}"
            raise ValueError(f"{where}align_corners=True does not go with {ends}")

    @property
    def values(self) -> tuple[Any, ...]:
        """The scale, as it was given."""
        return (self.scale_factor,)

    def axis(self, scale: int | Fraction) -> Axis:
        """Return the operation on one axis."""
        return Resample(Fraction(scale), self.mode == "bilinear", self.align_corners)


@dataclass(frozen=True)
class AdaptivePool:
    """Adaptive pooling to a fixed number of units; to 1, the default, it is global pooling.

    Attributes:
        output_size: Units it makes, an int or one int an axis, at least 1; ``None`` in a tuple
            leaves its axis as it is.
        name: What the trace and the errors call it.

    Raises:
        TypeError: If ``output_size`` is not an int or a tuple of ints and ``None``.
        ValueError: If ``output_size`` is below 1.

    Examples:
        >>> from convnotes.receptive_field import AdaptivePool
        >>> AdaptivePool()
        AdaptivePool(output_size=1, name=None)
    """

    output_size: int | tuple[int | None, ...] = 1
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        given = self.output_size
        if not isinstance(given, tuple | list) or None not in given:
            _settle(self, output_size=1)
            return
        label = f"{where_is(self)}output_size={given!r}: a size"
        sizes = (None if n is None else whole_numbers(label, n, 1) for n in given)
        object.__setattr__(self, "output_size", tuple(sizes))

    @property
    def values(self) -> tuple[Any, ...]:
        """The output size, as it was given."""
        return (self.output_size,)

    def axis(self, output_size: int | None) -> Axis:
        """Return the operation on one axis."""
        return Window(1) if output_size is None else Adaptive(output_size)


@dataclass(frozen=True)
class Whole:
    """An operation in which every unit sees every other, and which keeps the size.

    Attention, squeeze-and-excitation, batch norm in training, a Fourier layer; a recurrent layer
    along one axis.

    Attributes:
        name: What it is; the trace shows it.
        along: Whether it sees everything along the axes, or one True or False an axis.

    Raises:
        TypeError: If ``name`` is not a string, or ``along`` not made of True and False.

    Examples:
        >>> from convnotes.receptive_field import Layer, Whole, receptive_field
        >>> Whole("attention")
        Whole(name='attention')
        >>> rows = [Layer(3), Whole("LSTM", along=(False, True))]
        >>> receptive_field(rows, input_size=(9, 100)).size
        (3, 100)
    """

    name: str | None = None
    _: KW_ONLY
    along: bool | tuple[bool, ...] = field(default=True, repr=False)

    def __post_init__(self) -> None:
        where = where_is(self)
        if isinstance(self.along, list):
            object.__setattr__(self, "along", tuple(self.along))
        if not all(isinstance(each, bool) for each in as_tuple(self.along) or (None,)):
            raise TypeError(f"{where}along={self.along!r} must be True or False, or one an axis")

    @property
    def values(self) -> tuple[Any, ...]:
        """Along which axes it sees everything, as it was given."""
        return (self.along,)

    def axis(self, along: bool) -> Axis:
        """Return the operation on one axis."""
        return Everything() if along else Window(1)


def _settle(operation: Any, **least: int) -> None:  # noqa: ANN401
    for key, low in least.items():
        value = whole_numbers(where_is(operation) + key, getattr(operation, key), low)
        object.__setattr__(operation, key, value)


def _pair(padding: int | tuple[int, int]) -> tuple[int, int]:
    return padding if isinstance(padding, tuple) else (padding, padding)


def _least(padding: Padding) -> int:
    return min(min(as_tuple(part)) for part in as_tuple(padding))
