"""Kernels that let one band of frequencies through: neither the slowest waves nor the fastest."""

import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import finite_number, positive_number, real_number
from convnotes.kernels.sizes import frequency_below_half, square_reach
from convnotes.kernels.smoothing import bell_and_places, gaussian

# The bell of this width, times 1/frequency, passes half the gain from 2/3 to 4/3 of the frequency.
ONE_OCTAVE = 3 * np.sqrt(np.log(2) / 2) / np.pi


@np.errstate(under="ignore")  # far out, the bell may be 0
def log(sigma: float, radius: int | None = None) -> NDArray[np.float64]:
    """Return the Laplacian of a Gaussian: blur, then the sum of the second derivatives.

    One dimension is `bell · (d² − m)`, where m is the mean of d² under the bell: the Gaussian's
    second derivative without its rounding of the sum. Across, it is smoothed by the bell.

    Args:
        sigma: Standard deviation of the Gaussian in pixels, at least 0.03.
        radius: Pixels on each side of the centre; by default 4σ, rounded, and at least 1.

    Returns:
        Kernel, shape (2 · radius + 1, 2 · radius + 1), sum 0, negative in the centre, and scaled so
        that a parabola answers its curvature, the sum of its two second derivatives.

    Raises:
        ValueError: If sigma isn't finite and at least 0.03, or radius is less than 1.
        TypeError: If radius isn't a whole number.

    Source: D. Marr, E. Hildreth, "Theory of edge detection" (1980), doi:10.1098/rspb.1980.0020.

    Examples:
        >>> from convnotes.kernels import log
        >>> log(0.1).round(6).tolist()  # of a bell as narrow as a pixel: the Laplacian itself
        [[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]
    """
    width = positive_number(sigma, "sigma")
    if width < 0.03:  # the bell next to its centre is 0 in float64
        raise ValueError(f"sigma={sigma} must be at least 0.03")
    reach = square_reach(radius, width, f"sigma={sigma}", minimum=1)
    bell, place = bell_and_places(width, reach)
    squared = place**2
    second = bell * (squared - bell @ squared)
    second *= 2 / (second @ squared)
    return np.outer(second, bell) + np.outer(bell, second)


def dog(
    low_sigma: float, high_sigma: float | None = None, radius: int | None = None
) -> NDArray[np.float64]:
    """Return a difference of Gaussians: what a narrow blur keeps and a wide one takes away.

    It resembles the Laplacian of a Gaussian turned upside down, the more so the nearer the two
    widths are; but then little is left of the answer. 1.6 is the usual compromise.

    Args:
        low_sigma: Standard deviation of the narrow Gaussian, in pixels.
        high_sigma: Of the wide one; by default 1.6 · `low_sigma`, as in scikit-image.
        radius: Pixels on each side of the centre, for both; by default 4σ of each, rounded.

    Returns:
        Kernel, shape (2 · radius + 1, 2 · radius + 1), sum 0, positive in the centre.

    Raises:
        ValueError: If low_sigma isn't positive, high_sigma isn't greater and finite, or radius is
            negative.
        TypeError: If radius isn't a whole number.

    Source: D. Marr, E. Hildreth, "Theory of edge detection" (1980), doi:10.1098/rspb.1980.0020,
    appendix B, for the ratio.

    Examples:
        >>> from convnotes.kernels import dog
        >>> kernel = dog(1.0)
        >>> kernel.shape, bool(abs(kernel.sum()) < 1e-15), bool(kernel[6, 6] > 0)
        ((13, 13), True, True)
    """
    low = positive_number(low_sigma, "low_sigma")
    high = 1.6 * low if high_sigma is None else real_number(high_sigma, "high_sigma")
    if not low < high < np.inf:
        raise ValueError(f"high_sigma={high_sigma} must be finite and above low_sigma={low_sigma}")
    words = f"low_sigma={low_sigma}" if high_sigma is None else f"high_sigma={high_sigma}"
    wide = gaussian(high, square_reach(radius, high, words))
    narrow = gaussian(low, square_reach(radius, low, words))
    return np.pad(narrow, (len(wide) - len(narrow)) // 2) - wide


@np.errstate(under="ignore")  # far out, the bell may be 0
def gabor(
    frequency: float,
    angle: float = 0.0,
    *,
    phase: float = 0.0,
    sigma: float | None = None,
    radius: int | None = None,
) -> NDArray[np.float64]:
    """Return a wave under a bell: it answers to stripes of one width and one direction.

    Args:
        frequency: Of the wave, in cycles per pixel, strictly between 0 and 0.5.
        angle: Direction in which the wave runs, in radians: 0 is to the right (so the stripes
            stand upright), π/2 down.
        phase: Of the wave at the centre, in radians: 0 gives an even kernel, which answers to
            lines; −π/2 an odd one, which answers to edges that grow brighter along the wave.
        sigma: Standard deviation of the bell in pixels; by default 0.56 / frequency, which passes
            half the gain from 2/3 to 4/3 of the frequency: one octave.
        radius: Pixels on each side of the centre; by default 4σ, rounded.

    Returns:
        Kernel, shape (2 · radius + 1, 2 · radius + 1): twice the bell of sum 1 times the wave, so
        that the wave itself comes out about as strong as it went in. The sum is near 0, and 0
        for an odd kernel.

    Raises:
        ValueError: If frequency is out of range, angle or phase isn't finite, sigma isn't positive
            and finite, or radius is negative.
        TypeError: If radius isn't a whole number.

    Source: J. G. Daugman, "Uncertainty relation for resolution in space, spatial frequency, and
    orientation optimized by two-dimensional visual cortical filters" (1985),
    doi:10.1364/JOSAA.2.001160.

    Examples:
        >>> from convnotes.kernels import gabor
        >>> gabor(0.25, sigma=1.0, radius=2)[2].round(2).tolist()
        [-0.04, 0.0, 0.32, 0.0, -0.04]
    """
    waves = frequency_below_half(frequency)
    direction, shift = finite_number(angle, "angle"), finite_number(phase, "phase")
    width = ONE_OCTAVE / waves if sigma is None else positive_number(sigma, "sigma")
    words = f"frequency={frequency}" if sigma is None else f"sigma={sigma}"
    bell = gaussian(width, square_reach(radius, width, words))
    place = np.arange(len(bell)) - len(bell) // 2
    along = np.add.outer(np.sin(direction) * place, np.cos(direction) * place)
    return 2 * bell * np.cos(2 * np.pi * waves * along + shift)
