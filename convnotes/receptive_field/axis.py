"""What an operation does on one axis: how many units it makes, and which inputs each one reads.

Every operation repeats itself: after some outputs, it has moved on by some inputs. That, and the
inputs read within one such turn, is a `Reach`; everything else in this package follows from it.
"""

from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

Taps = tuple[int, ...] | range


class Reach(NamedTuple):
    """Output unit ``period * turn + phase`` reads input ``advance * turn + tap``, per tap.

    Attributes:
        period: Outputs after which the pattern repeats.
        advance: Inputs by which it has moved then.
        taps: For each phase, the positions read, sorted; none if the unit sees nothing.
        weights: For each phase, the share of each tap; ``None`` if all are alike.
        anchored: False if all taps are shifted by one unknown number.
    """

    period: int
    advance: int
    taps: tuple[Taps, ...]
    weights: tuple[tuple[Fraction, ...], ...] | None = None
    anchored: bool = True


IDENTITY = Reach(1, 1, ((0,),))


class Window(NamedTuple):
    """A convolution or a pooling; without ``padding``, TensorFlow's SAME, which needs the size."""

    kernel_size: int
    stride: int = 1
    padding: tuple[int, int] | None = (0, 0)
    dilation: int = 1
    ceil_mode: bool = False

    whole = False
    keeps = True

    @property
    def span(self) -> int:
        """Inputs from the first to the last tap."""
        return self.dilation * (self.kernel_size - 1) + 1

    def sides(self, size: int | None) -> tuple[int | None, int | None]:
        """Return the padding left and right, each ``None`` if it depends on an unknown size."""
        if self.padding is not None:
            return self.padding
        rests = {1, self.stride} if size is None else {size % self.stride or self.stride}
        totals = {max(self.span - rest, 0) for rest in rests}
        choices = {total // 2 for total in totals}, {total - total // 2 for total in totals}
        left, right = (side.pop() if len(side) == 1 else None for side in choices)
        return left, right

    def units(self, size: int) -> int:
        """Count the outputs for an input of ``size``; below 1, it is too small."""
        left, right = self.sides(size)
        room = size + left + right - self.span
        if not self.ceil_mode:
            return room // self.stride + 1
        count = -(-room // self.stride) + 1
        return count - ((count - 1) * self.stride >= size + left)  # must not begin on the right

    @lru_cache(maxsize=4096)  # noqa: B019
    def reach(self, size: int | None) -> Reach:
        """Return what the outputs read; ``size`` is that of the input, if known."""
        left = self.sides(size)[0]
        first = -(left or 0)
        taps = range(first, first + self.span, self.dilation)
        return Reach(1, self.stride, (taps,), anchored=left is not None)


class Spread(NamedTuple):
    """A transposed convolution: input i adds to outputs stride * i - left + dilation * tap."""

    kernel_size: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1
    output_padding: int = 0

    whole = False
    keeps = True

    def units(self, size: int) -> int:
        """Count the outputs for an input of ``size``; below 1, it is too small."""
        span = self.dilation * (self.kernel_size - 1) + 1
        return (size - 1) * self.stride - sum(self.padding) + span + self.output_padding

    @lru_cache(maxsize=4096)  # noqa: B019
    def reach(self, size: int | None) -> Reach:
        """Return what the outputs read; ``size`` is that of the input, if known."""
        phases = []
        for phase in range(self.stride):
            offsets = (phase + self.padding[0] - self.dilation * t for t in range(self.kernel_size))
            hits = (divmod(offset, self.stride) for offset in offsets)
            phases.append(tuple(sorted(quotient for quotient, rest in hits if rest == 0)))
        return Reach(self.stride, 1, tuple(phases))


class Resample(NamedTuple):
    """A resize by a fixed scale, nearest or linear, with pixel areas or with corners aligned."""

    scale: Fraction
    linear: bool = False
    corners: bool = False

    whole = False
    keeps = True

    def units(self, size: int) -> int:
        """Count the outputs for an input of ``size``; below 1, it is too small."""
        return floor(size * self.scale)

    @lru_cache(maxsize=4096)  # noqa: B019
    def reach(self, size: int | None) -> Reach:
        """Return what the outputs read; ``size`` is that of the input, if known."""
        phases = [self._read(phase) for phase in range(self.scale.numerator)]
        taps, weights = zip(*phases, strict=True)
        return Reach(self.scale.numerator, self.scale.denominator, taps, weights)

    def _read(self, unit: int) -> tuple[tuple[int, ...], tuple[Fraction, ...]]:
        if not self.linear:
            return (floor(unit / self.scale),), (Fraction(1),)
        place = (unit + Fraction(1, 2)) / self.scale - Fraction(1, 2)
        rest = place - floor(place)
        if self.corners:
            return self._read_corners(unit, place)
        if rest == 0:
            return (int(place),), (Fraction(1),)
        return (floor(place), floor(place) + 1), (1 - rest, rest)

    def _read_corners(
        self, unit: int, place: Fraction
    ) -> tuple[tuple[int, ...], tuple[Fraction, ...]]:
        """Return all taps between the place at the left end of the image and at the right one.

        From left to right, the place moves by 1 - 1 / scale against that of aligned areas, which
        lies in the middle and weighs the taps.
        """
        right = unit / self.scale
        taps = range(floor(right - 1 + 1 / self.scale), ceil(right) + 1)
        weights = tuple(max(1 - abs(tap - place), Fraction(0)) for tap in taps)
        return tuple(taps), weights


class Adaptive(NamedTuple):
    """Adaptive pooling to a number of units; to one unit, it is global pooling."""

    output_size: int

    keeps = False  # nothing of the local path is left behind it

    @property
    def whole(self) -> bool:
        """Whether every output reads the whole input."""
        return self.output_size == 1

    def units(self, size: int) -> int:
        """Count the outputs for an input of ``size``; below 1, it is too small."""
        return self.output_size

    @lru_cache(maxsize=4096)  # noqa: B019
    def reach(self, size: int | None) -> Reach | None:
        """Return what the outputs read, or ``None`` while the size is unknown."""
        if size is None:
            return None
        ends = [Fraction(unit * size, self.output_size) for unit in range(self.output_size + 1)]
        taps = tuple(range(floor(low), ceil(high)) for low, high in pairwise(ends))
        return Reach(self.output_size, size, taps)


class Everything(NamedTuple):
    """Every unit sees every other, and is still there itself: attention and its like."""

    whole = True
    keeps = True

    def units(self, size: int) -> int:
        """Count the outputs for an input of ``size``; below 1, it is too small."""
        return size

    def reach(self, size: int | None) -> Reach:
        """Return what the outputs read; ``size`` is that of the input, if known."""
        return IDENTITY  # the local path


Axis = Window | Spread | Resample | Adaptive | Everything
