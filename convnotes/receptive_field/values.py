"""Numbers that are one for all axes or one an axis: checked, counted, spread and collapsed."""

from collections.abc import Iterable
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np

from convnotes.arguments import check_readable

DEEP = 100  # blocks or levels: more than any paper has

Ints = int | tuple[int, ...]
Padding = int | tuple[int, ...] | tuple[tuple[int, int], ...]


def whole_number(label: str, value: Any, least: int, most: int | None = None) -> int:  # noqa: ANN401
    """Return one int."""
    if isinstance(value, tuple | list):
        raise TypeError(f"{label}={value!r} must be one int")
    if whole_numbers(label, value, least) > (value if most is None else most):
        raise ValueError(f"{label}={value} must be at most {most}")
    return int(value)


def whole_numbers(label: str, value: Any, least: int | None = None) -> Ints:  # noqa: ANN401
    """Return an int, or a tuple of ints, one an axis; a list becomes a tuple."""
    value = _listed(label, value)
    several = isinstance(value, tuple | list) and len(value) > 0
    numbers = value if several else [value]
    if not all(isinstance(n, Integral) and not isinstance(n, bool) for n in numbers):
        raise TypeError(f"{label}={value!r} must be an int, or one int an axis")
    if least is not None and min(numbers) < least:
        raise ValueError(f"{label}={value!r} must be at least {least}")
    return tuple(map(int, numbers)) if several else int(value)


def count_axes(where: str, *values: Any, axes: int = 0) -> int:  # noqa: ANN401
    """Return the length that all tuples among the values share, or 0 if there is none.

    A single pair, ``((left, right),)``, holds for all axes and counts for none.
    """
    for value in values:
        if isinstance(value, tuple) and not _single_pair(value):
            if axes not in (0, len(value)):
                raise ValueError(f"{where}: {len(value)} axes do not go with {axes}")
            axes = len(value)
    return axes


def by_axis(values: Iterable[Any], axes: int) -> list[tuple[Any, ...]]:
    """Return the values on each axis: a tuple has one an axis, anything else holds for all."""
    columns = []
    for value in values:
        several = as_tuple(value)
        columns.append(several if len(several) > 1 else several * (axes or 1))
    return list(zip(*columns, strict=True)) if columns else [()] * (axes or 1)


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return one value in place of a tuple whose entries are equal."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def plain_sides(value: Any) -> Any:  # noqa: ANN401
    """Return one value for equal ones, and one pair in a tuple for equal pairs."""
    pairs = isinstance(value, tuple) and isinstance(value[0], tuple)
    return value[:1] if pairs and len(set(value)) == 1 else value if pairs else plain(value)


def sides(where: str, value: Any) -> Padding:  # noqa: ANN401
    """Return padding as an int, one int an axis, or one pair an axis."""
    value = _listed(f"{where}padding", value)
    if not any(isinstance(part, tuple | list | np.ndarray) for part in as_tuple(value)):
        return whole_numbers(where + "padding", value)
    pairs = tuple(whole_numbers(f"{where}padding={value!r}: a pair", pair) for pair in value)
    if not all(len(as_tuple(pair)) == 2 for pair in pairs):
        raise ValueError(f"{where}padding={value!r} must have one pair (left, right) an axis")
    return pairs


def one_of(label: str, value: Any, options: dict[Any, Any]) -> Any:  # noqa: ANN401
    """Return what an option stands for."""
    if not isinstance(value, str | Integral) or isinstance(value, bool) or value not in options:
        raise ValueError(f"{label}={value!r} must be one of {list(options)}")
    return options[value]


def as_tuple(value: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Return the values of a tuple or list, or the one value that stands alone."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def where_is(operation: Any) -> str:  # noqa: ANN401
    """Return the words that begin an error about an operation, whose name must be text."""
    if operation.name is not None and not isinstance(operation.name, str):
        raise TypeError(f"name={operation.name!r} must be a string")
    return "" if operation.name is None else f"layer {operation.name!r}: "


def half(total: int) -> float | Fraction:
    """Return half of a whole number, exactly where no float is as large."""
    try:
        return total / 2
    except OverflowError:
        return Fraction(total, 2)


def _listed(label: str, value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, np.ndarray):
        return value
    check_readable(value, label)
    return value.tolist()


def _single_pair(value: tuple[Any, ...]) -> bool:
    return len(value) == 1 and isinstance(value[0], tuple)
