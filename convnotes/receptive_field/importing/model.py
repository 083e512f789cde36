"""What is read from a model, and what both front ends ask of their arguments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from convnotes.receptive_field.importing.factors import (
    CannotFollow,
    Dim,
    Factor,
    Tensor,
    plain_dim,
    positions,
    size_of,
)
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.joins import From
from convnotes.receptive_field.values import as_tuple, whole_numbers


@dataclass(frozen=True)
class Model:
    """The layers of a model that was read, as all functions here take them.

    Attributes:
        layers: Operations in order, named as in the model, ending at its first output.
        outputs: The names of the layers that the model returns, in its order; ``None`` for what
            doesn't depend on the input.
        input_size: Size of the input along each axis, which some layers hold for only.
        notes: Sentences on what was counted as seeing everything, and on what holds for this
            input size only.
    """

    layers: list[Any] = field(repr=False)
    outputs: tuple[str | None, ...]
    input_size: tuple[int, ...]
    notes: tuple[str, ...]


def axes_of(axes: Any, shape: Sequence[int]) -> tuple[int, ...]:  # noqa: ANN401
    """Return which dimensions of the input are axes: those behind batch and channels."""
    if axes is None:
        return tuple(range(2, len(shape))) or (len(shape) - 1,)
    places = as_tuple(whole_numbers("axes", axes))
    rank = len(shape)
    if any(not -rank <= place < rank for place in places):
        raise ValueError(f"axes={axes} must be dimensions of the input of shape {tuple(shape)}")
    settled = tuple(place % rank for place in places)
    if len(set(settled)) < len(settled):
        raise ValueError(f"axes={axes} names a dimension twice")
    return settled


def start(shape: Sequence[int], axes: tuple[int, ...]) -> tuple[Follower, Tensor]:
    """Return what follows an input, and the input."""
    dims: list[Dim] = [plain_dim(size) for size in shape]
    for axis, place in enumerate(axes):
        if shape[place] > 1:
            dims[place] = (Factor(axis, shape[place], 1),)
    return Follower([shape[place] for place in axes]), Tensor("input", tuple(dims))


def check_shape(tensor: Tensor, shape: Sequence[int]) -> None:
    """Refuse to go on where the factors don't multiply to the real shape, or nothing is left."""
    if 0 in shape:
        raise CannotFollow("its result is empty")
    if tensor.shape != tuple(shape):
        raise CannotFollow(f"its result has shape {tuple(shape)}, where {tensor.shape} follows")


def finished(follower: Follower, results: Sequence[Tensor | None], axes: Sequence[int]) -> Model:
    """Return the model with its outputs."""
    follower.where = "output"
    try:
        outputs = [_output(follower, t, axes) if t and t.source else None for t in results]
    except CannotFollow as reason:
        raise ValueError(f"output: {reason}; name a layer before it as output") from reason
    known = [name for name in outputs if name is not None]
    if not known:
        raise ValueError("output: nothing that the model returns depends on the input")
    layers = [*follower.layers, From(known[0])]
    return Model(layers, tuple(outputs), follower.sizes["input"], tuple(follower.notes))


def _output(follower: Follower, result: Tensor, axes: Sequence[int]) -> str:
    """Return the layer of an output, whose units are its positions where both are images."""
    settled = follower.settled(result)
    follower.check_units(settled)
    for axis, place in enumerate(axes):
        dim = settled.dims[place] if place < len(settled.dims) else ()
        if dim and dim[0].axis == axis:
            settled = follower.in_units(settled, place)
        elif len(settled.dims) == len(axes) + 2 and dim and not any(positions([dim])):
            follower.note(f"its {size_of(dim)} places along dimension {place} count together")
    return settled.source


def choose_input(names: Sequence[str], chosen: str | None) -> str:
    """Return the name of the input that is followed; one of several must be chosen."""
    listed = ", ".join(map(repr, names))
    if chosen is None and len(names) == 1:
        return names[0]
    if chosen is None:
        raise ValueError(f"input=None must be one of the model's inputs: {listed}")
    if chosen not in names:
        raise ValueError(f"input={chosen!r} must be one of the model's inputs: {listed}")
    return chosen


def refusal(where: str, operation: str, shapes: Sequence[Any], why: str) -> ValueError:
    """Return the error about an operation that can't be followed."""
    way = 'pass unknown="whole" to let it see everything, or name a layer before it as output'
    listed = [tuple(shape) for shape in shapes]
    return ValueError(f"{where}: can't follow {operation} of {listed}: {why}; {way}")


NOT_FOLLOWED = (CannotFollow, AttributeError, IndexError, KeyError, TypeError, ZeroDivisionError)


def why(error: Exception) -> CannotFollow:
    """Return why an operation can't be followed, where its arguments have an unknown form too."""
    if isinstance(error, CannotFollow):
        return error
    return CannotFollow(f"its arguments have an unknown form ({type(error).__name__}: {error})")
