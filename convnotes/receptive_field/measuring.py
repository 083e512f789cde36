"""What a unit sees, measured: NaN is put into the input, and looked for in the output."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from warnings import catch_warnings, filterwarnings

import numpy as np
from numpy.typing import NDArray

from convnotes.arguments import switch
from convnotes.receptive_field.values import as_tuple, whole_number, whole_numbers


def measure(
    model: Callable[[Any], Any],
    example: Any,  # noqa: ANN401
    unit: int | tuple[int, ...],
    axis: int,
    *,
    holes: bool = False,
) -> tuple[int, int] | NDArray[np.intp] | None:
    """Find what one unit of any PyTorch model sees along one dimension of its input.

    A part of the input is set to NaN. If the unit becomes NaN, it sees that part; by halving it,
    both ends are found in some twenty passes. Needs nothing but a forward that passes NaN on, as
    sums and products do. It answers which pixels are connected: a weight that is exactly 0
    counts, and so does one of 0 in a resize; comparisons (``where``, ``topk``) may swallow NaN.
    PyTorch's fast algorithms, in which NaN spreads to neighbours, are turned off meanwhile.

    Args:
        model: A ``torch.nn.Module`` or any function of a tensor that returns one. Its buffers are
            restored, so that NaN doesn't stay in a running mean.
        example: A tensor of floats that it takes; its values must not give NaN.
        unit: Index of the unit in the last dimensions of the output: (row, column) of an image.
            It is looked at in all channels and the whole batch.
        axis: Dimension of the example, as PyTorch counts: -1 is the last.
        holes: Whether to look at every position between the ends; takes about two passes each.

    Returns:
        First and last position that the unit sees, ``None`` if there is none; with ``holes``, all
        that it sees, sorted.

    Raises:
        ImportError: If PyTorch isn't installed.
        TypeError: If ``model`` can't be called, or ``example`` is no tensor of floats.
        ValueError: If ``axis`` or ``unit`` lies outside, the unit is NaN without NaN, or an end
            that was found doesn't make it NaN alone, as behind ``sort``.

    Examples:
        >>> import torch
        >>> from convnotes.receptive_field import measure
        >>> net = torch.nn.Conv1d(1, 1, 3, dilation=4)
        >>> measure(net, torch.ones(1, 1, 20), 5, -1)
        (5, 13)
        >>> measure(net, torch.ones(1, 1, 20), 5, -1, holes=True).tolist()
        [5, 9, 13]
    """
    place, units, dim = _asked(model, example, unit, axis)
    switch(holes, "holes")
    size = example.shape[dim]

    def seen(first: int, last: int) -> bool:
        spoilt = example.clone()
        spoilt.narrow(dim, first, last - first).fill_(float("nan"))
        return bool(_at(model(spoilt), place, units).isnan().any())

    with _exact(model):
        if _at(model(example), place, units).isnan().any():
            raise ValueError(f"example gives NaN at unit={unit}, so nothing can be measured")
        if holes:
            return np.array(list(_all_seen(seen, 0, size)), dtype=np.intp)
        if not seen(0, size):
            return None
        first = bisect_left(range(size), True, key=lambda i: seen(0, i + 1))
        last = bisect_left(range(first, size), True, key=lambda i: not seen(i, size)) + first - 1
        if not seen(first, first + 1) or not seen(last, last + 1):
            raise ValueError(f"model does not pass NaN on to unit={unit}: it may sort or compare")
        return first, last


def _asked(model: Any, example: Any, unit: Any, axis: Any) -> tuple[Any, tuple[int, ...], int]:  # noqa: ANN401
    try:
        import torch
    except ImportError as error:
        raise ImportError("measure needs PyTorch: pip install 'convnotes[torch]'") from error
    if not callable(model):
        raise TypeError(f"model={model!r} must be a module or a function")
    if not isinstance(example, torch.Tensor) or not example.is_floating_point():
        raise TypeError(f"example={example!r} must be a tensor of floats")
    units = as_tuple(whole_numbers("unit", unit, 0))
    rank = example.ndim
    whole_number("axis", axis, -rank)
    if axis >= rank:
        raise ValueError(f"axis={axis} must be a dimension of example, which has {rank}")
    return unit, units, axis % rank


def _at(made: Any, unit: Any, units: tuple[int, ...]) -> Any:  # noqa: ANN401
    if not hasattr(made, "isnan"):
        raise TypeError(f"model must return a tensor, not {type(made).__name__}")
    sizes = tuple(made.shape)[-len(units) :]
    if len(sizes) < len(units) or any(y >= size for y, size in zip(units, sizes, strict=False)):
        raise ValueError(f"unit={unit} lies outside the output of shape {tuple(made.shape)}")
    return made[(..., *units)]


def _all_seen(seen: Callable[[int, int], bool], first: int, last: int) -> Iterator[int]:
    if seen(first, last):
        middle = (first + last) // 2
        if middle == first:
            yield first
        else:
            yield from _all_seen(seen, first, middle)
            yield from _all_seen(seen, middle, last)


@contextmanager
def _exact(model: Any) -> Iterator[None]:  # noqa: ANN401
    """Turn off what spreads NaN, and restore a model's buffers behind it."""
    import torch

    buffers = list(model.buffers()) if isinstance(model, torch.nn.Module) else []
    kept = [buffer.clone() for buffer in buffers]
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        stack.enter_context(catch_warnings())
        filterwarnings("ignore", message="TF32")  # oneDNN's, on being turned off
        for backend in (torch.backends.mkldnn, torch.backends.cudnn, torch.backends.nnpack):
            stack.enter_context(backend.flags(enabled=False))
        try:
            yield
        finally:
            for buffer, before in zip(buffers, kept, strict=True):
                buffer.copy_(before)
