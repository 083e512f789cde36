"""Kernels that keep the image and add to it, of sum 1."""

import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import finite_number, positive_number
from convnotes.kernels.derivatives import laplacian, prewitt
from convnotes.kernels.sizes import square_reach
from convnotes.kernels.smoothing import gaussian, identity


def sharpen() -> NDArray[np.float64]:
    """Return the image minus its Laplacian: differences to the four neighbours are added back.

    Returns:
        Kernel, shape (3, 3), sum 1.

    Examples:
        >>> from convnotes.kernels import sharpen
        >>> sharpen().tolist()
        [[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]
    """
    return identity() - laplacian()


@np.errstate(under="ignore")  # far out, the bell may be 0
def unsharp(sigma: float, amount: float = 1.0, radius: int | None = None) -> NDArray[np.float64]:
    """Return unsharp masking: the image plus `amount` times what a Gaussian blur takes away.

    Args:
        sigma: Standard deviation of the blur, in pixels.
        amount: How strongly to sharpen; 0 copies the image, −1 blurs it.
        radius: Pixels on each side of the centre; by default 4σ, rounded.

    Returns:
        Kernel, shape (2 · radius + 1, 2 · radius + 1), sum 1.

    Raises:
        ValueError: If sigma isn't positive and finite, amount isn't finite, or radius is negative.
        TypeError: If sigma or amount isn't a real number, or radius isn't a whole one.

    Source: R. C. Gonzalez, R. E. Woods, "Digital Image Processing", 4th edition (2018), section
    3.6, on unsharp masking and highboost filtering.

    Examples:
        >>> from convnotes.kernels import unsharp
        >>> unsharp(0.5, amount=2.0, radius=1).round(2).tolist()
        [[-0.02, -0.17, -0.02], [-0.17, 1.76, -0.17], [-0.02, -0.17, -0.02]]
    """
    strength, width = finite_number(amount, "amount"), positive_number(sigma, "sigma")
    blur = gaussian(width, square_reach(radius, width, f"sigma={sigma}"))
    copy = identity(len(blur))
    return copy + strength * (copy - blur)


def emboss() -> NDArray[np.float64]:
    """Return the image plus its diagonal derivative: a relief lit from the top left.

    Returns:
        Kernel, shape (3, 3), sum 1.

    Examples:
        >>> from convnotes.kernels import emboss
        >>> emboss().tolist()
        [[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]
    """
    return identity() + prewitt(axis=0) + prewitt(axis=1)
