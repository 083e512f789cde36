"""Go through a graph that ``torch.export`` made, with the shapes it holds."""

import operator
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from convnotes.receptive_field.importing.factors import CannotFollow, Tensor, constant
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.importing.model import NOT_FOLLOWED, check_shape, refusal, why
from convnotes.receptive_field.importing.torch_operations import (
    OPERATIONS,
    SEVERAL,
    Handler,
    each_number,
)


def shape_of(node: Any) -> Any:  # noqa: ANN401
    """Return the shape of what a node makes, a list of them, or ``None`` for no tensor."""
    value = node.meta.get("val")
    if isinstance(value, list | tuple):
        return [tuple(each.shape) if hasattr(each, "shape") else None for each in value]
    return tuple(value.shape) if hasattr(value, "shape") else None


def modules_of(node: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Return the path and the class of each module that a node stands in, outermost first."""
    stack = node.meta.get("nn_module_stack") or {}
    return [
        (path, kind if isinstance(kind, str) else kind.__name__) for path, kind in stack.values()
    ]


class Reader:
    """Goes through the nodes of a graph, with the value of each."""

    def __init__(self, follower: Follower, unknown: str) -> None:
        self.follower = follower
        self.unknown = unknown
        self.values: dict[str, Any] = {}

    def read(self, nodes: Sequence[Any], end: str | None) -> None:
        """Follow the nodes up to one, or all: what is made may be written into later."""
        for node in nodes:
            if node.op == "call_function":
                self._follow(node)
            if node.name == end:
                return

    def _follow(self, node: Any) -> None:  # noqa: ANN401
        if node.target is operator.getitem:
            whole, index = node.args
            self.values[node.name] = self.values[whole.name][index]
            return
        shape = shape_of(node)
        if shape is None and not node.users:  # an assertion
            return
        inputs = [self.values.get(each.name) for each in node.all_input_nodes]
        tensors = [each for each in inputs if isinstance(each, Tensor)]
        if all(each.source is None for each in tensors):
            self.values[node.name] = _constants(shape)
            return
        operation = operation_of(node)
        self.follower.where = name_of(modules_of(node), operation)
        try:
            self.values[node.name] = self._made(node, operation, tensors, shape)
            self._write_back(node, tensors)
        except CannotFollow as reason:
            shapes, name = [tensor.shape for tensor in tensors], f"aten.{operation}"
            raise refusal(self.follower.where, name, shapes, str(reason)) from reason

    def _made(self, node: Any, operation: str, tensors: list[Tensor], shape: Any) -> Any:  # noqa: ANN401
        several = isinstance(shape, list)
        try:
            handler, arguments = _handler(node, operation), self._arguments(node)
            if handler not in SEVERAL and len(list(_sourced(vars(arguments).values()))) > 1:
                raise CannotFollow("its weights depend on the input")
            if shape is None:
                raise CannotFollow("it makes no tensor")
            made = handler(self.follower, arguments, shape)
            for each, real in zip(made, shape, strict=True) if several else [(made, shape)]:
                check_shape(each, real)
        except NOT_FOLLOWED as error:
            reason = why(error)
            if self.unknown == "refuse" or shape is None:
                raise reason from error
            self.follower.note(f"aten.{operation} counts as seeing everything: {reason}")
            everything = self.follower.everything
            if several:
                return [everything(tensors, each) for each in shape]
            return everything(tensors, shape)
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

    def _write_back(self, node: Any, tensors: list[Tensor]) -> None:  # noqa: ANN401
        """After an operation in place, its first argument is what it made."""
        if not node.target._schema.name.endswith("_"):
            return
        first, made = node.args[0], self.values[node.name]
        changed = isinstance(made, Tensor) and made.source != tensors[0].source
        if changed and first.op == "call_function" and _is_view(first):
            raise CannotFollow("it writes into a part of another tensor")
        self.values[first.name] = made


def _sourced(values: Iterable[Any]) -> Iterator[Tensor]:
    """Yield the tensors among arguments that depend on the input, those in lists included."""
    for value in values:
        if isinstance(value, Tensor):
            if value.source is not None:
                yield value
        elif isinstance(value, list):
            yield from _sourced(value)


def _constants(shape: Any) -> Any:  # noqa: ANN401
    """Return what doesn't depend on the input: a tensor, a list of them, or nothing."""
    if isinstance(shape, list):
        return [_constants(each) for each in shape]
    return None if shape is None else constant(shape)


def _is_view(node: Any) -> bool:  # noqa: ANN401
    if node.target is operator.getitem:
        return True
    schema = node.target._schema
    shared = any(each.alias_info is not None for each in schema.returns)
    return shared and not schema.name.endswith("_")


def operation_of(node: Any) -> str:  # noqa: ANN401
    """Return the name of a node's operation in ATen, in place or not."""
    schema = getattr(node.target, "_schema", None)
    return schema.name.split("::")[-1].rstrip("_") if schema else str(node.target)


def _handler(node: Any, operation: str) -> Handler:  # noqa: ANN401
    if getattr(node.target, "_overloadname", "") == "other":  # the larger of two tensors
        return each_number
    if operation in OPERATIONS and hasattr(node.target, "_schema"):
        return OPERATIONS[operation]
    tags = {str(tag).rpartition(".")[2] for tag in getattr(node.target, "tags", ())}
    if "pointwise" not in tags:
        raise CannotFollow("its reach is not known")
    return each_number


def name_of(path: list[tuple[str, str]], operation: str) -> str:
    """Return a module's path for an operation that is all of it, else with the operation's name."""
    place, kind = path[-1] if path else ("", "")
    if kind.startswith("torch.nn.modules") and place:
        return place
    return f"{place}.{operation}" if place else operation
