"""Read an ONNX model from its own graph, and its shapes by ONNX's own inference."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
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
from convnotes.receptive_field.importing.onnx_operations import OPERATIONS, SEVERAL, Call
from convnotes.receptive_field.values import as_tuple, whole_numbers

SMALL = 4096  # numbers of a constant that may decide shapes; weights are more


def from_onnx(
    model: Any,  # noqa: ANN401
    *,
    input_shape: tuple[int, ...] | None = None,
    axes: int | tuple[int, ...] | None = None,
    input: str | None = None,
    output: str | None = None,
    unknown: str = "refuse",
) -> Model:
    """Read the layers of an ONNX model.

    The model is not run. Of each tensor it is known which units the numbers belong to, through
    any reshape or permutation, and checked against the shape that ONNX infers for each node.
    What isn't known is refused by its place and name.

    Args:
        model: Path of a file, or an ``onnx.ModelProto``.
        input_shape: Shape of the input, batch and channels included, where the model leaves sizes
            open; an open first dimension, the batch, is 1.
        axes: Dimensions of the input along which fields are counted. Those behind batch and
            channels, if left out; the last of two.
        input: Name of the input that is followed, where the model takes several.
        output: Name of a tensor or a node whose units are asked about, if not what the model
            returns. Nothing behind it is read.
        unknown: ``"refuse"`` what isn't known, or let it see the ``"whole"`` input.

    Returns:
        A `Model`; its ``layers`` are named by module path where PyTorch wrote the file, else by
        node.

    Raises:
        ImportError: If onnx isn't installed.
        TypeError: If ``model`` is neither a path nor a model.
        ValueError: If the file is no ONNX model, sizes are open, a name is unknown, or an operation
            can't be followed.

    Examples:
        >>> from onnx import TensorProto, helper
        >>> from convnotes.receptive_field import from_onnx, receptive_field
        >>> image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 32, 32])
        >>> made = helper.make_tensor_value_info("made", TensorProto.FLOAT, None)
        >>> node = helper.make_node(
        ...     "MaxPool", ["image"], ["made"], name="pool", kernel_shape=[3, 3], strides=[2, 2]
        ... )
        >>> graph = helper.make_graph([node], "example", [image], [made])
        >>> read = from_onnx(helper.make_model(graph))
        >>> receptive_field(read.layers, input_size=read.input_size)
        ReceptiveField(size=3, stride=2, padding=0, start=1.0)
    """
    word(unknown, "unknown", ("refuse", "whole"))
    for value, name in ((input, "input"), (output, "output")):
        if value is not None:
            text(value, name)
    proto = _loaded(model)
    graph = proto.graph
    stored = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in stored]
    chosen = choose_input([each.name for each in inputs], input)
    shapes = {each.name: _static(each, chosen, input_shape) for each in inputs}
    places = axes_of(axes, shapes[chosen])
    follower, first = start(shapes[chosen], places)
    reader = _Reader(proto, follower, unknown)
    for each in inputs:
        reader.enter(each.name, each.type.tensor_type.elem_type, shapes[each.name])
    reader.values[chosen] = first
    ends = [each.name for each in graph.output] if output is None else [_end(graph, output)]
    reader.read(set(ends))
    return finished(follower, [reader.values.get(name) for name in ends], places)


def _loaded(model: Any) -> Any:  # noqa: ANN401
    try:
        import onnx
        from onnx import inliner
    except ImportError as error:
        raise ImportError("from_onnx needs onnx: pip install 'convnotes[onnx]'") from error
    if isinstance(model, str | Path):
        path = Path(model)
        if not path.is_file():
            raise ValueError(f"model={str(model)!r} is no file")
        try:
            model = onnx.load(path, load_external_data=False)
        except Exception as error:
            raise ValueError(f"model={str(path)!r} is no ONNX model: {error}") from error
    if not isinstance(model, onnx.ModelProto):
        raise TypeError(f"model={model!r} must be the path of an ONNX file, or an onnx.ModelProto")
    if not model.graph.node:
        raise ValueError("model holds no ONNX graph")
    return inliner.inline_local_functions(model) if model.functions else model


def _static(info: Any, chosen: str, input_shape: Any) -> tuple[int, ...]:  # noqa: ANN401
    """Return the shape of an input, with numbers where sizes were left open."""
    sizes = [each.dim_value or each.dim_param or "?" for each in info.type.tensor_type.shape.dim]
    if info.name == chosen and input_shape is not None:
        asked = as_tuple(whole_numbers("input_shape", input_shape, 1))
        open_or_same = [isinstance(size, str) or size == n for size, n in zip(sizes, asked)]  # noqa: B905
        if len(asked) != len(sizes) or not all(open_or_same):
            raise ValueError(f"input_shape={input_shape} does not go with the model's {sizes}")
        return asked
    if sizes and isinstance(sizes[0], str):
        sizes[0] = 1
    if any(isinstance(size, str) for size in sizes):
        raise ValueError(f"input_shape=None: {info.name!r} leaves sizes open: {sizes}")
    return tuple(sizes)


def _end(graph: Any, name: str) -> str:  # noqa: ANN401
    """Return the tensor of a name, or what the node of a name, or of a module's path, makes."""
    made = [each for node in graph.node for each in node.output]
    if name in made:
        return name
    for node in reversed(graph.node):
        if name in (node.name, _name(node)):
            return node.output[0]
    listed = ", ".join(map(repr, list(dict.fromkeys(map(_name, graph.node)))[:12]))
    raise ValueError(f"output={name!r} is no tensor or node of the model; there are {listed}")


