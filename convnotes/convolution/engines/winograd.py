"""Winograd's minimal filtering: 3×3 convolution with fewer multiplications, in other bases."""

import numpy as np

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
