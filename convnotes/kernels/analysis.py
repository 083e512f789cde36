"""What a kernel measures, and how well: gradients, factors, frequencies."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.arguments import as_floats, word
from convnotes.convolution import filter2d
from convnotes.kernels.derivatives import prewitt, roberts, scharr, sobel
from convnotes.kernels.sizes import pair

_ALONG_AXES = {"prewitt": prewitt, "scharr": scharr, "sobel": sobel}


@np.errstate(under="ignore")  # of what is nearly 0
def gradient(image: ArrayLike, operator: str = "scharr") -> tuple[NDArray, NDArray]:
    """Estimate how fast brightness changes at each pixel, and in which direction it grows.

    Args:
        image: Grey or colour image, shape (H, W) or (H, W, C); channels are treated one by one.
        operator: "prewitt", "roberts", "scharr" or "sobel", scaled so that a unit ramp has slope 1.
            The estimate by "roberts" belongs half a pixel below and to the right.

    Returns:
        Magnitude, in brightness per pixel, and angle, in radians from −π to π. The angle is 0
        where brightness grows to the right and π/2 where it grows downwards. Both have the shape
        of the image. The border is filled by reflection, so there the slope across it is 0.

    Raises:
        ValueError: If the operator has another name, or the image another number of axes.
        TypeError: If the image isn't made of real numbers.

    Examples:
        >>> import numpy as np
        >>> from convnotes.kernels import gradient
        >>> ramp = np.tile(np.arange(5.0), (4, 1))
        >>> magnitude, angle = gradient(ramp)
        >>> magnitude[1].tolist(), angle[1, 2].item()
        ([0.0, 1.0, 1.0, 1.0, 0.0], 0.0)
    """
    pixels = as_floats(image, "image", "H, W", "H, W, C")
    down, right = (
        filter2d(pixels, kernel, padding_mode="reflect") for kernel in _down_and_right(operator)
    )
    return np.hypot(down, right), np.arctan2(down, right)


def orientation_error(operator: str, frequency: ArrayLike) -> NDArray[np.float64]:
    """Return how far a gradient operator misses the direction of a plane wave, at worst.

    Args:
        operator: "prewitt", "roberts", "scharr" or "sobel".
        frequency: Of the wave, in cycles per pixel, strictly between 0 and 0.5, the fastest along
            an axis; any shape.

    Returns:
        Largest error over all directions (sampled every quarter degree), from 0 to 180
        degrees; same shape.

    Raises:
        ValueError: If the operator has another name or a frequency is out of range.

    Examples:
        >>> from convnotes.kernels import orientation_error
        >>> [orientation_error(name, 0.25).round(2).item() for name in ("sobel", "scharr")]
        [3.24, 0.29]
    """
    kernels, waves = _down_and_right(operator), as_floats(frequency, "frequency")
    if not np.all((waves > 0) & (waves < 0.5)):
        raise ValueError(f"frequency={frequency} must lie strictly between 0 and 0.5")
    angle = np.radians(np.linspace(0, 90, 361))  # the other quadrants mirror this one
    row, column = np.indices(kernels[0].shape) - (len(kernels[0]) - 1) / 2
    place = np.multiply.outer(np.sin(angle), row) + np.multiply.outer(np.cos(angle), column)
    wave = np.sin(2 * np.pi * np.multiply.outer(waves, place))  # (..., 361, KH, KW)
    down, right = (np.sum(wave * kernel, axis=(-2, -1)) for kernel in kernels)
    turn = np.exp(1j * (np.arctan2(down, right) - angle))  # 350° off is 10° off
    return np.degrees(np.abs(np.angle(turn))).max(axis=-1)


@np.errstate(under="ignore")  # of what is nearly 0
def separate(kernel: ArrayLike) -> tuple[NDArray, NDArray]:
    """Split a kernel into the fewest pairs of a column and a row, by its singular values.

    Args:
        kernel: Kernel, shape (KH, KW).

    Returns:
        Columns, shape (rank, KH), and rows, shape (rank, KW), strongest pair first, such that the
        kernel is the sum of ``np.outer(column, row)``. Rank 1 means separable. Column and row have
        the same length, and the column's largest entry (the last of several) is positive.

    Raises:
        ValueError: If the kernel isn't a 2-D array of finite values, or is empty.

    Examples:
        >>> from convnotes.kernels import separate
        >>> columns, rows = separate([[-2, 0, 2], [-4, 0, 4], [-2, 0, 2]])
        >>> len(rows), (columns[0] / columns[0, 0]).round(6).tolist()
        (1, [1.0, 2.0, 1.0])
    """
    matrix = _matrix(kernel)
    if not np.isfinite(matrix).all():
        raise ValueError("kernel must be finite, to be separated")
    wide = np.float32 if matrix.dtype.itemsize < 8 else np.float64  # all that an SVD is made for
    left, strength, right = np.linalg.svd(matrix.astype(wide), full_matrices=False)
    eps = max(np.finfo(matrix.dtype).eps, np.finfo(wide).eps)
    noise = strength.max() * max(matrix.shape) * eps
    rank = np.count_nonzero(strength > noise)
    columns, rows = left.T[:rank], right[:rank]
    # Rounding must not choose between equally large entries.
    large = np.abs(columns) > 0.999 * np.abs(columns).max(axis=1, keepdims=True)
    last = columns.shape[1] - 1 - large[:, ::-1].argmax(axis=1)
    sign = np.sign(np.take_along_axis(columns, last[:, None], axis=1))
    scale = np.sqrt(strength[:rank, None]) * sign
    return tuple((part * scale).astype(matrix.dtype) for part in (columns, rows))


@np.errstate(under="ignore")  # of what is nearly 0
def frequency_response(kernel: ArrayLike, size: int | tuple[int, int]) -> NDArray:
    """Return what filter2d with this kernel does to each frequency of a periodic image.

    Args:
        kernel: Kernel, shape (KH, KW).
        size: Frequencies along each axis, one number or height and width.

    Returns:
        Complex response, shape (S0, S1), frequency 0 in the middle (as ``np.fft.fftshift``
        orders it). The wave exp(2πi(f₀·row + f₁·column)) comes out multiplied by
        Σ ``kernel[r, c]`` · exp(2πi(f₀·r + f₁·c)), where r and c are counted from the centre,
        ((KH − 1) // 2, (KW − 1) // 2). The modulus is the gain.

    Raises:
        ValueError: If the kernel isn't a 2-D array or is empty, or a size is less than 1.

    Examples:
        >>> from convnotes.kernels import frequency_response
        >>> frequency_response([[1 / 3, 1 / 3, 1 / 3]], (1, 4)).real.round(3).tolist()
        [[-0.333, 0.333, 1.0, 0.333]]
    """
    matrix = _matrix(kernel)
    down, across = (_waves(s, k) for s, k in zip(pair(size), matrix.shape, strict=True))
    return (down @ matrix @ across.T).astype(np.result_type(matrix, np.complex64))


def _waves(size: int, kernel_size: int) -> NDArray[np.complex128]:
    frequency = np.fft.fftshift(np.fft.fftfreq(size))
    place = np.arange(kernel_size) - (kernel_size - 1) // 2
    return np.exp(2j * np.pi * np.outer(frequency, place))


def _matrix(kernel: ArrayLike) -> NDArray:
    matrix = as_floats(kernel, "kernel", "KH, KW")
    if matrix.size == 0:
        raise ValueError(f"kernel must not be empty, shape {matrix.shape}")
    return matrix


def _down_and_right(operator: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the operator's derivatives along axis 0 and axis 1, a unit ramp answering 1."""
    word(operator, "operator", (*_ALONG_AXES, "roberts"))
    if operator == "roberts":  # measures along the diagonals: turn by 45°
        lower_right, lower_left = (roberts(diagonal, normalize=True) for diagonal in (0, 1))
        return (lower_right + lower_left) / np.sqrt(2), (lower_right - lower_left) / np.sqrt(2)
    along = _ALONG_AXES[operator]
    return along(0, normalize=True), along(1, normalize=True)
