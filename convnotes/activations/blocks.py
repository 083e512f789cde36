"""How an elementwise function runs over an array: in blocks that stay in the cache."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK = 1 << 18  # bytes: a few such arrays fit the cache of a core, and Python's share is small
BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def by_blocks(
    function: Callable[..., NDArray], numbers: NDArray[np.floating], **options: NDArray
) -> NDArray[np.floating]:
    """Return a function's value at every number, NaN at every NaN, in the dtype of the numbers.

    Whatever passes the function makes over a block, the numbers are read from memory once. Float16
    is computed in float32, since it has room for neither constants nor sums. Nothing warns: a
    value that no float holds is infinity or 0, and infinity times 0 is NaN.

    Args:
        function: Takes a block of numbers, and the options by name; gives as many numbers.
        numbers: Floats, any shape.
        **options: Arrays that broadcast to it, of which the function gets what stands beside.

    Returns:
        The same shape; a number for no axes.

    Examples:
        >>> import numpy as np
        >>> from convnotes.activations.blocks import by_blocks
        >>> by_blocks(lambda x: x * x, np.float16([3, np.nan])).tolist()
        [9.0, nan]
    """
    out = np.empty_like(numbers)
    operands = [numbers, *options.values(), out]
    wide = np.result_type(numbers, np.float32)
    blocks = np.nditer(
        operands,
        ["external_loop", "buffered", "zerosize_ok"],
        [["readonly"]] * (len(operands) - 1) + [["writeonly"]],
        [wide] * len(operands),
        casting="same_kind",
        buffersize=BLOCK // wide.itemsize,
    )
    with np.errstate(all="ignore"), blocks:
        for part, *beside, made in blocks:
            made[...] = function(part, **dict(zip(options, beside, strict=True)))
            if np.isnan(part.max(initial=-np.inf)):
                np.copyto(made, part, where=np.isnan(part))
    return out[()]


def pick(
    condition: NDArray[np.bool_], one: NDArray[np.floating], other: ArrayLike
) -> NDArray[np.floating]:
    """Return ``np.where(condition, one, other)``, by arithmetic on the bits.

    A processor guesses which way a branch goes; on random signs it is wrong half the time, and
    ``np.where`` takes twenty times as long as a product.

    Args:
        condition: Booleans, any shape.
        one: Floats where it holds, the same shape.
        other: Where it doesn't, of the same dtype: an array, or a number for all.

    Examples:
        >>> import numpy as np
        >>> from convnotes.activations.blocks import pick
        >>> pick(np.array([True, False]), np.array([1.0, np.nan]), -0.5).tolist()
        [1.0, -0.5]
    """
    bits = BITS.get(one.dtype)
    if bits is None:  # longdouble
        return np.where(condition, one, other)
    a, b = one.view(bits), np.asarray(other, one.dtype).view(bits)
    chosen = condition.astype(bits)
    np.negative(chosen, out=chosen)  # all ones, or all zeros
    chosen &= a ^ b
    chosen ^= b
    return chosen.view(one.dtype)
