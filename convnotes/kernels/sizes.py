"""Sizes and widths of kernels, checked before any work is done."""

import numpy as np

from convnotes.convolution.shapes import whole_numbers


def pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width, both at least 1."""
    kh, kw = whole_numbers(size, "size", 2, minimum=1)
    return kh, kw


def odd_pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width, both odd, so that the kernel has a centre."""
    kh, kw = pair(size)
    if kh % 2 == 0 or kw % 2 == 0:
        raise ValueError(f"size={size} must be odd, so that the kernel has a centre")
    return kh, kw


def positive(value: float, name: str, *, minimum: float = 0.0) -> None:
    """Refuse what isn't a finite number above 0, and at least the minimum."""
    if not 0 < value < np.inf:
        raise ValueError(f"{name}={value} must be positive and finite")
    if value < minimum:
        raise ValueError(f"{name}={value} must be at least {minimum}")
