"""Winograd's minimal filtering: a tile of 3×3 outputs with fewer multiplications."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_array
from convnotes.convolution.engines.winograd import F2_AT, F2_BT, F2_G, F4_AT, F4_BT, F4_G
from convnotes.convolution.shapes import working


class Winograd(NamedTuple):
    """The four arrays of Winograd's algorithm, in the order in which they are computed."""

    kernel: NDArray[Any]
    """U = G g Gᵀ, shape (4, 4) or (6, 6)."""
    tile: NDArray[Any]
    """V = Bᵀ d B, shape of the tile."""
    product: NDArray[Any]
    """U ⊙ V, shape of the tile: the only products of data with weights."""
    output: NDArray[Any]
    """Aᵀ (U ⊙ V) A, shape (..., 2, 2) or (..., 4, 4): the tile correlated with the kernel."""


@np.errstate(all="ignore")  # inf − inf is NaN, and no surprise
def winograd(tile: ArrayLike, kernel: ArrayLike) -> Winograd:
    """Correlate a tile with a 3×3 kernel by Winograd's minimal filtering, step by step.

    A 4×4 tile uses F(2×2, 3×3): 16 multiplications where the definition takes 36. A 6×6 tile uses
    F(4×4, 3×3): 36 where it takes 144. The transforms come on top. A NaN or an infinity can spread
    over the whole output of its tile.

    Args:
        tile: Shape (..., 4, 4) or (..., 6, 6).
        kernel: Shape (3, 3).

    Raises:
        ValueError: If `tile` or `kernel` has another shape.
        TypeError: If `tile` or `kernel` isn't made of numbers.

    Source:
        Lavin & Gray (2016), arXiv:1509.09308, section 4.

    Examples:
        >>> import numpy as np
        >>> from convnotes.three_by_three import winograd
        >>> winograd(np.arange(16).reshape(4, 4), np.ones((3, 3))).output.tolist()
        [[45.0, 54.0], [81.0, 90.0]]
    """
    d, g = as_array(tile, "tile"), as_array(kernel, "kernel")
    if g.shape != (3, 3):
        raise ValueError(f"kernel must have shape (3, 3), not {g.shape}")
    if d.shape[-2:] not in ((4, 4), (6, 6)):
        raise ValueError(f"tile must have shape (..., 4, 4) or (..., 6, 6), not {d.shape}")
    dtype = np.result_type(d, g)
    if dtype.kind in "biu":
        dtype = np.dtype(float)
    matrices = (F2_BT, F2_G, F2_AT) if d.shape[-1] == 4 else (F4_BT, F4_G, F4_AT)
    wide = working(dtype)
    bt, g_matrix, at = (matrix.astype(wide) for matrix in matrices)
    u = g_matrix @ g.astype(wide) @ g_matrix.T
    v = bt @ d.astype(wide) @ bt.T
    steps = u, v, u * v, at @ (u * v) @ at.T
    return Winograd(*(array.astype(dtype, copy=False) for array in steps))