class _Reader:
    """Goes through the nodes of a graph, with the value and the type of each tensor."""

    def __init__(self, proto: Any, follower: Follower, unknown: str) -> None:  # noqa: ANN401
        self.graph = proto.graph
        self.follower = follower
        self.unknown = unknown
        self.versions = {each.domain: each.version for each in proto.opset_import}
        self.values: dict[str, Tensor] = {}
        self.known: dict[str, Any] = {}
        self.types: dict[str, Any] = {}
        for each in self.graph.initializer:
            self.enter(each.name, each.data_type, tuple(each.dims))
            if prod(each.dims) <= SMALL and not each.external_data:
                self.know(each.name, each)

    def enter(self, name: str, kind: int, shape: Sequence[int]) -> None:
        """Note a tensor that doesn't depend on the input."""
        from onnx import helper

        self.values[name] = constant(shape)
        self.types[name] = helper.make_tensor_type_proto(kind, shape)

    def know(self, name: str, numbers: Any) -> None:  # noqa: ANN401
        """Note the numbers of a tensor."""
        from onnx import helper, numpy_helper

        array = numbers if hasattr(numbers, "dtype") else numpy_helper.to_array(numbers)
        self.known[name] = array
        self.enter(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)

    def read(self, ends: set[str]) -> None:
        """Follow the nodes until all ends are reached."""
        left = ends - set(self.values)
        for node in self.graph.node:
            if not left:
                return
            self._follow(node)
            left -= set(node.output)

    def _follow(self, node: Any) -> None:  # noqa: ANN401
        self.follower.where = _name(node)
        tensors = [self.values[name] for name in node.input if name]
        if node.op_type == "Shape" and not node.domain:
            whole = tensors[0].shape
            first, last = (_attributes(node).get(key) for key in ("start", "end"))
            self.know(node.output[0], _whole_numbers(whole[first:last]))
            return
        if all(name in self.known for name in node.input if name) and _settled(node):
            self._compute(node)
            return
        shapes = self._infer(node, tensors)
        if all(tensor.source is None for tensor in tensors):
            return
        made = self._made(node, tensors, shapes)
        self.values |= dict(zip([name for name in node.output if name], made, strict=True))

    def _compute(self, node: Any) -> None:  # noqa: ANN401
        """Work out a small constant, such as a shape."""
        from onnx.reference import ReferenceEvaluator

        feeds = {name: self.known[name] for name in node.input if name}
        made = ReferenceEvaluator(node).run(None, feeds)
        for name, array in zip(node.output, made, strict=False):
            self.know(name, array)

    def _infer(self, node: Any, tensors: Sequence[Tensor]) -> list[tuple[int, ...]]:  # noqa: ANN401
        """Ask ONNX for the shapes of what a node makes."""
        from onnx import defs, numpy_helper, shape_inference

        shapes = [tensor.shape for tensor in tensors]
        try:
            version = self.versions.get(node.domain, 1)
            schema = defs.get_schema(node.op_type, version, node.domain)
            kinds = {name: self.types[name] for name in node.input if name}
            data = {
                name: numpy_helper.from_array(self.known[name], name)
                for name in node.input
                if name in self.known
            }
            types = shape_inference.infer_node_outputs(schema, node, kinds, data)
            sizes = [_sizes(types[name]) for name in node.output if name]
        except Exception as error:
            why = f"its shape can't be inferred ({str(error).strip().partition(chr(10))[0]})"
            raise refusal(self.follower.where, node.op_type, shapes, why) from None
        for name, size in zip((name for name in node.output if name), sizes, strict=True):
            self.enter(name, types[name].tensor_type.elem_type, size)
        return sizes

    def _made(
        self,
        node: Any,  # noqa: ANN401
        tensors: list[Tensor],
        shapes: list[tuple[int, ...]],
    ) -> list[Tensor]:
        try:
            handler = OPERATIONS.get(node.op_type) if not node.domain else None
            if handler is None:
                raise CannotFollow("its reach is not known")
            if handler not in SEVERAL and any(each.source for each in tensors[1:]):
                raise CannotFollow("its weights depend on the input")
            made = handler(
                self.follower, self._call(node), shapes if len(shapes) > 1 else shapes[0]
            )
            made = made if isinstance(made, list) else [made]
            for each, shape in zip(made, shapes, strict=True):
                check_shape(each, shape)
        except CannotFollow as reason:
            if self.unknown == "refuse":
                sizes = [tensor.shape for tensor in tensors]
                raise refusal(self.follower.where, node.op_type, sizes, str(reason)) from None
            self.follower.note(f"{node.op_type} isn't known, and counts as seeing everything")
            return [self.follower.everything(tensors, shape) for shape in shapes]
        return made

    def _call(self, node: Any) -> Call:  # noqa: ANN401
        values = [self.values[name] if name else None for name in node.input]
        known = [self.known.get(name) for name in node.input]
        return Call(values, _attributes(node), known, self.versions.get("", 1))


