"""Real inputs to try things on: a photograph, two sounds, three test patterns.

Nothing is downloaded. The photograph is the one matplotlib ships; the rest is computed.
"""

from collections.abc import Sequence

import matplotlib.cbook
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import (
    check_room,
    generator,
    real_number,
    switch,
    whole_number,
    whole_numbers,
)

__all__ = ["checkerboard", "impulse", "photo", "pluck", "tone", "zone_plate"]

# ITU-R Recommendation BT.601, section 2.5.1: luma from red, green and blue.
LUMA = np.array([0.299, 0.587, 0.114])


def photo(shrink: int = 1, *, color: bool = False) -> NDArray[np.float64]:
    """A portrait of Grace Hopper, photographed by James S. Davis for the US Navy.

    The file is matplotlib's own sample image and in the public domain.

    Args:
        shrink: Replace each ``shrink`` × ``shrink`` block of pixels by its mean. Rows and columns
            that don't fill a block are cut off at the bottom and right. 1 to 512.
        color: Keep red, green and blue instead of mixing them to luma.

    Returns:
        The image, shape (600 // shrink, 512 // shrink), with a trailing 3 if ``color``;
        float64 in [0, 1].

    Raises:
        TypeError: If ``shrink`` isn't an integer, or ``color`` neither True nor False.
        ValueError: If ``shrink`` is below 1 or above 512.

    Source:
        [ITU-R BT.601](https://www.itu.int/rec/R-REC-BT.601), section 2.5.1, for the luma weights.

    Examples:
        >>> from convnotes.samples import photo
        >>> photo().shape, photo(shrink=4, color=True).shape
        ((600, 512), (150, 128, 3))
    """
    if whole_number(shrink, "shrink", minimum=1) > 512:
        raise ValueError(f"shrink={shrink} leaves no pixel of an image 600 high and 512 wide")
    colored = switch(color, "color")
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        rgb = plt.imread(file, format="jpg") / 255  # (600, 512, 3)
    image = rgb if colored else rgb @ LUMA
    h, w = image.shape[0] // shrink, image.shape[1] // shrink
    blocks = image[: h * shrink, : w * shrink].reshape(h, shrink, w, shrink, *image.shape[2:])
    return blocks.mean(axis=(1, 3))


def tone(
    frequency: float = 440.0, seconds: float = 1.0, *, rate: int = 8000
) -> NDArray[np.float64]:
    """A pure sine tone.

    Args:
        frequency: In hertz; at most half of ``rate``, the highest frequency the samples can hold.
        seconds: Length.
        rate: Samples a second.

    Returns:
        The sound, shape (round(seconds * rate),), float64 in [-1, 1].

    Raises:
        TypeError: If ``rate`` isn't an integer, or ``frequency`` or ``seconds`` no real number.
        ValueError: If ``rate`` is below 1, ``seconds`` negative or ``frequency`` outside
            [0, rate / 2].

    Examples:
        A quarter of the rate visits 0, 1, 0, −1:

        >>> from convnotes.samples import tone
        >>> tone(2000, 4 / 8000).round(6).tolist()
        [0.0, 1.0, 0.0, -1.0]
    """
    pitch, size = _pitch_and_size(frequency, seconds, rate)
    return np.sin(2 * np.pi * pitch * (np.arange(size) / rate))


def pluck(
    frequency: float = 220.0, seconds: float = 1.0, *, rate: int = 8000, rng: np.random.Generator
) -> NDArray[np.float64]:
    """A plucked string: a burst of noise that circulates and is averaged at every round.

    Each sample is the mean of the two samples one period earlier, so the high frequencies die
    first, as on a guitar. The pitch is ``rate / (period + 1/2)`` with a whole ``period``, the
    nearest that this delay line can play.

    Args:
        frequency: Wanted pitch in hertz; above 0 and at most half of ``rate``.
        seconds: Length.
        rate: Samples a second.
        rng: Draws the burst; the same generator state gives the same sound.

    Returns:
        The sound, shape (round(seconds * rate),), float64 in [-1, 1].

    Raises:
        TypeError: If ``rate`` isn't an integer, ``frequency`` or ``seconds`` isn't a real number,
            or ``rng`` isn't a ``numpy.random.Generator``.
        ValueError: If ``rate`` is below 1, ``seconds`` negative or ``frequency`` outside
            (0, rate / 2].

    Source:
        Karplus and Strong, Digital Synthesis of Plucked-String and Drum Timbres, Computer Music
        Journal 7(2), 1983, doi:10.2307/3680062.

    Examples:
        >>> import numpy as np
        >>> from convnotes.samples import pluck
        >>> sound = pluck(rng=np.random.default_rng(0))
        >>> sound.shape, bool(abs(sound).max() <= 1)
        ((8000,), True)
    """
    pitch, size = _pitch_and_size(frequency, seconds, rate)
    if pitch == 0:
        raise ValueError("frequency=0 has no period; give a frequency above 0")
    check_room(f"frequency={frequency} at rate={rate}", round(min(rate / pitch, 1e15)))
    period = max(round(rate / pitch - 0.5), 1)
    burst = generator(rng).uniform(-1, 1, period + 1)  # one sample more, to average the first with
    sound = np.concatenate([burst, np.zeros(max(size - period - 1, 0))])
    for begin in range(period + 1, size, period):
        end = min(begin + period, size)
        earlier = sound[begin - period - 1 : end - period]
        sound[begin:end] = (earlier[1:] + earlier[:-1]) / 2
    return sound[:size]


