"""Read a PyTorch model from the graph that ``torch.export`` makes of it."""

import operator
import warnings
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from convnotes.arguments import text, word
from convnotes.receptive_field.importing.factors import CannotFollow, Tensor, constant
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.importing.model import (
    Model,
    axes_of,
    check_shape,
    choose_input,
    finished,
    refusal,
    start,
)
from convnotes.receptive_field.importing.torch_operations import OPERATIONS, SEVERAL, each_number

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
    What isn't known is refused by its place and name.

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
    shapes = {node.name: _shape(node) for node in nodes if node.op == "placeholder"}
    tensors = [name for name in names if shapes[name] is not None]
    chosen = choose_input(tensors, input)
    places = axes_of(axes, shapes[chosen])
    follower, first = start(shapes[chosen], places)
    reader = _Reader(follower, unknown)
    reader.values = {name: constant(shape) for name, shape in shapes.items() if shape is not None}
    reader.values[chosen] = first
    if output is None:
        ends = [name for name in exported.graph_signature.user_outputs if isinstance(name, str)]
    else:
        ends = [_end(nodes, output)]
    reader.read(nodes, set(ends))
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
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            return torch.export.export(model, tuple(apart))
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            words = "model can't be exported by torch.export"
            raise ValueError(f"{words}: {type(error).__name__}: {reason}") from error


def _shape(node: Any) -> Any:  # noqa: ANN401
    """Return the shape of what a node makes, a list of them, or ``None`` for no tensor."""
    value = node.meta.get("val")
    if isinstance(value, list | tuple):
        return [tuple(each.shape) if hasattr(each, "shape") else None for each in value]
    return tuple(value.shape) if hasattr(value, "shape") else None


def _modules(node: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Return the path and the class of each module that a node stands in, outermost first."""
    stack = node.meta.get("nn_module_stack") or {}
    return [
        (path, kind if isinstance(kind, str) else kind.__name__) for path, kind in stack.values()
    ]


def _end(nodes: Sequence[Any], path: str) -> str:
    """Return the last node of a module."""
    inside = [
        node.name
        for node in nodes
        if node.op == "call_function"
        and isinstance(_shape(node), tuple)
        and any(name == path for name, _ in _modules(node))
    ]
    if inside:
        return inside[-1]
    known = dict.fromkeys(name for node in nodes for name, _ in _modules(node) if name)
    listed = ", ".join(map(repr, list(known)[:12]))
    raise ValueError(f"output={path!r} is no module of the model that makes a tensor: {listed}")


class _Reader:
    """Goes through the nodes of a graph, with the value of each."""

    def __init__(self, follower: Follower, unknown: str) -> None:
        self.follower = follower
        self.unknown = unknown
        self.values: dict[str, Any] = {}

    def read(self, nodes: Sequence[Any], ends: set[str]) -> None:
        """Follow the nodes until all ends are reached."""
        left = ends - set(self.values)
        for node in nodes:
            if node.op == "call_function" and left:
                self._follow(node)
                left.discard(node.name)

    def _follow(self, node: Any) -> None:  # noqa: ANN401
        if node.target is operator.getitem:
            whole, index = node.args
            self.values[node.name] = self.values[whole.name][index]
            return
        shape, path = _shape(node), _modules(node)
        operation = _operation(node)
        inputs = [self.values.get(each.name) for each in node.all_input_nodes]
        tensors = [each for each in inputs if isinstance(each, Tensor)]
        if all(each.source is None for each in tensors):
            several = isinstance(shape, list)
            made = (
                [each and constant(each) for each in shape]
                if several
                else shape and constant(shape)
            )
            self.values[node.name] = constant(()) if shape == () else made
            return
        self.follower.where = _name(path, operation)
        self.values[node.name] = self._made(node, operation, tensors, shape)
        self._write_back(node, operation, tensors)

    def _made(self, node: Any, operation: str, tensors: list[Tensor], shape: Any) -> Any:  # noqa: ANN401
        several = isinstance(shape, list)
        try:
            handler = _handler(node, operation)
            if handler not in SEVERAL and any(each.source for each in tensors[1:]):
                raise CannotFollow("its weights depend on the input")
            made = handler(self.follower, self._arguments(node), shape)
            for each, real in zip(made, shape, strict=True) if several else [(made, shape)]:
                check_shape(each, real)
        except CannotFollow as reason:
            if self.unknown == "refuse" or shape is None:
                shapes = [tensor.shape for tensor in tensors]
                where, name = self.follower.where, f"aten.{operation}"
                raise refusal(where, name, shapes, str(reason)) from None
            self.follower.note(f"aten.{operation} isn't known, and counts as seeing everything")
            everything = self.follower.everything
            return (
                [everything(tensors, s) for s in shape] if several else everything(tensors, shape)
            )
        return made

    def _arguments(self, node: Any) -> SimpleNamespace:  # noqa: ANN401
        """Name the arguments of a call, with values in place of nodes and defaults filled in."""
        described = node.target._schema.arguments
        given = dict(zip((each.name for each in described), node.args, strict=False)) | node.kwargs
        named = {each.name: given.get(each.name, each.default_value) for each in described}
        return SimpleNamespace(**{name: self._value(value) for name, value in named.items()})

    def _value(self, given: Any) -> Any:  # noqa: ANN401
        if isinstance(given, list | tuple):
            return [self._value(each) for each in given]
        return self.values.get(given.name) if hasattr(given, "all_input_nodes") else given

    def _write_back(self, node: Any, operation: str, tensors: list[Tensor]) -> None:  # noqa: ANN401
        """After an operation in place, its first argument is what it made."""
        if not node.target._schema.name.endswith("_"):
            return
        first, made = node.args[0], self.values[node.name]
        changed = isinstance(made, Tensor) and made.source != tensors[0].source
        if changed and first.op == "call_function" and _is_view(first):
            shapes, where = [tensor.shape for tensor in tensors], self.follower.where
            raise refusal(where, f"aten.{operation}_", shapes, "it writes into a part of another")
        self.values[first.name] = made


def _is_view(node: Any) -> bool:  # noqa: ANN401
    if node.target is operator.getitem:
        return True
    schema = node.target._schema
    shared = any(each.alias_info is not None for each in schema.returns)
    return shared and not schema.name.endswith("_")


def _operation(node: Any) -> str:  # noqa: ANN401
    schema = getattr(node.target, "_schema", None)
    return schema.name.split("::")[-1].rstrip("_") if schema else str(node.target)


def _handler(node: Any, operation: str) -> Any:  # noqa: ANN401
    known = OPERATIONS.get(operation)
    if known is None or not hasattr(node.target, "_schema"):
        if "pointwise" in {
            str(tag).rpartition(".")[-1] for tag in getattr(node.target, "tags", ())
        }:
            return each_number
        raise CannotFollow("its reach is not known")
    return known


def _name(path: list[tuple[str, str]], operation: str) -> str:
    """Return a module's path for an operation that is all of it, else with the operation's name."""
    place, kind = path[-1] if path else ("", "")
    if kind.startswith("torch.nn.modules") and place:
        return place
    return f"{place}.{operation}" if place else operation
