"""The error function, which the exact GELU needs and NumPy lacks.

Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969), 631–637. Three ranges of |x|, in each a ratio of two polynomials.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.activations.blocks import by_blocks, pick
from convnotes.arguments import as_floats

SMALL, MIDDLE = 0.46875, 4.0  # the ranges' upper ends

# Cody's coefficients, highest power first. Small: |x| <= 0.46875, erf(x) = x · R(x²).
SMALL_OVER = (
    1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2,
    3.77485237685302021e2, 3.20937758913846947e3,
)  # fmt: skip
SMALL_UNDER = (
    1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
    2.84423683343917062e3,
)  # fmt: skip
# Middle: 0.46875 < |x| <= 4, erfc(x) = exp(−x²) · R(x).
MIDDLE_OVER = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
    6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
    1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
MIDDLE_UNDER = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
    1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
    3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
# Tail: |x| > 4, erfc(x) = exp(−x²) / x · (1/√π − R(1/x²) / x²).
TAIL_OVER = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
    1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4,
)  # fmt: skip
TAIL_UNDER = (
    1.0, 2.56852019228982242e0, 1.87295284992346047e0, 5.27905102951428412e-1,
    6.05183413124413191e-2, 2.33520497626869185e-3,
)  # fmt: skip
# Short, for float32: 0 <= x <= 15, Φ(−x) = exp(−x²/2) · R(x) with a relative error below 7e-9. Our
# own fit to scipy.special.erfcx, by least squares with weights that even out the error.
SHORT_OVER = (
    0.0041922526475940726, 0.041142348078318791, 0.18474113798930764,
    0.4403205603327236, 0.50000000335716355,
)  # fmt: skip
SHORT_UNDER = (
    0.010508315387853663, 0.10313435568115842, 0.47344741018241454,
    1.2087470291731492, 1.6785261557239006, 1.0,
)  # fmt: skip


def erf(x: ArrayLike) -> NDArray[np.floating]:
    """Return the error function, 2/√π times the integral of exp(−t²) from 0 to x.

    Args:
        x: Any shape.

    Returns:
        The same shape and floating dtype, in [−1, 1]. In float64 within 1e-15 of the true value.

    Raises:
        TypeError: If x isn't real numbers.

    Examples:
        >>> from convnotes.activations import erf
        >>> erf([-1.0, 0.0, 1.0]).round(6).tolist()
        [-0.842701, 0.0, 0.842701]
    """
    return by_blocks(erf_of, as_floats(x, "x"))


def erfc(x: ArrayLike) -> NDArray[np.floating]:
    """Return 1 − erf(x) without the cancellation: for large x it keeps its digits.

    Args:
        x: Any shape.

    Returns:
        The same shape and floating dtype, in [0, 2].

    Raises:
        TypeError: If x isn't real numbers.

    Examples:
        >>> from convnotes.activations import erf, erfc
        >>> f"{erfc(10.0):.6e}", float(1 - erf(10.0))
        ('2.088488e-45', 0.0)
    """
    return by_blocks(erfc_of, as_floats(x, "x"))


def erf_of(x: NDArray) -> NDArray:
    """Return erf of one block of numbers."""
    size = np.abs(x)
    far = 1 - _complement(size)
    return pick(size <= SMALL, _small(x), pick(x < 0, -far, far))


def erfc_of(x: NDArray) -> NDArray:
    """Return erfc of one block of numbers."""
    size = np.abs(x)
    far = _complement(size)
    return pick(size <= SMALL, 1 - _small(x), pick(x > 0, far, 2 - far))


def tail_share(size: NDArray) -> NDArray:
    """Return the share of a standard normal distribution beyond each number from 0 to 40, Φ(−x).

    Beyond 40 it is 0 in float64. The error is that of exp(−x²/2): about x² roundings.
    """
    bell = np.exp(size * size * -0.5)
    if size.dtype == np.float32:
        return bell * (_polynomial(SHORT_OVER, size) / _polynomial(SHORT_UNDER, size))
    scaled = size * 0.5**0.5
    return 0.5 * pick(scaled <= SMALL, 1 - _small(scaled), bell * _scaled(scaled))


def _small(x: NDArray) -> NDArray:
    """Erf up to SMALL; beyond, something without meaning that doesn't overflow."""
    x = np.clip(x, -SMALL, SMALL)
    square = x * x
    return x * (_polynomial(SMALL_OVER, square) / _polynomial(SMALL_UNDER, square))


def _complement(size: NDArray) -> NDArray:
    """Erfc above SMALL: beyond 30 it is 0 in float64, so clipping there changes nothing."""
    size = np.minimum(size, 30)
    return _gaussian(size) * _scaled(size)


def _scaled(size: NDArray) -> NDArray:
    """Return exp(size²) · erfc(size) from SMALL on."""
    middle = np.minimum(size, MIDDLE)
    scaled = _polynomial(MIDDLE_OVER, middle) / _polynomial(MIDDLE_UNDER, middle)
    is_tail = size > MIDDLE
    if is_tail.any():
        tail = np.maximum(size, MIDDLE)
        inverse = 1 / (tail * tail)
        ratio = _polynomial(TAIL_OVER, inverse) / _polynomial(TAIL_UNDER, inverse)
        scaled = pick(is_tail, (np.pi**-0.5 - inverse * ratio) / tail, scaled)
    return scaled


def _gaussian(size: NDArray) -> NDArray:
    """exp(−size²), squaring in two parts so that a large square keeps its last digits."""
    coarse = np.floor(size * 16) / 16  # its square is exact
    return np.exp(-(coarse * coarse)) * np.exp((coarse - size) * (size + coarse))


def _polynomial(coefficients: tuple[float, ...], x: NDArray) -> NDArray:
    """Horner's rule in place, which is ``np.polyval`` with half the memory."""
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value