def impulse(shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Zeros with a single 1 in the middle: what a kernel makes of it is the kernel itself.

    Args:
        shape: Size of each axis. The 1 is at index ``size // 2`` of each.

    Returns:
        The impulse, float64, sum 1.

    Raises:
        TypeError: If a size isn't an integer.
        ValueError: If a size is below 1: there would be no place for the 1.

    Examples:
        >>> from convnotes.samples import impulse
        >>> impulse(5).tolist()
        [0.0, 0.0, 1.0, 0.0, 0.0]
    """
    several = isinstance(shape, Sequence) and not isinstance(shape, str | bytes)
    if several and not shape:
        raise ValueError(f"shape={shape} must have at least one axis")
    sizes = whole_numbers(shape, "shape", len(shape) if several else 1, minimum=1)
    check_room(f"shape={shape}", *sizes)
    image = np.zeros(sizes)
    image[tuple(size // 2 for size in sizes)] = 1
    return image


def checkerboard(shape: tuple[int, int], square: int = 8) -> NDArray[np.float64]:
    """Squares of 0 and 1, starting with 0 at the top left.

    Args:
        shape: Height and width in pixels; cut squares at the bottom and right are allowed.
        square: Side of a square in pixels.

    Returns:
        The board, shape ``shape``, float64, only 0 and 1.

    Raises:
        TypeError: If a size isn't an integer.
        ValueError: If ``square`` or a size is below 1.

    Examples:
        >>> from convnotes.samples import checkerboard
        >>> checkerboard((2, 4), square=1).tolist()
        [[0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]]
    """
    side = whole_number(square, "square", minimum=1)
    if isinstance(shape, int | np.integer):
        raise TypeError(f"shape={shape} must be two whole numbers, (height, width)")
    height, width = whole_numbers(shape, "shape", 2, minimum=1)
    check_room(f"shape={shape}", height, width)
    rows, columns = np.indices((height, width)) // side
    return ((rows + columns) % 2).astype(float)


def zone_plate(size: int) -> NDArray[np.float64]:
    """Rings that grow finer outwards, so one image holds every frequency and orientation.

    The phase is π r² / size at r pixels from the centre. Its slope along an axis is r / size
    cycles a pixel: 0 at the centre and a half, the finest that pixels can show, at the middle of
    each side.

    Args:
        size: Height and width in pixels.

    Returns:
        The image, shape (size, size), float64 in [0, 1], 1 at the centre of odd sizes.

    Raises:
        TypeError: If ``size`` isn't an integer.
        ValueError: If ``size`` is below 1.

    Examples:
        >>> from convnotes.samples import zone_plate
        >>> plate = zone_plate(65)
        >>> float(plate[32, 32]), float(plate.min()) >= 0
        (1.0, True)
    """
    check_room(f"size={size}", *[whole_number(size, "size", minimum=1)] * 2)
    position = np.arange(size) - (size - 1) / 2
    squared_radius = position[:, None] ** 2 + position**2
    return (1 + np.cos(np.pi * squared_radius / size)) / 2


def _pitch_and_size(frequency: float, seconds: float, rate: int) -> tuple[float, int]:
    whole_number(rate, "rate", minimum=1)
    length, pitch = real_number(seconds, "seconds"), real_number(frequency, "frequency")
    if not 0 <= length < np.inf:
        raise ValueError(f"seconds={seconds} must be 0 or more, and finite")
    check_room(f"seconds={seconds} at rate={rate}", round(length * rate))
    if not 0 <= pitch <= rate / 2:
        raise ValueError(f"frequency={frequency} must lie in [0, rate / 2 = {rate / 2:g}]")
    return pitch, round(length * rate)
