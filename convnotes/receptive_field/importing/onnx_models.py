"""Read an ONNX model from its own graph, and its shapes by ONNX's own inference."""

from pathlib import Path
from typing import Any

from convnotes.arguments import text, word
from convnotes.receptive_field.importing.model import (
    Model,
    axes_of,
    choose_input,
    finished,
    start,
)
from convnotes.receptive_field.importing.onnx_graphs import Reader, name_of
from convnotes.receptive_field.values import as_tuple, whole_numbers


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
    reader = Reader(proto, follower, unknown)
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
        if name in (node.name, name_of(node)):
            return node.output[0]
    listed = ", ".join(map(repr, list(dict.fromkeys(map(name_of, graph.node)))[:12]))
    raise ValueError(f"output={name!r} is no tensor or node of the model; there are {listed}")
