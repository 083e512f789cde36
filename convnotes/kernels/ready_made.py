"""Kernels that somebody worked out, composed from 1-D parts where they are."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.convolution.shapes import whole_numbers
from convnotes.kernels.sizes import odd_pair, pair


def identity(size: int | tuple[int, int] = 3) -> NDArray[np.float64]:
    """Return the kernel that copies its input: 1 in the centre, 0 elsewhere.

    Args:
        size: One odd number, or height and width, both odd.

    Returns:
        Kernel, shape (KH, KW), sum 1.

    Raises:
        ValueError: If a size is even (no centre) or less than 1.

    Examples:
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
        >>> box((1, 4)).tolist()
        [[0.25, 0.25, 0.25, 0.25]]
    """
    kh, kw = pair(size)
    return np.full((kh, kw), 1 / (kh * kw))


def gaussian(sigma: float, radius: int | None = None) -> NDArray[np.float64]:
    """Return the kernel that averages with a bell-shaped weight: near pixels count more.

    The bell exp(−d² / 2σ²) is sampled at whole pixels and divided by its sum.

    Args:
        sigma: Standard deviation in pixels.
        radius: Pixels on each side of the centre; by default 4σ, rounded, as in SciPy.

    Returns:
        Kernel, shape (2 · radius + 1, 2 · radius + 1), sum 1.

    Raises:
        ValueError: If sigma isn't positive and finite, or radius is negative.
        TypeError: If radius isn't a whole number.

    Examples:
        >>> gaussian(0.5).shape, gaussian(3.0, radius=2).shape
        ((5, 5), (5, 5))
    """
    if not 0 < sigma < np.inf:
        raise ValueError(f"sigma={sigma} must be positive and finite")
    default = int(4 * sigma + 0.5)
    (reach,) = whole_numbers(default if radius is None else radius, "radius", 1, minimum=0)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    bell /= bell.sum()
    return np.outer(bell, bell)


def sobel(axis: int, *, normalize: bool = False) -> NDArray[np.float64]:
    """Return Sobel's derivative along one axis: smooth with `[1, 2, 1]` across, subtract along.

    Args:
        axis: 0 for the derivative down the rows, 1 for the derivative across the columns.
        normalize: Divide by 8, so that a ramp of slope 1 answers 1.

    Returns:
        Kernel, shape (3, 3), sum 0.

    Raises:
        ValueError: If axis is neither 0 nor 1.

    Source: Sobel and Feldman's isotropic 3×3 operator (1968), written up in I. Sobel, "An isotropic
    3×3 image gradient operator" (2014).

    Examples:
        >>> sobel(axis=1).tolist()
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    return _derivative([1, 2, 1], axis, normalize)


def scharr(axis: int, *, normalize: bool = False) -> NDArray[np.float64]:
    """Return Scharr's derivative along one axis: smooth with `[3, 10, 3]` across, subtract along.

    The smoothing weights are chosen so that the direction of the gradient comes out right.

    Args:
        axis: 0 for the derivative down the rows, 1 for the derivative across the columns.
        normalize: Divide by 32, so that a ramp of slope 1 answers 1.

    Returns:
        Kernel, shape (3, 3), sum 0.

    Raises:
        ValueError: If axis is neither 0 nor 1.

    Source: B. Jähne, H. Scharr, S. Körkel, "Principles of filter design", Handbook of Computer
    Vision and Applications 2 (1999); `[3, 10, 3]` is the usual integer form.

    Examples:
        >>> scharr(axis=0).tolist()
        [[-3.0, -10.0, -3.0], [0.0, 0.0, 0.0], [3.0, 10.0, 3.0]]
    """
    return _derivative([3, 10, 3], axis, normalize)


def prewitt(axis: int, *, normalize: bool = False) -> NDArray[np.float64]:
    """Return Prewitt's derivative along one axis: smooth with `[1, 1, 1]` across, subtract along.

    Args:
        axis: 0 for the derivative down the rows, 1 for the derivative across the columns.
        normalize: Divide by 6, so that a ramp of slope 1 answers 1.

    Returns:
        Kernel, shape (3, 3), sum 0.

    Raises:
        ValueError: If axis is neither 0 nor 1.

    Source: J. M. S. Prewitt, "Object enhancement and extraction", Picture Processing and
    Psychopictorics (1970).

    Examples:
        >>> prewitt(axis=1, normalize=True).sum(axis=0).round(2).tolist()
        [-0.5, 0.0, 0.5]
    """
    return _derivative([1, 1, 1], axis, normalize)


def laplacian(diagonals: bool = False) -> NDArray[np.float64]:
    """Return the sum of the second derivatives along rows and columns.

    Args:
        diagonals: Use all eight neighbours instead of four. On a parabola this answers three
            times as much as the four-neighbour kernel, whose answer is the true one.

    Returns:
        Kernel, shape (3, 3), sum 0, negative in the centre.

    Examples:
        >>> laplacian().tolist()
        [[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]
        >>> laplacian(diagonals=True).tolist()
        [[1.0, 1.0, 1.0], [1.0, -8.0, 1.0], [1.0, 1.0, 1.0]]
    """
    if diagonals:
        return np.ones((3, 3)) - 9 * identity()
    second = [1.0, -2.0, 1.0]
    return np.outer(second, [0, 1, 0]) + np.outer([0, 1, 0], second)


def sharpen() -> NDArray[np.float64]:
    """Return the image minus its Laplacian: differences to the four neighbours are added back.

    Returns:
        Kernel, shape (3, 3), sum 1.

    Examples:
        >>> sharpen().tolist()
        [[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]
    """
    return identity() - laplacian()


def emboss() -> NDArray[np.float64]:
    """Return the image plus its diagonal derivative: a relief lit from the top left.

    Returns:
        Kernel, shape (3, 3), sum 1.

    Examples:
        >>> emboss().tolist()
        [[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]
    """
    return identity() + prewitt(axis=0) + prewitt(axis=1)


def _derivative(smooth: ArrayLike, axis: int, normalize: bool) -> NDArray[np.float64]:
    if axis not in (0, 1):
        raise ValueError(f"axis={axis} must be 0 (down the rows) or 1 (across the columns)")
    kernel = np.outer(smooth, [-1.0, 0.0, 1.0])
    if normalize:
        kernel /= 2 * np.sum(smooth)
    return kernel if axis == 1 else kernel.T.copy()
