"""Kernels that subtract: first and second derivatives, of sum 0."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import switch
from convnotes.kernels.sizes import one_of_two
from convnotes.kernels.smoothing import identity


def sobel(axis: int, *, normalize: bool = False) -> NDArray[np.float64]:
    """Return Sobel's derivative along one axis: smooth with `[1, 2, 1]` across, subtract along.

    Args:
        axis: 0 for the derivative down the rows, 1 for the derivative across the columns.
        normalize: Divide by 8, so that a ramp of slope 1 answers 1.

    Returns:
        Kernel, shape (3, 3), sum 0.

    Raises:
        ValueError: If axis is neither 0 nor 1.
        TypeError: If axis isn't a whole number, or normalize neither True nor False.

    Source: Sobel and Feldman's isotropic 3×3 operator (1968), written up in I. Sobel, "An isotropic
    3×3 image gradient operator" (2014), doi:10.13140/RG.2.1.1912.4965.

    Examples:
        >>> from convnotes.kernels import sobel
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
        TypeError: If axis isn't a whole number, or normalize neither True nor False.

    Source: B. Jähne, H. Scharr, S. Körkel, "Principles of filter design", Handbook of Computer
    Vision and Applications 2 (1999); `[3, 10, 3]` is the usual integer form.

    Examples:
        >>> from convnotes.kernels import scharr
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
        TypeError: If axis isn't a whole number, or normalize neither True nor False.

    Source: J. M. S. Prewitt, "Object enhancement and extraction", Picture Processing and
    Psychopictorics (1970).

    Examples:
        >>> from convnotes.kernels import prewitt
        >>> prewitt(axis=1, normalize=True).sum(axis=0).round(2).tolist()
        [-0.5, 0.0, 0.5]
    """
    return _derivative([1, 1, 1], axis, normalize)


def roberts(diagonal: int, *, normalize: bool = False) -> NDArray[np.float64]:
    """Return Roberts' derivative along one diagonal: the difference of two touching corners.

    The smallest gradient operator. It has no centre: what
    [`filter2d`][convnotes.convolution.filter2d] returns at a pixel belongs to the corner half a
    pixel below and to the right of it.

    Args:
        diagonal: 0 for the derivative towards the lower right, 1 towards the lower left.
        normalize: Divide by √2, the distance of the two pixels, so that a ramp that rises by 1 a
            pixel in that direction answers 1. The two answers then have the length of the gradient.

    Returns:
        Kernel, shape (2, 2), sum 0.

    Raises:
        ValueError: If diagonal is neither 0 nor 1.
        TypeError: If diagonal isn't a whole number, or normalize neither True nor False.

    Source: L. G. Roberts, "[Machine perception of three-dimensional
    solids](https://dspace.mit.edu/handle/1721.1/11589)" (1963).

    Examples:
        >>> from convnotes.kernels import roberts
        >>> roberts(0).tolist(), roberts(1).tolist()
        ([[-1.0, 0.0], [0.0, 1.0]], [[0.0, -1.0], [1.0, 0.0]])
    """
    turned = one_of_two(diagonal, "diagonal", "to the lower right", "lower left")
    kernel = np.diag([-1.0, 1.0])
    if switch(normalize, "normalize"):
        kernel /= np.sqrt(2)
    return kernel[:, ::-1].copy() if turned else kernel


def laplacian(diagonals: bool = False) -> NDArray[np.float64]:
    """Return the sum of the second derivatives along rows and columns.

    Args:
        diagonals: Use all eight neighbours instead of four. On a parabola this answers three
            times as much as the four-neighbour kernel, whose answer is the true one.

    Returns:
        Kernel, shape (3, 3), sum 0, negative in the centre.

    Raises:
        TypeError: If diagonals is neither True nor False.

    Examples:
        >>> from convnotes.kernels import laplacian
        >>> laplacian().tolist()
        [[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]
        >>> laplacian(diagonals=True).tolist()
        [[1.0, 1.0, 1.0], [1.0, -8.0, 1.0], [1.0, 1.0, 1.0]]
    """
    if switch(diagonals, "diagonals"):
        return np.ones((3, 3)) - 9 * identity()
    second = [1.0, -2.0, 1.0]
    return np.outer(second, [0, 1, 0]) + np.outer([0, 1, 0], second)


def _derivative(smooth: ArrayLike, axis: int, normalize: bool) -> NDArray[np.float64]:
    across = one_of_two(axis, "axis", "down the rows", "across the columns")
    kernel = np.outer(smooth, [-1.0, 0.0, 1.0])
    if switch(normalize, "normalize"):
        kernel /= 2 * np.sum(smooth)
    return kernel if across else kernel.T.copy()