def _settled(node: Any) -> bool:  # noqa: ANN401
    """Tell whether a node's result is decided by its inputs, and small."""
    return not node.op_type.startswith("Random") and node.op_type not in ("Loop", "If", "Scan")


def _attributes(node: Any) -> dict[str, Any]:  # noqa: ANN401
    from onnx import helper

    values = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    return {key: v.decode() if isinstance(v, bytes) else v for key, v in values.items()}


def _whole_numbers(values: Sequence[int]) -> Any:  # noqa: ANN401
    import numpy as np

    return np.array(values, dtype=np.int64)


def _sizes(kind: Any) -> tuple[int, ...]:  # noqa: ANN401
    if not kind.tensor_type.HasField("shape"):
        raise ValueError("its rank is open")
    sizes = tuple(each.dim_value for each in kind.tensor_type.shape.dim)
    open_sizes = [each for each in kind.tensor_type.shape.dim if not each.HasField("dim_value")]
    if open_sizes:
        raise ValueError("sizes are open")
    return sizes


def _name(node: Any) -> str:  # noqa: ANN401
    """Return the module path that PyTorch put into a node's name, or the name, or the operation."""
    if not node.name.startswith("/"):
        return node.name or node.op_type.lower()
    *modules, operation = node.name.strip("/").split("/")
    path = ""
    for module in modules:
        inside = path and module.startswith(path + ".")
        path = module if inside or not path else f"{path}.{module}"
    operation = operation.lower()
    whole = operation in ("conv", "convtranspose", "lstm", "gru") and path
    return path if whole else f"{path}.{operation}" if path else operation
