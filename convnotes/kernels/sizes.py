"""Sizes and widths of kernels, checked before any work is done."""

import numpy as np

from convnotes.arguments import (
    check_room,
    is_whole,
    positive_number,
    real_number,
    whole_number,
    whole_numbers,
)


def pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width, both at least 1."""
    kh, kw = whole_numbers(size, "size", 2, minimum=1)
    check_room(f"size={size}", kh, kw)
    return kh, kw


def odd_pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width, both odd, so that the kernel has a centre."""
    kh, kw = pair(size)
    if kh % 2 == 0 or kw % 2 == 0:
        raise ValueError(f"size={size} must be odd, so that the kernel has a centre")
    return kh, kw


def widths(sigma: float | tuple[float, float]) -> tuple[float, float]:
    """Return the standard deviations down and across, both positive and finite."""
    try:
        down, across = (positive_number(part, "sigma") for part in _two(sigma))
    except (TypeError, ValueError) as error:
        words = "positive and finite, one real number or two: (down, across)"
        raise type(error)(f"sigma={sigma!r} must be {words}") from error
    return down, across


def reach_of(radius: int | None, sigma: float, *, minimum: int = 0) -> int:
    """Return the pixels on each side of the centre; by default 4σ, rounded, as in SciPy."""
    if radius is None:
        return max(int(4 * sigma + 0.5), minimum)
    return whole_number(radius, "radius", minimum=minimum)


def square_reach(radius: int | None, sigma: float, words: str, *, minimum: int = 0) -> int:
    """Do the same for a square kernel that must fit into memory; ``words`` name its width."""
    reach = reach_of(radius, sigma, minimum=minimum)
    side = 2 * reach + 1
    check_room(words if radius is None else f"radius={radius}", side, side)
    return reach


def one_of_two(value: int, name: str, first: str, second: str) -> int:
    """Return 0 or 1, the number of an axis or a diagonal."""
    words = f"{name}={value!r} must be 0 ({first}) or 1 ({second})"
    if not is_whole(value):
        raise TypeError(words)
    if value not in (0, 1):
        raise ValueError(words)
    return int(value)


def frequency_below_half(value: float) -> float:
    """Return a frequency that pixels can show, in cycles per pixel."""
    number = real_number(value, "frequency")
    if not 0 < number < 0.5:
        raise ValueError(f"frequency={value} must lie strictly between 0 and 0.5")
    return number


def _two(value: float | tuple[float, float]) -> tuple[float, float]:
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim == 1):
        down, across = value
        return down, across
    return value, value
