"""Read a PyTorch model from the graph that ``torch.export`` makes of it."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from convnotes.arguments import text, word
from convnotes.receptive_field.importing.factors import constant
from convnotes.receptive_field.importing.model import (
    Model,
    axes_of,
    choose_input,
    finished,
    start,
)
from convnotes.receptive_field.importing.torch_graphs import (
    Reader,
    modules_of,
    name_of,
    operation_of,
    shape_of,
)

UNKNOWN = ("refuse", "whole")


def from_torch(
    model: Any,  # noqa: ANN401
    *example: Any,  # noqa: ANN401
    axes: int | tuple[int, ...] | None = None,
    input: str | None = None,
    output: str | None = None,
    unknown: str = "refuse",
) -> Model:
    """Read the layers of a PyTorch model.

    The model is exported with ``torch.export`` and not run, so neither weights nor memory are
    needed: on the device ``"meta"`` there are none. Of each tensor it is known which units the
    numbers belong to, through any reshape or permutation, and checked against the real shape.
    What isn't known is refused by its place and name. The channels of a position count together:
    where different ones are stacked and then spread out as positions, each sees what all see.

    Args:
        model: A ``torch.nn.Module``, or what ``torch.export.export`` made of one. Call
            ``model.eval()`` before: in training, batch norm sees everything.
        *example: What its forward takes, at least one tensor, with the shapes that are asked about.
        axes: Dimensions of the input along which fields are counted. Those behind batch and
            channels, if left out; the last of two.
        input: Name of the argument that is followed, where the model takes several tensors.
        output: Module path of the layer whose units are asked about, such as
            ``"layer1.0.conv1"``, if not what the model returns. Nothing behind it is read.
        unknown: ``"refuse"`` what isn't known, or let it see the ``"whole"`` input.

    Returns:
        A `Model`; its ``layers`` are named by module path.

    Raises:
        ImportError: If PyTorch isn't installed.
        TypeError: If ``model`` is no module, or ``example`` holds no tensor.
        ValueError: If the model can't be exported, has several inputs and none is named, a name is
            unknown, or an operation can't be followed.

    Examples:
        >>> import torch
        >>> from convnotes.receptive_field import from_torch, receptive_field
        >>> with torch.device("meta"):
        ...     net = torch.nn.Sequential(
        ...         torch.nn.Conv2d(3, 8, 7, 2, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2)
        ...     )
        ...     read = from_torch(net, torch.empty(1, 3, 64, 64))
        >>> receptive_field(read.layers, input_size=read.input_size)
        ReceptiveField(size=9, stride=4, padding=3, start=1.0)
    """
    word(unknown, "unknown", UNKNOWN)
    for value, name in ((input, "input"), (output, "output")):
        if value is not None:
            text(value, name)
    exported = _exported(model, example)
    names = [name for name in exported.graph_signature.user_inputs if isinstance(name, str)]
    nodes = list(exported.graph.nodes)
    shapes = {node.name: shape_of(node) for node in nodes if node.op == "placeholder"}
    tensors = [name for name in names if shapes[name] is not None]
    chosen = choose_input(tensors, input)
    places = axes_of(axes, shapes[chosen])
    follower, first = start(shapes[chosen], places)
    reader = Reader(follower, unknown)
    reader.values = {name: constant(shape) for name, shape in shapes.items() if shape is not None}
    reader.values[chosen] = first
    end = None if output is None else _end(nodes, output)
    reader.read(nodes, end)
    ends = exported.graph_signature.user_outputs if end is None else [end]
    return finished(follower, [reader.values.get(name) for name in ends], places)


def _exported(model: Any, example: Sequence[Any]) -> Any:  # noqa: ANN401
    try:
        import torch
    except ImportError as error:
        raise ImportError("from_torch needs PyTorch: pip install 'convnotes[torch]'") from error
    if isinstance(model, torch.export.ExportedProgram):
        return model
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model={model!r} must be a torch.nn.Module")
    if not any(isinstance(each, torch.Tensor) for each in example):
        raise TypeError(f"example={example!r} must hold the tensors that the model takes")
    apart = [each.clone() if isinstance(each, torch.Tensor) else each for each in example]
    with _quiet(), torch.no_grad():
        try:
            return torch.export.export(model, tuple(apart))
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            words = "model can't be exported by torch.export"
            raise ValueError(f"{words}: {type(error).__name__}: {reason}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep PyTorch from printing what the error says."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _end(nodes: Sequence[Any], path: str) -> str:
    """Return the last node of a module."""
    inside = [
        node.name
        for node in nodes
        if node.op == "call_function"
        and isinstance(shape_of(node), tuple)
        and (
            any(name == path for name, _ in modules_of(node))
            or name_of(modules_of(node), operation_of(node)) == path
        )
    ]
    if inside:
        return inside[-1]
    known = dict.fromkeys(name for node in nodes for name, _ in modules_of(node) if name)
    listed = ", ".join(map(repr, list(known)[:12]))
    raise ValueError(f"output={path!r} is no module of the model that makes a tensor: {listed}")
