"""Winograd's minimal filtering: 3×3 convolution with fewer multiplications, in other bases."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnotes.convolution.shapes import Plan, pad_sides

# Lavin & Gray (2016), section 4. F(2×2, 3×3) interpolates at 0, 1, −1 and ∞.
F2_BT = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], dtype=float)
"""Bᵀ of F(2×2, 3×3), shape (4, 4), which transforms the tile."""
F2_G = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2
"""G of F(2×2, 3×3), shape (4, 3), which transforms the kernel."""
F2_AT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], dtype=float)
"""Aᵀ of F(2×2, 3×3), shape (2, 4), which transforms the product back."""

# F(4×4, 3×3) interpolates at 0, 1, −1, 2, −2 and ∞.
F4_BT = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    dtype=float,
)
"""Bᵀ of F(4×4, 3×3), shape (6, 6), which transforms the tile."""
F4_G = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
"""G of F(4×4, 3×3), shape (6, 3), which transforms the kernel."""
F4_AT = np.array(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
    dtype=float,
)
"""Aᵀ of F(4×4, 3×3), shape (4, 6), which transforms the product back."""

for _matrix in (F2_BT, F2_G, F2_AT, F4_BT, F4_G, F4_AT):
    _matrix.flags.writeable = False


def winograd_tiles(
    padded: NDArray[Any], filters: NDArray[Any], settled: Plan, groups: int, *, size: int
) -> NDArray[Any]:
    """Correlate with 3×3 filters at stride 1, in tiles of ``size`` × ``size`` outputs: 2 or 4.

    The transforms of a tile are written as one matrix, ``np.kron(BT, BT)``. Between them, tiles
    and filters are multiplied value by value and summed over the channels: one matrix product for
    each of the ``(size + 2)**2`` values. A NaN or an infinity spreads over its tile. Relative to
    the largest sum of absolute products the error is that of the definition for ``size=2``, and
    about ten times that for ``size=4``, whose matrices hold larger numbers.
    """
    bt, g, at = (F2_BT, F2_G, F2_AT) if size == 2 else (F4_BT, F4_G, F4_AT)
    into, weigh, back = (np.kron(m, m).astype(padded.dtype) for m in (bt, g, at))
    (n, c), (oh, ow), c_out, edge = padded.shape[:2], settled.output, len(filters), size + 2
    th, tw = -(-oh // size), -(-ow // size)
    short = [(0, max(0, t * size + 2 - s)) for t, s in zip((th, tw), padded.shape[2:], strict=True)]
    whole = pad_sides(padded, tuple(short), "zeros")
    flat = filters.reshape(-1, 9).T
    kernels = (weigh @ flat).reshape(edge**2, groups, c_out // groups, c // groups)
    out = np.empty((n, c_out, th, size, tw, size), padded.dtype)
    values = np.empty((edge, edge, c, th, tw), padded.dtype)
    for image, made in zip(whole, out, strict=True):
        for i, j in np.ndindex(edge, edge):
            values[i, j] = image[:, i : i + th * size : size, j : j + tw * size : size]
        tiles = (into @ values.reshape(edge**2, -1)).reshape(edge**2, groups, c // groups, -1)
        products = (kernels @ tiles).reshape(edge**2, -1)
        sums = (back @ products).reshape(size, size, c_out, th, tw)
        made[...] = sums.transpose(2, 3, 0, 4, 1)
    return out.reshape(n, c_out, th * size, tw * size)[..., :oh, :ow].copy()
