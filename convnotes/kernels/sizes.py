"""The size of a kernel: one number, or height and width."""

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
