"""What arguments must be, asked in one place: arrays, numbers, words, switches, generators.

Every function here takes a value and the name of the argument that it was given for, and returns
the value in its settled form, or raises an error that begins with the name.
"""

from collections.abc import Collection, Mapping, Sequence
from math import inf, isfinite, prod
from numbers import Integral, Real
from sys import maxsize
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROOM = 2**31  # values that numbers alone may ask for: 16 GB in float64


def as_array(value: ArrayLike, name: str) -> NDArray[Any]:
    """Return an array of numbers: bool, integers, floats or complex.

    Raises:
        TypeError: It isn't made of numbers (text, objects, dates), has a mask that would be lost,
            or is a tensor whose gradient would be lost.
        ValueError: Its rows differ in length.

    Examples:
        >>> from convnotes.arguments import as_array
        >>> as_array([1, 2.5], "x").tolist()
        [1.0, 2.5]
    """
    try:
        if type(value) is not np.ndarray:
            check_readable(value, name)
        array = np.asarray(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} must be an array with rows of equal length") from error
    except Exception as error:
        words = str(error) if str(error).startswith(name) else f"{name} is no array: {error}"
        raise TypeError(words) from error
    if array.dtype.kind not in "biufc":
        plain = array.ndim == 0 and not isinstance(value, np.generic | np.ndarray)
        kind = type(value).__name__ if plain else f"of dtype {array.dtype}"
        raise TypeError(f"{name} must be an array of numbers, not {kind}")
    return array


def check_readable(value: Any, name: str) -> None:  # noqa: ANN401
    """Refuse what NumPy would read, but only in part, however deep in lists it is."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is masked, and the mask would be lost: fill or cut it before")
    if getattr(value, "requires_grad", False) is True:
        raise TypeError(f"{name} is a tensor that requires grad, which would be lost: detach it")
    if isinstance(value, list | tuple):
        for part in value:
            if not isinstance(part, int | float):
                check_readable(part, name)


def as_floats(value: ArrayLike, name: str, *layouts: str) -> NDArray[Any]:
    """Return real floating-point numbers with the axes that one of the ``layouts`` names.

    A floating dtype is kept, integers become float64. Without layouts, any shape will do.

    Examples:
        >>> from convnotes.arguments import as_floats
        >>> as_floats([[1, 2]], "kernel", "KH, KW").dtype
        dtype('float64')
    """
    array = as_array(value, name)
    if layouts and array.ndim not in [len(layout.split(", ")) for layout in layouts]:
        axes = " or ".join(f"({layout})" for layout in layouts)
        raise ValueError(f"{name} must have the axes {axes}, not shape {array.shape}")
    if array.dtype.kind == "c":
        raise TypeError(f"{name} must be real, not {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def whole_numbers(
    value: int | Sequence[int], name: str, count: int, *, minimum: int
) -> tuple[int, ...]:
    """Return ``count`` whole numbers from one number, used for every axis, or one per axis.

    Examples:
        >>> from convnotes.arguments import whole_numbers
        >>> whole_numbers(3, "stride", 2, minimum=1)
        (3, 3)
    """
    check_readable(value, name)
    given = value.tolist() if isinstance(value, np.ndarray) else value
    entries = tuple(given) if isinstance(given, Sequence) else (given,) * count
    if isinstance(value, str | bytes) or not all(is_whole(entry) for entry in entries):
        words = f"or {count} of them" if count > 1 else ""
        raise TypeError(f"{name}={value!r} must be a whole number {words}".rstrip())
    if len(entries) != count:
        raise ValueError(f"{name}={value!r} must be one number or {count}, not {len(entries)}")
    if any(entry < minimum for entry in entries):
        raise ValueError(f"{name}={value!r} must be at least {minimum}")
    if any(entry > maxsize for entry in entries):
        raise ValueError(f"{name}={value!r} must be at most {maxsize}")
    return tuple(int(entry) for entry in entries)


def whole_number(value: int, name: str, *, minimum: int) -> int:
    """Return one whole number.

    Examples:
        >>> import numpy as np
        >>> from convnotes.arguments import whole_number
        >>> whole_number(np.int8(3), "groups", minimum=1)
        3
    """
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        raise TypeError(f"{name}={value!r} must be a whole number")
    return whole_numbers(value, name, 1, minimum=minimum)[0]


def is_whole(value: object) -> bool:
    """Tell integers, NumPy's included, from everything else, bool included."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def shape_entries(value: Sequence[int], name: str, *layouts: str) -> tuple[int, ...]:
    """Return the sizes of an array with the axes that one of the ``layouts`` names."""
    words = f"{name}={value!r} must be the sizes {' or '.join(f'({each})' for each in layouts)}"
    if isinstance(value, str | bytes) or not isinstance(value, Sequence | np.ndarray):
        raise TypeError(words)
    if isinstance(value, np.ndarray) and value.ndim != 1:
        raise TypeError(words)
    if len(value) not in [len(layout.split(", ")) for layout in layouts]:
        raise ValueError(words)
    return whole_numbers(value, name, len(value), minimum=0)


def check_room(words: str, *sizes: int) -> None:
    """Refuse numbers that alone, without large inputs, ask for an array that fits no memory."""
    if prod(sizes) > ROOM:
        raise ValueError(f"{words} asks for {prod(sizes):,} values, more than {ROOM:,}")


def real_number(value: float, name: str) -> float:
    """Return one real number, which may be infinite or NaN.

    Examples:
        >>> import numpy as np
        >>> from convnotes.arguments import real_number
        >>> real_number(np.float32(0.5), "angle")
        0.5
    """
    check_readable(value, name)
    try:
        if isinstance(value, Real) and not isinstance(value, bool):
            return float(value)
        array = as_array(value, name)
    except OverflowError:
        return inf if value > 0 else -inf
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}={value!r} must be a real number") from error
    if array.ndim or array.dtype.kind not in "iuf":
        raise TypeError(f"{name}={value!r} must be a real number")
    return float(array)


def finite_number(value: float, name: str) -> float:
    """Return one real number, neither infinite nor NaN."""
    number = real_number(value, name)
    if not isfinite(number):
        raise ValueError(f"{name}={value!r} must be finite")
    return number


def positive_number(value: float, name: str) -> float:
    """Return one finite number above 0."""
    number = real_number(value, name)
    if not 0 < number < inf:
        raise ValueError(f"{name}={value!r} must be positive and finite")
    return number


def switch(value: bool, name: str) -> bool:
    """Return a bool. Text, of which any is true to Python, and numbers are refused.

    Examples:
        >>> import numpy as np
        >>> from convnotes.arguments import switch
        >>> switch(np.True_, "normalize")
        True
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value!r} must be True or False")
    return bool(value)


def word(value: str, name: str, words: Collection[str]) -> str:
    """Return one of several words."""
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name}={value!r} must be one of {', '.join(map(repr, words))}")
    return value


def text(value: str, name: str) -> str:
    """Return words for people to read."""
    if not isinstance(value, str):
        raise TypeError(f"{name}={value!r} must be a string")
    return value


def mapping(value: Mapping[str, Any], name: str, entry: str) -> Mapping[str, Any]:
    """Return a dict, or something like it, that holds at least one thing."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}={value!r} must be a dict")
    if not value:
        raise ValueError(f"{name}={{}} must hold at least one {entry}")
    return value


def generator(value: np.random.Generator, name: str = "rng") -> np.random.Generator:
    """Return a source of random numbers."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name}={value!r} must be a numpy.random.Generator")
    return value
