"""Kernels that average: every weight positive or zero, sum 1."""

import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import check_room, finite_number, whole_number, whole_numbers
from convnotes.kernels.sizes import odd_pair, pair, reach_of, widths


def identity(size: int | tuple[int, int] = 3) -> NDArray[np.float64]:
    """Return the kernel that copies its input: 1 in the centre, 0 elsewhere.

    Args:
        size: One odd number, or height and width, both odd.

    Returns:
        Kernel, shape (KH, KW), sum 1.

    Raises:
        ValueError: If a size is even (no centre) or less than 1.

    Examples:
        >>> from convnotes.kernels import identity
        >>> identity().tolist()
        [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    kh, kw = odd_pair(size)
    kernel = np.zeros((kh, kw))
    kernel[kh // 2, kw // 2] = 1
    return kernel


def box(size: int | tuple[int, int]) -> NDArray[np.float64]:
    """Return the kernel that averages a window, every pixel weighing the same.

    Args:
        size: One number, or height and width.

    Returns:
        Kernel, shape (KH, KW), sum 1.

    Raises:
        ValueError: If a size is less than 1.

    Examples:
        >>> from convnotes.kernels import box
        >>> box((1, 4)).tolist()
        [[0.25, 0.25, 0.25, 0.25]]
    """
    kh, kw = pair(size)
    return np.full((kh, kw), 1 / (kh * kw))


@np.errstate(under="ignore")  # far out, the bell may be 0
def gaussian(
    sigma: float | tuple[float, float], radius: int | tuple[int, int] | None = None
) -> NDArray[np.float64]:
    """Return the kernel that averages with a bell-shaped weight: near pixels count more.

    The bell exp(−d² / 2σ²) is sampled at whole pixels and divided by its sum.

    Args:
        sigma: Standard deviation in pixels, one number or (down, across).
        radius: Pixels on each side of the centre, one number or (down, across); by default 4σ,
            rounded, as in SciPy.

    Returns:
        Kernel, shape (2 · radius + 1, 2 · radius + 1), each with its own radius; sum 1.

    Raises:
        ValueError: If sigma isn't positive and finite, radius is negative, or the kernel would fit
            no memory.
        TypeError: If sigma isn't a real number or radius isn't a whole one.

    Examples:
        >>> from convnotes.kernels import gaussian
        >>> gaussian(0.5).shape, gaussian(3.0, radius=2).shape, gaussian((0.5, 2.0)).shape
        ((5, 5), (5, 5), (5, 17))
    """
    sigmas = widths(sigma)
    radii = (None, None) if radius is None else whole_numbers(radius, "radius", 2, minimum=0)
    rows, columns = map(reach_of, radii, sigmas)
    words = f"sigma={sigma}" if radius is None else f"radius={radius}"
    check_room(words, 2 * rows + 1, 2 * columns + 1)
    (down, _), (across, _) = map(bell_and_places, sigmas, (rows, columns))
    return np.outer(down, across)


@np.errstate(over="ignore")  # so many σ away that no float holds it
def bell_and_places(sigma: float, reach: int) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Return one dimension of the Gaussian, sum 1, and the places where it is sampled."""
    place = np.arange(-reach, reach + 1)
    bell = np.exp(-0.5 * (place / sigma) ** 2)
    return bell / bell.sum(), place


def motion(length: int, angle: float = 0.0) -> NDArray[np.float64]:
    """Return the kernel that smears along a line, as a camera does that moves while it exposes.

    The mean of `length` points, one pixel apart, on a line through the centre. A point between
    pixels shares its weight among the four around it, the nearer the more (bilinearly).

    Args:
        length: Number of points.
        angle: Direction of the line in radians: 0 is to the right, π/2 down.

    Returns:
        Kernel, shape (KH, KW), both odd and no larger than the line needs; sum 1.

    Raises:
        ValueError: If length is less than 1 or angle isn't finite.
        TypeError: If length isn't a whole number.

    Examples:
        >>> import numpy as np
        >>> from convnotes.kernels import motion
        >>> motion(4).tolist()
        [[0.125, 0.25, 0.25, 0.25, 0.125]]
        >>> motion(3, angle=np.pi / 2).shape
        (3, 1)
    """
    points, direction = whole_number(length, "length", minimum=1), finite_number(angle, "angle")
    check_room(f"length={length}", points)
    along = np.arange(points) - (points - 1) / 2
    # Rounded, because the sine of π isn't quite 0 in floating point.
    down, right = (np.round(along * part, 12) for part in (np.sin(direction), np.cos(direction)))
    sizes = [2 * int(np.ceil(abs(places).max())) + 1 for places in (down, right)]
    check_room(f"length={length}", *sizes)
    kernel = np.zeros(sizes)
    for row, down_share in _shares(down, kernel.shape[0] // 2):
        for column, right_share in _shares(right, kernel.shape[1] // 2):
            np.add.at(kernel, (row, column), down_share * right_share / points)
    return kernel


def _shares(
    places: NDArray[np.float64], centre: int
) -> list[tuple[NDArray[np.int_], NDArray[np.float64]]]:
    """Return the pixels before and after each place, with their shares of a point there."""
    before = np.floor(places)
    near, first = places - before, before.astype(int) + centre
    after = np.minimum(first + 1, 2 * centre)  # beyond the last pixel the share is 0
    return [(first, 1 - near), (after, near)]
